"""Times as the reader's own clock shows them."""

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


def hour(at: datetime) -> str:
    """Date and time for reading."""
    return f"{at.astimezone(ZoneInfo(zone())):%d %b, %H:%M:%S}"


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in one word or two."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 60:
        return f"{max(0, seconds):.0f} s ago"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"
