"""What researchers do to a study: one frozen class per kind of act, joined in a tagged union.

Adding a kind: one class with a `kind` literal and one line in `Act`; the frame `acts` follows by itself.
Payloads are versioned by `v`; old versions stay loadable for ever.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from study.events import UNSAID, Frozen

APP = "app"
"""By whom: nobody in particular; the app itself, as at its first start."""


class ActBase(Frozen):
    """What every act's payload has."""

    v: int = 1


class StudyCreated(ActBase):
    """A study was made of a protocol; `model` answers its first participants."""

    kind: Literal["study_created"] = "study_created"
    title: str
    protocol_hash: str
    model: str


class StudyCopied(ActBase):
    """The study was made of another one, here or in a file: its id there, and how many sessions came along."""

    kind: Literal["study_copied"] = "study_copied"
    source: str
    sessions: int = 0


class StatusChanged(ActBase):
    """The study was opened, paused or closed.

    Of one that had been closed with people complete, so that outcomes could be seen, and is opened again: `complete`, how
    many these were, and the `reason`.
    """

    kind: Literal["status_changed"] = "status_changed"
    old: str
    new: str
    complete: int = 0
    reason: str = ""


class ModelChanged(ActBase):
    """Sessions that start from now on have another chat model."""

    kind: Literal["model_changed"] = "model_changed"
    old: str
    new: str


class VersionAdded(ActBase):
    """New participants get another version of the protocol."""

    kind: Literal["version_added"] = "version_added"
    number: int
    protocol_hash: str
    note: str = ""


class FileAdded(ActBase):
    """A task, an instrument or a translation was added to those of the study; `path` such as tasks/trip.yaml."""

    kind: Literal["file_added"] = "file_added"
    path: str


class FileChanged(ActBase):
    """A file of the study was changed: once for what one person saves within an hour."""

    kind: Literal["file_changed"] = "file_changed"
    path: str


class FileRemoved(ActBase):
    """A file of the study was removed; versions that were made with it keep it."""

    kind: Literal["file_removed"] = "file_removed"
    path: str


class ParticipantRejected(ActBase):
    """A participant is not counted; the event `session_rejected` of their session says the same."""

    kind: Literal["participant_rejected"] = "participant_rejected"
    participant: str
    reason: str


class PlaceFreed(ActBase):
    """A participant under way holds no place any more; the event `place_freed` of their session says the same."""

    kind: Literal["place_freed"] = "place_freed"
    participant: str
    reason: str


class TimeExtended(ActBase):
    """A participant got more time for the step they are at, with `whole` also for every later one."""

    kind: Literal["time_extended"] = "time_extended"
    participant: str
    step: str
    whole: bool
    old: float
    new: float


class NoteSent(ActBase):
    """A participant was written to; what was written stands in the event with this `note_id` of their session."""

    kind: Literal["note_sent"] = "note_sent"
    participant: str
    note_id: str


class ReplyOffered(ActBase):
    """A participant's failed reply was asked for once more."""

    kind: Literal["reply_offered"] = "reply_offered"
    participant: str
    step: str


class MovedOn(ActBase):
    """A step was finished for a participant who was stuck there."""

    kind: Literal["moved_on"] = "moved_on"
    participant: str
    step: str
    reason: str


class ExclusionMarked(ActBase):
    """A participant is to be left out of the analysis. `seen`: outcomes by condition could be seen by then."""

    kind: Literal["exclusion_marked"] = "exclusion_marked"
    participant: str
    reason: str
    seen: bool


class ExclusionUnmarked(ActBase):
    """A participant is to be analysed after all; `old` is the reason that is taken back."""

    kind: Literal["exclusion_unmarked"] = "exclusion_unmarked"
    participant: str
    old: str
    reason: str
    seen: bool


class CodeRenamed(ActBase):
    """A code of the codebook has another name, or another description; what was coded with it stays."""

    kind: Literal["code_renamed"] = "code_renamed"
    code: str
    old: str
    new: str


class CodeOffered(ActBase):
    """A code of the codebook was retired (not offered any more), or is offered again."""

    kind: Literal["code_offered"] = "code_offered"
    code: str
    name: str
    offered: bool


class Exported(ActBase):
    """Data left the record: which, and how many events they hold.

    `file`: its name in the study's folder of exports, where it was made for the page; `content_hash`: SHA-256 of its bytes;
    `identifiers`: platform ids are among them. `complete`: people who had completed the study by then, 0 where nobody's
    but simulated participants' data are in it; `sealed`: results were sealed, for the study was collecting.
    """

    kind: Literal["exported"] = "exported"
    what: str
    rows: int
    file: str = ""
    content_hash: str = ""
    identifiers: bool = False
    complete: int = 0
    sealed: bool = False


class FileFetched(ActBase):
    """Somebody fetched a file that was made of the study, for the first time; `read`: to read it here, not to keep it.

    `what` says what it is, `file` is its name in the study's folder of exports or results.
    """

    kind: Literal["file_fetched"] = "file_fetched"
    what: str
    file: str
    read: bool = False


class ParticipantErased(ActBase):
    """All that a participant left was removed for good; nothing here says who it was.

    `status`: what their session was; `files`: reports and exports that held their data and were removed as well.
    """

    kind: Literal["participant_erased"] = "participant_erased"
    status: str
    simulated: bool = False
    files: int = 0


class KeepingChanged(ActBase):
    """Until when data are kept, or whether participants may erase their own, was decided anew. Days as YYYY-MM-DD."""

    kind: Literal["keeping_changed"] = "keeping_changed"
    old_delete_after: str = ""
    new_delete_after: str = ""
    old_erase_own: bool = False
    new_erase_own: bool = False


class SimulationStarted(ActBase):
    """Simulated participants began to take the study; the same seed makes the same participants."""

    kind: Literal["simulation_started"] = "simulation_started"
    participants: int
    seed: int


class SimulationStopped(ActBase):
    """A simulation was stopped before everybody was through; who was under way then is rejected."""

    kind: Literal["simulation_stopped"] = "simulation_stopped"
    through: int


class ResultsUnsealed(ActBase):
    """Somebody decided to look at outcomes by condition before the study was complete.

    `complete`: how many people had completed it at that moment; `protocol_hash`: what new participants got.
    """

    kind: Literal["results_unsealed"] = "results_unsealed"
    reason: str
    complete: int
    protocol_hash: str


class ResultsSealed(ActBase):
    """Outcomes by condition are hidden again until the study is complete."""

    kind: Literal["results_sealed"] = "results_sealed"
    complete: int


class ReportMade(ActBase):
    """A report was written. `file` is its name in the study's folder of results, `content_hash` SHA-256 of its bytes.

    `complete`: people who had completed the study; `sealed`: it holds no outcomes by condition.
    """

    kind: Literal["report_made"] = "report_made"
    file: str
    content_hash: str
    app_version: str
    complete: int
    sealed: bool
    simulated: bool = False


class MemberAdded(ActBase):
    """A researcher was taken into the study."""

    kind: Literal["member_added"] = "member_added"
    name: str
    role: str
    blind: bool = False


class MemberChanged(ActBase):
    """A member got another role, was blinded to conditions, or is so no longer."""

    kind: Literal["member_changed"] = "member_changed"
    name: str
    old_role: str
    new_role: str
    old_blind: bool = False
    new_blind: bool = False


class MemberRemoved(ActBase):
    """A researcher works on the study no longer."""

    kind: Literal["member_removed"] = "member_removed"
    name: str
    role: str


class DoorChanged(ActBase):
    """People come in another way: by the open link, or each by a personal one."""

    kind: Literal["door_changed"] = "door_changed"
    old: str
    new: str


class LinksMade(ActBase):
    """Personal links were made, so many; for whom stands in the list of links alone."""

    kind: Literal["links_made"] = "links_made"
    count: int


class LinksRenewed(ActBase):
    """New personal links took the place of so many, which lead nowhere any more; `used`: of people who had come already."""

    kind: Literal["links_renewed"] = "links_renewed"
    count: int
    used: int = 0


class LinkRevoked(ActBase):
    """A personal link leads nowhere any more; `used`: its person had come already."""

    kind: Literal["link_revoked"] = "link_revoked"
    used: bool


Act = Annotated[
    StudyCreated
    | StudyCopied
    | StatusChanged
    | ModelChanged
    | VersionAdded
    | FileAdded
    | FileChanged
    | FileRemoved
    | ParticipantRejected
    | PlaceFreed
    | TimeExtended
    | NoteSent
    | ReplyOffered
    | MovedOn
    | ExclusionMarked
    | ExclusionUnmarked
    | CodeRenamed
    | CodeOffered
    | Exported
    | FileFetched
    | ParticipantErased
    | KeepingChanged
    | SimulationStarted
    | SimulationStopped
    | ResultsUnsealed
    | ResultsSealed
    | ReportMade
    | MemberAdded
    | MemberChanged
    | MemberRemoved
    | DoorChanged
    | LinksMade
    | LinksRenewed
    | LinkRevoked,
    Field(discriminator="kind"),
]

ACT: TypeAdapter[Any] = TypeAdapter(Act, config=UNSAID)
"""Reads a payload of any kind: `ACT.validate_python({"kind": …, …})`."""

ACT_CLASSES: dict[str, type[ActBase]] = {cls.model_fields["kind"].default: cls for cls in get_args(get_args(Act)[0])}
"""Every kind by name."""
