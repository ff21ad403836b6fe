"""Which effects are tried, and with how many participants, where nobody says otherwise."""

from collections.abc import Mapping

from analysis.asked import levels_of
from analysis.power.assumptions import Assumptions
from analysis.power.draw import Drawing
from study.analysis_plan import Hypothesis
from study.design import cells, groups, orders_of
from study.errors import AtelierError
from study.protocol import Protocol

Effects = Mapping[str, tuple[float, ...]]
"""Hypothesis → differences between the means of the first and the second of its contrast, in units of its measure."""
SIZES = (0.3, 0.5, 0.8)
"""Small, medium, large: in SDs of the difference."""
OF_SMALLEST = (0.5, 1.0, 1.5)
WITHIN_BOUNDS = (0.25, 0.5)


def default_effects(protocol: Protocol, assumed: Assumptions) -> Effects:
    """For every hypothesis: around its smallest effect of interest; else .3, .5 and .8 SDs of the difference.

    Where logarithms are compared, the smallest effect is a ratio, and what is planted the difference that makes it.

    The differences point where the hypothesis points. For equivalence, what is planted are true differences within the bounds.
    """
    drawing = Drawing.of(protocol, len(cells(protocol)), assumed)
    return {one.id: _of(one, drawing) for one in drawing.hypotheses}


def given_effects(protocol: Protocol, assumed: Assumptions, said: list[str]) -> Effects:
    """The default, but for what was said: `.5,.7` for every hypothesis, `h3=5,10` for one. Raises AtelierError."""
    drawing = Drawing.of(protocol, len(cells(protocol)), assumed)
    hypotheses = {one.id: one for one in drawing.hypotheses}
    effects = {name: _of(one, drawing) for name, one in hypotheses.items()}
    for text in said:
        name, _, numbers = text.rpartition("=")
        if name and name not in hypotheses:
            raise AtelierError(f"There is no hypothesis '{name}'. Known: {', '.join(hypotheses)}.")
        sizes = _read(numbers)
        for one in (hypotheses[name],) if name else hypotheses.values():
            effects[one.id] = tuple(_signed(one, size) for size in sizes)
    for name, differences in effects.items():
        for difference in differences:
            drawing.kind_of(hypotheses[name].measure).location(difference)  # refuses what does not fit on the scale
    return effects


def default_ns(protocol: Protocol) -> tuple[int, ...]:
    """The planned participants, and about half, three quarters and one and a half of them that fill the orders evenly."""
    whole, planned = orders(protocol), protocol.design.planned_participants
    return tuple(sorted({planned, *(max(1, round(planned * share / whole)) * whole for share in (0.5, 0.75, 1.5))}))


def read_ns(protocol: Protocol, text: str) -> tuple[int, ...]:
    """`12,18,24`; nothing: the default. Raises AtelierError for anything else."""
    numbers = [part.strip() for part in text.split(",")] if text else []
    if not all(number.isdecimal() and int(number) > 1 for number in numbers):
        raise AtelierError(f"'{text}' are no numbers of participants. Write them as in 12,18,24; each at least 2.")
    return tuple(sorted(set(map(int, numbers)))) or default_ns(protocol)


def balanced(protocol: Protocol, n: int) -> str:
    """What n participants balance: orders and tasks, orders, or neither ("")."""
    if protocol.design.orders == "random" or n % orders(protocol):
        return ""
    return "orders and tasks" if n % len(cells(protocol)) == 0 else "orders"


def orders(protocol: Protocol) -> int:
    """How many orders of conditions (or groups of participants) there are."""
    return sum(len(orders_of(protocol, group)) for group in groups(protocol))


def _of(one: Hypothesis, drawing: Drawing) -> tuple[float, ...]:
    smallest = one.smallest_effect
    if smallest is not None:
        shares = WITHIN_BOUNDS if one.direction == "equivalent" else OF_SMALLEST
        if one.log:
            middle = drawing.kind_of(one.measure).middle
            return tuple(_signed(one, float(f"{_apart(smallest**share, middle):.3g}")) for share in shares)
        return tuple(_signed(one, share * smallest) for share in shares)
    levels = levels_of(drawing.protocol, one.factor)
    within = any({levels[c] for c in group} >= set(one.contrast) for group in groups(drawing.protocol))
    sd = drawing.kind_of(one.measure).sd(within)
    return tuple(_signed(one, float(f"{size * sd:.2g}")) for size in SIZES)


def _apart(ratio: float, middle: float) -> float:
    """The difference between two means around the middle, one of which is so many times the other."""
    return 2 * middle * (ratio - 1) / (ratio + 1)


def _signed(one: Hypothesis, size: float) -> float:
    return -abs(size) if one.direction == "less" else abs(size)


def _read(numbers: str) -> list[float]:
    try:
        return [float(number) for number in numbers.split(",")]
    except ValueError:
        raise AtelierError(
            f"'{numbers}' are no effects. Write numbers in units of the measure, such as .5,.7 or h3=5,10."
        ) from None
