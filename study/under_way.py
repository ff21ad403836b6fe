"""Whether a session is under way, and what may still come into its record once it is over.

While it runs everything is written. Once it is over:

* What its participant does is refused (`refuse_if_over`), whichever ending it is: nothing is due any more, and an old tab that
  still shows a task is shown the ending instead. The events of the ending itself are written before the status changes.
  Opening the ending in another tab moves the lease, so that the page works there, but is no event.
* After `refused_consent`, `withdrawn` and `rejected` (LEFT) the participant was told that nothing more is recorded. So nothing
  is: no telemetry; a reply that was being made is thrown away when it comes, with its calls; nothing is learned from what was
  said, now or when a server starts again.
* After the other endings what was under way belongs to what they did. A reply that was being made is stored, and what was
  said is learned from, also by the next server after a crash if the session is complete: what the assistant would have held is
  part of the study's data. Telemetry is taken for LATE more, as what a browser noticed up to the end comes after it.
* Researchers' acts on a session end with it, except the rejection of one that is complete; that, and an erasure, never pass
  here. Nothing comes after completion that a participant could be asked: the last step is part of the session.
"""

from datetime import datetime, timedelta

from study.errors import SessionOver
from study.sentence import Sentence
from study.tables import Sitting

LEFT = ("refused_consent", "withdrawn", "rejected")
"""How somebody ended of whom nothing more is recorded."""
LEARNED_FROM = ("running", "complete")
"""Whose replies a server that starts still learns from."""
LATE = timedelta(minutes=1)
"""A page sends every few seconds what it noticed; longer only over a line that was away."""


def is_reserved(sitting: Sitting, at: datetime) -> bool:
    """Whether a running session is kept a place at that time: for a while after its last activity, or as promised.

    Not while it is away after a researcher freed its place.
    """
    if sitting.freed_at is not None and sitting.seen_at <= sitting.freed_at:
        return False
    active_until = sitting.seen_at + timedelta(minutes=sitting.reservation_minutes)
    return at < max(active_until, sitting.reserved_until or active_until)


def refuse_if_over(sitting: Sitting) -> None:
    """Raises SessionOver unless the session runs."""
    if sitting.status != "running":
        raise SessionOver(Sentence("This session is over; nothing more is recorded."))


def refuse_if_left(sitting: Sitting) -> None:
    """Raises SessionOver after an ending of which was said that nothing more is recorded."""
    if sitting.status in LEFT:
        refuse_if_over(sitting)


def may_still_report(sitting: Sitting, at: datetime) -> bool:
    """Whether the session is over, and a browser may still hand in what it noticed."""
    return sitting.status not in LEFT and sitting.ended_at is not None and at <= sitting.ended_at + LATE
