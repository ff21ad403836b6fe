"""Whether the order of conditions mattered: period, sequence, carry-over, the first period alone. Sensitivity only."""

from collections.abc import Iterator

from analysis.asked import asked
from analysis.figures import order_effects
from analysis.inference.crossover import NEVER_A_GATE, Crossover
from analysis.planned_tests import planned_crossover
from analysis.printed import bounds, decimals, f_text, number, p_cell, test_text
from analysis.report.document import Block, Bullets, Drawing, Heading, Table
from analysis.report.outcomes import Outcomes, or_why
from analysis.results import planned_pairs
from analysis.wording import title
from study.analysis_plan import Hypothesis

TWO = "With two conditions in two periods, carry-over and sequence are one question: the data cannot tell them apart."


def order(of: Outcomes) -> Iterator[Block]:
    """For every measure of the plan; of a study in which everybody meets one condition, a sentence."""
    if not of.is_crossover:
        yield "Everybody met one condition, so there is no order to look at."
        return
    yield NEVER_A_GATE
    if len(of.conditions) == 2:
        yield TWO
    for name in of.outcomes:
        yield Heading(3, title(of.known[name]))
        yield from or_why(lambda name=name: list(_of_measure(of, name)))  # type: ignore[misc]


def _of_measure(of: Outcomes, name: str) -> Iterator[Block]:
    found = planned_crossover(asked(of.sample.rows, of.protocol, _like(of, name)), planned_pairs(of.protocol))
    yield said(found)
    if found.left_out:
        yield Bullets(tuple(f"Not computed, {reason}" for reason in found.left_out))
    yield _table(of, name, found)
    yield Drawing(f"order_{name}", order_effects(of.comparison(name), of.analysed.sessions))


def _like(of: Outcomes, name: str) -> Hypothesis:
    """The plan's first hypothesis on a measure, one without a factor before others, asked of the conditions."""
    mine = [one.hypothesis for one in of.confirmed if one.hypothesis.measure == name]
    return min(mine, key=lambda asks: asks.factor is not None).model_copy(update={"factor": None})


def said(found: Crossover) -> str:
    """The three F tests that there are, and the later periods against the first."""
    tests = [test for test in (found.period, found.sequence, found.carry_over) if test]
    shown = "; ".join(f"{test.term} {f_text(test)}" for test in tests)
    digits = decimals(one.difference for one in found.contrasts)
    later = "; ".join(
        f"period {one.first} − {one.second}: {number(one.difference, digits)} {bounds(one.low, one.high, digits)}"
        for one in found.periods
    )
    return f"In the mixed model, p not corrected: {shown}. Differences between periods with 95 % CI: {later}; n = {found.fit.design.participants}."


def _table(of: Outcomes, name: str, found: Crossover) -> Table:
    frame = found.table()
    digits = decimals(of.rows(name).groupby("condition")["value"].mean())
    estimates = [*found.contrasts, *found.without_carry_over, *found.first_period]
    frame = frame.assign(test=[test_text(one) for one in estimates])
    columns = {
        "analysis": lambda row: row["analysis"],
        "contrast": lambda row: f"{row['first']} − {row['second']}",
        "n": lambda row: str(row["n"]),
        "difference": lambda row: number(row["difference"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
        "test": lambda row: row["test"],
        "p": lambda row: p_cell(row["p"]),
    }
    note = (
        "Every model holds constant what the planned one does. First period only: between participants, so its intervals are "
        "wide. p two-sided, not corrected."
    )
    return Table(
        f"order_{name}", f"{title(of.known[name])}: contrasts by how order is allowed for", frame, columns, note
    )
