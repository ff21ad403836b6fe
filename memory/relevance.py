"""Which texts bear on a message."""

from collections.abc import Sequence

from memory.embedding import vector_of


def relevance(message: str, context: Sequence[str], texts: Sequence[str]) -> list[float]:
    """How far each text bears on the message, 0–1."""
    asked = vector_of(message)
    return [max(0.0, float(vector_of(text) @ asked)) for text in texts]
