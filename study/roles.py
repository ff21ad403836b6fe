"""Roles in a study, and what each may do. Pure; who has which role in a study stands in `study/members.py`."""

from typing import Literal, get_args

Role = Literal["owner", "editor", "viewer"]
Deed = Literal[
    "see",  # that the study exists, its numbers, how far each participant is
    "see_data",  # what single participants wrote, answered and were shown
    "see_condition",  # under which condition; without it, conditions have neutral codes (study/blinding.py)
    "audit",  # what was done to the study, and by whom
    "export",  # data leave the record
    "report",  # have a report made
    "simulate",  # simulated participants and previews
    "recruit",  # open, pause and close; links for participants
    "act_on_sessions",  # on single participants: reject, and the like
    "code",  # qualitative codes and memos on what participants wrote; new codes
    "change_codes",  # rename codes, retire them and offer them again
    "edit_protocol",  # protocol, model, settings of the study
    "unseal",  # look at outcomes before the end
    "identify",  # which pseudonym belongs to which id
    "erase",  # remove what a participant left for good
    "manage_people",  # members and their roles
    "delete",  # the whole study
]
ROLES: tuple[Role, ...] = get_args(Role)
DEEDS: tuple[Deed, ...] = get_args(Deed)

_VIEWER: frozenset[Deed] = frozenset({"see", "see_data", "see_condition", "audit", "export", "code"})
_EDITOR: frozenset[Deed] = _VIEWER | {
    "report",
    "simulate",
    "recruit",
    "act_on_sessions",
    "change_codes",
    "edit_protocol",
}
_HIDDEN_FROM_BLIND: frozenset[Deed] = frozenset({"see_condition", "audit", "export"})
"""Conditions stand in every table of an export and in what was done to a study (versions, reasons)."""
_MAY: dict[Role, frozenset[Deed]] = {"owner": frozenset(DEEDS), "editor": _EDITOR, "viewer": _VIEWER}

SAID: dict[Deed, str] = {
    "see": "see this study",
    "see_data": "see what participants wrote",
    "see_condition": "see conditions",
    "audit": "see what was done to this study",
    "export": "export data",
    "report": "have a report made",
    "simulate": "simulate or preview participants",
    "recruit": "open, pause or close this study or make links to it",
    "act_on_sessions": "act on participants",
    "code": "code what participants wrote",
    "change_codes": "rename or retire codes",
    "edit_protocol": "change the protocol or the model",
    "unseal": "unseal results before the end",
    "identify": "take out or see who participants are",
    "erase": "erase participants",
    "manage_people": "change who works on this study",
    "delete": "delete this study",
}
"""How a refusal calls each deed."""


def may(role: Role, deed: Deed, blind: bool = False) -> bool:
    """Whether somebody with this role may do this. Only a viewer can be blinded to conditions."""
    return deed in _MAY[role] and not (blind and role == "viewer" and deed in _HIDDEN_FROM_BLIND)


def roles_that_may(deed: Deed) -> tuple[Role, ...]:
    """Who may, the strongest role first."""
    return tuple(role for role in ROLES if may(role, deed))
