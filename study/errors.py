"""Errors a researcher or participant may meet; each message says what, where and what to do.

AtelierError
├── ProtocolInvalid      a protocol file breaks the rules; carries every problem found
├── SettingsInvalid      an environment variable, folder or database cannot be used
├── ModelUnavailable     a chat model cannot be opened (unknown, no package, no key)
├── AnswerRefused        what a browser sent does not fit the protocol
├── NotThisTab           the study goes on in another tab or browser
├── SessionOver          the session has ended; nothing more is recorded
├── StudyClosed          the study takes no (new) participants
├── NotAllowed           a researcher's role does not allow this; says whom to ask
└── NotFound             no such study, session or link
"""

from collections.abc import Sequence
from dataclasses import dataclass


class AtelierError(Exception):
    """Base of every error that Atelier raises on purpose."""

    @property
    def sentence(self) -> str:
        """What it says; a `Sentence` where a participant may meet it."""
        return self.args[0] if self.args else str(self)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where it stands, what is wrong, what to do."""

    file: str
    path: str
    message: str
    suggestion: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """Where in the file: path and line, as far as they are known."""
        line = f"line {self.line}" if self.line is not None else ""
        return f"{self.path} ({line})" if self.path and line else self.path or line

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else self.file
        return f"{where}: {self.message}" + (f" {self.suggestion}" if self.suggestion else "")


class ProtocolInvalid(AtelierError):
    """A protocol (or a file it includes) is refused; `problems` holds every one found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SettingsInvalid(AtelierError):
    """A setting, folder or database cannot be used as given."""


class ModelUnavailable(AtelierError):
    """A chat model cannot be opened."""


class AnswerRefused(AtelierError):
    """An answer does not fit its item; nothing was stored."""


class NotThisTab(AtelierError):
    """Another tab holds the session's lease; nothing was stored."""


class SessionOver(AtelierError):
    """The session has ended; nothing was stored."""


class StudyClosed(AtelierError):
    """The study takes no participants now."""


class NotAllowed(AtelierError):
    """A researcher's role in a study does not allow this; nothing was done."""


class NotFound(AtelierError):
    """No such study, session or link."""
