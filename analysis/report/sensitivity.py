"""How far the planned results rest on choices: who is in, how errors are taken, whether what came before counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from analysis.asked import WHO, asked
from analysis.contrasted import as_ratio, linear_contrasts, ratio_contrasts
from analysis.findings import Finding, decide
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.gee import gee
from analysis.inference.linear import linear_model
from analysis.planned_p import equivalence_of, planned_p
from analysis.planned_tests import planned_crossover
from analysis.printed import contrast_text, effect_bounds, effect_number, number, p_cell, test_text
from analysis.report.document import Block, Note, Table
from analysis.report.outcomes import MANIPULATION, Outcomes
from analysis.report.own_model import own_model
from analysis.report.tested import digits, effects_note
from analysis.wording import estimate_of, title
from study.analysis_plan import Hypothesis

PLANNED, COMPLETE, INCLUDED = (
    "as planned",
    "only participants with every condition",
    "with those whom the plan excludes",
)
ROBUST, CLUSTERED, CARRIED = (
    "errors that allow unequal variances (HC3)",
    "GEE, robust errors",
    "previous condition in the model",
)
Row = tuple[Finding, str, Estimate, float]


def sensitivity(of: Outcomes) -> Iterator[Block]:
    """Each planned contrast again under other defensible choices, in one table."""
    told = [one for one in of.confirmed if one.estimate and one.hypothesis.family != MANIPULATION]
    if not told:
        yield "No planned contrast could be estimated, so there is nothing to vary."
        return
    rows, reasons = [(one, PLANNED, estimate_of(one), one.p) for one in told], []
    for make in (_complete, _everybody, _other_errors, _own_model, _carry_over):
        for row in make(of, told):
            if isinstance(row, str):
                reasons.append(row)
            else:
                rows.append(row)
    order = {one.hypothesis.id: place for place, one in enumerate(told)}
    rows.sort(key=lambda row: order[row[0].hypothesis.id])
    yield agreement(rows)
    if len(rows) > len(told):
        yield _table(rows)
    if reasons:
        yield Note("What was not varied: " + " ".join(dict.fromkeys(reasons)))


def agreement(rows: Sequence[Row]) -> str:
    """How many of the variations point where the plan's own estimate does."""
    planned = {one.hypothesis.id: estimate.difference for one, which, estimate, _ in rows if which == PLANNED}
    others = [(planned[one.hypothesis.id], estimate.difference) for one, which, estimate, _ in rows if which != PLANNED]
    same = sum(a * b > 0 or a == b for a, b in others)
    if not others:
        return "No other choice changes which rows or errors are used, so there is nothing to compare."
    return (
        f"Of {len(others)} variations, {same} {'has' if same == 1 else 'have'} the sign of the planned estimate. p is not "
        "corrected here: these rows vary the planned tests and add none."
    )


def _complete(of: Outcomes, told: Sequence[Finding]) -> Iterator[Row | str]:
    if of.protocol.analysis.missing == "complete":
        yield "The plan already keeps only participants with every condition."
        return
    if not of.is_crossover:
        yield "Everybody meets one condition, so nobody is incomplete."
        return
    plan = of.protocol.analysis.model_copy(update={"missing": "complete"})
    found = decide(of.sample, of.protocol.model_copy(update={"analysis": plan}))
    before = {one.hypothesis.id: estimate_of(one) for one in told}
    if all(one.estimate == before[one.hypothesis.id] for one in found if one.hypothesis.id in before):
        yield "Nobody who is analysed lacks a condition."
        return
    yield from _again(found, told, COMPLETE)


def _everybody(of: Outcomes, told: Sequence[Finding]) -> Iterator[Row | str]:
    if of.sample.excluded.empty:
        yield "No rule of the plan excludes anybody."
        return
    yield from _again(decide(of.sample.with_everybody(of.everybody), of.protocol), told, INCLUDED)


def _again(found: Sequence[Finding], told: Sequence[Finding], name: str) -> Iterator[Row | str]:
    mine = {one.hypothesis.id: one for one in told}
    for one in (one for one in found if one.hypothesis.id in mine):
        if one.estimate is None:
            yield f"{one.hypothesis.id}, {name}: {one.refusal}"
        else:
            yield mine[one.hypothesis.id], name, one.estimate, one.p


def _other_errors(of: Outcomes, told: Sequence[Finding]) -> Iterator[Row | str]:
    """The twin of a linear model that trusts its variances less."""
    for one in (one for one in told if one.hypothesis.test == "mixed_model"):
        asks, rows = one.hypothesis, asked(of.sample.rows, of.protocol, one.hypothesis)

        def clustered(asks: Hypothesis = asks, rows=rows) -> list[Estimate]:  # type: ignore[no-untyped-def]
            fit = gee(rows.rows, rows.formula()[0], WHO, "gaussian")
            return [as_ratio(one, rows) for one in ratio_contrasts(fit.coefficients(), rows, [asks.contrast])]

        def unequal(asks: Hypothesis = asks, rows=rows) -> list[Estimate]:  # type: ignore[no-untyped-def]
            fit = linear_model(rows.rows, rows.formula()[0], WHO, "HC3")
            return [as_ratio(one, rows) for one in linear_contrasts(fit, rows, [asks.contrast])]

        yield from _one(one, CLUSTERED if rows.repeated else ROBUST, clustered if rows.repeated else unequal)


def _own_model(of: Outcomes, told: Sequence[Finding]) -> Iterator[Row | str]:
    """Counts and yes–no outcomes by the model made for them, or where that is planned with robust errors."""
    for one in told:
        if way := own_model(of, one):
            yield from _one(one, *way)


def _carry_over(of: Outcomes, told: Sequence[Finding]) -> Iterator[Row | str]:
    if not of.is_crossover:
        return
    for one in (one for one in told if one.hypothesis.test == "mixed_model" and not one.hypothesis.factor):
        asks = one.hypothesis

        def with_previous(asks: Hypothesis = asks) -> list[Estimate]:
            held = asked(of.sample.rows, of.protocol, asks)
            found = planned_crossover(held, [asks.contrast])
            if not found.without_carry_over:
                raise NotEstimable(" ".join(reason for reason in found.left_out if reason.startswith("carry-over")))
            return [as_ratio(one, held) for one in found.without_carry_over]

        yield from _one(one, CARRIED, with_previous)


def _one(one: Finding, name: str, make: Callable[[], list[Estimate]]) -> Iterator[Row | str]:
    asks = one.hypothesis
    try:
        (estimate,) = make()
        same = asks.direction == "equivalent"
        p = equivalence_of(estimate, asks).p if same else planned_p(estimate, asks.direction)
    except NotEstimable as error:
        yield f"{asks.id}, {name}: {error}"
        return
    yield one, name, estimate, p


def _table(rows: Sequence[Row]) -> Table:
    frame = pd.DataFrame(
        [
            {
                "row": place,
                "hypothesis": one.hypothesis.id,
                "measure": title(one.measure),
                "analysis": which,
                "p_planned": p,
            }
            | vars(estimate)
            for place, (one, which, estimate, p) in enumerate(rows)
        ]
    )

    def cell(make):  # type: ignore[no-untyped-def]
        return lambda row: make(replace(rows[row["row"]][2]), digits(rows[row["row"]][0]))

    columns = {
        "": lambda row: row["hypothesis"],
        "measure": lambda row: row["measure"],
        "contrast": cell(lambda e, _: contrast_text(e)),
        "analysis": lambda row: row["analysis"],
        "n": cell(lambda e, _: str(e.n)),
        "effect": cell(effect_number),
        "95 % CI": cell(effect_bounds),
        "test": cell(lambda e, _: test_text(e) or number(e.value)),
        "p": lambda row: p_cell(row["p_planned"]),
    }
    sided = ", ".join(sorted({one.sided for one, *_ in rows}))
    note = (
        f"{effects_note([estimate for _, _, estimate, _ in rows])} p: as the hypothesis asks ({sided}), not corrected."
    )
    return Table("sensitivity", "Planned contrasts under other choices", frame, columns, note, grouped=3)
