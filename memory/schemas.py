"""The shapes of structured model calls. Field descriptions are part of what the model reads."""

from typing import Literal

from pydantic import BaseModel, Field


class FoundNeed(BaseModel):
    """One requirement for the plan that the participant stated."""

    text: str = Field(description="The need in a few words, in the participant's own terms")
    topic: str = Field(default="", description="Attribute id it is about, or empty")
    quote: str = Field(default="", description="The words of the participant it rests on")


class OpenQuestion(BaseModel):
    """Something worth asking: an implicit or latent need, kept as a question until answered."""

    topic: str = Field(description="Attribute id")
    question: str
    suggestions: list[str] = Field(default_factory=list, description="Two to four default answers")


class NeedsFound(BaseModel):
    """Stated needs in the message, and what should be asked next, easiest first."""

    needs: list[FoundNeed] = Field(default_factory=list)
    questions: list[OpenQuestion] = Field(default_factory=list, description="At most three, one topic each")


class ProposedBelief(BaseModel):
    """One thing that the message suggests about the participant."""

    text: str = Field(description="A sentence beginning with 'Prefers', 'Needs', 'Is' or 'Has'")
    reasoning: str = Field(default="", description="Why the words suggest it")
    confidence: int = Field(ge=1, le=10, description="How certain it is, 10 = said outright")
    durability: int = Field(ge=1, le=10, description="How long it will stay true, 10 = for years")
    topic: str = Field(default="", description="Attribute id it is about, or empty")


class BeliefsProposed(BaseModel):
    """What can be inferred about the participant from the message."""

    beliefs: list[ProposedBelief] = Field(default_factory=list)


class BeliefMatch(BaseModel):
    """How one proposed belief relates to one that is already held; `similar` also where it contradicts it."""

    proposal: int = Field(description="Number of the proposal, from 0")
    belief_id: str = Field(default="", description="Id of the held belief, empty when none is related")
    label: Literal["identical", "similar", "unrelated"]
    text: str = Field(default="", description="For 'similar': the revised belief that replaces the held one")


class BeliefsMatched(BaseModel):
    """One match for every proposal, or several where it contradicts or refines several held beliefs."""

    matches: list[BeliefMatch] = Field(default_factory=list)


class DraftedSection(BaseModel):
    """One section of the plan."""

    id: str = Field(description="Section id")
    option_ids: list[str] = Field(default_factory=list, description="Chosen options, by id; one or two")
    text: str = Field(default="", description="One or two plain sentences for the participant")
    because: list[str] = Field(default_factory=list, description="Ids of the entries about the participant it answers")


class SolutionDrafted(BaseModel):
    """The whole plan, every section, as it stands after this turn."""

    sections: list[DraftedSection]


class JudgedNote(BaseModel):
    """Whether one note about the participant bears on their message."""

    note: int = Field(description="Number of the note, from 0")
    why: str = Field(default="", description="In a few words: what the answer would lose without it, or why nothing")
    bears: bool = Field(description="True only if a good answer would be different without the note")


class NotesJudged(BaseModel):
    """One judgement for every note."""

    notes: list[JudgedNote] = Field(default_factory=list)
