"""No personalisation: the baseline that every arm is compared with."""

from typing import ClassVar

from memory.mechanism import Mechanism


class NoPersonalisation(Mechanism):
    """Remembers nothing and offers nothing; the prompt has the same frame without personal lines."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "Baseline; no paper."
