"""The vocabulary of the record: every kind can be written, read back and trusted not to change."""

import json
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from study.events import EVENT, EVENT_CLASSES, Belief, EventBase, MessageSent

RECORDED = Path(__file__).with_name("events_v1.jsonl").read_text(encoding="utf-8").splitlines()
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    NoneType: st.none(),
    bool: st.booleans(),
    str: st.text(max_size=20),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
}


def values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of a field, by its annotation."""
    if metadata:
        return st.from_type(Annotated[annotation, *metadata])
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return events(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of(*map(values, parts))
    if origin is list:
        return st.lists(values(parts[0]), max_size=3)
    if origin is tuple:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=3)
    raise AssertionError(f"no values for {annotation}")


def events(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Events (or parts of them) of one class, by its fields; those with a default may be left out."""
    made = {name: values(field.annotation, tuple(field.metadata)) for name, field in model.model_fields.items()}
    needed = {name: made[name] for name, field in model.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(needed, optional={n: made[n] for n in made if n not in needed}).map(
        lambda fields: model(**fields)
    )


def each_kind(test: Callable[..., None]) -> Any:
    return pytest.mark.parametrize("kind", sorted(EVENT_CLASSES))(test)


@each_kind
@settings(max_examples=25)
@given(data=st.data())
def test_every_kind_comes_back_from_json_as_it_was_written(kind: str, data: st.DataObject) -> None:
    event = data.draw(events(EVENT_CLASSES[kind]))
    text = json.dumps(event.model_dump(mode="json"), allow_nan=False)
    again = EVENT.validate_python(json.loads(text))
    assert type(again) is EVENT_CLASSES[kind]
    assert again == event
    assert EVENT.validate_json(text) == event


@each_kind
@settings(max_examples=5)
@given(data=st.data())
def test_an_event_cannot_be_changed(kind: str, data: st.DataObject) -> None:
    event = data.draw(events(EVENT_CLASSES[kind]))
    for name in type(event).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(event, name, getattr(event, name))


@each_kind
@settings(max_examples=5)
@given(data=st.data())
def test_unknown_keys_are_refused(kind: str, data: st.DataObject) -> None:
    payload = data.draw(events(EVENT_CLASSES[kind])).model_dump(mode="json")
    with pytest.raises(ValidationError, match="not_a_field"):
        EVENT.validate_python({**payload, "not_a_field": 1})


@each_kind
@settings(max_examples=5)
@given(data=st.data())
def test_a_payload_of_an_older_version_still_loads(kind: str, data: st.DataObject) -> None:
    """What came later has a default: an older payload lacks it and says an older `v`."""
    event = data.draw(events(EVENT_CLASSES[kind]))
    needed = [name for name, field in EVENT_CLASSES[kind].model_fields.items() if field.is_required()]
    payload = event.model_dump(mode="json")
    again = EVENT.validate_python({name: payload[name] for name in needed} | {"kind": kind, "v": 0})
    assert again.v == 0
    assert {name: getattr(again, name) for name in needed} == {name: getattr(event, name) for name in needed}


@pytest.mark.parametrize("line", RECORDED, ids=[json.loads(line)["kind"] for line in RECORDED])
def test_what_was_recorded_once_loads_for_ever(line: str) -> None:
    payload = json.loads(line)
    event = EVENT.validate_python(payload)
    assert _as_far_as(payload, event.model_dump(mode="json")) == payload


def _as_far_as(known: Any, now: Any) -> Any:
    """A stored shape of today with only the keys that it had then."""
    if isinstance(known, dict):
        return {key: _as_far_as(value, now[key]) for key, value in known.items()}
    if isinstance(known, list):
        return [_as_far_as(value, new) for value, new in zip(known, now, strict=True)]
    return now


@each_kind
def test_every_kind_says_what_it_is(kind: str) -> None:
    cls = EVENT_CLASSES[kind]
    assert issubclass(cls, EventBase)
    assert get_args(cls.model_fields["kind"].annotation) == (kind,)
    assert kind == "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    assert cls.__doc__ and cls.__doc__ != EventBase.__doc__
    assert cls.__doc__.strip().endswith((".", "`"))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="Input tag 'mind_read'"):
        EVENT.validate_python({"kind": "mind_read", "v": 1})


@pytest.mark.parametrize("field", ["confidence", "importance", "durability"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_belief_is_held_between_nought_and_one(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        Belief(id="b", text="likes tea", **{field: value})


def test_a_message_must_be_text() -> None:
    with pytest.raises(ValidationError, match="text"):
        MessageSent.model_validate({"message_id": "m", "text": 5})


def test_an_event_that_cannot_be_read_does_not_repeat_what_somebody_wrote() -> None:
    with pytest.raises(ValidationError) as failed:
        EVENT.validate_python(
            {"kind": "message_sent", "message_id": ["zebrafish"], "text": "marzipan", "odd": "tulips"}
        )
    assert "message_id" in str(failed.value)
    assert not any(word in str(failed.value) for word in ("zebrafish", "marzipan", "tulips"))
