"""For and against "no difference": equivalence within the smallest effect of interest, and Bayes factors."""

from collections.abc import Iterator, Sequence
from math import nan

import pandas as pd

from analysis.asked import Asked, asked
from analysis.compared_samples import samples
from analysis.findings import UNBOUNDED, Finding
from analysis.inference.bayes import MEDIUM, independent_bayes_factor, paired_bayes_factor
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Pair
from analysis.printed import bayes_cell, bounds, number, p_cell
from analysis.report.document import Block, Table
from analysis.report.outcomes import Outcomes
from analysis.report.tested import digits
from analysis.wording import margin_text, ratio_or_difference, title

WIDE = 1.0
NO_MARGIN = (
    "No hypothesis of the plan names a smallest effect of interest, so equivalence is not tested: an effect that was not "
    "shown is not shown to be absent."
)


def evidence(of: Outcomes) -> Iterator[Block]:
    """The equivalence tests that the plan has margins for, and BF10 with two widths of its prior."""
    told = [one for one in of.confirmed if one.estimate]
    tested = [one for one in told if one.equivalence]
    if tested:
        yield _equivalence(tested)
    untested = [one for one in of.confirmed if one.hypothesis.smallest_effect is not None and not one.equivalence]
    yield from (without_equivalence(one) for one in untested)
    if not tested and not untested:
        yield NO_MARGIN
    frame = bayes_factors(of, told)
    if not frame.empty:
        yield _bayes(frame)


def without_equivalence(one: Finding) -> str:
    """Why a hypothesis with a smallest effect was not held against it."""
    remarks = one.outcome.remarks if one.outcome else ()
    reason = next((said for said in remarks if said.startswith(UNBOUNDED)), f"{UNBOUNDED}: {one.refusal}")
    return f"{one.hypothesis.id} (±{one.hypothesis.smallest_effect:g}): {reason}"


def bayes_factors(of: Outcomes, told: Sequence[Finding]) -> pd.DataFrame:
    """hypothesis, measure, first, second, n, and BF10 by a Cauchy prior of scale √2/2 and of 1."""
    rows = []
    for one in told:
        held = asked(of.sample.rows, of.protocol, one.hypothesis)
        medium, wide = (_factor(held, one.hypothesis.contrast, scale) for scale in (MEDIUM, WIDE))
        if medium == medium:
            people = samples(held, *one.hypothesis.contrast).n
            rows.append((one.hypothesis.id, title(one.measure), *one.hypothesis.sides, medium, wide, people))
    return pd.DataFrame(rows, columns=["hypothesis", "measure", "first", "second", "bf10", "bf10_wide", "n"])


def _factor(held: Asked, contrast: tuple[str, str], scale: float) -> float:
    try:
        found = samples(held, *contrast)
        made = paired_bayes_factor(found, scale) if isinstance(found, Pair) else independent_bayes_factor(found, scale)
        return made.bf10
    except NotEstimable:
        return nan


def _equivalence(tested: Sequence[Finding]) -> Table:
    of = {one.hypothesis.id: one for one in tested}
    frame = pd.DataFrame([{"hypothesis": one.hypothesis.id, **vars(one.equivalence)} for one in tested])

    def shown(row: pd.Series, name: str) -> float:
        return ratio_or_difference(of[row["hypothesis"]], row[name])

    columns = {
        "": lambda row: row["hypothesis"],
        "measure": lambda row: title(of[row["hypothesis"]].measure),
        "contrast": lambda row: (
            f"{row['first']} {'/' if of[row['hypothesis']].hypothesis.log else '−'} {row['second']}"
        ),
        "n": lambda row: str(row["n"]),
        "bounds": lambda row: margin_text(of[row["hypothesis"]]),
        "difference": lambda row: number(shown(row, "difference"), digits(of[row["hypothesis"]])),
        "interval": lambda row: (
            f"{100 * row['level']:g} % {bounds(shown(row, 'low'), shown(row, 'high'), digits(of[row['hypothesis']]))}"
        ),
        "p": lambda row: p_cell(row["p"]),
    }
    note = (
        "Two one-sided tests (Schuirmann, 1987); p is the larger of the two. Bounds were set in the plan, in raw points; where "
        "logarithms are compared, bounds and difference are ratios."
    )
    return Table("equivalence", "Equivalence within the smallest effect of interest", frame, columns, note)


def _bayes(frame: pd.DataFrame) -> Table:
    columns = {
        "": lambda row: row["hypothesis"],
        "measure": lambda row: row["measure"],
        "contrast": lambda row: f"{row['first']} − {row['second']}",
        "n": lambda row: str(row["n"]),
        "BF10 (r = √2/2)": lambda row: bayes_cell(row["bf10"]),
        "BF10 (r = 1)": lambda row: bayes_cell(row["bf10_wide"]),
    }
    note = (
        "JZS Bayes factors of the plain difference between the two, two-sided, without the model's other terms: above 1 the "
        "data speak for a difference, below 1 against one. The second column shows how much the width of the prior matters."
    )
    return Table("bayes_factors", "Bayes factors of the planned contrasts", frame, columns, note)
