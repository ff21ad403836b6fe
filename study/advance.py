"""How a long command says how far it is: a bar on a terminal, lines of JSON for a page that started it."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

Advance = Callable[[int, int, str], None]
"""Told (parts done, parts in all, what is being done or was just done, in a few words)."""

WIDTH = 30


@contextmanager
def advancing(file: Path | None = None, terminal: IO[str] | None = None) -> Iterator[Advance]:
    """Gives what a long command calls as it goes on; `file` gets a line of JSON each time, and one about the end.

    Without a file a bar is drawn on the terminal, if it is one. A command with a file can be stopped like one at a
    terminal: SIGTERM does what Ctrl-C does, whatever the process that started it had made of the two.
    """
    if file is None:
        yield from _drawn(terminal or sys.stderr)
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    lines = _Lines(file)
    lines.write(text="")
    try:
        yield lines.advance
    except KeyboardInterrupt:
        lines.write(ended="stopped")
        raise
    except Exception as error:
        lines.write(ended="failed", text=str(error) or type(error).__name__)
        raise
    lines.write(ended="done")


class _Lines:
    """Appends lines of JSON; what would say the same as the line before is left out."""

    def __init__(self, file: Path) -> None:
        self._file, self._said = file, ("", -1)

    def advance(self, done: int, total: int, text: str) -> None:
        said = (text, 100 * done // max(total, 1))
        if said != self._said:
            self._said = said
            self.write(done=done, total=total, text=text)

    def write(self, **line: Any) -> None:
        """One write for one line, so that two writers never mix."""
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _drawn(terminal: IO[str]) -> Iterator[Advance]:
    drawn = False

    def advance(done: int, total: int, text: str) -> None:
        nonlocal drawn
        if terminal.isatty():
            full = WIDTH * done // max(total, 1)
            bar = "█" * full + "·" * (WIDTH - full)
            terminal.write(f"\r\x1b[K{bar} {100 * done // max(total, 1):>3} %  {text[:60]}")
            terminal.flush()
            drawn = True

    try:
        yield advance
    finally:
        if drawn:
            terminal.write("\n")
