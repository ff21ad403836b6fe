"""What participants read, marked beside each field: `Text` is a string that a translation replaces."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args


@dataclass(frozen=True)
class ForParticipants:
    """The mark; whatever strings a field so marked holds (in lists, as values of a mapping) are texts."""


Text = Annotated[str, ForParticipants()]


def is_marked(part: Any) -> bool:
    """Whether an annotation, or what is in it, carries the mark."""
    return isinstance(part, ForParticipants) or any(is_marked(inner) for inner in get_args(part))
