"""Simulated participants take the shipped study whole: free, offline, the same for the same seed."""

import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from desks import DEMO
from sqlalchemy import Engine

from memory.index import Index
from memory.simulated import EFFECTS, simulate
from study.database import open_database
from study.design import cells
from study.enrolment import Arrival, enrol
from study.instruments import Instrument
from study.log import study_events
from study.records import load_record
from study.settings import Settings
from study.studies import create_study, set_status

pytestmark = pytest.mark.slow


def study_in(engine: Engine) -> str:
    study = create_study(engine, DEMO, seed=5)
    set_status(engine, study.id, "open")
    return study.id


def run(engine: Engine, folder: Path, index: Index, count: int, seed: int = 1) -> str:
    """A study with so many simulated participants; its id."""
    study, done = study_in(engine), []
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    simulate(engine, settings, index, study, count, seed, lambda: done.append(1))
    assert len(done) == count
    return study


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


def test_they_finish_fast_without_a_network_and_alike_for_the_same_seed(
    engine: Engine, tmp_path: Path, shared_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        calls.append(address)
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", connect)
    begun = time.process_time()
    study = run(engine, tmp_path, shared_index, 3)
    assert time.process_time() - begun < 10
    assert calls == []
    rows = load_record(engine, study).sessions
    assert [(row.participant, row.status, row.simulated, row.model) for row in rows] == [
        (f"S00{n}", "complete", True, "offline") for n in (1, 2, 3)
    ]
    ends = [entry.event.ending for entry in study_events(engine, study, ("session_ended",))]
    assert ends == ["complete"] * 3
    first = what_was_answered(engine, study)
    assert len({at[0] for at in first}) == 3 and len(first) > 100
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    assert what_was_answered(other, run(other, tmp_path, shared_index, 3)) == first
    assert what_was_answered(other, run(other, tmp_path, shared_index, 1, seed=2)) != [
        r for r in first if r[0] == "S001"
    ]
    other.dispose()


def test_every_instrument_task_and_version_is_gone_through(engine: Engine, tmp_path: Path, shared_index: Index) -> None:
    study = run(engine, tmp_path, shared_index, 1)
    entries = list(study_events(engine, study))
    answered = [(e.place.condition, e.event.instrument) for e in entries if e.kind == "questionnaire_answered"]
    versions = {condition.id for condition in DEMO.conditions}
    after_each = {"nasa_tlx", "ueq_s", "control", "personalisation", "comfort"}
    assert {(c, i) for c, i in answered if c} == {(c, i) for c in versions for i in after_each}
    assert {i for c, i in answered if c is None} == {"background", "tipi", "preference"}
    assert {e.place.condition for e in entries if e.kind == "reply_given"} == versions
    assert {e.place.task for e in entries if e.kind == "task_finished"} == {task.id for task in DEMO.tasks}
    assert not [e for e in entries if e.kind in ("reply_failed", "learning_failed")]
    judged = [e.event for e in entries if e.kind == "belief_judged"]
    assert judged and {j.verdict for j in judged} <= {"right", "wrong"}
    assert {e.event.action for e in entries if e.kind == "control_changed"} <= {"confirm", "decline"}


def mean(instrument: Instrument, answers: list[dict[str, Any]]) -> float:
    """The mean of an instrument's scaled items, on 0–1, the reversed ones turned."""
    values = []
    for item in instrument.items:
        if item.type in ("likert", "semantic", "slider"):
            scale = item.scale()
            share = [(given[item.id] - scale[0]) / (scale[-1] - scale[0]) for given in answers]
            values += [1 - s if item.reversed else s for s in share]
    return float(np.mean(values))


def test_the_planted_effects_are_in_the_events(engine: Engine, tmp_path: Path, shared_index: Index) -> None:
    study = run(engine, tmp_path, shared_index, 6)
    entries = [e for e in study_events(engine, study, ("questionnaire_answered",)) if e.place.condition]
    for name in ("control", "personalisation"):
        instrument = DEMO.instrument(name)
        found = {
            version: mean(
                instrument,
                [e.event.answers for e in entries if (e.event.instrument, e.place.condition) == (name, version)],
            )
            for version in ("active", "passive", "baseline")
        }
        effects = {"baseline": 0.0, **EFFECTS[name]}
        assert found["active"] == max(found.values()) and effects["active"] == max(effects.values())
        assert found["active"] - found["baseline"] == pytest.approx(effects["active"] / 6, abs=0.12)
    orders = {tuple(row.conditions) for row in load_record(engine, study).sessions}
    assert len(orders) == 6  # every order once


def test_they_take_no_places_of_real_participants(engine: Engine, tmp_path: Path, shared_index: Index) -> None:
    study = run(engine, tmp_path, shared_index, 2)
    places = [cell.index for cell in cells(DEMO)]
    real = [enrol(engine, study, Arrival({}))[0] for _ in places]
    assert sorted(row.cell for row in real) == sorted(places)
    assert not any(row.simulated for row in real) and {row.participant[0] for row in real} == {"P"}
