"""What differs between two protocols, change by change, in sentences. Pure."""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from study.protocol import Protocol

SHOWN, AROUND = 60, 20
"""Characters that are shown of a long value, and of an unchanged text around a change."""


@dataclass(frozen=True)
class Change:
    """One thing that is new, gone or different; `path` names elements of lists by their id."""

    path: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.kind == "added":
            return f"{self.path} is new: {_short(self.after)}"
        if self.kind == "removed":
            return f"{self.path} is gone: {_short(self.before)}"
        if self.kind == "reordered":
            return f"{self.path} stand in another order: {', '.join(self.before)} → {', '.join(self.after)}"
        if isinstance(self.before, str) and isinstance(self.after, str):
            before, after = _texts(self.before, self.after)
            return f"{self.path}: “{before}” → “{after}”"
        return f"{self.path}: {_short(self.before)} → {_short(self.after)}"


def difference(old: Protocol, new: Protocol) -> list[Change]:
    """Every change from one protocol to another, in the order of the file; empty if they mean the same."""
    return list(_changes("", old.model_dump(mode="json"), new.model_dump(mode="json")))


def _changes(path: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            name = key if len(key) <= SHOWN else f"“{key[:SHOWN]}…”"  # a text, of a translation
            yield from _one(f"{path}.{name}" if path else name, old, new, key)
    elif isinstance(old, list) and isinstance(new, list):
        names = [_names(part) for part in (old, new)]
        if names[0] is not None and names[1] is not None:
            yield from _named(path, dict(zip(names[0], old, strict=True)), dict(zip(names[1], new, strict=True)))
        else:
            yield from _listed(path, old, new)
    elif old != new:
        yield Change(path, "changed", old, new)


def _one(path: str, old: dict[str, Any], new: dict[str, Any], key: str) -> Iterator[Change]:
    if key not in old:
        yield Change(path, "added", after=new[key])
    elif key not in new:
        yield Change(path, "removed", before=old[key])
    else:
        yield from _changes(path, old[key], new[key])


def _named(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """Lists whose elements have names of their own are matched by them."""
    for name in dict.fromkeys([*old, *new]):
        yield from _one(f"{path}[{name}]", old, new, name)
    before, after = ([name for name in names if name in old and name in new] for names in (old, new))
    if before != after:
        yield Change(path, "reordered", before, after)


def _listed(path: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Other lists are matched by what stays the same; what takes a place of its own kind was changed."""
    keys = [[json.dumps(part, sort_keys=True) for part in parts] for parts in (old, new)]
    for tag, a, b, c, d in difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        paired = min(b - a, d - c) if tag == "replace" else 0
        alike = next((n for n in range(paired) if not _alike(old[a + n], new[c + n])), paired)
        if tag == "equal":
            continue
        for n in range(alike):
            yield from _changes(f"{path}[{c + n}]", old[a + n], new[c + n])
        yield from (Change(f"{path}[{n}]", "removed", before=old[n]) for n in range(a + alike, b))
        yield from (Change(f"{path}[{n}]", "added", after=new[n]) for n in range(c + alike, d))


def _alike(old: Any, new: Any) -> bool:
    """Whether one can have become the other: both values, or both steps of one kind."""
    if isinstance(old, dict) and isinstance(new, dict):
        return bool(old.get("step") == new.get("step"))
    return type(old) is type(new)


def _names(parts: list[Any]) -> list[str] | None:
    """What the elements of a list are called, if all have an id (or a name) and no two the same."""
    for key in ("id", "name", "value"):
        names = [part.get(key) for part in parts if isinstance(part, dict)]
        if len(names) == len(parts) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return [str(name) for name in names]
    return None


def _texts(old: str, new: str) -> tuple[str, str]:
    """Two texts cut down to where they differ, with a little around it."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    end = next((n for n in range(most - start) if old[-1 - n] != new[-1 - n]), most - start)
    return _cut(old, start, end), _cut(new, start, end)


def _cut(text: str, start: int, end: int) -> str:
    first = text.rfind(" ", 0, max(0, start - AROUND)) + 1
    last = text.find(" ", len(text) - end + AROUND)
    last = len(text) if last < 0 else last
    inner = text[first:last]
    if len(inner) > SHOWN + 2 * AROUND:
        inner = f"{inner[: SHOWN // 2 + AROUND]} … {inner[-SHOWN // 2 - AROUND :]}"
    return ("…" if first else "") + inner.replace("\n", " ") + ("…" if last < len(text) else "")


def _short(value: Any) -> str:
    """A value on one line: what an element is called, else the beginning of all of it."""
    if isinstance(value, dict):
        named = next((value[key] for key in ("title", "text", "id", "name", "step") if value.get(key)), None)
        kind = f"{value['step']} " if "step" in value and named != value["step"] else ""
        value = f"{kind}{named}" if named else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def as_sentences(changes: Sequence[Change]) -> list[str]:
    """Each change as one line; what to say when there is none."""
    return [str(change) for change in changes] or ["Nothing differs."]
