"""Names leave a prompt; ordinary sentences and the text of the task do not change."""

import pytest
from desks import condition, logged, say, sit_down, study_of
from openai_server import OpenAIServer, Says
from scripted import TASK
from sqlalchemy import Engine

from memory.index import Index
from memory.mechanism import State, Turn
from memory.names import names_in, without_names
from memory.prompts import OF_THE_TASK, reply_messages
from memory.worker import Worker
from study.events import Message, Recalled
from study.settings import Settings

UNCHANGED = [
    # English
    "with my partner, I'd like trains and I'd like quiet",
    "For my friend, We like museums",
    "with my partner I'd rather walk",
    "For my friend, Paris would be nice",
    "For my partner, Monday, for me Tuesday.",
    "with my kid Saturday is fine",
    "I am Vegetarian and my mom Is too",
    "My Friend Likes Trains",
    "Call me Tomorrow",
    "we arrive 05/07/2026 and leave 08/07/2026",
    "from 05/07/2026-08/07/2026, or 05/07-08/07/2026",
    "on 05-07-2026, not on 05 07 2026",
    "on 1/7/2026 at 09:30",
    # German
    "Mit meiner Freundin Urlaub machen",
    "Ich möchte mit meiner Tochter Eis essen",
    "Für meine Mutter Blumen, für meinen Vater Bücher",
    "Mit meinem Partner, Ruhe ist uns wichtig",
    "Mein Sohn spielt Fußball, meine Tochter Klavier.",
    "Meine Freundin (Vegetarierin) mag Zoos",
    "Meine Frau Ist Ärztin",
    "Wie bei Oma Kuchen essen",
    "Ich bin Lehrer und Frau Doktor ist nett",
    "Ich heiße Sie willkommen",
    "Mit den Kindern Eis und Kuchen essen",
    "am 05/07/2026 mit der Bahn",
    # Spanish
    "Los mejores destinos son Madrid y Sevilla",
    "Con mi pareja, Madrid es mejor",
    "Para mi amiga, Nos gusta el mar",
    "con mi pareja Queremos playa",
    "Soy Vegetariana y mi madre También",
    "el 05/07/2026 con mis hijos",
]
NAMED = [
    # English
    ("My name is Anna Berg and I like trains.", {"Anna Berg", "Anna"}),
    ("Call me Jo, please", {"Jo"}),
    ("I'm Anna. Hello!", {"Anna"}),
    ("I travel with my daughter Lena.", {"Lena"}),
    ("My younger sister Siobhán’s birthday", {"Siobhán"}),
    ("A present for my friend, called Max", {"Max"}),
    ("my partner is called Roe and likes tea", {"Roe"}),
    ("my friend, Max, likes tea", {"Max"}),
    ("with my partner (Zoë)", {"Zoë"}),
    ("with my daughter, Lena.", {"Lena"}),
    ("with my kids Ada and Ben", {"Ada", "Ben"}),
    ("with my daughter Lena I'd go", {"Lena"}),
    ("Uncle Bob comes, and Mrs. Miller", {"Bob", "Miller"}),
    # German
    ("Ich heiße Jürgen.", {"Jürgen"}),
    ("Ich bin die Anna und mag Züge", {"Anna"}),
    ("Meine Tochter Friederike mag Züge", {"Friederike"}),
    ("mit meiner Tochter Lena nach Paris", {"Lena"}),
    ("mein Sohn heißt Ole", {"Ole"}),
    ("mit einem Freund namens Fiete", {"Fiete"}),
    ("mit meinen Kindern Emma und Paul", {"Emma", "Paul"}),
    ("für Herrn Krüger", {"Krüger"}),
    # Spanish
    ("Me llamo Ana y quiero playa", {"Ana"}),
    ("Mi nombre es Luz Vega.", {"Luz Vega", "Luz"}),
    ("con mi hermana Lucía", {"Lucía"}),
    ("mi amigo, Íñigo, quiere mar", {"Íñigo"}),
    ("un amigo que se llama Unai", {"Unai"}),
    ("con mis hijas Alba y Nerea", {"Alba", "Nerea"}),
    # nobody
    ("My friend likes Berlin", set()),
    ("I want to go to Paris", set()),
]


def sent(text: str) -> str:
    return without_names([Message(role="user", content=text)])[0].content


@pytest.mark.parametrize("text", UNCHANGED)
def test_an_ordinary_sentence_is_sent_as_it_was_written(text: str) -> None:
    assert sent(text) == text


@pytest.mark.parametrize(("text", "names"), NAMED)
def test_names_are_known_by_their_introduction_and_leave_the_sentence(text: str, names: set[str]) -> None:
    assert names_in(text) == names
    assert not any(name in sent(text) for name in names)


@pytest.mark.parametrize("number", ["+49 170 1234567", "0170/1234567", "030-12 34 56 78", "01 02 03 04 05"])
def test_telephone_numbers_leave_a_sentence(number: str) -> None:
    assert sent(f"Ring {number}, please") == "Ring [phone number], please"


def test_a_prompt_loses_names_addresses_and_numbers_everywhere() -> None:
    said = ["My name is Anna.", "Anna wants a train; write to anna.b@example.org or +49 170 1234567 by 2026-11-21."]
    told = [message.content for message in without_names([Message(role="user", content=text) for text in said])]
    assert told == [
        "My name is [name].",
        "[name] wants a train; write to [e-mail address] or [phone number] by 2026-11-21.",
    ]


def test_the_task_stays_as_it_was_written_and_its_words_are_no_names() -> None:
    """A name that is a word of the task stays; another leaves what was said, recalled and noted, but never the task."""
    option = TASK.catalogue[0].model_copy(update={"name": "Quiet river hotel", "description": "Ring 0170 1234567"})
    task = TASK.model_copy(update={"catalogue": (option, *TASK.catalogue[1:]), "title": "Ask my friend Kim"})
    noted = Recalled(text="Travels with Lena, wants Quiet", mechanism="all_beliefs")
    turn = Turn("t", "m", "I travel with my partner Quiet and my daughter Lena.", State("s1:1", task))
    messages = reply_messages(turn, [noted])
    told = without_names(messages)
    parts = [message.content.split("\n\n# ") for message in (messages[0], told[0])]
    for before, after in zip(*parts, strict=True):
        assert before == after or before.partition("\n")[0] not in OF_THE_TASK
    assert "Quiet river hotel" in told[0].content and "0170 1234567" in told[0].content
    assert "Travels with [name], wants Quiet" in told[0].content
    assert told[-1].content == "I travel with my partner Quiet and my daughter [name]."


@pytest.mark.parametrize(("names", "told"), [("removed", "[name]"), ("passed", "Anna")])
def test_no_request_to_a_provider_holds_a_name(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer, names: str, told: str
) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    study = study_of(condition("inferred_profile"), privacy={"names": names})
    desk = sit_down(engine, Worker(engine, settings, shared_index), "inferred_profile", study, "openai:test-model")
    llm.script(Says("Hello."), Says("Fine."))
    say(desk, "My name is Anna and I like trains.")
    say(desk, "Anna likes quiet.")
    assert len(llm.requests) >= 4 and all(told in str(request) for request in llm.requests)
    assert any("Anna" in str(request) for request in llm.requests) == (names == "passed")
    assert [e.event.text for e in logged(desk, "message_sent")][1] == "Anna likes quiet.", "the record keeps the words"
