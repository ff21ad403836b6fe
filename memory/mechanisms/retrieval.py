"""Plain retrieval over what the participant wrote before."""

from typing import ClassVar

from pydantic import BaseModel, Field

from memory.mechanism import Mechanism, Params, Tools, Turn
from study.events import EventBase, Recalled


class RetrievalParams(Params):
    """How many messages are recalled, and how near they must be (cosine, 0–1)."""

    top_k: int = Field(default=3, ge=1, le=20)
    min_similarity: float = Field(default=0.05, ge=0, le=1)


class Retrieval(Mechanism):
    """Indexes each message of the participant and recalls the nearest ones.

    After LaMP (Salemi et al., 2024), the plain top-k baseline. Kept: one entry per message, top-k by
    similarity. Changed: the embedding is the built-in lexical one; the default k is ours.
    """

    name: ClassVar[str] = "retrieval"
    paper: ClassVar[str] = "LaMP: When Large Language Models Meet Personalization (arXiv 2304.11406)"
    Params: ClassVar[type[BaseModel]] = RetrievalParams
    params: RetrievalParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """The nearest earlier messages of this scope, each with its id as evidence."""
        scope, count = turn.state.scope, self.params.top_k + 1
        said = [(line.id, line.text) for line in (*turn.state.remembered, *turn.state.history) if line.role == "user"]
        found = tools.nearest(scope, turn.text, count)
        if len(found) < min(count, len(said)):  # the index was lost or started anew: fill it from the record
            tools.remember(scope, said)
            found = tools.nearest(scope, turn.text, count)
        return [
            Recalled(text=f"Said earlier: “{text}”", mechanism=self.name, evidence=(message_id,), score=round(score, 4))
            for message_id, text, score in found
            if message_id != turn.message_id and score >= self.params.min_similarity
        ][: self.params.top_k]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """Put the message into the index; the record itself holds it already."""
        tools.remember(turn.state.scope, [(turn.message_id, turn.text)])
        return []
