"""Reading YAML safely: bounded in size, depth and aliases, every key once, and every value with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from study.errors import Problem
from study.log import UNSTORABLE

MAX_BYTES, MAX_VALUES, MAX_DEPTH = 500_000, 200_000, 40
TAG = "tag:yaml.org,2002:"
PLAIN_TAGS = {None, *(TAG + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))}
ODD_NUMBER = re.compile(r"[-+]?0[0-7_]+|.*:.*")
"""YAML reads 010 as eight and 12:30 as seven hundred and fifty."""


@dataclass(frozen=True)
class Spot:
    """A place in a file: its path, its line, and the unquoted word that stands there, if it is one."""

    path: str
    line: int | None = None
    written: str | None = None


@dataclass(frozen=True)
class Document:
    """What a file says, and where it says it. Without a root (nothing was read from disk) there are no lines."""

    file: str
    content: Any
    root: yaml.Node | None = None

    def spot(self, location: Sequence[int | str], absent: int | str | None = None) -> Spot:
        """The place that a location means; parts that are no keys (tags of unions) are passed over.

        `absent` is a key that should stand there and does not.
        """
        value, node, path = self.content, self.root, ""
        line = _line(self.root) if absent is not None else None
        for part in location:
            if not _holds(value, part):
                continue
            value = value[part]
            key, node = _child(node, part)
            path, line = _joined(path, part), _line(key or node)
        written = node.value if isinstance(node, yaml.ScalarNode) and node.style is None else None
        return Spot(path if absent is None else _joined(path, absent), line, written)


def read_yaml(path: Path, file: str, problems: list[Problem]) -> Document | None:
    """The document in a file; None after adding what is wrong with it to `problems`."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problems.append(Problem(file, "", "there is no such file.", f"Put it into {path.parent.name}/."))
        return None
    except OSError as error:
        problems.append(Problem(file, "", f"cannot be read ({error.strerror}).", "Name a file that you may read."))
        return None
    return parse_yaml(data, file, problems)


def parse_yaml(data: bytes, file: str, problems: list[Problem]) -> Document | None:
    """The document in these bytes; None after adding what is wrong with it to `problems`."""
    if len(data) > MAX_BYTES:
        problems.append(Problem(file, "", f"is larger than {MAX_BYTES} bytes.", "Split or shorten it."))
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.append(Problem(file, f"line {line}", "cannot be read: it is not UTF-8.", "Save it as UTF-8 text."))
        return None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        content = loader.construct_document(root) if root and not loader.found else None
    except yaml.YAMLError as error:
        problems.append(_not_yaml(file, text, error))
        return None
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF"
        problems.append(Problem(file, f"line {loader.line + 1}", f"is not valid YAML: {error}.", "Check its escapes."))
        return None
    if loader.found:
        problems += [Problem(file, _at(mark), message, hint) for mark, message, hint in loader.found]
        return None
    if not isinstance(content, dict):
        problems.append(Problem(file, "", "must be a mapping of keys to values.", "Start from a shipped protocol."))
        return None
    return Document(file, content, root)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader that measures while it reads, so that no alias is ever followed in vain."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.found: list[tuple[Any, str, str]] = []
        self._open: list[str | None] = []
        self._measured: dict[yaml.Node, tuple[int, int]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._open:
                raise _refusal(f"*{event.anchor} stands inside what it is the name of", event)
            return super().compose_node(parent, index)
        if len(self._open) >= MAX_DEPTH:
            raise _refusal(f"is nested more than {MAX_DEPTH} levels deep", event)
        if event.tag not in PLAIN_TAGS:
            raise _refusal(f"the tag {event.tag.replace(TAG, '!!')} is not allowed", event)
        self._open.append(event.anchor)
        node = super().compose_node(parent, index)
        self._open.pop()
        self._measure(node, event)
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[str, Any] = {}
        for key, _value in node.value:
            if key.tag == TAG + "merge":
                continue
            if not isinstance(key, yaml.ScalarNode) or key.tag != TAG + "str":
                said = f"'{key.value}' is read as {_kind(key)}" if isinstance(key, yaml.ScalarNode) else "this is none"
                self.found.append((key.start_mark, f"a key must be a text; {said}.", "Put it into quotes."))
            elif key.value in first:
                message = f"the key '{key.value}' stands twice in one mapping, first at {_at(first[key.value])}."
                self.found.append((key.start_mark, message, "Keep one of the two."))
            else:
                first[key.value] = key.start_mark
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if UNSTORABLE.search(node.value):
            self.found.append((node.start_mark, "holds a character that cannot be stored.", "Remove it."))
        if node.tag in (TAG + "int", TAG + "float", TAG + "timestamp"):
            self._check_number(node)
        return node

    def _check_number(self, node: yaml.ScalarNode) -> None:
        try:
            value = self.construct_object(node)
        except (ValueError, OverflowError):
            message = f"'{node.value:.40}' is {_kind(node)} that there cannot be."
            self.found.append((node.start_mark, message, "Put texts into quotes."))
            return
        if _kind(node) == "a number" and ODD_NUMBER.fullmatch(node.value):
            message = f"{node.value} is read as the number {value}."
            self.found.append((node.start_mark, message, f"Write {value}, or '{node.value}' in quotes for the text."))

    def _measure(self, node: Any, event: Any) -> None:
        """Values and depth of a node with its aliases followed: both from what it holds, which is known by now."""
        held = node.value if isinstance(node, yaml.SequenceNode) else []
        held = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else held
        values = 1 + sum(self._measured[part][0] for part in held)
        depth = 1 + max((self._measured[part][1] for part in held), default=0)
        if values > MAX_VALUES:
            raise _refusal(f"holds more than {MAX_VALUES} values when its aliases are followed", event)
        if depth > MAX_DEPTH:
            raise _refusal(f"is nested more than {MAX_DEPTH} levels deep when its aliases are followed", event)
        self._measured[node] = (values, depth)


def _refusal(reason: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)


def _not_yaml(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    reason = ", ".join(words for words in (getattr(error, "context", None), getattr(error, "problem", None)) if words)
    if began and mark and began.line < mark.line:
        reason += f" (it began at {_at(began)})"
    if isinstance(error, yaml.reader.ReaderError):
        place, reason = f"line {text[: error.position].count(chr(10)) + 1}", "a character that no text may hold"
    else:
        place = _at(mark) if mark else ""
    hint = "Indent with spaces, not with tabs." if "'\\t'" in str(reason) else "Check indentation and quotes there."
    for word, better in (("nested", "Make it flatter."), ("alias", "Use fewer aliases (&name, *name)."),
                         ("stands inside", "Write it out."), ("tag", "Leave out words that begin with '!'.")):  # fmt: skip
        hint = better if word in str(reason) else hint
    return Problem(file, place, f"is not valid YAML: {reason or 'it cannot be read'}.", hint)


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _kind(node: yaml.ScalarNode) -> str:
    names = {"bool": "true or false", "null": "nothing", "timestamp": "a date"}
    return names.get(node.tag.removeprefix(TAG), "a number")


def _holds(value: Any, part: int | str) -> bool:
    if isinstance(part, int):
        return isinstance(value, list | tuple) and part < len(value)
    return isinstance(value, dict) and part in value


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """Key and value below a node; the last one counts, as merged keys stand before a mapping's own."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return None, node.value[part]
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(((key, value) for key, value in reversed(pairs) if key.value == part), (None, None))


def _line(node: yaml.Node | None) -> int | None:
    return node.start_mark.line + 1 if node else None


def _joined(path: str, part: int | str) -> str:
    return f"{path}[{part}]" if isinstance(part, int) else f"{path}.{part}" if path else part
