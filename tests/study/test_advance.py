"""How far a long command is: a bar where there is a terminal, lines that a page can read where it was asked for."""

import io
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from study.advance import advancing


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handle in before.items():
        signal.signal(number, handle)


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_terminal_gets_a_bar_and_anything_else_nothing() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        with advancing(terminal=out) as advance:
            for done in (1, 2):
                advance(done, 2, "parts")
    assert " 50 %  parts" in terminal.getvalue() and terminal.getvalue().endswith("100 %  parts\n")
    assert pipe.getvalue() == ""
    nothing = Terminal()
    with advancing(terminal=nothing):
        pass
    assert nothing.getvalue() == ""


def test_a_file_gets_a_line_for_each_part_and_one_about_the_end(tmp_path: Path) -> None:
    with advancing(tmp_path / "p") as advance:
        for done in range(1001):
            advance(done, 1000, "zählen")
        advance(0, 0, "of nothing")
    found = lines(tmp_path / "p")
    assert found[0] == {"text": ""} and found[-1] == {"ended": "done"}
    assert len(found) == 1 + 101 + 1 + 1, "one line for each per cent, not for each part"
    assert found[-3] == {"done": 1000, "total": 1000, "text": "zählen"}


def test_the_file_says_how_it_ended(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such thing"), advancing(tmp_path / "f"):
        raise ValueError("no such thing")
    assert lines(tmp_path / "f")[-1] == {"ended": "failed", "text": "no such thing"}
    for number in (signal.SIGTERM, signal.SIGINT):
        with pytest.raises(KeyboardInterrupt), advancing(tmp_path / "s"):
            signal.raise_signal(number)
        assert lines(tmp_path / "s")[-1] == {"ended": "stopped"}
