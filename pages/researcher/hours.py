"""Times as the reader's own clock shows them: said in one way on every page, which names the zone once at its end."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def zone() -> str:
    """The browser's time zone, such as “Europe/Berlin”; UTC where it says none that is known here."""
    name = st.context.timezone
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def here(at: datetime) -> datetime:
    """The same moment by the reader's clock."""
    return at.astimezone(ZoneInfo(zone()))


def hour(at: datetime) -> str:
    """Date and time for reading; sorted as texts, they are in order."""
    return f"{here(at):%Y-%m-%d %H:%M}"


def second(at: datetime) -> str:
    """The same to the second, where one follows what happened."""
    return f"{here(at):%Y-%m-%d %H:%M:%S}"


def name_zone() -> None:
    """Whose clock it is, at the end of a page."""
    st.caption(
        f"Times are those of {zone()}.", width="content", help="As your browser says. Files that you download say UTC."
    )


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in one word or two."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 60:
        return f"{max(0, seconds):.0f} s ago"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"
