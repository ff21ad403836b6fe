"""More time than the protocol gives: how much researchers added for a step. Pure but for the one look."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from study.flow import Window
from study.log import Logged, events


def minutes_added(logged: Iterable[Logged], step_id: str) -> float:
    """Minutes added for a step: by extensions at that step, and by those of the whole session before it or at it."""
    given = [entry for entry in logged if entry.kind == "time_extended"]
    return sum(float(entry.event.minutes) for entry in given if entry.event.whole or entry.place.step == step_id)


def extended(window: Window, minutes: float) -> Window:
    """The same window, closing (and warning) so much later; what never closes still does not."""
    more = timedelta(minutes=minutes)
    return replace(
        window,
        closes_at=window.closes_at and window.closes_at + more,
        warns_at=window.warns_at and window.warns_at + more,
    )


def extra_minutes(engine: Engine, session_id: str, step_id: str) -> float:
    """Minutes added for a step so far, from the record."""
    return minutes_added(events(engine, session_id, ("time_extended",)), step_id)
