"""Who may see and do what on the monitor, asked of the functions behind its buttons; no page stands between."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from memory.mechanisms.registry import parameter_models
from pages import runtime as shared
from pages.researcher import acts as page_acts
from pages.researcher import session_acts, who
from pages.researcher.session_table import LAST
from pages.researcher.watch import watch
from pages.shared import visit
from study import researchers
from study.act_log import acts
from study.database import writing
from study.enrolment import Arrival, enrol
from study.errors import AtelierError, NotAllowed, NotFound
from study.log import events
from study.members import set_member
from study.protocol_file import load_protocol
from study.studies import create_study, get_study, set_model, set_status
from study.tables import Sitting

DEMO = Path(__file__).parents[2] / "protocols" / "active_vs_passive.yaml"
FIELDS = {"text": "because <b>so</b>", "minutes": 5, "whole": True}
ON_SESSIONS: dict[str, Callable[[Sitting], None]] = {
    "note_sent": lambda row: session_acts.send_note(row, "text"),
    "time_extended": lambda row: session_acts.extend_time(row, "minutes", "whole"),
    "moved_on": lambda row: session_acts.move_on(row, "text"),
    "place_freed": lambda row: session_acts.free_place(row, "text"),
    "exclusion_marked": lambda row: session_acts.mark(row, "text"),
    "participant_rejected": lambda row: session_acts.reject(row, "text"),
}


@dataclass
class Stage:
    """A study of Ada's with an editor, a viewer, a blinded viewer and a stranger; `enter` signs one of them in."""

    study: str
    row: Sitting
    enter: Callable[[str], None]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    shared._make.cache_clear()
    shared.protocol_for.cache_clear()
    engine = shared.runtime().engine
    cookies: dict[str, str] = {}
    for name in ("Ada", "Ed", "Vi", "Bo", "Eve"):
        researchers.set_password(
            engine, researchers.new_link(engine).rsplit("/", 1)[-1], name, "a long enough password"
        )
    study = create_study(engine, load_protocol(DEMO, parameter_models()), by="Ada").id
    set_status(engine, study, "open", "Ada")
    set_member(engine, study, "Ed", "editor", "Ada")
    set_member(engine, study, "Vi", "viewer", "Ada")
    set_member(engine, study, "Bo", "viewer", "Ada", blind=True)
    row, _token = enrol(engine, study, Arrival({}))
    held: dict[str, Any] = {}
    monkeypatch.setattr(visit, "cookies", lambda: cookies)
    monkeypatch.setattr(visit, "value_of", lambda key: FIELDS.get(key, held.get(key)))
    monkeypatch.setattr(visit, "keep", held.__setitem__)

    def enter(name: str) -> None:
        cookies.clear()
        if name:
            cookies[who.COOKIE] = researchers.sign_in(engine, name, "a long enough password", "127.0.0.1")

    yield Stage(study, row, enter)
    engine.dispose()
    shared._make.cache_clear()
    shared.protocol_for.cache_clear()


@pytest.mark.parametrize("kind", ON_SESSIONS)
def test_an_editor_acts_by_name_and_nobody_less_at_all(stage: Stage, kind: str) -> None:
    engine = shared.runtime().engine
    before = events(engine, stage.row.id)
    for name, error in (("", AtelierError), ("Vi", NotAllowed), ("Bo", NotAllowed), ("Eve", NotFound)):
        stage.enter(name)
        with pytest.raises(error):
            ON_SESSIONS[kind](stage.row)
    assert events(engine, stage.row.id) == before
    assert acts(engine, stage.study, kind) == []
    stage.enter("Ed")
    ON_SESSIONS[kind](stage.row)
    assert [one.by for one in acts(engine, stage.study, kind)] == ["Ed"]


def test_only_who_recruits_pauses_and_reopens(stage: Stage) -> None:
    engine = shared.runtime().engine
    for name in ("Vi", "Bo"):
        stage.enter(name)
        with pytest.raises(NotAllowed):
            session_acts.set_status(stage.study, "paused")
    assert get_study(engine, stage.study).status == "open"
    stage.enter("Ed")
    for status in ("paused", "open", "closed"):
        session_acts.set_status(stage.study, status)
    did = [(one.by, one.act.old, one.act.new) for one in acts(engine, stage.study, "status_changed")][1:]
    assert did == [("Ed", "open", "paused"), ("Ed", "paused", "open"), ("Ed", "open", "closed")]


def test_what_was_closed_with_people_complete_is_reopened_by_who_may_unseal_and_with_a_reason(stage: Stage) -> None:
    """Close, read the report, go on: that is a look, by whichever buttons."""
    engine = shared.runtime().engine
    with writing(engine) as db:
        db.get_one(Sitting, stage.row.id).status = "complete"
    stage.enter("Ed")
    session_acts.set_status(stage.study, "closed")
    for act in (session_acts.set_status, page_acts.set_status):
        with pytest.raises(NotAllowed, match="unseal"):
            act(stage.study, "open", "text")
    stage.enter("Ada")
    with pytest.raises(AtelierError, match="give a reason"):
        session_acts.set_status(stage.study, "open")
    assert get_study(engine, stage.study).status == "closed"
    page_acts.set_status(stage.study, "open", "text")
    last = acts(engine, stage.study, "status_changed")[-1]
    assert (last.by, last.act.new, last.act.complete, last.act.reason) == ("Ada", "open", 1, FIELDS["text"])


def _status_page(study_id: str) -> None:
    from pages.researcher.monitor import BUTTONS
    from pages.researcher.session_acts import set_status
    from pages.researcher.status_button import status_button
    from pages.runtime import runtime
    from study.studies import get_study

    study = get_study(runtime().engine, study_id)
    for verb, new in BUTTONS[study.status]:
        status_button(study, verb, new, set_status)


@pytest.mark.parametrize("before", ["draft", "paused", "closed"])
def test_opening_to_people_with_the_built_in_model_is_asked_first_on_the_monitor_too(stage: Stage, before: str) -> None:
    stage.enter("Ed")
    engine = shared.runtime().engine
    set_status(engine, stage.study, before, "Ed")
    page = AppTest.from_function(_status_page, args=(stage.study,)).run()
    labels = [one.label for one in page.button]
    assert {"Open", "Reopen"}.isdisjoint(labels)
    (asked,) = [one for one in page.button if one.label.endswith("with the built-in model")]
    assert "follows plain rules and is no language model" in page.markdown[0].value
    asked.click().run()
    assert get_study(engine, stage.study).status == "open"
    set_status(engine, stage.study, before, "Ed")
    set_model(engine, stage.study, "openai:gpt-4o-mini", "Ed")
    labels = [one.label for one in AppTest.from_function(_status_page, args=(stage.study,)).run().button]
    assert "Open" in labels or "Reopen" in labels, "a language model needs no such question"


def test_the_table_of_sessions_says_on_which_day_somebody_was_last_there() -> None:
    assert LAST.startswith("YYYY-MM-DD")


def test_who_is_blinded_sees_codes_wherever_a_condition_stands(stage: Stage) -> None:
    stage.enter("Vi")
    open_eyes = watch(stage.study)
    stage.enter("Bo")
    blind = watch(stage.study)
    ids = {condition.id for condition in blind.protocol.conditions}
    seen = blind.look()
    steps = list(seen.sessions[0].steps)
    assert {open_eyes.condition(step) for step in steps} == {"–", *ids}
    assert {blind.condition(step) for step in steps} == {"–", "A", "B", "C"}
    orders = [blind.order(row["order"]) for row in (*seen.orders, *seen.cells)]
    assert all(set(order.split(" → ")) == {"A", "B", "C"} for order in orders)
    named = [*(blind.title(step) for step in steps), *(alert.what + alert.where for alert in seen.alerts)]
    assert not [text for text in named for name in ids if name in text]


def test_no_station_and_no_reason_names_a_condition_to_who_is_blinded(stage: Stage) -> None:
    """Steps that only some conditions have are in nobody else's way: their titles must not come from there."""
    engine = shared.runtime().engine
    protocol = load_protocol(DEMO.with_name("transparency.yaml"), parameter_models())
    study = create_study(engine, protocol, by="Ada").id
    set_status(engine, study, "open", "Ada")
    set_member(engine, study, "Bo", "viewer", "Ada", blind=True)
    for cell in range(len(protocol.conditions)):
        came, _token = enrol(engine, study, Arrival({}, cell=cell))
        with writing(engine) as db:
            db.get_one(Sitting, came.id).status = "complete"
    titles: dict[str, list[str]] = {}
    for name in ("Ada", "Bo"):
        stage.enter(name)
        by = watch(study)
        titles[name] = [by.title(one) for one in by.look().funnel if one.block]
    assert len(set(titles["Ada"])) > len(set(titles["Bo"])) and len(titles["Ada"]) == len(titles["Bo"])
    assert all(re.fullmatch(r"[a-z ]+, block \d", title) for title in titles["Bo"])
    assert (by.reason("the passive panel broke"), by.reason("")) == ("yes", "")
    assert by.condition(None) == "–" and sorted(set(by.shown.values())) == ["A", "B", "C", "D"][: len(by.shown)]


def test_a_stranger_and_who_is_signed_out_see_nothing(stage: Stage) -> None:
    for name in ("", "Eve"):
        stage.enter(name)
        with pytest.raises(NotFound):
            watch(stage.study)
