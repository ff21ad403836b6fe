"""The comments of a YAML text: what its author wrote to other people, and no protocol holds. Pure."""

import re
from collections.abc import Callable

import yaml

SIGN, LINE_END = re.compile(r"(?m)(?:^|(?<=\s))#"), re.compile(r"[\r\n]|$")


def in_comments(text: str, change: Callable[[str], str]) -> str:
    """The text with each comment changed. Of one that is no YAML yet, whatever follows a # counts as a comment."""
    values, parts, done = _values(text), [], 0
    for sign in SIGN.finditer(text):
        begin = sign.start()
        if begin < done or any(start <= begin < end for start, end in values):
            continue
        end = LINE_END.search(text, begin).start()  # type: ignore[union-attr]  # a text ends
        parts += [text[done:begin], change(text[begin:end])]
        done = end
    return "".join(parts) + text[done:]


def _values(text: str) -> list[tuple[int, int]]:
    """From where to where a value stands, of a block what follows its first line."""
    try:
        found = [token for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken)]
    except yaml.YAMLError:
        return []
    spans = [(one.start_mark.index, one.end_mark.index, one.style) for one in found]
    return [(text.find("\n", start) if style in ("|", ">") else start, end) for start, end, style in spans]
