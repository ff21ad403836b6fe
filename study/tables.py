"""The tables of the record. No behaviour; shapes are validated as events before they get here."""

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import JSON, Column, Computed, Index, Integer, String, UniqueConstraint, case, column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

StudyStatus = Literal["draft", "open", "paused", "closed"]
SessionStatus = Literal[
    "running", "complete", "refused_consent", "screened_out", "failed_check", "timed_out", "withdrawn", "rejected"
]


def _of_call(name: str) -> Any:
    """What the payload of a `model_called` says, as the database itself takes it out; of all other kinds nothing."""
    value = column("payload", JSON)[name]
    return case((column("kind") == "model_called", value.as_string() if name == "outcome" else value.as_integer()))


class Base(SQLModel, registry=registry()):
    """Own registry, so that a reload of this module does not collide with itself."""


class Study(Base, table=True):
    """One run of a protocol; carries in full the protocol that new participants get."""

    __tablename__ = "study"

    id: str = Field(primary_key=True)
    title: str
    protocol: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    protocol_hash: str
    version: int = 1
    model: str
    status: str = "draft"
    seed: int
    created_at: datetime


class StudyVersion(Base, table=True):
    """One version of a study's protocol, in full; it is never changed, so that whoever started can finish on it."""

    __tablename__ = "study_version"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    number: int = Field(primary_key=True)
    protocol_hash: str
    protocol: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    note: str = ""


class VersionText(Base, table=True):
    """The text that a version was made from, with its comments; without a row the text is written from the protocol."""

    __tablename__ = "version_text"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    number: int = Field(primary_key=True)
    text: str


class Draft(Base, table=True):
    """A study's protocol while it is edited, as YAML text; participants never meet it.

    `version`: the one it was begun on. `revision` counts what was saved, and never goes back.
    """

    __tablename__ = "draft"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    text: str
    version: int
    revision: int
    by: str
    at: datetime


class StudyFile(Base, table=True):
    """A task, an instrument or a translation of one study alone, as YAML text; `path` such as tasks/trip.yaml.

    Without a `text` there is none any more. `revision` counts what was saved, and never goes back.
    """

    __tablename__ = "study_file"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    path: str = Field(primary_key=True)
    text: str | None
    revision: int
    by: str
    at: datetime


class VersionFile(Base, table=True):
    """A file of the study's own as it was when one version was made."""

    __tablename__ = "version_file"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    number: int = Field(primary_key=True)
    path: str = Field(primary_key=True)
    text: str


class Sitting(Base, table=True):
    """One session of one participant, with everything needed to repeat its assignment.

    While it runs, its place is kept for `reservation_minutes` after the last activity (`seen_at`), and in any
    case up to `reserved_until`; a researcher may free it earlier (`freed_at`). `strata`: levels known at the
    door, as JSON with sorted keys. `language`: that of everything the participant reads; empty: the protocol's own.
    """

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("study_id", "platform_id"),
        UniqueConstraint("study_id", "allocation_index"),
        # Everything that counting places asks for, so that it reads the index alone.
        Index(
            "session_place",
            *(
                "study_id",
                "simulated",
                "preview",
                "study_version",
                "cell",
                "strata",
                "status",
                "seen_at",
                "reserved_until",
                "freed_at",
            ),
        ),
    )

    id: str = Field(primary_key=True)
    study_id: str = Field(foreign_key="study.id", index=True)
    participant: str
    platform_id: str | None = None
    cell: int
    strata: str = "{}"
    conditions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    tasks: list[str] = Field(sa_column=Column(JSON, nullable=False))
    allocation_index: int
    seed: int
    protocol_hash: str
    study_version: int = 1
    model: str
    language: str = ""
    app_version: str
    simulated: bool = False
    preview: bool = False
    status: str = "running"
    lease: str = ""
    started_at: datetime
    seen_at: datetime
    reservation_minutes: float = 60
    reserved_until: datetime | None = None
    freed_at: datetime | None = None
    ended_at: datetime | None = None


class SessionToken(Base, table=True):
    """The hash of one link that leads to a session; the token itself is never stored."""

    __tablename__ = "session_token"

    token_hash: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)


class EventRow(Base, table=True):
    """One event. `seq` counts within a session; `once_key` makes once-only events idempotent.

    How a model call ended and the tokens it took are also columns: whoever watches a study need not read its prompts.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        UniqueConstraint("session_id", "once_key"),
        Index("event_session_kind", "session_id", "kind", "seq"),
        # Everything that is asked of model calls while a study runs, so that the index alone is read.
        Index(
            "event_call",
            *("session_id", "call_outcome", "at", "call_input_tokens", "call_output_tokens"),
            sqlite_where=column("call_outcome").is_not(None),
            postgresql_where=column("call_outcome").is_not(None),
        ),
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": False}

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id")
    seq: int
    kind: str
    at: datetime
    client_at: datetime | None = None
    step: str = ""
    block: int | None = None
    condition: str | None = None
    task: str | None = None
    once_key: str | None = None
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    call_outcome: str | None = Field(
        default=None, sa_column=Column(String, Computed(_of_call("outcome"), persisted=True))
    )
    call_input_tokens: int | None = Field(
        default=None, sa_column=Column(Integer, Computed(_of_call("input_tokens"), persisted=True))
    )
    call_output_tokens: int | None = Field(
        default=None, sa_column=Column(Integer, Computed(_of_call("output_tokens"), persisted=True))
    )


class ActRow(Base, table=True):
    """One act of a researcher. `seq` counts within a study; `by`: a signed-in name, `terminal:<name>` or `app`."""

    __tablename__ = "act"
    __table_args__ = (UniqueConstraint("study_id", "seq"),)

    id: str = Field(primary_key=True)
    study_id: str = Field(foreign_key="study.id")
    seq: int
    at: datetime
    by: str
    kind: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class CodingRow(Base, table=True):
    """One mark of a coder: on an event, a session, or the codebook of the study. `seq` counts within a study."""

    __tablename__ = "coding"
    __table_args__ = (UniqueConstraint("study_id", "seq"),)

    id: str = Field(primary_key=True)
    study_id: str = Field(foreign_key="study.id")
    seq: int
    session_id: str | None = Field(default=None, foreign_key="session.id", index=True)
    event_id: str | None = Field(default=None, foreign_key="event.id", index=True)
    at: datetime
    by: str
    kind: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Researcher(Base, table=True):
    """Someone who may see the researcher's pages."""

    __tablename__ = "researcher"

    name: str = Field(primary_key=True)
    password_hash: str
    created_at: datetime


class Standing(Base, table=True):
    """What a researcher is in the installation; who has none is of before there were roles, and an administrator.

    `email`: by which single sign-on knows them, in small letters; empty: not at all.
    """

    __tablename__ = "researcher_standing"

    name: str = Field(foreign_key="researcher.name", primary_key=True)
    administrator: bool = False
    email: str = Field(default="", index=True)


class Membership(Base, table=True):
    """One researcher's role in one study; `blind`: conditions have neutral codes for them."""

    __tablename__ = "membership"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    name: str = Field(foreign_key="researcher.name", primary_key=True)
    role: str
    blind: bool = False


class SignIn(Base, table=True):
    """One sign-in of a researcher, by the hash of what their browser's cookie holds."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True)
    name: str = Field(index=True)
    started_at: datetime
    seen_at: datetime


class InstallationActRow(Base, table=True):
    """One act that concerns no study: sign-ins, failures, passwords, invitations. `by` as in `ActRow`."""

    __tablename__ = "installation_act"

    id: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    by: str
    kind: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class StudyDoor(Base, table=True):
    """How people come into a study; without a row, by the open link."""

    __tablename__ = "study_door"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    kind: str = "open"


class PersonalLink(Base, table=True):
    """One link for one person; `person` is the id they were invited by, and leads to who they are.

    The token itself is never stored. `session_id`: theirs, once they came.
    """

    __tablename__ = "personal_link"
    __table_args__ = (UniqueConstraint("study_id", "person"),)

    token_hash: str = Field(primary_key=True)
    study_id: str = Field(foreign_key="study.id", index=True)
    person: str
    session_id: str | None = Field(default=None, foreign_key="session.id", index=True)
    created_at: datetime
    revoked_at: datetime | None = None


class StudyKeeping(Base, table=True):
    """How long what a study collected may be kept, and what participants may do about it; without a row, nothing is set.

    `delete_after`: the last day on which people's data may be here. `last_index`: the highest number that an erased
    participant had at least, so that no pseudonym is given twice.
    """

    __tablename__ = "study_keeping"

    study_id: str = Field(foreign_key="study.id", primary_key=True)
    delete_after: date | None = None
    erase_own: bool = False
    last_index: int = 0


class Tombstone(Base, table=True):
    """Somebody was erased: what is needed to count them, and nothing that leads back to who it was."""

    __tablename__ = "tombstone"

    id: str = Field(primary_key=True)
    study_id: str = Field(foreign_key="study.id", index=True)
    at: datetime
    by: str
    study_version: int
    cell: int
    status: str
    simulated: bool = False
    preview: bool = False


class DeletedStudy(Base, table=True):
    """A whole study was deleted: that there was one, when and by whom; nothing of its participants but their number.

    Its id is given to no other, so that no link and no open page leads from it into another study.
    """

    __tablename__ = "deleted_study"

    id: str = Field(primary_key=True)
    at: datetime
    by: str
    sessions: int


class Secret(Base, table=True):
    """The hash of a one-time link, or a failed attempt, until it is used or expires."""

    __tablename__ = "secret"

    token_hash: str = Field(primary_key=True)
    purpose: str
    subject: str = ""
    expires_at: datetime
