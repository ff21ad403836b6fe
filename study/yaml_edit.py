"""Changing one value in a YAML text and nothing else: comments, order and every other line stay as they were. Pure.

The text is cut at the place of the value and joined again. Whatever comes of it is read again and compared with what
was meant, so that a text in which one place stands for several (anchors) or that is written in some unusual way is
refused, never spoilt.
"""

import copy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from study.errors import AtelierError, Problem
from study.protocol_text import as_value
from study.yaml_file import Document, parse_yaml

Place = Sequence[int | str]
"""Keys and positions, from the root: ("conditions", 0, "id")."""
ABSENT: Any = object()
ANCHOR = re.compile(r"&\S+\s+")


class EditRefused(AtelierError):
    """A change that cannot be made for certain; the text is to be changed by hand."""


@dataclass(frozen=True)
class Fresh:
    """Something new in a list."""

    value: Any


def value_at(content: Any, place: Place) -> Any:
    """What stands at a place of what was read; ABSENT if nothing does."""
    for part in place:
        is_item = isinstance(part, int) and isinstance(content, list) and part < len(content)
        if not is_item and not (isinstance(part, str) and isinstance(content, dict) and part in content):
            return ABSENT
        content = content[part]
    return content


def put(text: str, place: Place, value: Any, order: Sequence[str] = ()) -> str:
    """The text with this value at this place, which is made where it lacks; `order` says after which keys.

    Raises EditRefused.
    """
    read, known = _read(text), 0
    while known < len(place) and value_at(read.content, place[: known + 1]) is not ABSENT:
        known += 1
    inner = value
    for part in reversed(place[known + 1 :]):
        inner = {part: inner}
    if known == len(place):
        made = _replaced(text, _find(read, place), value)
    elif value_at(read.content, place[:known]) is None:
        made = _replaced(text, _find(read, place[:known]), {place[known]: inner})
    else:
        made = _added(text, _find(read, place[:known]).node, place[known], inner, order)
    return _as_meant(made, _with(read.content, place, value), place)


def drop(text: str, place: Place) -> str:
    """The text without the key at this place. Raises EditRefused."""
    read = _read(text)
    if value_at(read.content, place) is ABSENT:
        return text
    parent = _find(read, place[:-1]).node
    pairs = _pairs(parent)
    at = next((n for n, (key, _value) in enumerate(pairs) if key.value == place[-1]), None)
    if at is None:
        raise _refusal(place)
    if len(pairs) == 1:
        made = _replaced(text, _find(read, place[:-1]), {})
    elif parent.flow_style:
        cut = (_end(text, pairs[at - 1][1]), _end(text, pairs[at][1])) if at else (_at(pairs[0][0]), _at(pairs[1][0]))
        made = text[: cut[0]] + text[cut[1] :]
    else:
        made = text[: _line_start(text, _at(pairs[at][0]))] + text[_next_line(text, _end(text, pairs[at][1])) :]
    return _as_meant(made, _with(read.content, place, ABSENT), place)


def arrange(text: str, place: Place, items: Sequence[int | Fresh]) -> str:
    """The text with a list of some of its present items, by their positions, and of new ones. Raises EditRefused."""
    read = _read(text)
    content = value_at(read.content, place)
    kept = content if isinstance(content, list) else []
    meant = [item.value if isinstance(item, Fresh) else kept[item] for item in items]
    if not isinstance(content, list) or not meant or not kept:
        return put(text, place, meant)
    node = _find(read, place).node
    parts = _flow_parts(text, node) if node.flow_style else _block_parts(text, node)
    if parts is None:
        raise _refusal(place)
    chosen = [_fresh(node, item.value) if isinstance(item, Fresh) else parts[item] for item in items]
    if node.flow_style:
        made = text[: _at(node)] + f"[{', '.join(chosen)}]" + text[node.end_mark.index :]
    else:
        start, end = _line_start(text, _at(node)), _next_line(text, _end(text, node))
        made = text[:start] + "".join(part if part.endswith("\n") else f"{part}\n" for part in chosen) + text[end:]
    return _as_meant(made, _with(read.content, place, meant), place)


@dataclass(frozen=True)
class _Found:
    """A value in the text, and the key before it, if it has one."""

    node: Any
    key: Any = None


def _read(text: str) -> Document:
    problems: list[Problem] = []
    read = parse_yaml(text.encode("utf-8", "surrogatepass"), "", problems)
    if read is None:
        raise EditRefused(f"The text cannot be read now ({problems[0].message}) Mend it first; nothing was changed.")
    return read


def _find(read: Document, place: Place) -> _Found:
    """The node at a place that is there; refused where the text holds it elsewhere, under a name."""
    found = _Found(read.root)
    for part in place:
        node = found.node
        if isinstance(part, int):
            inner = _Found(node.value[part])
        else:
            inner = next((_Found(value, key) for key, value in _pairs(node) if key.value == part), _Found(None))
        if inner.node is None or not node.start_mark.index <= _at(inner.node) <= node.end_mark.index:
            raise _refusal(place)
        found = inner
    return found


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    """Keys and values that are written in a mapping itself, not merged into it."""
    if not isinstance(node, yaml.MappingNode):
        return []
    start, end = node.start_mark.index, node.end_mark.index
    return sorted(((k, v) for k, v in node.value if start <= _at(k) < end), key=lambda pair: _at(pair[0]))


def _replaced(text: str, found: _Found, value: Any) -> str:
    node, written = found.node, as_value(value)
    if _is_inline(node):
        start = _at(node)
        if anchor := ANCHOR.match(text, start):
            start = anchor.end()
        space = "" if start < node.end_mark.index or text[start - 1 : start].isspace() else " "
        return text[:start] + space + written + text[node.end_mark.index :]
    if found.key is None:
        raise EditRefused("The whole text is to be written by hand.")
    start = text.index(":", found.key.end_mark.index) + 1
    return f"{text[:start]} {written}{text[_end(text, node) :]}"


def _added(text: str, node: Any, key: Any, value: Any, order: Sequence[str]) -> str:
    """A further key of a mapping: behind the last of those that come before it by `order`, else at the end."""
    if not isinstance(node, yaml.MappingNode) or not isinstance(key, str):
        raise _refusal((key,))
    pairs, written = _pairs(node), as_value({key: value})[1:-1]
    if node.flow_style:
        end = node.end_mark.index - 1
        return text[:end].rstrip() + (", " if pairs else "") + written + text[end:]
    if not pairs:
        raise _refusal((key,))
    before = [pair for pair in pairs if pair[0].value in order[: order.index(key)]] if key in order else []
    end = _next_line(text, _end(text, (before or pairs)[-1][1]))
    lead = "" if text[:end].endswith("\n") else "\n"
    return f"{text[:end]}{lead}{' ' * pairs[0][0].start_mark.column}{written}\n{text[end:]}"


def _flow_parts(text: str, node: Any) -> list[str] | None:
    inside = [node.start_mark.index < _at(item) < node.end_mark.index for item in node.value]
    return [text[_at(item) : _end(text, item)] for item in node.value] if all(inside) else None


def _block_parts(text: str, node: Any) -> list[str] | None:
    """The lines of each item, with the comments above it; None where they cannot be told apart."""
    start, parts = _line_start(text, _at(node)), []
    for item in node.value:
        if not start <= _at(item) <= node.end_mark.index:
            return None
        end = _next_line(text, _end(text, item))
        parts.append(text[start:end])
        start = end
    return parts


def _fresh(node: Any, value: Any) -> str:
    return as_value(value) if node.flow_style else f"{' ' * node.start_mark.column}- {as_value(value)}\n"


def _with(content: Any, place: Place, value: Any) -> Any:
    """What was read, with another value at a place; without the key for ABSENT."""
    made = copy.deepcopy(content)
    inner = made
    for n, part in enumerate(place[:-1]):
        if value_at(made, place[: n + 1]) in (ABSENT, None):
            inner[part] = {}
        inner = inner[part]
    if value is ABSENT:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return made


def _as_meant(made: str, meant: Any, place: Place) -> str:
    read = parse_yaml(made.encode("utf-8", "surrogatepass"), "", [])
    if read is None or _said(read.content) != _said(meant):
        raise _refusal(place)
    return made


def _said(content: Any) -> str:
    """Two contents say the same exactly if this is the same: 1 is neither 1.0 nor true."""
    return json.dumps(content, sort_keys=True, default=repr)


def _refusal(place: Place) -> EditRefused:
    named = ".".join(str(part) for part in place)
    return EditRefused(f"{named} is written in a way that only the text itself can change. Change it there.")


def _is_inline(node: Any) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style not in ("|", ">")
    return bool(node.flow_style)


def _at(node: Any) -> int:
    return int(node.start_mark.index)


def _end(text: str, node: Any) -> int:
    """Where the last character of a node stands, plus one; what follows a block (blank lines, comments) is not in it."""
    if _is_inline(node):
        return int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode):
        return len(text[: node.end_mark.index].rstrip())
    inner = [value for _key, value in _pairs(node)] if isinstance(node, yaml.MappingNode) else node.value
    start, end = node.start_mark.index, node.end_mark.index
    return max((_end(text, one) for one in inner if start <= _at(one) <= end), default=end)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
