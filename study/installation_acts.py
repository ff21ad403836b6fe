"""What researchers do that concerns no study: one frozen class per kind, joined in a tagged union, as in `study/acts.py`."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from study.acts import ActBase


class SignedIn(ActBase):
    """A researcher signed in, with a password, by single sign-on, or as they set a password through a one-time link."""

    kind: Literal["signed_in"] = "signed_in"
    how: str
    address: str = ""


class SignInFailed(ActBase):
    """Somebody did not get in. `name` is empty where no researcher is called so: it might be a mistyped password."""

    kind: Literal["sign_in_failed"] = "sign_in_failed"
    name: str = ""
    address: str = ""
    why: str


class SignedOutEverywhere(ActBase):
    """Every sign-in of a researcher was ended."""

    kind: Literal["signed_out_everywhere"] = "signed_out_everywhere"
    name: str


class PasswordSet(ActBase):
    """A researcher's password was set through a one-time link, or changed."""

    kind: Literal["password_set"] = "password_set"
    name: str
    how: str


class ResearcherInvited(ActBase):
    """A researcher was taken in; they set their password through a one-time link, or come by single sign-on."""

    kind: Literal["researcher_invited"] = "researcher_invited"
    name: str
    email: str = ""
    administrator: bool = False


class LinkRenewed(ActBase):
    """A researcher got another one-time link to set a password."""

    kind: Literal["link_renewed"] = "link_renewed"
    name: str


class StandingChanged(ActBase):
    """Somebody became an administrator or is none any more, or has another address for single sign-on."""

    kind: Literal["standing_changed"] = "standing_changed"
    name: str
    old_administrator: bool
    new_administrator: bool
    old_email: str = ""
    new_email: str = ""


class ResearcherRemoved(ActBase):
    """A researcher left the installation, and with it every study."""

    kind: Literal["researcher_removed"] = "researcher_removed"
    name: str


class StudyDeleted(ActBase):
    """A whole study was deleted, with so many sessions; what had been done to it went with it."""

    kind: Literal["study_deleted"] = "study_deleted"
    study: str
    sessions: int


InstallationAct = Annotated[
    SignedIn
    | SignInFailed
    | SignedOutEverywhere
    | PasswordSet
    | ResearcherInvited
    | LinkRenewed
    | StandingChanged
    | ResearcherRemoved
    | StudyDeleted,
    Field(discriminator="kind"),
]

INSTALLATION_ACT: TypeAdapter[Any] = TypeAdapter(InstallationAct)
"""Reads a payload of any kind."""

INSTALLATION_ACT_CLASSES: dict[str, type[ActBase]] = {
    cls.model_fields["kind"].default: cls for cls in get_args(get_args(InstallationAct)[0])
}
"""Every kind by name."""
