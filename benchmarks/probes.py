"""Probes of a benchmark as data, answered by real turns, and what each turn left for the record."""

import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import yaml
from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.setting import ROOT
from memory import assistant
from memory.arm import Arm, Limits
from memory.index import Index
from memory.mechanism import Line, State, Turn
from study.events import Belief, BeliefKind, ReplyGiven
from study.protocol import Condition, Task

Where = Literal["told", "shown"]
DATA = Path(__file__).with_name("over_use.yaml")


class Data(BaseModel):
    """Base of what stands in the file: unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Held(Data):
    """One belief of a person; `shows`: words by which a reply gives away that it was used."""

    id: str
    text: str
    shows: tuple[str, ...]
    kind: BeliefKind = "preference"
    topic: str = ""


class Person(Data):
    """What an assistant holds about somebody, and the task they are at."""

    task: str
    beliefs: tuple[Held, ...]


class Said(Data):
    """One message, and the beliefs without which its answer would be worse."""

    say: str
    bears: tuple[str, ...] = ()


class Probe(Data):
    """One conversation; see the head of the file."""

    person: str
    kind: str
    turns: tuple[Said, ...]
    bait: bool = False
    tempts: str = ""
    holds: tuple[str, ...] = ()


class Probes(Data):
    """The file."""

    people: dict[str, Person]
    probes: tuple[Probe, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Answered:
    """What one turn left: ids of the beliefs the prompt told, of those the reply shows, and how it ended.

    `calls`: how many model calls it took.
    """

    said: Said
    told: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    reply: str = ""
    failed: bool = False
    calls: int = 0

    def used(self, where: Where) -> frozenset[str]:
        """The beliefs that the prompt told, or that the reply shows."""
        return self.told if where == "told" else self.shown

    def over(self, where: Where) -> frozenset[str]:
        """Those of them that do not bear on the message."""
        return self.used(where) - set(self.said.bears)


Results = list[tuple[Probe, list[Answered]]]


def load() -> Probes:
    """The probes."""
    return Probes.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))


def run(probes: Probes, condition: Condition, model: BaseChatModel, limits: Limits) -> Results:
    """Every probe as a conversation of its own under one arm."""
    index, tasks = Index(None), {person.task: _task(person.task) for person in probes.people.values()}
    results: Results = []
    for number, probe in enumerate(probes.probes):
        person = probes.people[probe.person]
        beliefs = tuple(_belief(held) for held in person.beliefs)
        state = State(f"probe{number}", tasks[person.task], beliefs=beliefs)
        answered: list[Answered] = []
        for said in probe.turns:
            arm, turn = Arm(condition, model, index, limits), assistant.new_turn(f"m{len(answered)}", said.say, state)
            given = assistant.reply(turn, arm, threading.Event(), assistant.unheard)
            answered.append(_read(said, given if isinstance(given, ReplyGiven) else None, arm, person))
            state = replace(state, history=(*state.history, *_lines(turn, answered[-1])))
        results.append((probe, answered))
    return results


def _task(name: str) -> Task:
    return Task.model_validate(yaml.safe_load((ROOT / f"protocols/tasks/{name}.yaml").read_text(encoding="utf-8")))


def _belief(held: Held) -> Belief:
    fields = held.model_dump(exclude={"shows"})
    return Belief(**fields, confidence=0.8, durability=0.8, evidence=("earlier",))


def _lines(turn: Turn, answered: Answered) -> tuple[Line, ...]:
    lines = (Line(turn.message_id, "user", turn.text), Line(turn.id, "assistant", answered.reply))
    return () if answered.failed else lines


def _read(said: Said, given: ReplyGiven | None, arm: Arm, person: Person) -> Answered:
    """What the record of a turn says was told and shown."""
    if given is None:
        return Answered(said, failed=True, calls=len(arm.calls))
    prompt = next(call for call in arm.calls if call.call_id == given.call_id).messages[0].content
    about = prompt.partition("# About the participant")[2].partition("\n#")[0]
    told = {held.id for held in person.beliefs if f"[{held.id}]" in about}
    shown = {h.id for h in person.beliefs if any(says(given.text, w) and not says(said.say, w) for w in h.shows)}
    return Answered(said, frozenset(told), frozenset(shown), given.text, calls=len(arm.calls))


def says(text: str, words: str) -> bool:
    """Whether these words stand in a text, as whole words."""
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE))
