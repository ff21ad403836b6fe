"""A payload read as plain data is what the event would be written as, whatever version wrote it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import to_jsonable_python
from test_events import each_kind, events

from study.events import EVENT, EVENT_CLASSES
from study.payloads import SHAPES, UNREAD, plain

RECORDED = Path(__file__).with_name("events_v1.jsonl").read_text(encoding="utf-8").splitlines()


def built(stored: str) -> Any:
    """The long way: build the event, write it again."""
    return to_jsonable_python(EVENT.validate_python(json.loads(stored)))


def read(kind: str, stored: str) -> Any:
    """The short way, with the parts that stay JSON read too."""
    payload, text = plain(kind, stored)
    for name in UNREAD.get(kind, ()):
        assert isinstance(payload[name], bytes | memoryview | None)
        payload[name] = payload[name] and json.loads(bytes(payload[name]))
    assert payload == json.loads(text)
    return payload


@each_kind
@given(data=st.data())
def test_todays_payloads_are_taken_as_they_are(kind: str, data: st.DataObject) -> None:
    stored = json.dumps(data.draw(events(EVENT_CLASSES[kind])).model_dump(mode="json"))
    assert SHAPES[kind].fits(json.loads(stored))
    assert read(kind, stored) == built(stored)
    assert plain(kind, stored) == plain(kind, stored.encode())
    assert plain(kind, stored)[1] == stored.encode()


@each_kind
@given(data=st.data())
def test_what_an_older_version_did_not_have_is_filled_in(kind: str, data: st.DataObject) -> None:
    payload = data.draw(events(EVENT_CLASSES[kind])).model_dump(mode="json")
    fields = EVENT_CLASSES[kind].model_fields
    for name in data.draw(st.sets(st.sampled_from([n for n in fields if not fields[n].is_required()]))):
        payload.pop(name, None)
    payload["kind"] = kind  # the tag is always there
    stored = json.dumps(payload)
    assert read(kind, stored) == built(stored)
    assert plain(kind, stored)[0].keys() == fields.keys()


def test_parts_of_a_payload_may_be_older_too() -> None:
    belief = {"id": "b1", "text": "by train", "confidence": 1}
    stored = json.dumps(
        {"v": 1, "kind": "belief_changed", "mechanism": "m", "by": "person", "action": "added", "belief": belief}
        | {"turn_id": None}
    )
    found, text = plain("belief_changed", stored)
    assert found == built(stored) == json.loads(text)
    assert found["belief"]["scope"] == "study"
    assert repr(found["belief"]["confidence"]) == "1.0", "a real number, though a whole one was written"


@pytest.mark.parametrize("line", RECORDED, ids=[json.loads(line)["kind"] for line in RECORDED])
def test_what_was_recorded_once_reads_the_same(line: str) -> None:
    assert read(json.loads(line)["kind"], line) == built(line)


def test_a_prompt_of_another_shape_is_read_the_long_way() -> None:
    call = {"v": 1, "kind": "model_called", "call_id": "c1", "purpose": "reply", "model": "m"}
    line = {"role": "person", "content": "Hello"}
    for message in (line | {"tone": "kind"}, {"role": "pirate", "content": "Hello"}):
        with pytest.raises(ValidationError):
            plain("model_called", json.dumps(call | {"messages": [message], "duration_ms": 1.0, "outcome": "answered"}))


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(ValidationError, match="mind_read"):
        plain("mind_read", '{"kind": "mind_read"}')
    with pytest.raises(ValidationError):
        plain("message_sent", '{"kind": "message_sent", "message_id": "m1", "words": 3}')
