"""A stored protocol as the YAML text that a researcher would have written: what `study.protocol_file` reads back. Pure."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from study.protocol import Protocol

WIDTH, WIDE = 110, 10**6
"""Longest list that is written on one line, in characters; a text of one paragraph is never broken."""
ENDS, ODD_ENDS = re.compile("[\n\r\x85\u2028\u2029]"), re.compile("[\r\x85\u2028\u2029]")
"""What YAML takes for the end of a line, and what does not come back as it was from a text over several lines."""
INCLUDED = {"tasks", "instruments", "translations"}
"""What a file names, and does not hold itself."""


def as_text(protocol: Protocol) -> str:
    """The protocol as a file: tasks by id, texts as they are read, nothing that would hold anyway.

    Comments cannot come back. Reading it gives the same content hash as long as the tasks, instruments and
    translations beside the file are what they were.
    """
    content = protocol.model_dump(mode="json", exclude_defaults=True, exclude=INCLUDED)
    content["tasks"] = [task.id for task in protocol.tasks]
    return "".join(_sections({name: content[name] for name in Protocol.model_fields if name in content}))


def as_value(value: Any) -> str:
    """A value on one line, as it may stand behind its key or within brackets."""
    written = yaml.dump(
        [value], Dumper=_Dumper, default_flow_style=True, width=WIDE, allow_unicode=True, sort_keys=False
    )
    return str(written).strip()[1:-1]


def _sections(content: dict[str, Any]) -> Iterator[str]:
    """Each key of the file with what it holds; longer ones stand apart."""
    apart = False
    for name, value in content.items():
        text = yaml.dump(
            {name: value}, Dumper=_Readable, default_flow_style=False, width=WIDE, allow_unicode=True, sort_keys=False
        )
        is_long = text.count("\n") > 1
        yield ("\n" if apart or is_long else "") + text
        apart = is_long


class _Dumper(yaml.SafeDumper):
    """Writes each value out, however often the same one comes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Readable(_Dumper):
    """Short lists of plain values on one line, texts of several lines as they are."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)  # type: ignore[no-untyped-call]


def _list(dumper: _Readable, data: list[Any]) -> yaml.Node:
    """On one line if nothing in it is nested and it is short."""
    is_plain = not any(isinstance(part, dict | list) or "\n" in str(part) for part in data)
    is_short = is_plain and len(as_value(data)) <= WIDTH
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=is_short)


def _quoted(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    """With escapes where a line would end."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style='"' if ENDS.search(data) else None)


def _block(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    """Line by line, unless a line ends in an unusual way."""
    is_block = "\n" in data and not ODD_ENDS.search(data)
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|") if is_block else _quoted(dumper, data)


_Dumper.add_representer(str, _quoted)
_Readable.add_representer(list, _list)
_Readable.add_representer(str, _block)
