"""One computer, several people: when a browser that has been in a study may begin another session in it.

The open link leads a browser back to its session by a cookie, which is also all that keeps somebody without an id from taking part
twice in passing. (Another browser always begins anew: whoever means to cheat can. Only ids and personal links hold them off.)

* The link for shared computers (`?new=1`) takes no notice of the cookie: each opening is somebody new. Researchers give it out,
  so they have decided. It does nothing where a panel names its participants, in the protocol or in the session that the
  cookie stands for, and it never outweighs an id in the link: one id is one session.
* The ending offers the same only where nobody gains from a second time: not in a panel, not after a personal link, not where
  something is paid or a platform waits; after one has taken part or did not want to, never after being
  turned away, which would be an invitation to answer differently; and while the study is open to everybody with the link.
  That the link was used is in the record (`url_params` of `session_started`), so that such sessions can be told apart.
"""

from collections.abc import Mapping

from sqlalchemy import Engine
from sqlmodel import select

from study.database import reading
from study.personal_links import door_in
from study.protocol import Protocol
from study.tables import PersonalLink, Sitting, Study

NEW_PARAMETER = "new"
"""The parameter of the link that asks for somebody new; its value is 1."""
OFFERED_AFTER = ("complete", "refused_consent", "withdrawn")


def begins_anew(protocol: Protocol, known: Sitting, url_params: Mapping[str, str]) -> bool:
    """Whether the link asks for a new session although this browser has one, and may."""
    return url_params.get(NEW_PARAMETER) == "1" and not _is_named(protocol, known)


def may_be_followed(engine: Engine, protocol: Protocol, row: Sitting) -> bool:
    """Whether the ending of a session may offer that somebody else takes part in this browser."""
    if row.status not in OFFERED_AFTER or row.preview or _is_named(protocol, row):
        return False
    if protocol.payment or protocol.completion.redirect_url:
        return False
    with reading(engine) as db:
        study = db.get(Study, row.study_id)
        invited = db.exec(select(PersonalLink.token_hash).where(PersonalLink.session_id == row.id)).first()
        return study is not None and study.status == "open" and door_in(db, study.id) == "open" and invited is None


def _is_named(protocol: Protocol, row: Sitting) -> bool:
    """Whether a panel says who takes part: then one person is one session."""
    return protocol.recruitment.id_parameter is not None or row.platform_id is not None
