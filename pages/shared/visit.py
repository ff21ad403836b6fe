"""Who is looking at the page, and in which tab. The only place that touches `st.session_state`.

Everything that matters is in the database; the session state holds which session this tab shows,
its lease, and one notice to be read once.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.participant.doors import COOKIE
from pages.runtime import protocol_in, runtime, tell_moved
from study import enrolment, log, progress
from study.enrolment import LANGUAGE_PARAMETER
from study.errors import AtelierError, NotThisTab, SessionOver
from study.languages import ENGLISH
from study.log import Logged
from study.moment import Moment
from study.position import Position
from study.protocol import Protocol
from study.sentence import for_visitor


@dataclass(frozen=True)
class Visit:
    """A participant in one tab: their session, their protocol and where they are."""

    protocol: Protocol
    position: Position
    lease: str
    token: str
    past: Moment | None = None
    """The moment that is shown instead of now; then the screens are only to look at."""

    @property
    def is_past(self) -> bool:
        """Whether this is a replay: everything is shown, and nothing can be operated."""
        return self.past is not None

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.position.sitting.id

    def events(self, *kinds: str) -> list[Logged]:
        """What the record of this session holds of these kinds, as of the moment that is shown."""
        return self.past.of(*kinds) if self.past else log.events(runtime().engine, self.session_id, kinds)

    @property
    def elsewhere(self) -> bool:
        """Whether another tab has taken the study over."""
        return self.position.sitting.lease != self.lease


def replayed(moment: Moment) -> Visit:
    """A participant's visit as it was; its lease is nobody's, so that the record refuses whatever is done with it."""
    return Visit(moment.protocol, moment.position, moment.sitting.lease, "", moment)


def current() -> Visit | None:
    """The participant this tab belongs to: by the link first, by this browser's cookie second."""
    token = _text(st.query_params.get("p")) or _text(st.context.cookies.get(COOKIE))
    engine = runtime().engine
    known = enrolment.by_token(engine, token)
    if known is None:
        return None
    if st.session_state.get("session_id") != known.id:
        # In this order: a run may be cut short at any access to the session state, and then does all of it again.
        lease = uuid.uuid4().hex
        _take(known.id, lease)
        st.session_state["lease"] = lease
        st.session_state["session_id"] = known.id
    protocol = protocol_in(known.study_id, known.study_version, known.language)
    speak(protocol.language)
    return Visit(protocol, progress.position(engine, protocol, known.id), st.session_state["lease"], token)


def speak(language: str) -> None:
    """From now on this tab's interface is in this language."""
    if language != st.session_state.get("language"):
        keep("language", language)


def language() -> str:
    """The language of this tab's interface: the session's."""
    return str(st.session_state.get("language", ENGLISH))


def wanted_language() -> str:
    """The language for somebody without a session: what the address or the browser asks for."""
    accepts = _text(st.context.headers.get("Accept-Language"))
    return for_visitor(_text(st.query_params.get(LANGUAGE_PARAMETER)), accepts)


def named_in_link() -> bool:
    """Whether the address itself names a participant's session."""
    return bool(_text(st.query_params.get("p")))


def was_here() -> bool:
    """Whether this tab has shown a session; one that the record no longer has was erased."""
    shown = _text(st.session_state.get("session_id"))
    return bool(shown) and not enrolment.is_in_record(runtime().engine, shown)


def continue_here(session_id: str, lease: str) -> None:
    """This tab takes the study over; its fields start afresh from the record.

    The lease is handed in: a run may be cut short at any access to the session state, and the press would be lost.
    """
    attempt(_take, session_id, lease)
    keep("round", uuid.uuid4().hex[:8])


def rounds() -> str:
    """Which time this tab has the study: part of every field's key, so that no stale value returns."""
    return str(st.session_state.get("round", 0))


def _take(session_id: str, lease: str) -> None:
    enrolment.take_lease(runtime().engine, session_id, lease)
    tell_moved(session_id, lease)


def attempt(act: Callable[..., Any], *args: Any) -> None:
    """Do what the participant asked for; what is refused is said at the top of the page.

    A tab that lost its lease, or still shows a study that is over, needs no notice: the page as a whole says where the
    study goes on, or how it ended.
    """
    try:
        act(*args)
    except (NotThisTab, SessionOver):
        pass
    except AtelierError as error:
        st.session_state["notice"] = error.sentence


def notice() -> str | None:
    """The one thing to be said at the top of the page, once."""
    said: str | None = st.session_state.pop("notice", None)
    return said


def value_of(key: str) -> Any:
    """What a widget or component with this key holds now."""
    return st.session_state.get(key)


def keep(key: str, value: Any) -> None:
    """Remember something for this tab only, also where the run is cut short at this very access."""
    try:
        st.session_state[key] = value
    except BaseException:
        st.session_state[key] = value
        raise


def cookies() -> dict[str, str]:
    """This browser's cookies that are text (a test's stand-ins are not)."""
    names = ("atelier_researcher", COOKIE)
    found = {name: _text(st.context.cookies.get(name)) for name in names}
    return {name: value for name, value in found.items() if value}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
