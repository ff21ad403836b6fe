"""What each arm is worth and what it costs, with the built-in model: `python -m benchmarks.arms [people] [--write]`.

Made-up people (benchmarks/people.py) take the demo tasks, each person every task under every arm, with the same
messages. All of a turn is real: the worker, the record, the prompts. Arms come from a table; what is not
registered is skipped.

Share of wishes met: over all options of the final plan and all wishes that stand at the end, the share of pairs
(option, wish) in which the option has the wished value. Two options and four wishes are eight pairs; if the
first option meets three and the second one, the share is 4/8. It is taken over the wishes stated in messages, and
over the whole profile, of which a third is never stated unless somebody asks. A person's figure is the mean of
their tasks; intervals are over people.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import interval, machine, mean, publish, table, with_interval
from benchmarks.people import DEMO, Person, condition_of, opened, person, say, sit_down
from benchmarks.setting import percentile
from memory.conversation import Desk
from memory.index import Index
from memory.mechanisms.registry import MECHANISMS
from memory.worker import Worker
from study import log
from study.database import open_database
from study.log import Logged
from study.protocol import Task
from study.settings import Settings

PEOPLE, SEED = 20, 11
ARMS = (
    "none",
    "all_beliefs",
    "retrieval",
    "inferred_profile",
    "needs_panel",
    "preference_controls",
    "ask_and_correct",
    "memory_page",
    "inferred_profile + retrieval",
    "needs_panel + preference_controls",
    "all_beliefs + relevance_filter",
    "all_beliefs + reliance_dial",
    "inferred_profile + ask_policy",
    "inferred_profile + opt_in",
    "all_beliefs + critic",
)


@dataclass(frozen=True)
class Outcome:
    """One person's task under one arm. Calls and tokens are those of its turns; times in milliseconds."""

    stated: float
    profile: float
    before: tuple[int, ...]
    after: tuple[int, ...]
    tokens: tuple[int, ...]
    first_token: tuple[float, ...]
    after_acts: int


def main() -> None:
    """Print the report, one line per arm."""
    given = [a for a in sys.argv[1:] if a.isdigit()]
    people = int(given[0]) if given else PEOPLE
    folder = Path(tempfile.mkdtemp(prefix="atelier-arms-"))
    settings = Settings(data_dir=folder, offline_delay=0)
    engine = open_database(f"sqlite:///{folder / 'record.db'}")
    worker = Worker(engine, settings, Index(None))
    arms = [arm for arm in ARMS if all(name in MECHANISMS for name in arm.split(" + "))]
    studies = {(a, t.id): opened(engine, condition_of(a), t) for a in arms for t in DEMO.tasks}
    found: dict[str, list[list[Outcome]]] = defaultdict(list)
    for number in range(people):
        turned = arms[number % len(arms) :] + arms[: number % len(arms)]  # no arm always meets the warmer machine
        for name in turned:
            desks = [sit_down(engine, worker, studies[name, t.id]) for t in DEMO.tasks]
            found[name].append([take_part(d, person(t, number, SEED)) for d, t in zip(desks, DEMO.tasks, strict=True)])
        print(f"{number + 1} of {people} people", file=sys.stderr, flush=True)
    publish("arms", report({name: found[name] for name in arms}), "--write" in sys.argv)


def take_part(desk: Desk, who: Person) -> Outcome:
    """Say everything, answer what is asked, operate what is offered; then look at the plan."""
    said: list[str] = []
    for number, text in enumerate(who.said):
        said.append(text)
        say(desk, f"message-{number}", text)
        asked = desk.view().turns[-1].asked
        if asked and asked.topic in who.profile:
            say(desk, f"message-{number}-answer", answer(who, asked.topic, asked.options))
        operate(desk, who, said)
    return outcome(desk, who)


def answer(who: Person, topic: str, options: Sequence[str]) -> str:
    """The option that names the true value, else a word for it."""
    ways = (who.profile[topic], *who.task.attributes[topic].values[who.profile[topic]])
    return next((option for option in options if any(way in option.lower() for way in ways)), ways[1])


def operate(desk: Desk, who: Person, said: Sequence[str]) -> None:
    """Answer one open need, keep the box of own words up to date, let everything be used that asks for leave."""
    for control in desk.view().controls:
        if control.type == "needs":
            for need in [b for b in control.beliefs if b.status == "open" and b.topic in who.profile][:1]:
                value = {"id": need.id, "text": who.profile[need.topic]}
                desk.operate(control.mechanism, control.id, "confirm", value)
        elif control.type == "text":
            desk.operate(control.mechanism, control.id, "set", own_words(who, said))
        elif control.type == "opt_in":
            for belief, use in dict(control.value or {}).items():
                if not use:
                    desk.operate(control.mechanism, control.id, "set", {"id": belief, "use": True})
    desk.worker.wait(desk.session_id)


def own_words(who: Person, said: Sequence[str]) -> str:
    """What somebody would put into a box: the wishes said so far, without those taken back."""
    text = " ".join(said).lower()
    ways = [way for topic, value in who.stated.items() for way in who.task.attributes[topic].values[value]]
    return ", ".join(way for way in ways if f" {way}" in text)[:300]


def outcome(desk: Desk, who: Person) -> Outcome:
    """What became of it, from the record."""
    options = {option.id: option for option in who.task.catalogue}
    chosen = [options[o].attributes for section in desk.view().state.solution for o in section.option_ids]
    record = log.events(desk.engine, desk.session_id, ("model_called", "reply_given"))
    calls = costs(record)
    return Outcome(
        stated=share_met(chosen, who.stated),
        profile=share_met(chosen, who.profile),
        before=tuple(c.before for c in calls),
        after=tuple(c.after for c in calls),
        tokens=tuple(c.tokens for c in calls),
        first_token=tuple(c.first_token for c in calls),
        after_acts=after_acts(record),
    )


def share_met(chosen: Sequence[dict[str, str]], wishes: dict[str, str]) -> float:
    """The share of (option, wish) pairs in which the option has the wished value; 0 of an empty plan."""
    pairs = [option.get(topic) == value for option in chosen for topic, value in wishes.items()]
    return sum(pairs) / len(pairs) if pairs else 0.0


@dataclass(frozen=True)
class Cost:
    """One turn: model calls before the reply is there (its own left out) and after it, tokens of all, first token (ms)."""

    before: int
    after: int
    tokens: int
    first_token: float


def costs(events: Iterable[Logged]) -> list[Cost]:
    """What each answered turn took, from its calls and its reply in the order of the record."""
    calls: dict[str, list[Logged]] = defaultdict(list)
    replies: dict[str, Logged] = {}
    for entry in events:
        if entry.kind == "reply_given":
            replies[entry.event.turn_id] = entry
        elif entry.event.turn_id:
            calls[entry.event.turn_id].append(entry)
    found = []
    for turn, reply in replies.items():
        mine = [e for e in calls[turn] if e.event.purpose != "reply"]
        tokens = [(e.event.input_tokens or 0) + (e.event.output_tokens or 0) for e in calls[turn]]
        early = sum(e.seq < reply.seq for e in mine)
        found.append(Cost(early, len(mine) - early, sum(tokens), reply.event.first_token_ms or 0.0))
    return found


def after_acts(events: Sequence[Logged]) -> int:
    """How many calls belong to no answered turn: plans made anew after somebody changed something."""
    answered = {e.event.turn_id for e in events if e.kind == "reply_given"}
    return sum(e.kind == "model_called" and e.event.turn_id not in answered for e in events)


def best_possible(task: Task, wishes: dict[str, str]) -> float:
    """The share that a plan with the best option of every section reaches."""
    best = []
    for section in task.sections:
        mine = [o.attributes for o in task.catalogue if o.section == section.id]
        best.append(max(mine, key=lambda a: sum(a.get(t) == v for t, v in wishes.items())))
    return share_met(best, wishes)


def report(found: dict[str, list[list[Outcome]]]) -> str:
    """The page: what the arms are worth, and what they cost."""
    people = len(next(iter(found.values())))
    none = [mean([o.stated for o in tasks]) for tasks in found["none"]]
    base = percentile([t for tasks in found["none"] for o in tasks for t in o.first_token], 0.5)
    worth, cost = [], []
    for name, everybody in found.items():
        stated = [mean([o.stated for o in tasks]) for tasks in everybody]
        profile = [mean([o.profile for o in tasks]) for tasks in everybody]
        low, high = interval([a - b for a, b in zip(stated, none, strict=True)])
        gain = "–" if name == "none" else f"{mean(stated) - mean(none):+.2f} [{low:+.2f}, {high:+.2f}]"
        worth.append([name, with_interval(stated), gain, with_interval(profile)])
        outcomes = [o for tasks in everybody for o in tasks]
        turns = sum(len(o.tokens) for o in outcomes)
        first = percentile([t for o in outcomes for t in o.first_token], 0.5)
        before, after, tokens = (
            sum(sum(getattr(o, part)) for o in outcomes) / turns for part in ("before", "after", "tokens")
        )
        acts = sum(o.after_acts for o in outcomes) / turns
        cost.append(
            [
                name,
                f"{before:.2f}",
                f"{after:.2f}",
                f"{acts:.2f}",
                f"{tokens:.0f}",
                f"{first:.1f}",
                f"{first / base:.1f}",
            ]
        )
    whos = [person(task, number, SEED) for number in range(people) for task in DEMO.tasks]
    best = [mean([best_possible(w.task, getattr(w, part)) for w in whos]) for part in ("stated", "profile")]
    return "\n".join(
        [
            "# What each arm is worth and what it costs",
            "",
            f"`python -m benchmarks.arms {people} --write`, built-in model, {people} made-up people × {len(DEMO.tasks)} tasks, "
            f"{machine()}. How it is measured: `benchmarks/arms.py`. These figures compare arms under one plain model that "
            "forgets whatever no mechanism tells it; they say nothing about any language model.",
            "",
            "Everybody states four wishes in two messages, takes one back in a third, and asks for the plan in a fourth. "
            f"A plan with the best option of every section would meet {best[0]:.2f} of the stated wishes and {best[1]:.2f} "
            "of the whole profile. Intervals: 95 %, over people.",
            "",
            table(["arm", "stated wishes met", "more than none", "whole profile met"], worth),
            "",
            "Calls besides the reply's own, per turn; the plan is one of those after it. After acts: plans made anew because "
            "somebody changed a control. Tokens of the turn's calls, which the built-in model counts as words. First token: "
            "median milliseconds that mechanisms and model take until it.",
            "",
            table(
                [
                    "arm",
                    "calls before",
                    "calls after",
                    "after acts",
                    "tokens per turn",
                    "first token ms",
                    "ratio to none",
                ],
                cost,
            ),
        ]
    )


if __name__ == "__main__":
    main()
