"""Stored payloads as plain data, for whoever reads very many of them. Pure.

Building an event checks and copies all of its parts. A payload of today's shape needs neither: it was checked when
it was written. Any other is read as an event first, which fills in what older versions did not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import msgspec
import orjson
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from study.events import EVENT, EVENT_CLASSES, Message, ModelCalled

UNREAD = {"model_called": ("parameters", "messages", "parsed")}
"""Parts that stay JSON. Prompts are most of what a study holds, and whoever reads many wants them as text."""
NOTHING = memoryview(b"null")
"""How a part that stays JSON says that there is none."""


@dataclass(frozen=True)
class Shape:
    """What a payload of a class looks like: its fields, those that hold real numbers, those that hold other shapes."""

    names: frozenset[str]
    reals: tuple[str, ...]
    parts: "tuple[tuple[str, Shape], ...]"

    def fits(self, payload: Any) -> bool:
        """Whether every field is there and none other, here and further in, and a real number is no whole one."""
        if not isinstance(payload, dict) or payload.keys() != self.names:
            return False
        for name in self.reals:
            if type(payload[name]) is int:
                return False
        for name, inner in self.parts:
            value = payload[name]
            for one in value if isinstance(value, list) else () if value is None else (value,):
                if not inner.fits(one):
                    return False
        return True


def plain(kind: str, stored: str | bytes) -> tuple[dict[str, Any], bytes]:
    """A payload as JSON holds it, with every field that its kind has today, and the JSON itself.

    The same as building the event and writing it again, but for the parts in UNREAD: each is JSON in bytes (or a view
    of them), or None. Raises ValidationError for what is no event.
    """
    text = stored.encode() if isinstance(stored, str) else stored
    if kind in UNREAD and (call := _call(text)):
        return call, text
    payload = orjson.loads(text)
    if kind in SHAPES and kind not in UNREAD and SHAPES[kind].fits(payload):
        return payload, text
    payload = to_jsonable_python(EVENT.validate_python(payload))
    text = orjson.dumps(payload)
    for name in UNREAD.get(kind, ()):
        payload[name] = None if payload[name] is None else orjson.dumps(payload[name])
    return payload, text


def _call(text: bytes) -> dict[str, Any] | None:
    """A call of a model, if it has today's shape; its prompt is checked without being taken apart."""
    try:
        call = msgspec.structs.asdict(_CALL.decode(text))
        _PROMPT.decode(call["messages"])
    except msgspec.DecodeError:
        return None
    for name in UNREAD["model_called"]:
        part = memoryview(call[name])  # looked at where it stands: prompts are long
        call[name] = None if part == NOTHING else part
    return call


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a class of events, or of a part of one."""
    kinds = {name: _kinds(field.annotation) for name, field in model.model_fields.items()}
    inner = {
        name: [one for one in among if isinstance(one, type) and issubclass(one, BaseModel)]
        for name, among in kinds.items()
    }
    return Shape(
        frozenset(kinds),
        tuple(name for name, among in kinds.items() if float in among and int not in among),
        tuple((name, shape_of(found[0])) for name, found in inner.items() if found),
    )


def _kinds(annotation: Any) -> set[Any]:
    """The types that an annotation names, also inside a union or a tuple; those inside a dictionary are not looked at."""
    if getattr(annotation, "__origin__", None) is dict:
        return set()
    inside = get_args(annotation)
    return set().union(*map(_kinds, inside)) if inside else {annotation}


SHAPES = {kind: shape_of(model) for kind, model in EVENT_CLASSES.items()}
"""The shape of today's payloads, by kind."""


def _struct(model: type[BaseModel], unread: Sequence[str]) -> type[msgspec.Struct]:
    """All fields of a class and no others; these parts stay JSON."""
    fields = [(name, msgspec.Raw if name in unread else field.annotation) for name, field in model.model_fields.items()]
    return msgspec.defstruct(model.__name__, fields, forbid_unknown_fields=True)


_CALL = msgspec.json.Decoder(_struct(ModelCalled, UNREAD["model_called"]))
_PROMPT = msgspec.json.Decoder(list[_struct(Message, ("content",))])  # type: ignore[misc]
