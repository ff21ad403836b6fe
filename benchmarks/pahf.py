"""Asking and correcting on the shopping scenarios of PAHF: `python -m benchmarks.pahf FOLDER [--persons N] [--write]`."""

import argparse
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.pahf_report import Purchase, report, write
from benchmarks.pahf_shopping import (
    AT_ONCE,
    DRIFT,
    LEARNING,
    NOTHING,
    PHASES,
    Person,
    Scenario,
    answer,
    feedback,
    load,
    task_of,
)
from memory import assistant, chat_model
from memory.arm import Arm, Limits
from memory.index import Index
from memory.mechanism import Line, State
from memory.offline import OfflineChatModel
from study.events import Belief, ReplyGiven
from study.log import new_id
from study.protocol import Condition, MechanismUse, Task

ROUNDS = 3
"""How often each learning phase is gone through (the default of PAHF's code)."""
ASK, CORRECT = {"correct": False}, {"ask": False}
ARMS: dict[str, Condition] = {
    name: Condition(id=name, mechanisms=(MechanismUse(name=mechanism, params=params),), plan_panel="hidden")
    for name, mechanism, params in (
        ("none", "none", {}),
        ("ask_only", "ask_and_correct", ASK),
        ("correct_only", "ask_and_correct", CORRECT),
        ("both", "ask_and_correct", {}),
        ("both_subject", "ask_and_correct", {"doubt": "subject"}),
        ("stale", "ask_and_correct", {}),
    )
}
FROZEN = "stale"
"""What this arm learned in the first two phases is all that it ever knows."""


@dataclass
class Customer:
    """One persona with one assistant, whose memory lasts over all purchases."""

    person: Person
    arm: Arm
    name: str
    beliefs: tuple[Belief, ...] = ()
    history: list[Line] = field(default_factory=list)

    def purchases(self, rounds: int) -> list[Purchase]:
        """All phases, the learning ones as often as told."""
        done = []
        for phase in PHASES:
            for number in range(rounds if phase in LEARNING else 1):
                for place, scenario in enumerate(self.person.scenarios[phase]):
                    right, asked = self._buy(scenario, phase)
                    done.append(Purchase(self.person.name, self.name, phase, number, place, right, asked))
        return done

    def _buy(self, scenario: Scenario, phase: int) -> tuple[bool, int]:
        """Whether the choice was right, and how many questions were asked.

        In the phases of learning the person answers and says what they think of the choice; in those of
        testing they want it at once and say nothing more.
        """
        tastes = self.person.tastes[phase][scenario.product]
        task = task_of(scenario, tastes)
        learning = phase in LEARNING and not (self.name == FROZEN and phase >= DRIFT)
        self.history, asked = [], 0
        given = self._say(task, scenario.request if learning else f"{scenario.request} {AT_ONCE}")
        while given.asked:
            asked += 1
            given = self._say(task, answer(given.asked, scenario.product, tastes))
        choice = chosen(given.text, scenario)
        if learning:
            before = self.person.tastes[1 if phase < DRIFT else DRIFT - 1][scenario.product]
            asked += self._say(task, feedback(scenario, choice, tastes, before)).asked is not None
        return choice == scenario.right, asked

    def _say(self, task: Task, text: str) -> ReplyGiven:
        """One whole turn: the message, the reply and what was learned from it."""
        state = State(self.person.name, task, tuple(self.history), self.beliefs)
        turn = assistant.new_turn(new_id(), text, state)
        given = assistant.reply(turn, self.arm, threading.Event(), lambda piece: None)
        if not isinstance(given, ReplyGiven):
            raise RuntimeError(f"{self.person.name} got no reply to “{text}”: {given.error or given.outcome}")
        learned = assistant.learn(turn, given.text, self.arm)
        self.beliefs = assistant.with_learned(state, learned).beliefs
        self.history += [Line(turn.message_id, "user", text), Line(turn.id, "assistant", given.text, asked=given.asked)]
        self.arm.calls.clear()
        return given


def chosen(reply: str, scenario: Scenario) -> str:
    """The name of the option that a reply proposes. Raises ValueError if it proposes none."""
    for name in (*scenario.options, NOTHING):
        if f"**Purchase:** {name}" in reply:
            return name
    raise ValueError(f"This reply proposes nothing: {reply}")


def customer(person: Person, arm: str) -> Customer:
    """Somebody at the beginning, with the built-in model."""
    made = Arm(ARMS[arm], OfflineChatModel(words_per_chunk=1_000), Index(None), Limits(60.0))
    return Customer(person, made, arm)


def run(person: Person, arm: str, rounds: int) -> tuple[list[Purchase], float]:
    """All purchases of one persona in one arm, and the seconds they took."""
    chat_model.GATHER_SECONDS = 0.0  # nobody reads along
    begun = time.perf_counter()
    done = customer(person, arm).purchases(rounds)
    return done, time.perf_counter() - begun


def run_all(people: Sequence[Person], rounds: int, jobs: int) -> tuple[list[Purchase], dict[str, float]]:
    """Everybody in every arm, in so many processes; seconds of computing by arm."""
    done: list[Purchase] = []
    seconds = dict.fromkeys(ARMS, 0.0)
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(run, person, arm, rounds): arm for person in people for arm in ARMS}
        for number, finished in enumerate(as_completed(running), 1):
            purchases, took = finished.result()
            done += purchases
            seconds[running[finished]] += took
            print(f"\r{number} of {len(running)} runs", end="", flush=True)
    print()
    return done, seconds


def main() -> None:
    """Print the tables; with --write also into docs/benchmarks/pahf.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="data/shopping of github.com/facebookresearch/PAHF")
    options.add_argument("--persons", type=int, default=None, help="only the first so many personas")
    options.add_argument(
        "--rounds",
        type=int,
        nargs="+",
        default=[1, ROUNDS],
        help="passes over each learning phase; the course is shown for the first number",
    )
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--write", action="store_true", help="write docs/benchmarks/pahf.md")
    given = options.parse_args()
    people = load(given.folder)[: given.persons]
    tables: list[str] = []
    for rounds in given.rounds:
        begun = time.perf_counter()
        done, seconds = run_all(people, rounds, given.jobs)
        took, first = time.perf_counter() - begun, not tables
        tables.append(report(done, seconds, rounds, took, given.jobs, course=first))
        print(tables[-1])
    if given.write:
        print(f"Written: {write(tables)}")


if __name__ == "__main__":
    main()
