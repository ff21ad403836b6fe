"""How a moment is said: in UTC where nobody's clock is known; a page hands in its reader's."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[datetime], str]


def in_utc(at: datetime) -> str:
    """Date and time, with the zone's name."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
