"""The language of a session: chosen at the door, changed on the first page, and then it stays."""

from typing import Any

import pytest
from sittings import TAB, arrive, opened
from sqlalchemy import Engine

from memory.mechanisms.registry import parameter_models
from study import progress
from study.enrolment import Arrival, enrol, sitting
from study.errors import AnswerRefused, NotThisTab
from study.language_choice import choose_language
from study.log import events
from study.protocol import Protocol
from study.tables import Sitting
from study.versions import protocol_of_session, revise

MECHANISMS = parameter_models()


@pytest.fixture
def study(any_engine: Engine, demo: Protocol) -> str:
    return opened(any_engine, demo)


def test_the_door_gives_a_language_and_the_record_tells_it(any_engine: Engine, study: str, demo: Protocol) -> None:
    doors: list[tuple[dict[str, Any], str]] = [
        ({}, "en"),
        ({"accept_language": "fr, de;q=0.5"}, "de"),
        ({"accept_language": "de", "url_params": {"lang": "en"}}, "en"),
        ({"url_params": {"lang": "de-AT"}}, "de"),
        ({"url_params": {"lang": "xx"}, "preview": True}, "en"),
        ({"url_params": {"lang": "de"}, "simulated": True}, "de"),
    ]
    for kinds, language in doors:
        row = arrive(any_engine, study, **kinds)
        (started,) = events(any_engine, row.id, ("session_started",))
        assert (sitting(any_engine, row.id).language, started.event.language) == (language, language)
        assert protocol_of_session(any_engine, row, MECHANISMS).language == language
        assert (protocol_of_session(any_engine, row, MECHANISMS) == demo) == (language == "en")


def test_who_comes_back_keeps_their_language(any_engine: Engine, study: str) -> None:
    person = {"PROLIFIC_PID": "p1"}
    first, _ = enrol(any_engine, study, Arrival(person, accept_language="de"))
    again, _ = enrol(any_engine, study, Arrival(person | {"lang": "en"}, accept_language="en"))
    assert (again.id, again.language) == (first.id, "de")


def test_it_can_be_changed_until_the_first_page_is_finished(any_engine: Engine, study: str, demo: Protocol) -> None:
    row = arrive(any_engine, study)
    at = here(any_engine, demo, row)
    for language in ("de", "de", "en", "de"):
        choose_language(any_engine, demo, row.id, at, language, TAB)
    chosen = events(any_engine, row.id, ("language_chosen",))
    assert [(e.event.old, e.event.new) for e in chosen] == [("en", "de"), ("de", "en"), ("en", "de")]
    assert {e.place.step for e in chosen} == {at.id}
    german = protocol_of_session(any_engine, sitting(any_engine, row.id), MECHANISMS)
    welcome = here(any_engine, german, row)
    assert (welcome.id, welcome.title) == (at.id, "Willkommen")
    progress.finish(any_engine, german, row.id, welcome.id, TAB)
    with pytest.raises(AnswerRefused, match="only be chosen on the first page"):
        choose_language(any_engine, demo, row.id, at, "en", TAB)
    assert sitting(any_engine, row.id).language == "de"


def here(engine: Engine, protocol: Protocol, row: Sitting) -> Any:
    return progress.position(engine, protocol, row.id).step


def test_what_does_not_fit_changes_nothing(any_engine: Engine, study: str, demo: Protocol) -> None:
    row = arrive(any_engine, study)
    at = here(any_engine, demo, row)
    with pytest.raises(AnswerRefused, match="offered in en, de"):
        choose_language(any_engine, demo, row.id, at, "fr", TAB)
    with pytest.raises(NotThisTab):
        choose_language(any_engine, demo, row.id, at, "de", "another tab")
    progress.withdraw(any_engine, row.id, TAB)
    with pytest.raises(AnswerRefused, match="first page"):
        choose_language(any_engine, demo, row.id, at, "de", TAB)
    assert sitting(any_engine, row.id).language == "en"
    assert events(any_engine, row.id, ("language_chosen",)) == []


def test_a_version_that_speaks_less_leaves_who_has_begun_alone(any_engine: Engine, study: str, demo: Protocol) -> None:
    early = arrive(any_engine, study, accept_language="de")
    revise(any_engine, study, demo.model_copy(update={"languages": (), "translations": {}}))
    late = arrive(any_engine, study, accept_language="de")
    assert protocol_of_session(any_engine, early, MECHANISMS).language == "de"
    assert (late.language, protocol_of_session(any_engine, late, MECHANISMS).language) == ("en", "en")


def test_a_row_from_before_there_were_languages_is_in_the_protocols_own(engine: Engine, demo: Protocol) -> None:
    row = arrive(engine, opened(engine, demo)).model_copy(update={"language": ""})
    assert protocol_of_session(engine, row, MECHANISMS) == demo
