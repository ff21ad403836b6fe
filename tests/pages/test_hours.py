"""Times on the researchers' pages: said in one way, in the zone of who reads them."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from pages.researcher import hours
from study.settings import ROOT

AT = datetime(2026, 3, 29, 23, 30, 5, tzinfo=UTC)
IN_FILES = {"audit.py", "links.py"}
"""They write files to be downloaded as well, which say UTC."""


@pytest.mark.parametrize(
    ("zone", "named", "said"),
    [
        ("Europe/Berlin", "Europe/Berlin", "2026-03-30 01:30"),
        ("Asia/Kathmandu", "Asia/Kathmandu", "2026-03-30 05:15"),
        ("America/New_York", "America/New_York", "2026-03-29 19:30"),
        (None, "UTC", "2026-03-29 23:30"),
        ("../../etc/passwd", "UTC", "2026-03-29 23:30"),
        ("Mars/Olympus", "UTC", "2026-03-29 23:30"),
    ],
)
def test_a_time_is_that_of_the_reader(monkeypatch: pytest.MonkeyPatch, zone: str | None, named: str, said: str) -> None:
    monkeypatch.setattr(hours, "st", SimpleNamespace(context=SimpleNamespace(timezone=zone)))
    assert (hours.zone(), hours.hour(AT), hours.second(AT)) == (named, said, f"{said}:05")


def test_no_page_says_a_time_in_another_way() -> None:
    own = {
        file.name: len(found)
        for file in (ROOT / "pages" / "researcher").rglob("*.py")
        if (found := re.findall("%H|strftime|isoformat", file.read_text(encoding="utf-8"))) and file.name != "hours.py"
    }
    assert own == dict.fromkeys(IN_FILES, 1)
