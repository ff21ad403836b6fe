"""A small record, written by hand through the log, whose every number can be worked out on paper."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import study.log
from study.coding_log import define_code, set_codes, write_memo
from study.database import open_database, writing
from study.events import (
    Belief,
    BeliefChanged,
    BeliefJudged,
    ConsentGiven,
    ControlChanged,
    EventBase,
    MessageSent,
    ModelCalled,
    QuestionnaireAnswered,
    Recalled,
    ReplyFailed,
    ReplyGiven,
    ReplyRated,
    Section,
    SessionEnded,
    SessionStarted,
    SolutionUpdated,
    StepEntered,
    StepFinished,
    TaskFinished,
    TaskStarted,
)
from study.log import Entry, Place, add_in, events, hold
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study
from study.tables import Sitting

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _item(id: str, reversed: bool = False, type: str = "likert", **more: Any) -> dict[str, Any]:
    return {"id": id, "text": f"Item {id}", "type": type, "min": 1, "max": 7, "reversed": reversed, **more}


def _instrument(id: str, items: list[dict[str, Any]], scoring: list[dict[str, Any]]) -> dict[str, Any]:
    source = {"citation": "written for the tests", "licence": "MIT"}
    return {
        "id": id,
        "version": "1",
        "title": id.title(),
        "source": source,
        "items": items,
        "scoring": scoring,
    }


@pytest.fixture
def protocol() -> Protocol:
    """Two conditions, two tasks, a scale with a reversed item, a single item, a text and a ranking."""
    task = {
        "title": "A trip",
        "brief": "Plan it.",
        "opening": "Hello.",
        "sections": [{"id": "stay", "title": "Stay"}],
        "attributes": {},
        "catalogue": [{"id": "inn", "name": "Inn", "section": "stay", "attributes": {}}],
    }
    scale = {
        "id": "control",
        "name": "Control",
        "items": ["steer", "decided"],
        "range": [1, 7],
        "direction": "higher",
    }
    ranking = _item("ranking", type="ranking", options="conditions")
    return Protocol.model_validate(
        {
            "id": "small",
            "version": "1",
            "title": "A small study",
            "consent": {"version": "1", "text": "Yes?"},
            "conditions": [{"id": c, "mechanisms": [{"name": "none"}]} for c in ("plain", "steered")],
            "tasks": [{"id": t, **task} for t in ("trip", "dinner")],
            "instruments": [
                _instrument("control", [_item("steer"), _item("decided", reversed=True)], [scale]),
                _instrument("comfort", [_item("comfort"), _item("why", type="long_text", required=False)], []),
                _instrument("preference", [ranking], []),
            ],
            "timeline": [
                {"step": "consent"},
                {
                    "step": "block",
                    "steps": [
                        {"step": "task"},
                        {"step": "questionnaire", "instruments": ["control", "comfort"]},
                    ],
                },
                {"step": "questionnaire", "instruments": ["preference"]},
                {"step": "beliefs", "conditions": ["steered"]},
            ],
            "completion": {"code": "DONE"},
            "analysis": {"primary": ["control"], "contrasts": [["steered", "plain"]]},
        }
    )


class Clock:
    """The server's time, set by the test."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    ticking = Clock()
    monkeypatch.setattr(study.log, "now", ticking)
    return ticking


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    yield opened
    opened.dispose()


class Writer:
    """Writes what participants do, as the platform would."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock, self.count = engine, clock, 0

    def arrive(self, conditions: tuple[str, ...], tasks: tuple[str, ...], **more: Any) -> str:
        self.count += 1
        simulated = more.get("simulated", False)
        row = Sitting(
            id=f"session{self.count}",
            study_id=more.pop("study_id", "small"),
            participant=f"{'S' if simulated else 'P'}{self.count:03d}",
            cell=0,
            conditions=list(conditions),
            tasks=list(tasks),
            allocation_index=self.count,
            seed=7,
            protocol_hash="hash",
            model="offline",
            app_version="0",
            started_at=self.clock(),
            seen_at=self.clock(),
            **more,
        )
        session = row.id
        with writing(self.engine) as db:
            db.add(row)
        started = SessionStarted(
            cell=0,
            conditions=conditions,
            tasks=tasks,
            url_params={"PROLIFIC_PID": f"pid-{self.count}"},
            user_agent="Browser/1",
        )
        self.write(session, Place(), started)
        return session

    def write(self, session: str, place: Place, *events: EventBase) -> None:
        entries = [Entry(event, place, id=self._id(event)) for event in events]
        with writing(self.engine) as db:  # also into a session that is over, where an app writes no more
            hold(db, session)
            add_in(db, session, entries)

    def answer(self, session: str, place: Place, instrument: str, answers: dict[str, Any]) -> None:
        self.write(session, place, answered(instrument, answers))

    def end(self, session: str) -> None:
        self.write(session, Place(), SessionEnded(ending="complete"))
        with writing(self.engine) as db:
            row = db.get_one(Sitting, session)
            row.status, row.ended_at = "complete", self.clock()

    def _id(self, event: EventBase) -> str:
        self.events = getattr(self, "events", 0) + 1
        return f"{event.kind}-{self.events:05d}"  # type: ignore[attr-defined]


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Writer:
    return Writer(engine, clock)


def answered(instrument: str, answers: dict[str, Any]) -> QuestionnaireAnswered:
    return QuestionnaireAnswered(
        instrument=instrument, instrument_version="1", shown_order=tuple(answers), answers=answers
    )


def reply(turn: str, message: str, text: str = "Here is a plan.", **more: Any) -> ReplyGiven:
    values = {
        "outcome": "answered",
        "call_id": f"call-{turn}",
        "model": "offline",
        "duration_ms": 900,
        **more,
    }
    return ReplyGiven(turn_id=turn, message_id=message, text=text, **values)


def need(id: str, text: str, **more: Any) -> Belief:
    return Belief(id=id, text=text, kind="need", **more)


def _first_block(writer: Writer, session: str) -> None:
    """plain, trip: two messages, one failed and one given reply after retrying, five minutes."""
    place = Place("1.1.0.task", 1, "plain", "trip")
    writer.write(session, place, StepEntered(), TaskStarted(task="trip"))
    writer.write(session, place, MessageSent(message_id="m1", text="A quiet weekend, please"))
    writer.write(session, place, ReplyFailed(turn_id="t1", message_id="m1", outcome="timed_out", error="slow"))
    writer.write(session, place, reply("t2", "m1", first_token_ms=100))
    writer.write(session, place, MessageSent(message_id="m2", text="=1+1 cheaper"))
    writer.write(session, place, ReplyFailed(turn_id="t3", message_id="m2", outcome="stopped", partial="I"))
    writer.write(session, place, ReplyRated(turn_id="t2", rating="up"), ReplyRated(turn_id="t2", rating="down"))
    writer.clock.wait(300)
    writer.write(session, place, TaskFinished(task="trip"), StepFinished())


def _second_block(writer: Writer, session: str) -> None:
    """steered, dinner: one turn, one control, two beliefs, two versions of the solution; 90 seconds."""
    place = Place("1.2.0.task", 2, "steered", "dinner")
    writer.write(session, place, StepEntered(), TaskStarted(task="dinner"))
    writer.write(session, place, MessageSent(message_id="m3", text="No fish"))
    pieces = (
        Recalled(text="no fish", mechanism="needs"),
        Recalled(text="old", mechanism="needs", used=False),
    )
    writer.write(session, place, reply("t4", "m3", first_token_ms=200, recalled=pieces))
    called = ModelCalled(
        call_id="call-t4", purpose="reply", turn_id="t4", model="offline", duration_ms=900, outcome="answered"
    )
    writer.write(session, place, called, ReplyRated(turn_id="t4", rating="up", why="fits"))
    added = BeliefChanged(mechanism="needs", by="mechanism", action="added", belief=need("b1", "no fish"))
    edited = BeliefChanged(mechanism="needs", by="person", action="revised", belief=need("b1", "no seafood"))
    style = BeliefChanged(
        mechanism="needs", by="person", action="added", belief=Belief(id="b2", text="short", kind="style")
    )
    writer.write(session, place, added, edited, style)
    writer.write(session, place, ControlChanged(mechanism="needs", control="cost", action="set", old=1, new=3))
    section = Section(id="stay", title="Stay", option_ids=("inn",))
    for version in (1, 2):
        writer.write(session, place, SolutionUpdated(version=version, sections=(section,), cause="t4"))
    writer.clock.wait(90)
    writer.write(session, place, TaskFinished(task="dinner"), StepFinished())


def _questions(writer: Writer, session: str, block: int, condition: str, task: str, answers: tuple[Any, ...]) -> None:
    steer, decided, comfort = answers
    for inner, name, values in (
        (1, "control", {"steer": steer, "decided": decided}),
        (1, "comfort", {"comfort": comfort, "why": None}),
    ):
        place = Place(f"1.{block}.{inner}.{name}", block, condition, task)
        writer.write(session, place, StepEntered())
        writer.clock.wait(20)
        writer.write(session, place, answered(name, values), StepFinished())


def _codes(engine: Engine, study_id: str, session: str) -> None:
    """One coder, one code and a memo on the first message."""
    first = events(engine, session, ("message_sent",))[0].id
    code = define_code(engine, study_id, "wish", "Says what is wanted", "Ada")
    set_codes(engine, study_id, session, first, [code], "Ada")
    write_memo(engine, study_id, session, first, "the first one", "Ada")


@pytest.fixture
def written(engine: Engine, protocol: Protocol, writer: Writer) -> Engine:
    """Two people who finished (P001 acted, P002 only answered), one who left, one simulated, one preview."""
    create_study(engine, protocol, seed=7)
    first = writer.arrive(("plain", "steered"), ("trip", "dinner"), platform_id="pid-1")
    writer.write(first, Place("0.consent"), StepEntered(), ConsentGiven(version="1"), StepFinished())
    _first_block(writer, first)
    _questions(writer, first, 1, "plain", "trip", (2, 6, 4))
    _second_block(writer, first)
    _questions(writer, first, 2, "steered", "dinner", (7, 2, 6))
    writer.write(first, Place("2.preference"), answered("preference", {"ranking": ["steered", "plain"]}))
    judged = (
        BeliefJudged(belief_id="b1", belief_text="no seafood", verdict="right", comfortable=True),
        BeliefJudged(belief_id="b2", belief_text="short", verdict="right", comfortable=False),
    )
    writer.write(first, Place("3.beliefs"), *judged)
    writer.end(first)
    second = writer.arrive(("steered", "plain"), ("trip", "dinner"))
    _questions(writer, second, 1, "steered", "trip", (5, 4, None))
    _questions(writer, second, 2, "plain", "dinner", (3, None, 2))
    writer.end(second)
    writer.arrive(("plain", "steered"), ("dinner", "trip"))
    simulated = writer.arrive(("plain", "steered"), ("dinner", "trip"), simulated=True)
    _questions(writer, simulated, 1, "plain", "dinner", (1, 1, 1))
    writer.end(simulated)
    _codes(engine, protocol.id, first)
    preview = writer.arrive(("plain", "steered"), ("dinner", "trip"), preview=True)
    writer.write(preview, Place("0.consent"), ConsentGiven(version="1"))
    return engine


@pytest.fixture
def record(written: Engine) -> Record:
    return load_record(written, "small")


@pytest.fixture
def empty_record(engine: Engine, protocol: Protocol) -> Record:
    create_study(engine, protocol, "empty", seed=7)
    return load_record(engine, "empty")


Participants = Callable[[str, Protocol, int], None]


@pytest.fixture
def participants(writer: Writer) -> Participants:
    """Writes that many complete simulated sittings of any protocol, with answers that differ by condition."""

    def write(study_id: str, protocol: Protocol, number: int) -> None:
        conditions = [c.id for c in protocol.conditions]
        tasks = [t.id for t in protocol.tasks][: len(conditions)]
        for index in range(number):
            shift = index % len(conditions)
            order = tuple(conditions[shift:] + conditions[:shift])
            session = writer.arrive(order, tuple(tasks), study_id=study_id, simulated=True)
            _go_through(writer, protocol, session, order, tuple(tasks), index)
            writer.end(session)

    return write


def _go_through(
    writer: Writer,
    protocol: Protocol,
    session: str,
    order: tuple[str, ...],
    tasks: tuple[str, ...],
    index: int,
) -> None:
    from study.flow import Assignment
    from study.log import place_of
    from study.plan import plan

    for step in plan(protocol, Assignment(order, tasks)):
        place = place_of(step)
        writer.write(session, place, StepEntered())
        writer.clock.wait(10 + index)
        if step.kind == "task":
            writer.write(session, place, TaskStarted(task=step.task or ""))
            for turn in range(1 + index % 3):
                name = f"{session}-{step.block}-{turn}"
                writer.write(session, place, MessageSent(message_id=name, text="please plan it"), reply(name, name))
            writer.clock.wait(60 + 7 * index)
            writer.write(session, place, TaskFinished(task=step.task or ""))
        if step.instrument:
            level = index + 2 * [*sorted(order), None].index(step.condition)
            answers = {
                item.id: _some_answer(item, level + n, order)
                for n, item in enumerate(protocol.instrument(step.instrument).items)
            }
            writer.write(session, place, answered(step.instrument, answers))
        writer.write(session, place, StepFinished())


def _some_answer(item: Any, level: int, order: tuple[str, ...]) -> Any:
    if item.type in ("slider", "likert", "semantic"):
        return item.scale()[(level * 5) % len(item.scale())]
    if item.type == "number":
        return item.min or 30
    if item.type == "date":
        return "2026-03-31"
    if item.type in ("short_text", "long_text"):
        return "because"
    values = list(order) if item.options == "conditions" else [option.value for option in item.options]
    return values[0] if item.type in ("single", "pairwise") else values
