"""Conditions side by side: the same words to each, by the code that answers people, in a record that is gone afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import DEMO, condition, study_of
from openai_server import Fails, OpenAIServer

from memory.side_by_side import MOST_KEPT, MOST_MESSAGES, Comparisons, SideBySide, Used, default_message, used
from study.errors import AtelierError
from study.events import ModelCalled
from study.pilot import first_meeting
from study.protocol import Protocol
from study.records import load_record
from study.settings import Settings

CONDITIONS = [one.id for one in DEMO.conditions]
TRIP = DEMO.tasks[0]


@pytest.fixture
def made(instant: Settings) -> Iterator[SideBySide]:
    opened = SideBySide(instant, DEMO, "offline", TRIP.id, CONDITIONS)
    yield opened
    opened.close()


def test_every_condition_replies_learns_and_shows_what_a_participant_of_it_would_see(made: SideBySide) -> None:
    made.say(default_message(TRIP))
    made.wait()
    made.say("It should not be expensive.")
    made.wait()
    columns = {column.condition: column for column in made.columns()}
    assert list(columns) == CONDITIONS and not made.busy and made.said == 2
    for column in columns.values():
        assert [one.turn.status for one in column.answered] == ["answered", "answered"]
        assert all(one.turn.reply and one.used.calls and one.used.seconds is not None for one in column.answered)
    held = {name: len(column.view.state.beliefs) for name, column in columns.items() if column.view}
    offered = {name: {c.type for c in column.view.controls} for name, column in columns.items() if column.view}
    assert held["passive"] and not held["baseline"]
    assert "needs" in offered["active"] and not offered["baseline"]
    assert [row.preview for row in load_record(made.engine, DEMO.id).sessions] == [], "previews are in no analysis"


def test_a_condition_whose_model_fails_says_so_in_its_own_column_and_is_asked_again(
    llm: OpenAIServer, instant: Settings
) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    made = SideBySide(settings, study_of(condition("none")), "openai:test", TRIP.id, ["none"])
    llm.script(Fails(500), forever=True)
    made.say("Hello there")
    made.wait()
    (column,) = made.columns()
    assert column.failed and column.answered[0].error
    made.close()


def test_a_task_that_nobody_meets_under_a_condition_is_said_there(instant: Settings) -> None:
    fixed = {**DEMO.model_dump(), "design": {"orders": "fixed", "tasks": "fixed"}}
    protocol = Protocol.model_validate(fixed)
    met = [name for name in CONDITIONS if first_meeting(protocol, name, TRIP.id)]
    made = SideBySide(instant, protocol, "offline", TRIP.id, CONDITIONS)
    made.say("Hello there")
    made.wait()
    assert [column.condition for column in made.columns() if not column.problem] == met != CONDITIONS
    assert all(TRIP.title in column.problem for column in made.columns() if column.condition not in met)
    made.close()


def test_there_is_an_end_to_messages_and_no_empty_one(made: SideBySide) -> None:
    with pytest.raises(AtelierError, match="needs between 1 and"):
        made.say("  ")
    for number in range(MOST_MESSAGES):
        made.say(f"Message number {number}")
        made.wait()
    with pytest.raises(AtelierError, match="enough to compare by"):
        made.say("One more")


def test_a_new_comparison_closes_the_last_and_leaves_nothing(instant: Settings) -> None:
    open_now, folders = Comparisons(), []
    for number in range(MOST_KEPT + 1):
        one = SideBySide(instant, DEMO, "offline", TRIP.id, CONDITIONS[:1])
        folders.append((Path(str(one.engine.url.database)).parent, one))
        open_now.put(f"researcher {number}", "study", one)
    assert open_now.of("researcher 0", "study") is None, "the oldest makes room"
    assert open_now.of("researcher 1", "another study") is None
    for number in range(MOST_KEPT + 1):
        open_now.put(f"researcher {number}", "study", None)
    open_now.join()
    assert not any(folder.exists() for folder, _ in folders)


def test_where_a_task_is_met_first_there_is_little_before_it() -> None:
    for name in CONDITIONS:
        met = first_meeting(DEMO, name, TRIP.id)
        assert met is not None and met[0].conditions[0] == name and met[1].block == 1
    assert first_meeting(DEMO, "nobody", TRIP.id) is None


def test_tokens_are_counted_over_every_call_of_a_turn_and_unknown_if_one_is() -> None:
    call = ModelCalled(
        call_id="a",
        purpose="reply",
        turn_id="t",
        model="m",
        duration_ms=1,
        outcome="answered",
        input_tokens=3,
        output_tokens=4,
    )
    other = call.model_copy(update={"turn_id": "u", "input_tokens": 100})
    assert used([call, call, other], "t", 1.5) == Used(2, 6, 8, 1.5)
    unknown = call.model_copy(update={"output_tokens": None})
    assert used([call, unknown], "t", None) == Used(2, 6, None, None)


def test_a_first_message_is_in_the_words_of_the_task() -> None:
    for task in DEMO.tasks:
        assert default_message(task).startswith("What matters to me: ")
    talk = TRIP.model_copy(update={"attributes": {}})
    assert default_message(talk).endswith("?")
