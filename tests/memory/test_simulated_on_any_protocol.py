"""Simulated participants where a study checks, screens, hurries nobody, talks or tests knowledge."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from desks import DEMO

from memory.index import Index
from memory.planted import EFFECTS, PER_LEVEL, effect
from memory.simulated import simulate
from study.database import open_database
from study.instruments import Instrument
from study.log import study_events
from study.protocol import Protocol
from study.records import load_record
from study.settings import Settings
from study.studies import create_study, set_status

YES_NO = [{"value": value, "label": value.title()} for value in ("no", "yes")]
FORM = {
    "id": "door",
    "version": "1",
    "title": "At the door",
    "source": {"citation": "written for the tests", "licence": "CC0-1.0"},
    "items": [
        {"id": "ready", "text": "Are you ready?", "type": "single", "options": YES_NO},
        {"id": "read", "text": "Choose 2 here.", "type": "likert", "min": 1, "max": 5},
        {"id": "years", "text": "How many years?", "type": "number", "min": 0, "max": 90},
        {"id": "known", "text": "Is it so?", "type": "single", "options": YES_NO, "right": "yes"},
    ],
}
TALK = {"id": "talk", "title": "Talk", "brief": "Talk.", "opening": "Hello.", "remarks": ["One.", "Two."]}
DOOR = {
    "step": "questionnaire",
    "instruments": ["door"],
    "screen_out": [
        {"instrument": "door", "item": "ready", "equals": "no"},
        {"instrument": "door", "item": "years", "at_most": 17},
    ],
    "checks": [{"instrument": "door", "answers": {"read": [2]}}],
}


def a_study(**keys: Any) -> Protocol:
    raw = DEMO.model_dump(mode="json") | {
        "conditions": [{"id": c, "mechanisms": [{"name": "none"}], "levels": {"tone": c}} for c in ("dry", "warm")],
        "factors": [{"id": "tone", "levels": ["dry", "warm"]}],
        "design": {"kind": "between", "planned_participants": 2},
        "tasks": [TALK],
        "task_rule": {"min_turns": 2, "min_minutes": 30},
        "instruments": [FORM],
        "timeline": [DOOR, {"step": "block", "steps": [{"step": "task"}]}],
        "analysis": {},
    }
    return Protocol.model_validate(raw | keys)


@pytest.mark.slow
def test_they_pass_checks_and_screening_wait_for_nothing_and_talk(tmp_path: Path, shared_index: Index) -> None:
    engine, protocol = open_database(f"sqlite:///{tmp_path / 'record.db'}"), a_study()
    study = create_study(engine, protocol, seed=5)
    set_status(engine, study.id, "open")
    simulate(engine, Settings(_env_file=None, data_dir=tmp_path), shared_index, study.id, 6, 1, lambda: None)  # type: ignore[call-arg]
    assert {row.status for row in load_record(engine, study.id).sessions} == {"complete"}
    entries = list(study_events(engine, study.id))
    engine.dispose()
    assert "check_failed" not in {entry.kind for entry in entries}
    answers = [entry.event.answers for entry in entries if entry.kind == "questionnaire_answered"]
    assert all((a["ready"], a["read"], a["years"]) == ("yes", 2, 90) for a in answers)
    assert {a["known"] for a in answers} == {"yes", "no"}
    replies = [entry.event.text for entry in entries if entry.kind == "reply_given"]
    assert set(replies) == {"One.", "Two."}


def test_effects_come_from_what_a_condition_is_made_of() -> None:
    together = EFFECTS["needs_panel"]["control"] + EFFECTS["preference_controls"]["control"]
    assert effect(DEMO, "active", "control") == pytest.approx(together)
    assert [effect(DEMO, name, "control") for name in ("baseline", None, "red")] == [0, 0, 0]
    assert [effect(a_study(), level, "anything") for level in ("dry", "warm")] == [0, PER_LEVEL]


def test_a_right_answer_must_be_on_offer() -> None:
    wrong = {**FORM, "items": [{**FORM["items"][3], "right": "perhaps"}]}  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="the right answer 'perhaps' is not one of the options"):
        Instrument.model_validate(wrong)


@pytest.mark.slow
def test_they_answer_what_the_assistant_asks_and_say_their_own_things_too(tmp_path: Path, shared_index: Index) -> None:
    asking = [{"id": c, "mechanisms": [{"name": "ask_and_correct"}], "levels": {"tone": c}} for c in ("dry", "warm")]
    tasks = [DEMO.tasks[0].model_dump(mode="json")]
    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    study = create_study(engine, a_study(conditions=asking, tasks=tasks), seed=2)
    set_status(engine, study.id, "open")
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    simulate(engine, settings, shared_index, study.id, 2, 1, lambda: None)
    said = [e.event for e in study_events(engine, study.id) if e.kind in ("message_sent", "reply_given")]
    engine.dispose()
    answers = [(reply.asked, then) for reply, then in pairwise(said) if getattr(reply, "asked", None)]
    assert len(answers) == 2, "one question in each task"
    assert all(then.kind == "message_sent" and then.text in asked.options for asked, then in answers)
    assert [event.kind for event in said].count("message_sent") == 2 * (3 + 1)
