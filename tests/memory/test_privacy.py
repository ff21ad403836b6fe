"""What is not kept, and what no model is told."""

import pytest
from desks import condition, say, sit_down, study_of
from openai_server import OpenAIServer, Says
from sqlalchemy import Engine

from memory.index import Index
from memory.privacy import NAMES_OF, WORDS, checked, discretion, refusal
from memory.worker import Worker
from study.events import PageWritten
from study.protocol import Privacy
from study.settings import Settings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Has been diagnosed with asthma", "health"),
        ("Goes to church on Sundays", "religion"),
        ("Votes for the Greens", "politics"),
        ("Is gay", "sexuality"),
        ("Is a refugee", "origin"),
        ("Is a trade union member", "union"),
        ("Was convicted once", "crime"),
        ("Her boss likes trains", "third_person"),
        ("Has a friend who is rich", "third_person"),
        ("My younger sister likes trains", "third_person"),
        ("Their kids’ school is near", "third_person"),
        ("Kids like zoos", "third_person"),
        ("Ist schwanger", "health"),
        ("Hat Krebs", "health"),
        ("Hat eine Angststörung", "health"),
        ("Ist Muslimin", "religion"),
        ("Wählt die Grünen", "politics"),
        ("Ist lesbisch", "sexuality"),
        ("Kam als Flüchtling", "origin"),
        ("Ist in der Gewerkschaft", "union"),
        ("War im Gefängnis", "crime"),
        ("Meine Mutter mag Tee", "third_person"),
        ("Ihr jüngerer Bruder reist gern", "third_person"),
        ("Hat einen Freund, der reich ist", "third_person"),
        ("Está embarazada", "health"),
        ("Tiene cáncer", "health"),
        ("Es católica", "religion"),
        ("Vota a los Verdes", "politics"),
        ("Es lesbiana", "sexuality"),
        ("Es refugiado", "origin"),
        ("Está en un sindicato", "union"),
        ("Estuvo en la cárcel", "crime"),
        ("Mi madre quiere té", "third_person"),
        ("Su hermana pequeña viaja", "third_person"),
        ("Tiene un amigo que es rico", "third_person"),
    ],
)
def test_what_is_not_kept_unless_the_protocol_says_so(text: str, reason: str) -> None:
    assert refusal(text, Privacy()) == reason
    allowed = Privacy(third_persons=True) if reason == "third_person" else Privacy(keep=(reason,))  # type: ignore[arg-type]
    assert refusal(text, allowed) is None


@pytest.mark.parametrize(
    "mechanism", ["inferred_profile", "all_beliefs", "needs_panel", "memory_page", "ask_and_correct"]
)
def test_a_model_is_told_to_leave_out_just_what_the_protocol_does_not_keep(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer, mechanism: str
) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    study = study_of(condition(mechanism), privacy={"keep": ["health"]})
    desk = sit_down(engine, Worker(engine, settings, shared_index), mechanism, study, "openai:test-model")
    llm.script(Says("Hello."))
    say(desk, "I am on medication and want a quiet weekend.")
    told = [str(request) for request in llm.requests if "Leave out" in str(request)]
    assert told and all("religion" in request and "about health" not in request for request in told)


def test_what_is_left_out_reads_well_whatever_may_be_kept() -> None:
    everything = tuple(NAMES_OF)
    assert discretion(Privacy(keep=everything, third_persons=True)) == ""
    assert discretion(Privacy(keep=everything)) == " Leave out other people's data."
    assert discretion(Privacy(keep=everything[1:], third_persons=True)) == " Leave out anything about health."
    assert discretion(Privacy(keep=everything[2:])).endswith("data and anything about health or religion.")


def test_every_category_of_a_protocol_has_words() -> None:
    assert set(NAMES_OF) == set(WORDS)
    every = Privacy(keep=tuple(WORDS))
    assert set(every.keep) == set(WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "Travels with a partner",
        "Prefers green places",
        "Wants to be close to the sea",
        "My budget is at most 200 euros",
        "Their budget is low",
        "Kid-friendly activities",
        "Kid friendly activities",
        "Child-safe rooms",
        "My partner and I want quiet",
        "My trip with friends",
        "Kind staff matters",
        "Chef’s menu at least once",
        "Mein Budget ist klein",
        "Ihr Budget ist klein",
        "Kinderfreundliche Ausflüge",
        "Kinder-Ausflüge",
        "Reist mit Kindern",
        "Meine Frau und ich wollen Ruhe",
        "Sucht ein ruhiges Hotel und besucht gern Museen",
        "Prima Essen ist wichtig",
        "Wählt grünen Tee",
        "Isst gern Krebse",
        "Mi presupuesto es bajo",
        "Su presupuesto es bajo",
        "Viaja con amigos",
        "Mi pareja y yo queremos calma",
        "Son importantes los trenes",
    ],
)
def test_what_is_about_the_person_is_kept(text: str) -> None:
    assert refusal(text, Privacy()) is None


def test_a_page_loses_the_lines_that_may_not_be_kept() -> None:
    page = PageWritten(
        mechanism="memory_page", version=1, text="Likes trains\nIs a Muslim\nLikes quiet", by="mechanism"
    )
    kept, refused = checked([page], Privacy())
    assert kept.text == "Likes trains\nLikes quiet" and refused.reason == "religion"  # type: ignore[attr-defined]
    own = page.model_copy(update={"by": "person"})
    assert checked([own], Privacy()) == [own]
