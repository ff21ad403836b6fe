"""A protocol: what a study is, as checked data from one YAML file and the files it names.

The loaded protocol carries its tasks and instruments in full, so what is stored with a study never
changes under its participants, and its content hash covers everything a participant can meet.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from study.analysis_plan import AnalysisPlan, Stopping
from study.cross_check import cross_check
from study.events import Frozen
from study.instruments import Instrument
from study.languages import ENGLISH, LanguageId
from study.text import Text
from study.timeline import Id, TimelineStep

BUILT_IN = "offline"
"""The model that needs no key and no network; wherever it answers, the screen says so."""

Mechanisms = Mapping[str, type[BaseModel]]
"""Name of a mechanism → model of its parameters; handed in, so that `study` imports nothing above it."""
ParameterName = Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=60)]
"""A parameter of the participant's link."""
PLATFORM_IDS = ("PROLIFIC_PID", "participant_id", "pid")
"""Parameters in which Prolific and common panels name a participant, strongest first."""
KEY = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")
KeyName = Annotated[str, Field(pattern=f"^{KEY.pattern}$", max_length=60)]
"""An environment variable that holds the key of a model's provider, and can be no other setting of the server."""
RedirectUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#{}]+([/?#]\S*)?$")]
"""Nothing in the link may decide which host a participant is sent to."""


class Consent(Frozen):
    """What a participant agrees to; the version is stored with the agreement."""

    version: str
    text: Text = Field(min_length=1)


class MechanismUse(Frozen):
    """One mechanism of a condition, with its parameters."""

    name: str
    params: dict[str, Any] = Field(default_factory=dict)


class Condition(Frozen):
    """A level of the independent variable (or a cell of several factors): mechanisms and their parameters.

    `plan_panel: hidden` leaves the conversation alone, as in a plain chatbot.
    """

    id: Id
    mechanisms: tuple[MechanismUse, ...] = Field(min_length=1)
    plan_panel: Literal["shown", "hidden"] = "shown"
    levels: dict[Id, Id] = Field(default_factory=dict)


class TaskSection(Frozen):
    """One part that a finished plan has."""

    id: Id
    title: Text


class Attribute(Frozen):
    """What the options of a task differ in; each value lists the words people use for it."""

    label: Text
    question: Text
    values: dict[str, tuple[Text, ...]]


class CatalogueOption(Frozen):
    """One thing the assistant can put into a plan."""

    id: Id
    name: Text
    section: str
    description: Text = ""
    attributes: dict[str, str]


class Task(Frozen):
    """What the participant works on with the assistant: a plan from a catalogue, or without one a conversation.

    `remarks`: what may be said in a conversation, one after the other. A language model gets them as
    material, the built-in model says them. `attributes` of a conversation are what it can tell about people.
    """

    id: Id
    title: Text
    brief: Text
    opening: Text
    sections: tuple[TaskSection, ...] = ()
    attributes: dict[str, Attribute] = Field(default_factory=dict)
    catalogue: tuple[CatalogueOption, ...] = ()
    remarks: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _catalogue_fits(self) -> Self:
        if bool(self.sections) != bool(self.catalogue):
            lacking = "catalogue" if self.sections else "sections"
            raise ValueError(f"{lacking}: a plan has sections and a catalogue; a conversation has neither")
        if self.sections and self.remarks:
            raise ValueError("remarks: are for conversations, which have no catalogue")
        sections = {section.id for section in self.sections}
        for option in self.catalogue:
            if option.section not in sections:
                raise ValueError(f"option '{option.id}' names the unknown section '{option.section}'")
            for name, value in option.attributes.items():
                if name not in self.attributes or value not in self.attributes[name].values:
                    raise ValueError(f"option '{option.id}': '{name}: {value}' is not declared in attributes")
        if len({option.id for option in self.catalogue}) != len(self.catalogue):
            raise ValueError("option ids must be unique")
        return self


class TaskRule(Frozen):
    """When a task may be, or is, finished. Times in minutes; a limit shows a timer."""

    min_turns: int = Field(default=2, ge=0)
    min_minutes: float = Field(default=0, ge=0)
    max_minutes: float | None = Field(default=None, gt=0)


Orders = Literal["all", "williams", "latin", "fixed", "random"]


class Factor(Frozen):
    """One independent variable; a condition may be a cell of several."""

    id: Id
    levels: tuple[Id, ...] = Field(min_length=2)


class Design(Frozen):
    """Who meets which conditions in which order.

    `within`: everybody meets all; `between`: everybody meets one; `mixed`: everybody meets those of one
    level of the factor named in `between`. With `nested_in`, conditions with the same level of that factor
    stay together. Tasks are `rotated` against conditions; `cycled`: they may also come round again within one
    participant. `labels` are what participants read instead of condition ids, by position. `quota`: after so
    many started or finished participants the study is full. A place is kept for `reservation_minutes` after the
    last activity. `strata`: parameters of the link (say sex, age_band) within whose levels orders are balanced
    too, by minimisation, which takes the best order with probability `minimisation_p`.
    """

    kind: Literal["within", "between", "mixed"] = "within"
    between: Id | None = None
    nested_in: Id | None = None
    orders: Orders = "all"
    tasks: Literal["rotated", "cycled", "fixed"] = "rotated"
    labels: tuple[Text, ...] = ("A", "B", "C")
    planned_participants: int = Field(default=24, ge=1)
    quota: int | None = Field(default=None, ge=1)
    reservation_minutes: float = Field(default=60, gt=0)
    strata: tuple[ParameterName, ...] = Field(default=(), max_length=4)
    minimisation_p: float = Field(default=0.8, gt=0.5, le=1)

    @model_validator(mode="after")
    def _mixed_names_its_factor(self) -> Self:
        if (self.kind == "mixed") != (self.between is not None):
            raise ValueError("design.between: a mixed design, and only that, names its between-subject factor")
        return self


SensitiveCategory = Literal["health", "religion", "politics", "sexuality", "origin", "union", "crime"]


class Privacy(Frozen):
    """What may be held about participants, and what a language model is told of what they write.

    `keep`: sensitive categories that the study needs and the consent text names; all others are never kept.
    `third_persons`: whether things about other people may be kept. `names`: whether introduced names, e-mail
    addresses and telephone numbers are removed from prompts. Messages are in the record as they were written.
    """

    keep: tuple[SensitiveCategory, ...] = ()
    third_persons: bool = False
    names: Literal["removed", "passed"] = "removed"


class Prices(Frozen):
    """What a million tokens cost at the study's provider, and what may be spent in all, for the monitor."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: str = Field(default="USD", max_length=8)
    budget: float | None = Field(default=None, gt=0)

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


class Recruitment(Frozen):
    """How participants come: `id_parameter` is the parameter of the link in which a panel names each of them."""

    id_parameter: ParameterName | None = None

    @property
    def id_parameters(self) -> tuple[str, ...]:
        """Parameters of the link that name a participant, strongest first."""
        return (self.id_parameter, *PLATFORM_IDS) if self.id_parameter else PLATFORM_IDS


class Completion(Frozen):
    """How a finished sitting is reported to the recruiter.

    Behind its host, `redirect_url` may hold {participant}, {code} and {name} for any parameter of the link.
    """

    code: str = Field(min_length=1)
    redirect_url: RedirectUrl | None = None


class EarlyEnding(Frozen):
    """What somebody reads (and takes to the recruiter) whose sitting ends before its last step."""

    text: Text = Field(min_length=1)
    code: str = ""
    redirect_url: RedirectUrl | None = None


EarlyEndingName = Literal["refused_consent", "screened_out", "failed_check", "timed_out", "withdrawn", "rejected"]


class Protocol(Frozen):
    """A whole study. Cross-references are checked here; parameters of mechanisms when loading.

    `paper` is the study that a protocol follows, `notes` what was changed; `payment` says what participants
    get and when. `model_key` names the environment variable with the key for the model (none: the provider's
    usual one, such as OPENAI_API_KEY); the key itself is never in a protocol. Its texts are in `language`; for
    each of the further `languages`, `translations` holds source text (white space made one) → translation.
    """

    id: Id
    version: str
    title: Text
    authors: tuple[str, ...] = ()
    paper: str = ""
    notes: str = ""
    language: LanguageId = ENGLISH
    languages: tuple[LanguageId, ...] = ()
    translations: dict[LanguageId, dict[str, str]] = Field(default_factory=dict)
    model: str = BUILT_IN
    model_key: KeyName | None = None
    prices: Prices | None = None
    reply_timeout: float = Field(default=60, gt=0, le=600)
    privacy: Privacy = Privacy()
    consent: Consent
    factors: tuple[Factor, ...] = ()
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=24)
    design: Design = Design()
    tasks: tuple[Task, ...] = Field(min_length=1)
    task_rule: TaskRule = TaskRule()
    instruments: tuple[Instrument, ...] = ()
    timeline: tuple[TimelineStep, ...] = Field(min_length=1)
    recruitment: Recruitment = Recruitment()
    completion: Completion
    endings: dict[EarlyEndingName, EarlyEnding] = Field(default_factory=dict)
    payment: Text = ""
    stopping: Stopping | None = None
    analysis: AnalysisPlan = AnalysisPlan()

    @model_validator(mode="after")
    def _references_are_known(self) -> Self:
        if wrong := cross_check(self):
            raise ValueError("\n".join(wrong))
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """Every language that the study can be taken in, its own first."""
        return (self.language, *self.languages)

    def condition(self, condition_id: str) -> Condition:
        """The condition with this id; KeyError if there is none."""
        return {condition.id: condition for condition in self.conditions}[condition_id]

    def task(self, task_id: str) -> Task:
        """The task with this id; KeyError if there is none."""
        return {task.id: task for task in self.tasks}[task_id]

    def instrument(self, instrument_id: str) -> Instrument:
        """The instrument with this id; KeyError if there is none."""
        return {instrument.id: instrument for instrument in self.instruments}[instrument_id]

    def content_hash(self) -> str:
        """SHA-256 over the normalised protocol with everything it includes, as 64 hex digits."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
