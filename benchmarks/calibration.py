"""How far the confidence of inferred beliefs can be trusted: `python -m benchmarks.calibration [people] [--write]`.

Made-up people with a true value for every attribute of a task say something about one attribute in each message. A
plain statement is true of them in 95 of 100 cases, a hedged one ("maybe …") in 65; three in ten are hedged, and one
in five denies instead of wishing. They repeat and contradict themselves by chance. The messages go through real
turns with `inferred_profile` and the built-in model. At the end every belief that is held is compared with the
true profile, and judged by the person, who errs in one of ten verdicts.

Right: every wish that the belief's text reads as is true of the profile, that is, a wanted value is the true
one and an unwanted value is not. A belief that reads as no wish counts as wrong.

Brier score: mean of (confidence − right)², 0 is perfect; who always says the share that is right scores
p(1 − p). The rates above are ours. They fix how confident one should be, so that a score here shows whether the
rule orders and scales its confidence sensibly, not how well any model knows any person.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.chance import drawn, generator
from benchmarks.figures import machine, mean, publish, table, with_interval
from benchmarks.people import DEMO, condition_of, opened, say, sit_down, words
from memory.index import Index
from memory.worker import Worker
from study.database import open_database
from study.events import Belief
from study.protocol import Task
from study.settings import Settings
from study.wishes import Topic, wishes

PEOPLE, MESSAGES, SEED = 60, 8, 23
HEDGED, DENIED = 0.3, 0.2
TRUE_PLAIN, TRUE_HEDGED = 0.95, 0.65
VERDICT_ERROR = 0.1
PLAIN_WAYS = ("I would like it to be {}.", "{}, please.", "For me it should be {}.")
HEDGED_WAYS = (
    "Maybe {}?",
    "Perhaps {}, who knows.",
    "I think {} could be fine.",
    "Probably {}.",
    "I guess {} would do.",
)
DENIED_WAYS = {False: ("Not {}, please.", "I do not want {}."), True: ("Maybe not {}.", "I think no {}.")}
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Judged:
    """A belief that is held in the end: how sure the mechanism is, whether it is right, and what the person says."""

    confidence: float
    right: bool
    verdict: bool


def main() -> None:
    """Print the report."""
    given = [a for a in sys.argv[1:] if a.isdigit()]
    people = int(given[0]) if given else PEOPLE
    folder = Path(tempfile.mkdtemp(prefix="atelier-calibration-"))
    engine = open_database(f"sqlite:///{folder / 'record.db'}")
    worker = Worker(engine, Settings(data_dir=folder, offline_delay=0), Index(None))
    studies = {task.id: opened(engine, condition_of("inferred_profile"), task) for task in DEMO.tasks}
    found = []
    for number in range(people):
        task = DEMO.tasks[number % len(DEMO.tasks)]
        random = generator(SEED, number)
        profile = {name: drawn(random, list(a.values)) for name, a in task.attributes.items()}
        desk = sit_down(engine, worker, studies[task.id])
        for place in range(MESSAGES):
            say(desk, f"message-{place}", statement(random, task, profile))
        held = [belief for belief in desk.view().state.beliefs if belief.status == "held"]
        found.append([judged(random, task, profile, belief) for belief in held])
    publish("calibration", report(found), "--write" in sys.argv)


def statement(random: np.random.Generator, task: Task, profile: dict[str, str]) -> str:
    """Something about one attribute, hedged or plain, a wish or a denial, true of the person at the stated rates."""
    topic = drawn(random, list(profile))
    hedged, denied = random.random() < HEDGED, random.random() < DENIED
    true = random.random() < (TRUE_HEDGED if hedged else TRUE_PLAIN)
    others = [value for value in task.attributes[topic].values if value != profile[topic]]
    value = profile[topic] if true != denied else drawn(random, others)
    ways = DENIED_WAYS[hedged] if denied else HEDGED_WAYS if hedged else PLAIN_WAYS
    return drawn(random, list(ways)).format(words(random, task, topic, value))


def judged(random: np.random.Generator, task: Task, profile: dict[str, str], belief: Belief) -> Judged:
    """A belief held against the truth, and the person's verdict on it, which errs at the stated rate."""
    right = is_right(belief.text, task, profile)
    return Judged(belief.confidence, right, right != (random.random() < VERDICT_ERROR))


def is_right(text: str, task: Task, profile: dict[str, str]) -> bool:
    """Whether everything that a belief says is true of the profile; what says nothing is wrong."""
    topics = [
        Topic(name, a.label, a.question, {v: tuple(ways) for v, ways in a.values.items()})
        for name, a in task.attributes.items()
    ]
    said = wishes(text, topics)
    return bool(said) and all((profile[wish.topic] == wish.value) == wish.wanted for wish in said)


def brier(confidence: Sequence[float], outcome: Sequence[bool]) -> float:
    """Mean squared difference between confidence and what was the case (Brier, 1950)."""
    return mean([(c - o) ** 2 for c, o in zip(confidence, outcome, strict=True)])


def reliability(beliefs: Sequence[Judged]) -> list[tuple[str, int, float, float, float]]:
    """For each bin of confidence: its name, how many, mean confidence, share right, share the person calls right."""
    rows = []
    for low, high in pairwise(BINS):
        mine = [b for b in beliefs if low < b.confidence <= high or (low == 0 and b.confidence == 0)]
        shares = [mean([float(getattr(b, part)) for b in mine]) for part in ("confidence", "right", "verdict")]
        rows.append((f"{low:.1f}–{high:.1f}", len(mine), *shares))
    return rows  # type: ignore[return-value]


def report(found: Sequence[Sequence[Judged]]) -> str:
    """The page: Brier scores, share right, and the curve as a table."""
    every = [belief for person in found for belief in person]
    sure, right, verdict = ([getattr(b, part) for b in every] for part in ("confidence", "right", "verdict"))
    scores = [
        ["beliefs held in the end", len(every), ""],
        ["share right", with_interval([mean([b.right for b in p]) for p in found if p]), "by the true profile"],
        ["share right", with_interval([mean([b.verdict for b in p]) for p in found if p]), "by the person's verdict"],
        ["Brier score", f"{brier(sure, right):.3f}", "by the true profile"],
        ["Brier score", f"{brier(sure, verdict):.3f}", "by the person's verdict"],
        [
            "Brier score of always saying the share right",
            f"{mean(right) * (1 - mean(right)):.3f}",
            "by the true profile",
        ],
        ["mean confidence less share right", f"{mean(sure) - mean(right):+.3f}", "by the true profile"],
    ]
    bins = [
        [name, count, *(f"{value:.2f}" if count else "–" for value in values)]
        for name, count, *values in reliability(every)
    ]
    return "\n".join(
        [
            "# How far the confidence of inferred beliefs can be trusted",
            "",
            f"`python -m benchmarks.calibration {len(found)} --write`, `inferred_profile` with the built-in model, {len(found)} made-up "
            f"people × {MESSAGES} messages, {machine()}. What people are like, and what counts as right: "
            "`benchmarks/calibration.py`. Intervals: 95 %, over people.",
            "",
            table(["measure", "value", "against"], scores),
            "",
            "Reliability: of the beliefs held with this confidence, how many are right?",
            "",
            table(["confidence", "beliefs", "mean confidence", "share right", "called right"], bins),
        ]
    )


if __name__ == "__main__":
    main()
