"""Simulated participants take the shipped study whole: free, offline, the same for the same seed."""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from desks import DEMO
from sqlalchemy import Engine

from memory.index import Index
from memory.planted import effect
from memory.simulated import Simulated, simulate
from study.database import open_database, writing
from study.design import cells
from study.enrolment import Arrival, enrol
from study.flow import Step
from study.instruments import Instrument, Item
from study.log import now, study_events
from study.records import load_record
from study.settings import Settings
from study.studies import create_study, set_status
from study.tables import Sitting
from study.timeline import QuestionnaireStep

SHELF = Path(__file__).parents[2] / "protocols" / "instruments"
pytestmark = pytest.mark.slow


def study_in(engine: Engine) -> str:
    study = create_study(engine, DEMO, seed=5)
    set_status(engine, study.id, "open")
    return study.id


def run(
    engine: Engine, folder: Path, index: Index, count: int, seed: int = 1, done: Callable[[], None] = lambda: None
) -> str:
    """A study with so many simulated participants; its id."""
    study = study_in(engine)
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    simulate(engine, settings, index, study, count, seed, done)
    return study


@dataclass(frozen=True)
class Six:
    """A study that six simulated participants took with seed 1, without a network."""

    engine: Engine
    study: str
    seconds: list[float]
    connections: list[Any]


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory, shared_index: Index) -> Iterator[Six]:
    folder, seconds, connections = tmp_path_factory.mktemp("six"), [], []
    engine = open_database(f"sqlite:///{folder / 'record.db'}")

    def connect(_self: socket.socket, address: Any) -> None:
        connections.append(address)
        raise OSError("there is no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        begun = time.process_time()
        study = run(engine, folder, shared_index, 6, done=lambda: seconds.append(time.process_time() - begun))
    yield Six(engine, study, seconds, connections)
    engine.dispose()


def what_was_answered(engine: Engine, study: str) -> list[Any]:
    """Everything that simulated participants decide: answers, messages, acts, verdicts."""
    sessions = {row.id: row.participant for row in load_record(engine, study).sessions}
    found: list[Any] = []
    for entry in study_events(engine, study):
        at = (sessions[entry.session_id], entry.seq, entry.place)
        if entry.kind == "questionnaire_answered":
            found.append((*at, entry.event.answers))
        if entry.kind == "message_sent":
            found.append((*at, entry.event.text))
        if entry.kind == "control_changed":
            found.append((*at, entry.event.action, entry.event.new["text"]))
        if entry.kind == "belief_judged":
            found.append((*at, entry.event.belief_text, entry.event.verdict))
        if entry.kind == "solution_updated":
            found.append((*at, entry.event.sections and [s.option_ids for s in entry.event.sections]))
    return sorted(found, key=lambda row: row[:2])


def test_they_finish_fast_without_a_network_and_are_marked(six: Six) -> None:
    assert len(six.seconds) == 6 and six.seconds[2] < 10
    assert six.connections == []
    rows = load_record(six.engine, six.study).sessions
    assert [(row.participant, row.status, row.simulated, row.model) for row in rows] == [
        (f"S00{n}", "complete", True, "offline") for n in range(1, 7)
    ]
    ends = [entry.event.ending for entry in study_events(six.engine, six.study, ("session_ended",))]
    assert ends == ["complete"] * 6


def test_the_same_seed_makes_the_same_participant_and_another_seed_another(
    six: Six, engine: Engine, tmp_path: Path, shared_index: Index
) -> None:
    every = what_was_answered(six.engine, six.study)
    first = [row for row in every if row[0] == "S001"]
    assert len({row[0] for row in every}) == 6 and len(first) > 40
    assert what_was_answered(engine, run(engine, tmp_path, shared_index, 1)) == first
    assert what_was_answered(engine, run(engine, tmp_path, shared_index, 1, seed=2)) != first


def test_every_instrument_task_and_version_is_gone_through(six: Six) -> None:
    entries = list(study_events(six.engine, six.study))
    answered = [(e.place.condition, e.event.instrument) for e in entries if e.kind == "questionnaire_answered"]
    versions = {condition.id for condition in DEMO.conditions}
    after_each = {"nasa_tlx", "ueq_s", "control", "personalisation", "comfort"}
    expected = [(c, i) for c in versions for i in after_each] + [
        (None, i) for i in ("background", "tipi", "preference")
    ]
    assert Counter(answered) == Counter(dict.fromkeys(expected, 6))
    finished = Counter((e.place.condition, e.place.task) for e in entries if e.kind == "task_finished")
    assert Counter(c for c, _ in finished.elements()) == Counter(dict.fromkeys(versions, 6))
    assert {t for _, t in finished} == {task.id for task in DEMO.tasks}
    assert not [e for e in entries if e.kind in ("reply_failed", "learning_failed")]
    judged = Counter(e.event.verdict for e in entries if e.kind == "belief_judged")
    assert set(judged) == {"right", "wrong"} and judged["right"] > judged["wrong"]
    assert {e.event.action for e in entries if e.kind == "control_changed"} == {"confirm", "decline"}


def mean(instrument: Instrument, answers: list[dict[str, Any]]) -> float:
    """The mean of an instrument's scaled items, on 0–1, the reversed ones turned."""
    values = []
    for item in instrument.items:
        if item.type in ("likert", "semantic", "slider"):
            scale = item.scale()
            share = [(given[item.id] - scale[0]) / (scale[-1] - scale[0]) for given in answers]
            values += [1 - s if item.reversed else s for s in share]
    return float(np.mean(values))


def test_the_planted_effects_are_in_the_events(six: Six) -> None:
    entries = [e for e in study_events(six.engine, six.study, ("questionnaire_answered",)) if e.place.condition]
    for name in ("control", "personalisation"):
        instrument = DEMO.instrument(name)
        found = {
            version: mean(
                instrument,
                [e.event.answers for e in entries if (e.event.instrument, e.place.condition) == (name, version)],
            )
            for version in ("active", "passive", "baseline")
        }
        effects = {version: effect(DEMO, version, name) for version in found}
        assert found["active"] == max(found.values()) and effects["active"] == max(effects.values())
        assert found["active"] - found["baseline"] == pytest.approx(effects["active"] / 6, abs=0.12)
    orders = {tuple(row.conditions) for row in load_record(six.engine, six.study).sessions}
    assert len(orders) == 6  # every order once


def test_they_take_no_places_of_real_participants(engine: Engine, tmp_path: Path, shared_index: Index) -> None:
    study = run(engine, tmp_path, shared_index, 1)
    places = [cell.index for cell in cells(DEMO)]
    real = [enrol(engine, study, Arrival({}))[0] for _ in places]
    assert sorted(row.cell for row in real) == sorted(places)
    assert not any(row.simulated for row in real) and {row.participant[0] for row in real} == {"P"}


COLOURS = [{"value": value, "label": value.title()} for value in ("red", "green", "blue")]
RARE = Instrument.model_validate(
    {
        "id": "rare",
        "version": "1",
        "title": "What the shelf has no item of",
        "source": {"citation": "written for the tests", "licence": "CC0-1.0"},
        "items": [
            {"id": "colours", "text": "Which colours?", "type": "multiple", "options": COLOURS},
            {"id": "best", "text": "Which version?", "type": "single", "options": "conditions"},
            {"id": "order", "text": "Rank the colours.", "type": "ranking", "options": COLOURS},
            {"id": "years", "text": "How many years?", "type": "number", "min": 3, "max": 120},
            {"id": "day", "text": "Since when?", "type": "date", "earliest": "2020-01-01", "latest": "2026-12-31"},
            {"id": "word", "text": "In one word?", "type": "short_text"},
        ],
    }
)


def test_every_worded_instrument_of_the_shelf_and_every_type_of_item_is_answered(
    tmp_path: Path, shared_index: Index
) -> None:
    """Each is refused by the same check as a browser's answers if anything about it does not fit."""
    shelf = [Instrument.model_validate(yaml.safe_load(f.read_text(encoding="utf-8"))) for f in SHELF.glob("*.yaml")]
    asked = [i for i in shelf if not i.unworded()] + [RARE]
    timeline = [QuestionnaireStep(step="questionnaire", instruments=tuple(i.id for i in asked))]
    protocol = DEMO.model_copy(update={"instruments": tuple(asked), "timeline": tuple(timeline)})
    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    study = create_study(engine, protocol, seed=5)
    set_status(engine, study.id, "open")
    simulate(engine, Settings(_env_file=None, data_dir=tmp_path), shared_index, study.id, 3, 1, lambda: None)  # type: ignore[call-arg]
    answered = Counter(e.event.instrument for e in study_events(engine, study.id) if e.kind == "questionnaire_answered")
    engine.dispose()
    assert answered == {i.id: 3 for i in asked}
    assert {"nasa_tlx_weighted", "sus", "affective_slider", "rare"} <= set(answered)
    assert {item.type for i in asked for item in i.items} == set(get_args(Item.model_fields["type"].annotation))


def test_one_who_is_stopped_half_way_is_rejected_and_both_are_in_the_audit(
    tmp_path: Path, shared_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'stopped.db'}")
    study = study_in(engine)
    really, asked = Simulated._work, []

    def work(self: Simulated, step: Step) -> None:
        asked.append(self.row.id)
        if len(set(asked)) == 2:
            raise KeyboardInterrupt
        really(self, step)

    monkeypatch.setattr(Simulated, "_work", work)
    with pytest.raises(KeyboardInterrupt):
        simulate(engine, Settings(_env_file=None, data_dir=tmp_path), shared_index, study, 3, 7, lambda: None, by="Ada")  # type: ignore[call-arg]
    record = load_record(engine, study)
    assert [row.status for row in record.sessions] == ["complete", "rejected"]
    assert not any(row.status == "running" for row in record.sessions)
    did = [(one.by, one.kind) for one in record.acts if one.by == "Ada"]
    assert did == [("Ada", "simulation_started"), ("Ada", "participant_rejected"), ("Ada", "simulation_stopped")]
    engine.dispose()


def test_one_whose_simulation_was_killed_is_rejected_by_the_next(tmp_path: Path, shared_index: Index) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'killed.db'}")
    study = study_in(engine)
    simulated = Arrival({}, simulated=True)
    killed, at_work = enrol(engine, study, simulated)[0], enrol(engine, study, simulated)[0]
    person = enrol(engine, study, Arrival({}))[0]
    silent_since(engine, [killed.id, person.id], now() - timedelta(hours=2))
    simulate(engine, Settings(_env_file=None, data_dir=tmp_path), shared_index, study, 1, 7, lambda: None)  # type: ignore[call-arg]
    statuses = {row.id: row.status for row in load_record(engine, study).sessions}
    assert (statuses.pop(killed.id), statuses.pop(at_work.id), statuses.pop(person.id)) == (
        "rejected",
        "running",
        "running",
    )
    assert list(statuses.values()) == ["complete"]
    engine.dispose()


def silent_since(engine: Engine, sessions: list[str], at: datetime) -> None:
    with writing(engine) as db:
        for session in sessions:
            row = db.get_one(Sitting, session)
            row.seen_at = at
            db.add(row)
