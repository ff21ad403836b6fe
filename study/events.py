"""The vocabulary of the record: one frozen class per kind of event, joined in a tagged union.

Adding a kind: one class with a `kind` literal and one line in `Event`. Frames, exports and the data
dictionary follow by themselves. Payloads are versioned by `v`; old versions stay loadable for ever.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Outcome = Literal["answered", "stopped", "refused", "timed_out", "empty", "failed", "interrupted"]
"""How a reply or a model call can end; `interrupted`: the process that made it died."""

Role = Literal["system", "user", "assistant"]
BeliefKind = Literal["need", "preference", "fact", "style", "constraint"]
BeliefSource = Literal["stated", "inferred", "edited", "asked"]
BeliefStatus = Literal["open", "held", "declined", "retracted", "outdated"]
Scope = Literal["trial", "block", "session", "study"]
Verdict = Literal["right", "wrong", "not_comfortable"]
Ending = Literal["complete", "refused_consent", "screened_out", "failed_check", "timed_out", "withdrawn", "rejected"]
"""How a sitting can end."""


UNSAID = ConfigDict(hide_input_in_errors=True)
"""An error names no value: it may come into the server's log, and the value may be what a participant wrote."""


class Frozen(BaseModel):
    """Base of every stored shape: immutable, unknown keys and numbers that are not finite refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False) | UNSAID


class Belief(Frozen):
    """One thing held about a participant; a need is a belief about the task.

    `evidence` lists ids of events. A later belief names the one it replaces in `supersedes`.
    `confidence` is 0–1 (1: stated by the person), `durability` 0–1 (1: never fades). `scope`: how far it
    holds where the protocol carries memory on; trial: for its task alone. `area`: the part of the task under
    which several topics are asked about together. `answers`: what an open question offers to choose from.
    """

    id: str
    text: str
    kind: BeliefKind = "preference"
    source: BeliefSource = "inferred"
    status: BeliefStatus = "held"
    confidence: float = Field(default=1.0, ge=0, le=1)
    importance: float = Field(default=0.5, ge=0, le=1)
    durability: float = Field(default=0.5, ge=0, le=1)
    scope: Scope = "study"
    topic: str = ""
    area: str = ""
    reasoning: str = ""
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    supersedes: str | None = None


class Recalled(Frozen):
    """One piece of what the assistant was told, and why it was chosen: about the participant, or how to act."""

    text: str
    mechanism: str
    kind: Literal["memory", "instruction"] = "memory"
    belief_id: str | None = None
    evidence: tuple[str, ...] = ()
    score: float | None = None
    used: bool = True
    reason: str = ""


class Section(Frozen):
    """One part of the solution: chosen options of the catalogue and the needs they answer."""

    id: str
    title: str
    text: str = ""
    option_ids: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


class Question(Frozen):
    """What the assistant asks instead of answering, with answers to choose from; another one may be written.

    `gain` is what an answer is expected to be worth, where the mechanism that asks estimates it.
    """

    mechanism: str
    text: str = Field(min_length=1)
    topic: str = ""
    options: tuple[str, ...] = ()
    gain: float | None = None


class Message(Frozen):
    """One line of a prompt, as sent to a chat model."""

    role: Role
    content: str


class EventBase(Frozen):
    """What every event payload has."""

    v: int = 1


# --- the sitting -------------------------------------------------------------------------------


class SessionStarted(EventBase):
    """A participant arrived and was assigned an order of conditions and tasks.

    `candidates`: the cells the lot was drawn from. With strata, `levels` are the participant's and `scores`
    those of the minimisation by cell: one cell per order, the lowest score is best.
    """

    kind: Literal["session_started"] = "session_started"
    cell: int
    conditions: tuple[str, ...]
    tasks: tuple[str, ...]
    candidates: tuple[int, ...] = ()
    levels: dict[str, str] = Field(default_factory=dict)
    scores: dict[int, int] = Field(default_factory=dict)
    allocation_index: int = 0
    url_params: dict[str, str] = Field(default_factory=dict)
    user_agent: str = ""
    language: str = ""


class LanguageChosen(EventBase):
    """The participant changed the language of the study, on its first page."""

    kind: Literal["language_chosen"] = "language_chosen"
    old: str
    new: str


class StepEntered(EventBase):
    """A step was shown for the first time."""

    kind: Literal["step_entered"] = "step_entered"


class StepFinished(EventBase):
    """A step is done, by the participant or because its time was over; the next one is due.

    By `researcher`: they moved somebody on who was stuck, or a preview began at a later step and this one was passed over.
    """

    kind: Literal["step_finished"] = "step_finished"
    by: Literal["participant", "time_limit", "researcher"] = "participant"


class ConsentGiven(EventBase):
    """The participant agreed to the consent text of this version."""

    kind: Literal["consent_given"] = "consent_given"
    version: str


class ConsentRefused(EventBase):
    """The participant did not agree; the sitting ends."""

    kind: Literal["consent_refused"] = "consent_refused"
    version: str


class QuestionnaireAnswered(EventBase):
    """Raw answers to one instrument, with the order in which the items were shown.

    `answers` maps item id to a number, text, list of values (multiple; ranking, in earlier records), place by value
    (ranking) or None (skipped).
    `occasion`: which of several askings of the instrument this is, as the protocol names it.
    """

    kind: Literal["questionnaire_answered"] = "questionnaire_answered"
    instrument: str
    instrument_version: str
    occasion: str | None = None
    shown_order: tuple[str, ...]
    shown_options: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    answers: dict[str, int | float | str | list[str] | dict[str, int] | None]


class CheckFailed(EventBase):
    """An attention or comprehension check was answered wrongly; `answers` are those that were wrong."""

    kind: Literal["check_failed"] = "check_failed"
    instrument: str
    attempt: int
    answers: dict[str, int | float | str | list[str] | None]


class SessionEnded(EventBase):
    """The sitting is over, in one of the fixed endings."""

    kind: Literal["session_ended"] = "session_ended"
    ending: Ending


class SessionRejected(EventBase):
    """A researcher does not count this participant; the place is free again. `by`: the researcher's name."""

    kind: Literal["session_rejected"] = "session_rejected"
    reason: str
    by: str


class PlaceFreed(EventBase):
    """A researcher gave this participant's place to others; they may go on, but hold no place before they are complete."""

    kind: Literal["place_freed"] = "place_freed"
    reason: str
    by: str


class TimeExtended(EventBase):
    """A researcher gave more time: `minutes` for the step where this stands, with `whole` also for every later one.

    `old` and `new` are the minutes added to that step before and from now on.
    """

    kind: Literal["time_extended"] = "time_extended"
    minutes: float
    whole: bool = False
    old: float = 0
    new: float
    by: str


class NoteSent(EventBase):
    """A researcher wrote to the participant; the note stands on their page until they put it away."""

    kind: Literal["note_sent"] = "note_sent"
    note_id: str
    text: str
    by: str


class NoteRead(EventBase):
    """The participant put a note away."""

    kind: Literal["note_read"] = "note_read"
    note_id: str


class MovedOn(EventBase):
    """A researcher finished the step where this stands for a participant who was stuck there."""

    kind: Literal["moved_on"] = "moved_on"
    reason: str
    by: str


class ReturnedLate(EventBase):
    """The participant went on after the reservation had run out; their cell stays theirs."""

    kind: Literal["returned_late"] = "returned_late"
    minutes_away: float


class TabChanged(EventBase):
    """The participant continued in another tab or browser."""

    kind: Literal["tab_changed"] = "tab_changed"
    lease: str


class ClientReported(EventBase):
    """Telemetry of one browser tab: focus, visibility, paste length, typing time, what was opened; never keystrokes."""

    kind: Literal["client_reported"] = "client_reported"
    tab: str
    tab_seq: int
    what: str
    detail: dict[str, float | int | str | bool | None] = Field(default_factory=dict)


# --- the task ----------------------------------------------------------------------------------


class TaskStarted(EventBase):
    """The task screen was shown for the first time; its clock starts."""

    kind: Literal["task_started"] = "task_started"
    task: str


class TaskFinished(EventBase):
    """The participant (or the time limit, or a researcher) ended the task."""

    kind: Literal["task_finished"] = "task_finished"
    task: str
    by: Literal["participant", "time_limit", "researcher"] = "participant"


class MessageSent(EventBase):
    """A participant's message; committed before any model is called."""

    kind: Literal["message_sent"] = "message_sent"
    message_id: str
    text: str


class ReplyStarted(EventBase):
    """A worker took on a message; `owner` names the process, so a dead one is recognised."""

    kind: Literal["reply_started"] = "reply_started"
    turn_id: str
    message_id: str
    attempt: int
    owner: str


class ReplyGiven(EventBase):
    """The reply as shown (complete, or as far as it came when the participant stopped it).

    `recalled` is everything that came up for it: pieces that were used, and those that were dropped with the
    reason. `asked`: the reply is a question. `draft`: what the model wrote before a mechanism revised it.
    Times in milliseconds since the reply was begun, recall and review included.
    """

    kind: Literal["reply_given"] = "reply_given"
    turn_id: str
    message_id: str
    text: str
    outcome: Literal["answered", "stopped"]
    call_id: str
    model: str
    recalled: tuple[Recalled, ...] = ()
    asked: Question | None = None
    draft: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: float | None = None
    duration_ms: float


class ReplyFailed(EventBase):
    """No usable reply; the participant may try again."""

    kind: Literal["reply_failed"] = "reply_failed"
    turn_id: str
    message_id: str
    outcome: Literal["stopped", "refused", "timed_out", "empty", "failed", "interrupted"]
    partial: str = ""
    error: str = ""
    call_id: str | None = None


class RetryRequested(EventBase):
    """The participant, or for them the researcher named in `by`, asked for a failed reply once more."""

    kind: Literal["retry_requested"] = "retry_requested"
    message_id: str
    turn_id: str
    by: str = ""


class ReplyRated(EventBase):
    """Thumbs up or down on a reply, and why; the newest rating of a turn counts."""

    kind: Literal["reply_rated"] = "reply_rated"
    turn_id: str
    rating: Literal["up", "down"]
    why: str = ""


class ModelCalled(EventBase):
    """One call of a chat model, whatever it was for.

    Durations in milliseconds; tokens as the provider counted them, None where it did not say.
    """

    kind: Literal["model_called"] = "model_called"
    call_id: str
    purpose: str
    turn_id: str | None = None
    model: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    raw: str = ""
    parsed: dict[str, Any] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: float | None = None
    duration_ms: float
    retries: int = 0
    outcome: Outcome
    error: str = ""


class SolutionUpdated(EventBase):
    """A new version of the solution panel."""

    kind: Literal["solution_updated"] = "solution_updated"
    version: int
    sections: tuple[Section, ...]
    cause: str


class ControlChanged(EventBase):
    """The participant operated a control; old and new value as the control stores them."""

    kind: Literal["control_changed"] = "control_changed"
    mechanism: str
    control: str
    action: str
    old: Any = None
    new: Any = None


class BeliefChanged(EventBase):
    """A belief was added, revised, declined, retracted …; `belief` is its state from now on.

    `by` says who: the person (a control) or the mechanism; `turn_id` which turn led to it.
    """

    kind: Literal["belief_changed"] = "belief_changed"
    mechanism: str
    by: Literal["person", "mechanism"]
    action: Literal["added", "revised", "confirmed", "declined", "retracted", "outdated", "supported", "moved"]
    belief: Belief
    turn_id: str | None = None


class TurnLearned(EventBase):
    """Everything a turn had to teach is in the record; a turn without it is learned from again.

    `up_to` is the sequence number of the newest event that was taken into account.
    """

    kind: Literal["turn_learned"] = "turn_learned"
    turn_id: str
    up_to: int


class Replanned(EventBase):
    """After an edit the plan was thought over; a changed one stands beside it as `solution_updated`."""

    kind: Literal["replanned"] = "replanned"
    cause: str
    up_to: int


class LearningFailed(EventBase):
    """A mechanism could not learn from a turn; the study goes on without it."""

    kind: Literal["learning_failed"] = "learning_failed"
    mechanism: str
    turn_id: str
    error: str


class BeliefRefused(EventBase):
    """Something was not kept, for the sake of privacy; what it was is not stored either.

    `reason`: a sensitive category, or `third_person` for what is about somebody else.
    """

    kind: Literal["belief_refused"] = "belief_refused"
    mechanism: str
    reason: str
    turn_id: str | None = None


class BeliefPreviewed(EventBase):
    """What would be different with a belief and without it, as the participant reads it before deciding."""

    kind: Literal["belief_previewed"] = "belief_previewed"
    mechanism: str
    belief_id: str
    with_it: str
    without_it: str
    turn_id: str | None = None


class PageWritten(EventBase):
    """A new version of the page that the assistant keeps about a participant; `by` says who wrote it.

    `evidence`: the messages that the page rests on; `own`: those of its lines that the person wrote.
    """

    kind: Literal["page_written"] = "page_written"
    mechanism: str
    version: int
    text: str
    by: Literal["person", "mechanism"]
    own: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    turn_id: str | None = None


class BeliefJudged(EventBase):
    """The participant's verdict, at the end, on a belief the assistant held.

    `comfortable`: whether they were comfortable with it being noted, which is asked beside the verdict. In version 1
    it was one of the verdicts, `not_comfortable`, and excluded the others; there `comfortable` is None.
    """

    v: int = 2
    kind: Literal["belief_judged"] = "belief_judged"
    belief_id: str
    belief_text: str
    verdict: Verdict
    comfortable: bool | None = None


Event = Annotated[
    SessionStarted
    | LanguageChosen
    | StepEntered
    | StepFinished
    | ConsentGiven
    | ConsentRefused
    | QuestionnaireAnswered
    | CheckFailed
    | SessionEnded
    | SessionRejected
    | PlaceFreed
    | TimeExtended
    | NoteSent
    | NoteRead
    | MovedOn
    | ReturnedLate
    | TabChanged
    | ClientReported
    | TaskStarted
    | TaskFinished
    | MessageSent
    | ReplyStarted
    | ReplyGiven
    | ReplyFailed
    | RetryRequested
    | ReplyRated
    | ModelCalled
    | SolutionUpdated
    | ControlChanged
    | BeliefChanged
    | TurnLearned
    | Replanned
    | LearningFailed
    | BeliefRefused
    | BeliefPreviewed
    | PageWritten
    | BeliefJudged,
    Field(discriminator="kind"),
]

EVENT: TypeAdapter[Any] = TypeAdapter(Event, config=UNSAID)
"""Reads a payload of any kind: `EVENT.validate_python({"kind": …, …})`."""

EVENT_CLASSES: dict[str, type[EventBase]] = {
    cls.model_fields["kind"].default: cls for cls in get_args(get_args(Event)[0])
}
"""Every kind by name, for frames and the data dictionary."""
