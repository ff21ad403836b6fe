"""What changed from one text to another, word by word. Pure."""

import difflib
import re
from typing import Literal

Part = tuple[Literal["same", "old", "new"], str]
"""A stretch of words that both texts have, only the old one, or only the new one."""


def marked(before: str, after: str) -> list[Part]:
    """The new text with what was taken out and put in; joined without the old parts it is the new text again."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    parts: list[Part] = []
    for what, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(new[k:m])))
            continue
        if i < j:
            parts.append(("old", "".join(old[i:j])))
        if k < m:
            parts.append(("new", "".join(new[k:m])))
    return parts
