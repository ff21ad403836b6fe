"""How a form asks for the fields of a model: as a number, a choice, a switch or a text, in the model's own words. Pure."""

import re
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

FieldKind = Literal["number", "whole", "choice", "switch", "text", "texts", "nested"]
"""`texts`: a list of them; `nested`: something that only the text itself can show."""


@dataclass(frozen=True)
class FormField:
    """One field. `optional`: it may be left out, or be nothing; `said`: what the model's docstring says of it."""

    name: str
    kind: FieldKind
    default: Any
    optional: bool
    choices: tuple[str, ...] = ()
    said: str = ""


def form_fields(model: type[BaseModel]) -> dict[str, FormField]:
    """Name → field, in the order of the model."""
    return {name: _field(name, info, model.__doc__ or "") for name, info in model.model_fields.items()}


def _field(name: str, info: FieldInfo, doc: str) -> FormField:
    parts = [part for part in _alternatives(info.annotation) if part is not NoneType]
    kind, choices = _kind(parts[0]) if len(parts) == 1 else ("nested", ())
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    optional = len(parts) < len(_alternatives(info.annotation))
    return FormField(name, kind, default, optional, choices, said_of(name, doc))


def said_of(name: str, doc: str) -> str:
    """The clause of a docstring that speaks of this field; nothing if none does."""
    words = re.sub(r"\s+", " ", doc)
    found = re.search(rf"(?:^|(?<=[.;:] ))[^.;]*`{name}`.*?(?:\.(?= [A-Z`]|$)|;(?![^(]*\))|$)", words)
    return found[0].strip(" ;").replace("`", "") if found else ""


def first_sentence(doc: str | None) -> str:
    """What a docstring says first."""
    return re.split(r"(?<=\.)\s", (doc or "").strip(), maxsplit=1)[0].replace("`", "")


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _kind(annotation: Any) -> tuple[FieldKind, tuple[str, ...]]:
    if get_origin(annotation) is Literal and all(isinstance(one, str) for one in get_args(annotation)):
        return "choice", get_args(annotation)
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (Ellipsis,):
        inner = _kind(get_args(annotation)[0])[0]
        return ("texts", ()) if inner == "text" else ("nested", ())
    if get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        return _kind(get_args(annotation)[0])
    plain: dict[Any, FieldKind] = {bool: "switch", int: "whole", float: "number", str: "text"}
    return plain.get(annotation, "nested"), ()
