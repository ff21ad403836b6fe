"""Recruitment: how a platform names a participant in the link, and what it is told at the end.

Works with any platform that adds parameters to a link and waits for its participants at an address:
Prolific (PROLIFIC_PID, STUDY_ID, SESSION_ID; `https://app.prolific.com/submissions/complete?cc=CODE`)
and panels with a parameter and a redirect of their own.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from study.database import reading
from study.events import EventBase, SessionEnded, SessionStarted
from study.log import UNSTORABLE, Logged, events_in
from study.protocol import EarlyEnding, Protocol
from study.tables import Sitting

logger = logging.getLogger(__name__)

MAX_PARAM_LENGTH, MAX_LEVEL_LENGTH = 300, 60
UNFILLED = re.compile(r"\{\{.*\}\}|\$\{.*\}|[\[{<]?%+\w+%+[\]}>]?|[\[{<][A-Za-z_]+[\]}>]")
"""A placeholder that the platform should have replaced, e.g. {{%PROLIFIC_PID%}}: the same for everybody."""
BLANK = re.compile(r"\{([\w.-]+)\}")
ENDS = {"session_ended", "session_rejected"}


@dataclass(frozen=True)
class Farewell:
    """What somebody may be told at the end, once it is in the record."""

    ending: str
    code: str = ""
    redirect_url: str | None = None


def platform_id(url_params: Mapping[str, str], id_parameters: Sequence[str]) -> str | None:
    """The participant's id on the recruitment platform, if the link carries one; the strongest parameter counts."""
    return next((value for key in id_parameters if (value := _given(url_params, key))), None)


def levels_of(url_params: Mapping[str, str], strata: Sequence[str]) -> dict[str, str]:
    """The level of each stratum; empty, which is a level too, where the link does not say."""
    return {name: _given(url_params, name)[:MAX_LEVEL_LENGTH] for name in strata}


def farewell(engine: Engine, protocol: Protocol, session_id: str) -> Farewell | None:
    """The ending of a sitting with its code and way back, read back from the record.

    None as long as the record cannot be read or does not hold both the event of the end and the status
    of the session: then nothing may be promised, and it should be asked again.
    """
    try:
        with reading(engine) as db:
            row = db.get(Sitting, session_id)
            logged = events_in(db, session_id, ("session_started", *ENDS))
    except SQLAlchemyError as error:
        logger.warning("The end of session %s could not be read back: %s", session_id, error)
        return None
    return None if row is None else farewell_of(protocol, row, logged)


def farewell_of(protocol: Protocol, row: Sitting, logged: Sequence[Logged]) -> Farewell | None:
    """The same from a session and its events; None if they do not agree that it is over. Pure."""
    if row.status not in {_ending(entry.event) for entry in logged if entry.kind in ENDS}:
        return None
    ending = protocol.completion if row.status == "complete" else _early(protocol, row.status)
    if ending is None:
        return Farewell(row.status)
    started = next((entry.event for entry in logged if isinstance(entry.event, SessionStarted)), None)
    url_params = started.url_params if started else {}
    values = {key: _given(url_params, key) for key in url_params} | {
        "participant": row.participant,
        "code": ending.code,
    }
    return Farewell(row.status, ending.code, ending.redirect_url and fill_in(ending.redirect_url, values))


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """An address with its {blanks} filled in, percent-encoded; a blank that nobody filled stays empty."""
    return BLANK.sub(lambda blank: quote(values.get(blank[1], ""), safe=""), template)


def _ending(event: EventBase) -> str:
    return event.ending if isinstance(event, SessionEnded) else "rejected"


def _early(protocol: Protocol, status: str) -> EarlyEnding | None:
    return next((ending for name, ending in protocol.endings.items() if name == status), None)


def _given(url_params: Mapping[str, str], key: str) -> str:
    """A parameter of the link as far as it says something: cleaned, cut, and no unfilled placeholder."""
    value = UNSTORABLE.sub("", url_params.get(key, "")).strip()[:MAX_PARAM_LENGTH]
    return "" if UNFILLED.fullmatch(value) else value
