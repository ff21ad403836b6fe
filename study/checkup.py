"""What a researcher should know about a protocol before the first participant: orders, balance, length."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from study.analysis_plan import TESTS_OF_MEANS
from study.design import Cell, balance, cells, groups, orders_of
from study.factorial import fraction
from study.flow import Assignment, Step
from study.instruments import Item
from study.languages import english_name, is_english
from study.plan import plan
from study.protocol import BUILT_IN, Protocol
from study.sentence import has_catalogue

WORDS_PER_MINUTE = 200
SECONDS = {"long_text": 45.0, "short_text": 15.0, "ranking": 20.0, "number": 10.0}
SECONDS_PER_ITEM, SECONDS_PER_PAGE = 6.0, 3.0
MINUTES_PER_TURN = 1.0
"""Rough figures of ours for a plan of the length, to be replaced by a pilot's."""


@dataclass(frozen=True)
class Checkup:
    """Cells of the design, what a full set of them balances, minutes per session, and what to think about."""

    table: tuple[Cell, ...]
    balance: dict[str, dict[str, int]]
    minutes: tuple[float, ...]
    steps: int
    warnings: tuple[str, ...]
    languages: str

    def lines(self) -> list[str]:
        """All of it, to be read in a terminal."""
        said = ["", "Cells"]
        for cell in self.table:
            shown = [f"{c} ({', '.join(cell.tasks_of(n))})" for n, c in enumerate(cell.conditions)]
            said.append(f"  {cell.index:>3}  " + "  ".join(shown))
        for title, counts in self.balance.items():
            if counts:
                said += ["", f"Balance: {title}, over one participant per cell"]
                said.append("  " + "   ".join(f"{name}: {count}" for name, count in counts.items()))
        return said + [line for warning in self.warnings for line in ("", f"Warning: {warning}")]

    def length(self) -> str:
        """How long it takes, session by session."""
        if len(self.minutes) == 1:
            return f"about {self.minutes[0]:.0f} minutes"
        return f"{len(self.minutes)} sessions of about " + ", ".join(f"{m:.0f}" for m in self.minutes) + " minutes"


def checkup(protocol: Protocol) -> Checkup:
    """Look at a valid protocol as a whole."""
    table = cells(protocol)
    steps = plan(protocol, Assignment(table[0].conditions, table[0].tasks))
    counted = balance(table)
    return Checkup(
        table=table,
        balance={
            "condition in period": _named(counted.positions),
            "condition after condition": _named(counted.follows),
            "condition with task": _named(counted.tasks),
        },
        minutes=tuple(
            round(sum(seconds_of(protocol, step) for step in same) / 60, 1)
            for _, same in groupby(steps, key=lambda step: step.session)
        ),
        steps=len(steps),
        warnings=tuple(_warnings(protocol, table)),
        languages=_languages(protocol),
    )


def _languages(protocol: Protocol) -> str:
    """Which there are, and that nothing lacks: a translation that is not complete does not load."""
    named = [f"{english_name(language)} ({language})" for language in protocol.offered]
    counts = sorted({len(table) for table in protocol.translations.values()})
    told = f", all {counts[0]} texts translated" if counts else ""
    return f"Language{'s' if counts else ''}: {', '.join(named)}{told}."


def _warnings(protocol: Protocol, table: tuple[Cell, ...]) -> list[str]:
    planned, met = protocol.design.planned_participants, groups(protocol)
    sets = sum(len(orders_of(protocol, group)) for group in met)
    counted, found = balance(table), []
    if protocol.design.orders == "random":
        found.append("design.orders: random orders are balanced only on average; all or williams are exact.")
    elif planned % sets:
        nearest = [str(n) for n in (planned // sets * sets, (planned // sets + 1) * sets) if n]
        found.append(
            f"design.planned_participants: {planned} is no multiple of the {sets} orders; plan {' or '.join(nearest)}."
        )
    elif planned % len(table):
        found.append(
            f"design.planned_participants: {planned} fills the {sets} orders evenly; each of them has every rotation of "
            f"the tasks equally often at multiples of {len(table)}."
        )
    foreign = [english_name(language) for language in protocol.offered if not is_english(language)]
    if protocol.model == BUILT_IN and foreign:
        found.append(f"model: the built-in model speaks only English; name a language model for {', '.join(foreign)}.")
    if english := [english_name(language) for language in protocol.offered if not has_catalogue(language)]:
        found.append(
            f"languages: the interface does not speak {', '.join(english)}; its buttons and hints stay English "
            "(CONTRIBUTING.md says how to add a language)."
        )
    found += _without_equivalence(protocol)
    if len(protocol.design.strata) > 2:
        found.append("design.strata: each further stratum makes the others less even; two are usually enough.")
    for group in met:
        if _is_uneven(counted.positions, [(c, n) for c in group for n in range(1, len(group) + 1)]):
            found.append(f"design.orders: {', '.join(group)} do not stand in every period equally often.")
        if _is_uneven(counted.follows, [(a, b) for a in group for b in group if a != b]):
            found.append(f"design.orders: carry-over is not balanced between {', '.join(group)}; williams would do it.")
    if part := fraction(protocol):
        found.append(f"conditions: {part.sentence()}")
    if _is_uneven(counted.tasks, [(c.id, t.id) for c in protocol.conditions for t in protocol.tasks]):
        found.append("design.tasks: tasks are not balanced against conditions; the two cannot be told apart.")
    return found


def _without_equivalence(protocol: Protocol) -> list[str]:
    """Smallest effects that the planned test cannot be held against: nothing would be said of them but that."""
    found = []
    for n, asks in enumerate(protocol.analysis.hypotheses):
        if asks.smallest_effect is None or asks.test in TESTS_OF_MEANS:
            continue
        then = "this hypothesis cannot be tested" if asks.direction == "equivalent" else "equivalence is not tested"
        found.append(
            f"analysis.hypotheses[{n}].smallest_effect: {asks.test} cannot be held against a smallest effect, so {then}; "
            f"{', '.join(TESTS_OF_MEANS)} can."
        )
    return found


def _is_uneven(counted: Counter[Any], expected: list[tuple[Any, Any]]) -> bool:
    return len({counted[pair] for pair in expected}) > 1


def _named(counted: Counter[Any]) -> dict[str, int]:
    return {f"{first} · {second}": count for (first, second), count in sorted(counted.items())}


def seconds_of(protocol: Protocol, step: Step) -> float:
    """How long a step takes somebody who reads and answers at an ordinary pace."""
    if step.kind == "task":
        rule = protocol.task_rule
        return 60 * max(rule.min_minutes, rule.min_turns * MINUTES_PER_TURN)
    if step.kind == "questionnaire":
        instrument = protocol.instrument(step.instrument or "")
        return SECONDS_PER_PAGE + _reading(instrument.instructions) + sum(map(_answering, instrument.items))
    text = protocol.consent.text if step.kind == "consent" else step.text
    brief = protocol.task(step.task).brief if step.kind == "instructions" and step.task else ""
    return SECONDS_PER_PAGE + max(step.min_seconds, _reading(text) + _reading(brief))


def _answering(item: Item) -> float:
    return _reading(item.text) + SECONDS.get(item.type, SECONDS_PER_ITEM)


def _reading(text: str) -> float:
    return 60 * len(text.split()) / WORDS_PER_MINUTE
