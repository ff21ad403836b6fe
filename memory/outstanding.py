"""What the events of a task say is still to be done in it: replies, learning, plans. Pure."""

from collections.abc import Sequence

from memory.state import Exchange, exchanges
from study.events import BeliefChanged, EventBase, PageWritten
from study.log import Logged

GIVEN = ("answered", "stopped")


def is_given(events: Sequence[Logged], message_id: str) -> bool:
    """Whether this message has its reply."""
    return any(e.kind == "reply_given" and e.event.message_id == message_id for e in events)


def is_learned(events: Sequence[Logged], turn: Exchange) -> bool:
    """Whether the mechanisms have learned from this turn."""
    return any(e.kind == "turn_learned" and e.event.turn_id == turn.turn_id for e in events)


def edit_to_replan(events: Sequence[Logged]) -> str | None:
    """The id of the newest edit that no plan has taken up yet; None when there is none."""
    taken_up = max((e.event.up_to for e in events if e.kind in ("turn_learned", "replanned")), default=0)
    return next((e.id for e in reversed(events) if e.kind == "control_changed" and e.seq > taken_up), None)


def without_settled(learned: Sequence[EventBase], since: Sequence[Logged]) -> list[EventBase]:
    """What was learned, less what concerns beliefs or a page that the person changed while it was being learned."""
    acts = [e.event.belief for e in since if e.kind == "belief_changed" and e.event.by == "person"]
    settled = {i for belief in acts for i in (belief.id, belief.supersedes) if i}
    pages = {e.event.mechanism for e in since if e.kind == "page_written" and e.event.by == "person"}
    return [
        event
        for event in learned
        if not (isinstance(event, BeliefChanged) and settled & {event.belief.id, event.belief.supersedes})
        and not (isinstance(event, PageWritten) and event.mechanism in pages)
    ]


def unfinished(events: Sequence[Logged]) -> bool:
    """Whether a worker has anything to do: a reply, something to learn, a plan to make anew."""
    return edit_to_replan(events) is not None or any(
        turn.status in ("waiting", "running") or (turn.status in GIVEN and not is_learned(events, turn))
        for turn in exchanges(events)
    )
