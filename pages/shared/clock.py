"""Time that runs on a page: how much is left, or from when it goes on. It ticks in the browser alone."""

from pathlib import Path

import streamlit as st

from pages.shared import visit
from pages.shared.words import say, say_all

WORDS = {
    "minutes": "{count} minutes left",
    "seconds": "{count} seconds left",
    "second": "one second left",
    "opens": "You can go on from {time}.",
}
_clock = st.components.v2.component(
    "atelier.clock",
    html='<p class="clock" role="timer"></p>',
    css=".clock { margin: 0; opacity: .8; font-size: .9rem; }",
    js=(Path(__file__).parent / "components" / "clock.js").read_text(encoding="utf-8"),
)


def left(key: str, seconds: float, over: str | None = None, wake_after: float | None = 0) -> None:
    """A countdown; the page is drawn again `wake_after` seconds past its end (None: it is not)."""
    wake = None if wake_after is None else (seconds + wake_after) * 1000
    _draw(
        key,
        {
            "mode": "left",
            "ms": seconds * 1000,
            "over": say("Your time is over.") if over is None else over,
            "wake": wake,
        },
    )


def opens(key: str, seconds: float) -> None:
    """From when the study goes on, by the participant's own clock; the page is drawn again then."""
    _draw(key, {"mode": "opens", "ms": seconds * 1000, "over": "", "wake": seconds * 1000})


def _draw(key: str, data: dict[str, object]) -> None:
    data |= {"words": say_all(WORDS), "language": visit.language()}
    _clock(key=f"clock-{key}", data=data, on_over_change=lambda: None)
