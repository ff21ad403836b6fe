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
    replaces: list[str] = Field(default_factory=list, description="Ids of held needs whose place it takes")


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


class StatedPreference(BaseModel):
    """One preference that the participant stated about themselves."""

    text: str = Field(description="The preference in a few words, in the participant's own terms")
    topic: str = Field(default="", description="Attribute id it is about, else one or two words for its subject")
    quote: str = Field(default="", description="The words of the participant it rests on")
    same_as: str = Field(default="", description="Id of the held one that says the same already, or empty")
    replaces: list[str] = Field(default_factory=list, description="Ids of held ones that cannot hold beside it")


class PreferencesStated(BaseModel):
    """Every preference that the message states outright."""

    preferences: list[StatedPreference] = Field(default_factory=list)


class PageRewritten(BaseModel):
    """The whole page about the participant as it stands after the message."""

    lines: list[str] = Field(
        default_factory=list, description="One plain line for each subject: 'Subject: what is known'"
    )


class LikelyAnswer(BaseModel):
    """One answer that the participant may well give to a question."""

    text: str = Field(description="The answer in the participant's own words, at most six of them")
    likelihood: float = Field(
        ge=0, allow_inf_nan=False, description="How likely it is; those of one question add up to 1"
    )
    choices: list[str] = Field(
        default_factory=list,
        description="As choices_now, but after this answer; what stays the same is repeated in the very same words",
    )


class QuestionSampled(BaseModel):
    """A question that could be asked, and what its likely answers would lead to."""

    topic: str = Field(description="Id of the open topic it is about, or a word for it where none are listed")
    question: str
    answers: list[LikelyAnswer] = Field(default_factory=list, description="Two to four answers, the likeliest first")


class AnswersSampled(BaseModel):
    """What would be suggested now, and whether the answer to a question would change that."""

    wants_answer: bool = Field(
        default=False, description="Whether the message asks for an answer at once, wants a fact, or only says thanks"
    )
    choices_now: list[str] = Field(
        default_factory=list,
        description="What you would suggest without asking: option ids, the best one of each section; "
        "without options one entry, the gist of your answer in a few words",
    )
    questions: list[QuestionSampled] = Field(
        default_factory=list, description="The questions that would change the most, most decisive first; may be none"
    )


class Difference(BaseModel):
    """What one entry about the participant changes."""

    belief_id: str = Field(description="Id of the entry")
    with_it: str = Field(description="In at most twelve words: what you would suggest if you may use the entry")
    without_it: str = Field(
        description="The same if you may not use it; the very same words if nothing would be different"
    )


class DifferencesFound(BaseModel):
    """One difference for every entry."""

    differences: list[Difference] = Field(default_factory=list)


class DraftReviewed(BaseModel):
    """What is wrong with a draft, and a revision of it."""

    problems: list[str] = Field(default_factory=list, description="One short line each; none if the draft is fine")
    revision: str = Field(default="", description="The whole revised reply; empty if the draft is fine")
    better: Literal["draft", "revision"] = Field(description="Which of the two serves this participant better")


class NeutralAnswer(BaseModel):
    """A reply to the message."""

    text: str = Field(description="The whole reply, as the participant will read it")


class AnswersJudged(BaseModel):
    """Which of two replies serves this participant better."""

    reason: str = Field(default="", description="One short sentence")
    better: Literal["first", "second"]


class Clarification(BaseModel):
    """Whether what is known settles what the message asks for; if not, one question about one subject."""

    settled: bool = Field(description="True when nothing has to be asked before the next step")
    topic: str = Field(default="", description="Attribute id it is about, else one or two words for the subject")
    question: str = Field(default="", description="One short question; empty when settled")
    options: list[str] = Field(default_factory=list, description="Two to six short answers to choose from")


class RevealedPreference(BaseModel):
    """One preference that the message reveals, compared with what is held on the same subject."""

    text: str = Field(description="The whole preference as it stands now, with what still holds of the old entry")
    topic: str = Field(default="", description="Attribute id it is about, else one or two words for the subject")
    relation: Literal["new", "same", "adds", "changes"] = Field(
        description="To the held entry: none on this subject, says the same, says more, or contradicts it"
    )
    entries: list[str] = Field(default_factory=list, description="Ids of the held entries on this subject")
    quote: str = Field(default="", description="The words of the participant it rests on")


class PreferencesRevealed(BaseModel):
    """What the message reveals about the participant's preferences; empty when it reveals none."""

    preferences: list[RevealedPreference] = Field(default_factory=list)


class JudgedNote(BaseModel):
    """Whether one note about the participant bears on their message."""

    note: int = Field(description="Number of the note, from 0")
    why: str = Field(default="", description="In a few words: what the answer would lose without it, or why nothing")
    bears: bool = Field(description="True only if a good answer would be different without the note")


class NotesJudged(BaseModel):
    """One judgement for every note."""

    notes: list[JudgedNote] = Field(default_factory=list)
