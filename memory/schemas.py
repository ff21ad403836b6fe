"""The shapes of structured model calls. Field descriptions are part of what the model reads."""

from typing import Literal

from pydantic import BaseModel, Field


class FoundNeed(BaseModel):
    """One requirement for the plan that the participant stated."""

    text: str = Field(description="The need in a few words, in the participant's own terms")
    topic: str = Field(default="", description="Attribute id it is about, or empty")
    quote: str = Field(default="", description="The words of the participant it rests on")
    beside: bool = Field(
        default=False,
        description="True: what is held on the topic stays true beside it; false: it takes the place of that",
    )


class OpenQuestion(BaseModel):
    """Something worth asking: an implicit or latent need, kept as a question until answered."""

    topic: str = Field(description="Attribute id, or one word where there is no attribute for it")
    question: str
    suggestions: list[str] = Field(default_factory=list, description="Two to four default answers")
    level: Literal["implicit", "latent"] = Field(
        default="latent", description="implicit: follows from what was said; latent: nobody has thought of it yet"
    )
    effort: int = Field(default=2, ge=1, le=3, description="How hard it is to answer: 1 at once, 3 after some thought")


class NeedsFound(BaseModel):
    """Stated needs in the message, and what should be asked next: one area, easiest first."""

    needs: list[FoundNeed] = Field(default_factory=list)
    area: str = Field(
        default="", description="The one area of the task that all questions are about, in two or three words"
    )
    questions: list[OpenQuestion] = Field(default_factory=list, description="At most four, one topic each")
    wants_answer: bool = Field(default=False, description="The participant wants the answer now and no more questions")


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
    """How one proposed belief relates to one that is already held."""

    proposal: int = Field(description="Number of the proposal, from 0")
    belief_id: str = Field(default="", description="Id of the held belief, empty when none is related")
    label: Literal["identical", "similar", "unrelated"]
    text: str = Field(default="", description="For 'similar': the revised belief that replaces the held one")


class BeliefsMatched(BaseModel):
    """One match for every proposal."""

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
