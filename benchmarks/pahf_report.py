"""The tables of the PAHF benchmark, and the page that holds them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "pahf.md"
BEGIN, END = "<!-- tables: python -m benchmarks.pahf FOLDER --write -->", "<!-- end of tables -->"
PHASES = {1: "1 learn", 2: "2 test", 3: "3 learn, after the drift", 4: "4 test"}
LEARNING = (1, 3)
PER_ROW = 5
"""Scenarios of a phase that are taken together to show how errors and questions change."""
Measure = Callable[[Iterable["Purchase"]], float | None]


@dataclass(frozen=True)
class Purchase:
    """One scenario as it went: `number` of the pass over its phase, `place` within the phase, both from 0."""

    person: str
    arm: str
    phase: int
    number: int
    place: int
    right: bool
    questions: int


def success(done: Iterable[Purchase]) -> float | None:
    """Percent of choices that were right; None of nothing."""
    rights = [purchase.right for purchase in done]
    return 100 * sum(rights) / len(rights) if rights else None


def errors(done: Iterable[Purchase]) -> float | None:
    """Percent of choices that were wrong; None of nothing."""
    right = success(done)
    return None if right is None else 100 - right


def questions(done: Iterable[Purchase]) -> float | None:
    """Questions per scenario; None of nothing."""
    asked = [purchase.questions for purchase in done]
    return sum(asked) / len(asked) if asked else None


def report(
    done: Sequence[Purchase], seconds: dict[str, float], rounds: int, wall: float, jobs: int, course: bool = True
) -> str:
    """The tables of one run as Markdown; `seconds` of computing by arm, `wall` of the whole run.

    `course`: also how errors and questions change in the first pass over each learning phase.
    """
    people = len({purchase.person for purchase in done})
    passes = "one pass" if rounds == 1 else f"{rounds} passes"
    parts = [
        f"### {passes.capitalize()} over each learning phase",
        f"{people} personas, {len(done):,} purchases, {wall:.0f} s in {jobs} processes.",
        _summary(done, seconds),
    ]
    if rounds > 1:
        parts += ["Right choices (%) by pass:", _by_pass(done, list(seconds), rounds)]
    for phase in LEARNING if course else ():
        first = [purchase for purchase in done if (purchase.phase, purchase.number) == (phase, 0)]
        for name, measure, shape in (
            ("Wrong choices (%)", errors, ".0f"),
            ("Questions per scenario", questions, ".2f"),
        ):
            parts += [f"{name} in phase {PHASES[phase]}, first pass, by scenario:"]
            parts += [_course(first, list(seconds), measure, shape)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(tables: Sequence[str], page: Path = PAGE) -> Path:
    """Put the tables between the two marks of the page. Raises ValueError if it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} lacks the lines “{BEGIN}” and “{END}”; put them back where the tables belong.")
    page.write_text(f"{before}{begin}\n\n" + "\n".join(tables) + f"\n{end}{after}", encoding="utf-8")
    return page


def _summary(done: Sequence[Purchase], seconds: dict[str, float]) -> str:
    head = [
        "arm",
        *(f"{name} (%)" for name in PHASES.values()),
        *(f"questions, phase {p}" for p in LEARNING),
        "seconds",
    ]
    rows = []
    for arm, took in seconds.items():
        mine = {phase: [p for p in done if (p.arm, p.phase) == (arm, phase)] for phase in PHASES}
        right = [_shown(success(mine[phase]), ".1f") for phase in PHASES]
        asked = [_shown(questions(mine[phase]), ".2f") for phase in LEARNING]
        rows.append([arm, *right, *asked, f"{took:.0f}"])
    return table(head, rows)


def _course(done: Sequence[Purchase], arms: Sequence[str], measure: Measure, shape: str) -> str:
    length = max((purchase.place for purchase in done), default=-1) + 1
    starts = range(0, length, PER_ROW)
    head = ["arm", *(f"{start + 1}–{min(start + PER_ROW, length)}" for start in starts)]
    rows = []
    for arm in arms:
        mine = [purchase for purchase in done if purchase.arm == arm]
        values = [measure(p for p in mine if start <= p.place < start + PER_ROW) for start in starts]
        rows.append([arm, *(_shown(value, shape) for value in values)])
    return table(head, rows)


def _by_pass(done: Sequence[Purchase], arms: Sequence[str], rounds: int) -> str:
    passes = [(phase, number) for phase in LEARNING for number in range(rounds)]
    head = ["arm", *(f"phase {phase}, pass {number + 1}" for phase, number in passes)]
    rows = []
    for arm in arms:
        mine = [purchase for purchase in done if purchase.arm == arm]
        values = [success(p for p in mine if (p.phase, p.number) == one) for one in passes]
        rows.append([arm, *(_shown(value, ".1f") for value in values)])
    return table(head, rows)


def _shown(value: float | None, shape: str) -> str:
    return "–" if value is None else format(value, shape)
