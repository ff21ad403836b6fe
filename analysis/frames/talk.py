"""The frames of the conversation: messages, replies, what came up for them, calls of models."""

from collections.abc import Iterable

from analysis.columns import COUNT, MEMORY, NUMBER, PLACE, TEXT, TOKENS, YES_NO, Column, Table
from analysis.frames.one_session import OneSession, Row

PIECE = ("text", "kind", "mechanism", "belief_id", "evidence", "score", "used", "reason")
"""What a row of `recalled` says about a piece."""


def message_rows(one: OneSession) -> Iterable[Row]:
    """One row per message."""
    for entry in one.of("message_sent"):
        yield entry, {"words": len(entry.payload["text"].split())}


MESSAGES = Table(
    "messages",
    ("message_sent",),
    (
        *PLACE,
        Column("message_id", TEXT, "", "message", "event.message_id"),
        Column("text", TEXT, "", "what the participant wrote", "event.text"),
        Column("words", COUNT, "words", "parts between white space", "derived: text"),
    ),
    message_rows,
)


def reply_rows(one: OneSession) -> Iterable[Row]:
    """One row per reply, given or failed."""
    rated = {entry.payload["turn_id"]: entry.payload for entry in one.of("reply_rated")}
    for entry in one.of("reply_given", "reply_failed"):
        event, given = entry.payload, entry.kind == "reply_given"
        recalled = event["recalled"] if given else ()
        rating = rated.get(event["turn_id"]) if given else None
        yield (
            entry,
            {
                **one.memory(entry.step),
                "given": given,
                "text": event["text"] if given else event["partial"],
                "words": len(event["text"].split()) if given else 0,
                "recalled_used": sum(piece["used"] for piece in recalled),
                "recalled_dropped": sum(not piece["used"] for piece in recalled),
                "rating": rating["rating"] if rating else None,
                "rating_why": rating["why"] if rating else None,
            },
        )


REPLIES = Table(
    "replies",
    ("reply_given", "reply_failed"),
    (
        *PLACE,
        *MEMORY,
        Column("turn_id", TEXT, "", "turn (message + reply)", "event.turn_id"),
        Column("message_id", TEXT, "", "message it answers", "event.message_id"),
        Column("given", YES_NO, "", "a reply was shown; otherwise it failed", "derived: kind"),
        Column("outcome", TEXT, "", "how it ended", "event.outcome"),
        Column("text", TEXT, "", "reply as shown; of a failed one what had arrived", "derived: text or partial"),
        Column("words", COUNT, "words", "parts between white space of a reply given", "derived: text"),
        Column("model", TEXT, "", "chat model that answered", "event.model"),
        Column("call_id", TEXT, "", "call in model_calls", "event.call_id"),
        *TOKENS,
        Column("asked", TEXT, "JSON", "the question, where the assistant asked instead of answering", "event.asked"),
        Column("draft", TEXT, "", "what the model wrote, where a mechanism revised it", "event.draft"),
        Column("recalled_used", COUNT, "pieces", "recalled pieces that were used", "derived: recalled"),
        Column("recalled_dropped", COUNT, "pieces", "recalled pieces that were dropped", "derived: recalled"),
        Column("rating", TEXT, "", "newest rating of the turn: up, down or empty", "derived: reply_rated"),
        Column("rating_why", TEXT, "", "reason given with it", "derived: reply_rated"),
        Column("error", TEXT, "", "why it failed", "event.error"),
    ),
    reply_rows,
)


def recalled_rows(one: OneSession) -> Iterable[Row]:
    """One row per piece that came up for a reply."""
    for entry in one.of("reply_given"):
        for number, piece in enumerate(entry.payload["recalled"], 1):
            yield entry, {"piece": number, **{name: piece[name] for name in PIECE}}


RECALLED = Table(
    "recalled",
    ("reply_given",),
    (
        *PLACE,
        Column("turn_id", TEXT, "", "turn (message + reply)", "event.turn_id"),
        Column("piece", COUNT, "", "place among what was recalled, from 1", "derived: recalled"),
        Column("text", TEXT, "", "what came up", "derived: recalled"),
        Column("kind", TEXT, "", "memory (about the participant) or instruction (how to act)", "derived: recalled"),
        Column("mechanism", TEXT, "", "mechanism that recalled it", "derived: recalled"),
        Column("belief_id", TEXT, "", "belief it states", "derived: recalled"),
        Column("evidence", TEXT, "JSON", "ids of the events it rests on", "derived: recalled"),
        Column("score", NUMBER, "", "how strongly it was recalled, where reported", "derived: recalled"),
        Column("used", YES_NO, "", "the assistant was told it; otherwise it was dropped", "derived: recalled"),
        Column("reason", TEXT, "", "why it was dropped (or which part it is)", "derived: recalled"),
    ),
    recalled_rows,
)

MODEL_CALLS = Table(
    "model_calls",
    ("model_called",),
    (
        *PLACE,
        Column("call_id", TEXT, "", "call", "event.call_id"),
        Column("purpose", TEXT, "", "what it was for", "event.purpose"),
        Column("turn_id", TEXT, "", "turn it belongs to", "event.turn_id"),
        Column("model", TEXT, "", "chat model", "event.model"),
        Column("parameters", TEXT, "JSON", "settings of the call", "event.parameters"),
        Column("messages", TEXT, "JSON", "prompt as sent", "event.messages"),
        Column("raw", TEXT, "", "answer as received", "event.raw"),
        Column("parsed", TEXT, "JSON", "structured answer", "event.parsed"),
        *TOKENS,
        Column("retries", COUNT, "", "attempts before this outcome", "event.retries"),
        Column("outcome", TEXT, "", "how it ended", "event.outcome"),
        Column("error", TEXT, "", "why it failed", "event.error"),
    ),
)
