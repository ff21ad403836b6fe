"""The frames of the conversation: messages, replies, what came up for them, calls of models."""

from collections.abc import Iterable
from typing import Any

from analysis.columns import COUNT, MEMORY, NUMBER, PLACE, TEXT, TOKENS, YES_NO, Column, Table
from analysis.frames.one_session import OneSession, Row
from study.log import Stored

PIECE = ("text", "kind", "mechanism", "belief_id", "evidence", "score", "used", "reason")
"""What a row of `recalled` says about a piece."""
ANSWER = ("turn_id", "outcome", "input_tokens", "output_tokens", "first_token_ms", "duration_ms")
"""What a row of `turns` takes from the reply as it is."""


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


def turn_rows(one: OneSession) -> Iterable[Row]:
    """One row per message with the reply to it, or with how the last attempt at one failed."""
    rated = {entry.payload["turn_id"]: entry.payload["rating"] for entry in one.of("reply_rated")}
    attempts: dict[str, list[Stored]] = {}
    for entry in one.of("reply_given", "reply_failed"):
        attempts.setdefault(entry.payload["message_id"], []).append(entry)
    sent: dict[str, int] = {}
    for message in one.of("message_sent"):
        sent[message.step] = sent.get(message.step, 0) + 1
        tried = attempts.get(message.payload["message_id"], [])
        reply = next((entry for entry in tried if entry.kind == "reply_given"), tried[-1] if tried else None)
        words = len(message.payload["text"].split())
        about = {"number": sent[message.step], "words": words, "attempts": len(tried)}
        yield message, {**about, **_answer(message, reply, rated)}


def _answer(message: Stored, reply: Stored | None, rated: dict[str, str]) -> dict[str, Any]:
    """What a row of `turns` says about the reply; nothing where there is none, or none yet."""
    event, given = (reply.payload if reply else {}), reply is not None and reply.kind == "reply_given"
    recalled = event.get("recalled") or ()
    return {
        **{name: event.get(name) for name in ANSWER},
        "given": given,
        "reply_words": len(event["text"].split()) if given else None,
        "asked": event.get("asked") is not None,
        "recalled_used": sum(piece["used"] for piece in recalled) if given else None,
        "recalled_dropped": sum(not piece["used"] for piece in recalled) if given else None,
        "rating": rated.get(event["turn_id"]) if given else None,
        "wait_seconds": (reply.at - message.at).total_seconds() if reply else None,
    }


TURNS = Table(
    "turns",
    ("message_sent",),
    (
        *PLACE,
        Column("message_id", TEXT, "", "message", "event.message_id"),
        Column("number", COUNT, "", "place among the messages of the task, from 1", "derived: order"),
        Column("words", COUNT, "words", "parts between white space of the message", "derived: text"),
        Column("turn_id", TEXT, "", "the turn whose reply was shown, else the last attempt", "derived: replies"),
        Column("given", YES_NO, "", "a reply was shown", "derived: replies"),
        Column("outcome", TEXT, "", "how it ended; empty: not answered when the record was read", "derived: replies"),
        Column("attempts", COUNT, "", "replies that were tried, the given one included", "derived: replies"),
        Column("reply_words", NUMBER, "words", "parts between white space of the reply", "derived: replies"),
        Column("asked", YES_NO, "", "the reply was a question", "derived: replies"),
        *(Column(c.name, c.dtype, c.unit, c.description, "derived: replies") for c in TOKENS),
        Column("wait_seconds", NUMBER, "s", "message stored to reply stored, attempts included", "derived: both times"),
        Column("recalled_used", NUMBER, "pieces", "recalled pieces that were used", "derived: replies"),
        Column("recalled_dropped", NUMBER, "pieces", "recalled pieces that were dropped", "derived: replies"),
        Column("rating", TEXT, "", "newest rating of the reply: up, down or empty", "derived: reply_rated"),
    ),
    turn_rows,
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
