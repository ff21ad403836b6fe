"""The columns of every frame, declared as data: dtype, unit, meaning and where each comes from.

To add a column: one line here. The frames, the exports and the data dictionary follow by themselves.
"""

from dataclasses import dataclass

TEXT, NUMBER, COUNT, YES_NO, TIME = "str", "float64", "int64", "bool", "datetime64[us, UTC]"


@dataclass(frozen=True)
class Column:
    """One column: plain pandas dtype, unit (`JSON` for nested values), meaning and origin.

    `source` is the path it is read from (`session`, `logged`, `place`, `event`) or `derived`.
    """

    name: str
    dtype: str
    unit: str
    description: str
    source: str
    identifying: bool = False


@dataclass(frozen=True)
class Table:
    """The columns of one frame and the kinds of event its rows come from (none: every kind)."""

    name: str
    kinds: tuple[str, ...]
    columns: tuple[Column, ...]

    def shown(self, identifiers: bool = False) -> tuple[Column, ...]:
        """Its columns, without the identifying ones unless asked for."""
        return tuple(c for c in self.columns if identifiers or not c.identifying)


WHO = (
    Column("session_id", TEXT, "", "session (one sitting)", "session.id"),
    Column("participant", TEXT, "", "pseudonym of the participant", "session.participant"),
    Column("simulated", YES_NO, "", "a simulated participant, not a person", "session.simulated"),
)
WHEN = (
    Column("event_id", TEXT, "", "event this row was read from", "logged.id"),
    Column("seq", COUNT, "", "number of the event in its session", "logged.seq"),
    Column("at", TIME, "UTC", "server time", "logged.at"),
)
WHERE = (
    Column("step", TEXT, "", "step that occupied the screen", "place.step"),
    Column("block", NUMBER, "", "period, from 1; empty outside blocks", "place.block"),
    Column("condition", TEXT, "", "condition id; empty outside blocks", "place.condition"),
    Column("task", TEXT, "", "task id; empty outside blocks", "place.task"),
)
PLACE = WHO + WHEN + WHERE
LABEL = Column("label", TEXT, "", "what the condition was called, in the protocol's language", "derived: design.labels")
SPAN = (
    Column("started_at", TIME, "UTC", "when it was first shown", "derived: first event"),
    Column("finished_at", TIME, "UTC", "when it was done; empty if it never was", "derived: last event"),
)
MEMORY = (
    Column("memory", TEXT, "", "memory of the task: what tasks with the same one learn is shared", "derived: timeline"),
    Column("session_number", NUMBER, "", "session of a study over several days, from 1", "derived: timeline"),
)
TOKENS = (
    Column("input_tokens", NUMBER, "tokens", "as the provider counted them", "event.input_tokens"),
    Column("output_tokens", NUMBER, "tokens", "as the provider counted them", "event.output_tokens"),
    Column("first_token_ms", NUMBER, "ms", "time to the first token, where reported", "event.first_token_ms"),
    Column("duration_ms", NUMBER, "ms", "from the call to the last token", "event.duration_ms"),
)

SESSIONS = Table(
    "sessions",
    ("session_started",),
    (
        *WHO,
        Column("status", TEXT, "", "running, or how it ended: complete, withdrawn, rejected …", "session.status"),
        Column("complete", YES_NO, "", "went through to the end", "derived: status"),
        Column("consented", YES_NO, "", "agreed to the consent text", "derived: consent_given"),
        Column("cell", COUNT, "", "cell of the design: order of conditions × rotation of tasks", "session.cell"),
        Column("levels", TEXT, "JSON", "levels of the strata, as the link said", "event.levels"),
        Column("conditions", TEXT, "JSON", "conditions in order of presentation", "session.conditions"),
        Column("tasks", TEXT, "JSON", "tasks in order of presentation", "session.tasks"),
        Column("blocks_reached", COUNT, "blocks", "highest block with an event", "derived: place of events"),
        Column("blocks_finished", COUNT, "blocks", "blocks whose task was finished", "derived: task_finished"),
        Column("late_returns", COUNT, "", "how often the participant came back late", "derived: returned_late"),
        Column("allocation_index", COUNT, "", "rank of arrival", "session.allocation_index"),
        Column("seed", COUNT, "", "seed of the study when allocated", "session.seed"),
        Column("protocol_hash", TEXT, "", "SHA-256 of the protocol", "session.protocol_hash"),
        Column("study_version", COUNT, "", "number of the study's version it ran on", "session.study_version"),
        Column("model", TEXT, "", "chat model", "session.model"),
        Column("language", TEXT, "", "language of all texts; empty: the protocol's own", "session.language"),
        Column("app_version", TEXT, "", "version of Atelier", "session.app_version"),
        Column("started_at", TIME, "UTC", "arrival", "session.started_at"),
        Column("ended_at", TIME, "UTC", "end; empty while running", "session.ended_at"),
        Column("minutes", NUMBER, "min", "arrival to end, pauses included", "derived: ended_at − started_at"),
        Column("platform_id", TEXT, "", "id on the platform", "session.platform_id", identifying=True),
        Column("url_params", TEXT, "JSON", "parameters of the link", "event.url_params", identifying=True),
        Column("user_agent", TEXT, "", "browser", "event.user_agent", identifying=True),
    ),
)

EVENTS = Table(
    "events",
    (),
    (
        *WHO,
        *WHEN,
        Column("client_at", TIME, "UTC", "browser time, where reported", "logged.client_at"),
        Column("kind", TEXT, "", "kind of event", "logged.kind"),
        *WHERE,
        Column("payload", TEXT, "JSON", "what happened; parts that identify people are left out", "event"),
    ),
)

MESSAGES = Table(
    "messages",
    ("message_sent",),
    (
        *PLACE,
        Column("message_id", TEXT, "", "message", "event.message_id"),
        Column("text", TEXT, "", "what the participant wrote", "event.text"),
        Column("words", COUNT, "words", "parts between white space", "derived: text"),
    ),
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
)

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

RESPONSES = Table(
    "responses",
    ("questionnaire_answered",),
    (
        *PLACE,
        LABEL,
        Column("instrument", TEXT, "", "instrument id", "event.instrument"),
        Column("instrument_version", TEXT, "", "its version", "event.instrument_version"),
        Column("occasion", TEXT, "", "which asking, as the protocol names it (say before)", "event.occasion"),
        Column("nth", COUNT, "", "how often it was answered in this block so far", "derived: order"),
        Column("round", NUMBER, "", "round of a repeat, from 1", "derived: timeline"),
        Column("session_number", NUMBER, "", "session of a study over several days, from 1", "derived: timeline"),
        Column("item", TEXT, "", "item id", "derived: answers"),
        Column("position", NUMBER, "", "place on the page, from 1", "derived: shown_order"),
        Column("value", NUMBER, "scale", "raw answer of a rating or number, not reversed", "derived: answers"),
        Column("text", TEXT, "", "answer of a choice or text; a list as JSON", "derived: answers"),
        Column("missing", YES_NO, "", "item was shown and skipped", "derived: answers"),
    ),
)

BELIEFS = Table(
    "beliefs",
    ("belief_changed",),
    (
        *PLACE,
        *MEMORY,
        Column("until_seq", NUMBER, "", "number of the event from which it no longer stood", "derived: later changes"),
        Column("mechanism", TEXT, "", "mechanism that holds it", "event.mechanism"),
        Column("by", TEXT, "", "who changed it: person or mechanism", "event.by"),
        Column("action", TEXT, "", "added, revised, confirmed, declined, retracted, moved …", "event.action"),
        Column("turn_id", TEXT, "", "turn that led to it", "event.turn_id"),
        Column("belief_id", TEXT, "", "belief", "event.belief.id"),
        Column("text", TEXT, "", "what is held from now on", "event.belief.text"),
        Column("kind", TEXT, "", "need, preference, fact, style or constraint", "event.belief.kind"),
        Column("source", TEXT, "", "stated, inferred, edited or asked", "event.belief.source"),
        Column("status", TEXT, "", "open, held, declined, retracted or outdated", "event.belief.status"),
        Column("confidence", NUMBER, "0–1", "1: stated by the person", "event.belief.confidence"),
        Column(
            "importance",
            NUMBER,
            "0–1",
            "weight when recalled; of needs above 0.5: their order",
            "event.belief.importance",
        ),
        Column("durability", NUMBER, "0–1", "1: never fades", "event.belief.durability"),
        Column("scope", TEXT, "", "trial, block, session or study", "event.belief.scope"),
        Column("topic", TEXT, "", "what it is about", "event.belief.topic"),
        Column("area", TEXT, "", "part of the task it was asked about with", "event.belief.area"),
        Column("reasoning", TEXT, "", "why it was inferred", "event.belief.reasoning"),
        Column("answers", TEXT, "JSON", "default answers of an open question", "event.belief.answers"),
        Column("evidence", TEXT, "JSON", "ids of the events it rests on", "event.belief.evidence"),
        Column("supersedes", TEXT, "", "belief it replaces", "event.belief.supersedes"),
    ),
)

CONTROLS = Table(
    "controls",
    ("control_changed",),
    (
        *PLACE,
        Column("mechanism", TEXT, "", "mechanism that offers the control", "event.mechanism"),
        Column("control", TEXT, "", "control id", "event.control"),
        Column(
            "action",
            TEXT,
            "",
            "set; in a list add, edit, confirm, decline, delete, hide, move; under a reply set_aside, use_again",
            "event.action",
        ),
        Column("old", TEXT, "JSON", "value before", "event.old"),
        Column("new", TEXT, "JSON", "value after", "event.new"),
    ),
)

STEPS = Table(
    "steps",
    ("step_entered", "step_finished"),
    (
        *WHO,
        *WHERE,
        Column("kind", TEXT, "", "kind of step", "derived: protocol"),
        Column("instrument", TEXT, "", "instrument of a questionnaire", "derived: protocol"),
        *SPAN,
        Column("seconds", NUMBER, "s", "first shown to finished, pauses included", "derived: both times"),
    ),
)

TRIALS = Table(
    "trials",
    ("task_started", "task_finished"),
    (
        *WHO,
        *WHERE,
        Column("step", TEXT, "", "step of the task: several in a block with several tasks", "place.step"),
        Column("round", NUMBER, "", "round of a repeat, from 1", "derived: timeline"),
        LABEL,
        *SPAN,
        Column("minutes", NUMBER, "min", "task shown to task finished, pauses included", "derived: both times"),
        Column("by", TEXT, "", "participant or time_limit", "derived: task_finished.by"),
    ),
)

JUDGEMENTS = Table(
    "judgements",
    ("belief_judged",),
    (
        *WHO,
        *WHEN,
        Column("step", TEXT, "", "step that occupied the screen", "place.step"),
        Column("block", NUMBER, "", "block in which the belief arose", "derived: belief_changed"),
        Column("condition", TEXT, "", "condition in which the belief arose", "derived: belief_changed"),
        Column("task", TEXT, "", "task in which the belief arose", "derived: belief_changed"),
        Column("mechanism", TEXT, "", "mechanism that held it", "derived: belief_changed"),
        Column("belief_id", TEXT, "", "belief", "event.belief_id"),
        Column("belief_text", TEXT, "", "text the participant judged", "event.belief_text"),
        Column("verdict", TEXT, "", "right, wrong or not_comfortable", "event.verdict"),
    ),
)

SOLUTIONS = Table(
    "solutions",
    ("solution_updated",),
    (
        *PLACE,
        Column("version", COUNT, "", "version of the solution", "event.version"),
        Column("cause", TEXT, "", "what led to it", "event.cause"),
        Column("options", COUNT, "options", "chosen options in all sections", "derived: sections"),
        Column("sections", TEXT, "JSON", "the solution", "event.sections"),
    ),
)

TABLES = (
    SESSIONS,
    EVENTS,
    MESSAGES,
    REPLIES,
    RECALLED,
    MODEL_CALLS,
    RESPONSES,
    BELIEFS,
    CONTROLS,
    STEPS,
    TRIALS,
    JUDGEMENTS,
    SOLUTIONS,
)
