"""What a protocol will ask of people and of a budget: minutes by step, people by order, tokens of a participant. Pure.

All of it is reckoned before anybody took part; what the figures rest on is said with each of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from study.checkup import MINUTES_PER_TURN, SECONDS, SECONDS_PER_ITEM, WORDS_PER_MINUTE, seconds_of
from study.design import Cell, cells
from study.flow import Assignment, Step
from study.plan import plan
from study.protocol import BUILT_IN, Protocol, Task

TOKENS_PER_WORD = 4 / 3
INSTRUCTIONS, MESSAGE, REPLY = 300, 15, 60
"""Words of a prompt beside the task, of a participant's message and of a reply: rough figures of ours."""
ANSWERED = 40
"""Words that a call answers with which is no reply: a plan, needs, beliefs; ours, from simulated participants."""


@dataclass(frozen=True)
class Part:
    """One step of a participant's way, in the first cell of the design."""

    name: str
    condition: str
    minutes: float
    why: str


@dataclass(frozen=True)
class Tokens:
    """What one participant uses up on average, as a provider counts it, and where the figure comes from."""

    input: float
    output: float
    source: str


@dataclass(frozen=True)
class Spent:
    """What participants who finished used up on average; `model` answered them."""

    sessions: int
    simulated: bool
    model: str
    input: float
    output: float


def parts(protocol: Protocol, cell: Cell) -> list[Part]:
    """Every step of a participant of this cell, with its minutes."""
    steps = plan(protocol, Assignment(cell.conditions, cell.tasks))
    return [
        Part(_name(step), step.condition or "", round(seconds_of(protocol, step) / 60, 1), _why(protocol, step))
        for step in steps
    ]


def people_by_order(protocol: Protocol) -> dict[tuple[str, ...], tuple[int, int]]:
    """Order → how many of the planned participants get it, at least and at most, as places are filled evenly."""
    orders = list(dict.fromkeys(cell.conditions for cell in cells(protocol)))
    least, rest = divmod(protocol.design.planned_participants, len(orders))
    return {order: (least, least + bool(rest)) for order in orders}


def tokens(protocol: Protocol, spent: Spent | None) -> Tokens:
    """From those who finished if there are any, else from the texts of the protocol."""
    if spent is None:
        return _from_texts(protocol)
    factor = TOKENS_PER_WORD if spent.model == BUILT_IN else 1
    who = f"{spent.sessions} {'simulated ' if spent.simulated else ''}participant{'s' if spent.sessions > 1 else ''}"
    words = ", whose words the built-in model counted, at 3 words to 4 tokens" if spent.model == BUILT_IN else ""
    return Tokens(spent.input * factor, spent.output * factor, f"the mean of {who} who finished{words}")


def _from_texts(protocol: Protocol) -> Tokens:
    table = cells(protocol)
    one_each = [next(cell for cell in table if cell.conditions == order) for order in {c.conditions for c in table}]
    used = [_words(protocol, cell) for cell in one_each]
    rule = max(1, protocol.task_rule.min_turns)
    source = (
        f"a rough guess from the texts: {rule} messages for each task, a call for the reply, for the plan and for each "
        "mechanism, each of which reads the task and what was said. Simulate some participants for a better one"
    )
    return Tokens(
        fmean(words[0] for words in used) * TOKENS_PER_WORD, fmean(words[1] for words in used) * TOKENS_PER_WORD, source
    )


def _words(protocol: Protocol, cell: Cell) -> tuple[int, int]:
    """Words that go to the model for a participant of this cell, and that come from it."""
    sent = came = 0
    for step in plan(protocol, Assignment(cell.conditions, cell.tasks)):
        if step.kind != "task" or not step.task or not step.condition:
            continue
        task, condition = protocol.task(step.task), protocol.condition(step.condition)
        others = len(condition.mechanisms) + (bool(task.sections) and condition.plan_panel == "shown")
        for turn in range(max(1, protocol.task_rule.min_turns)):
            sent += (1 + others) * (INSTRUCTIONS + _size(task) + turn * (MESSAGE + REPLY) + MESSAGE)
            came += REPLY + others * ANSWERED
    return sent, came


def _size(task: Task) -> int:
    texts = [
        task.brief,
        *task.remarks,
        *(f"{o.name} {o.description} {' '.join(o.attributes.values())}" for o in task.catalogue),
    ]
    return sum(len(text.split()) for text in texts)


def _name(step: Step) -> str:
    what = {"questionnaire": step.instrument, "task": step.task}.get(step.kind)
    return f"{step.kind.replace('_', ' ')}: {what}" if what else step.title or step.kind


def _why(protocol: Protocol, step: Step) -> str:
    if step.kind == "task":
        rule = protocol.task_rule
        least = rule.min_turns * MINUTES_PER_TURN
        return (
            f"task_rule.min_minutes: {rule.min_minutes:g}" if rule.min_minutes > least
            else f"task_rule.min_turns: {rule.min_turns} messages at {MINUTES_PER_TURN:g} minute each"
        )  # fmt: skip
    if step.kind == "questionnaire":
        kinds = Counter(item.type for item in protocol.instrument(step.instrument or "").items)
        return ", ".join(
            f"{count} {kind} at {SECONDS.get(kind, SECONDS_PER_ITEM):g} s" for kind, count in kinds.items()
        )
    return f"min_seconds: {step.min_seconds:g}" if step.min_seconds else f"reading {WORDS_PER_MINUTE} words a minute"


def as_matrix(
    counts: Counter[tuple[str, str]] | Counter[tuple[str, int]], rows: Sequence[str]
) -> list[dict[str, object]]:
    """Counts of pairs as the rows of a table: the first of each pair down, the second across."""
    across = sorted({second for _first, second in counts}, key=str)
    return [{"": row, **{str(second): counts[row, second] for second in across}} for row in rows]  # type: ignore[index]
