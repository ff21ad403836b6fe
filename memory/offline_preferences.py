"""The built-in model's rules for asking before it acts, and for what a message reveals about preferences.

Where a task has attributes, a preference is what somebody wants, would take and does not want of one of them.
Where it has none, it is what somebody says that they like or do not like, and how answers should be.
"""

import re
from collections.abc import Sequence
from typing import Any

from memory.belief import normal
from memory.offline_reading import Choice, Reading
from study.stance import Span, Stance, stances
from study.wishes import Topic, wishes

THANKS = re.compile(
    r"\W*(?:thanks?|thank you|great|perfect|right|ok(?:ay)?|good|that works|hello|hi)\b.{0,40}", re.I | re.S
)
NO_MATTER = re.compile(
    r"\b(?:no preference|(?:don['’]t|do not) (?:care|mind)|(?:doesn['’]t|does not) matter|anything|any of)\b", re.I
)
OPEN = "no preference"
CHANGED = "Something has changed, so let me ask again. "
STYLE = (
    "style",
    "How should I answer best for you?",
    ("Short and to the point", "With an example", "With reasons and figures"),
)
LIKES = re.compile(
    r"\bI(?:['’]d| would| do| really| also)? (?P<how>like|love|prefer|enjoy|want|hate|dislike|avoid|don['’]t (?:like|want)|"
    r"do not (?:like|want)|used to (?:like|love|prefer))(?: to)? (?P<what>[^.,;:!?\n]+?)"
    r"(?= (?:any ?more|now|but|and I)\b|[.,;:!?\n]|$)",
    re.IGNORECASE,
)
AGAINST = re.compile(r"hate|dislike|avoid|n['’]t|not|used to", re.IGNORECASE)
FOR, NOT_FOR = "Likes", "Does not like"

Taste = dict[str, tuple[Stance, str]]
"""Value of an attribute → how somebody stands to it, and the words for it."""


# --- asking ---------------------------------------------------------------------------------------


def clarify(reading: Reading) -> dict[str, Any]:
    """A question about the attribute on which most is open; none if all is known, or nothing is asked for."""
    settled = {"settled": True, "topic": "", "question": "", "options": []}
    message = reading.text("Message")
    if THANKS.fullmatch(message):
        return settled
    done = {line[2:].strip() for line in reading.parts.get("Asked already", [])}
    if not reading.topics:
        return settled if _knows_style(reading, done) else _asking(*STYLE)
    said = {wish.topic for wish in wishes(message, reading.topics)}
    doubted = {topic for _, topic in _in_doubt(reading)}
    left = [(topic, _open(reading, topic, doubted)) for topic in reading.topics if topic.id not in done | said]
    best = max(left, key=lambda pair: (pair[0].id in doubted, len(pair[1])), default=None)
    if best is None or not best[1]:
        return settled
    topic = best[0]
    question = (CHANGED if topic.id in doubted else "") + topic.question
    return _asking(topic.id, question, [words[0] for words in topic.values.values()])


def _asking(topic: str, question: str, options: Sequence[str]) -> dict[str, Any]:
    return {"settled": False, "topic": topic, "question": question, "options": list(options)}


def _knows_style(reading: Reading, done: set[str]) -> bool:
    topic, question, _ = STYLE
    return topic in done or any(text.startswith(question) for _, text in reading.about)


def _open(reading: Reading, topic: Topic, doubted: set[str]) -> list[str]:
    """Values on offer that nothing is known about; none where one that is wanted is known."""
    offered = list(dict.fromkeys(o.attributes[topic.id] for o in reading.options if topic.id in o.attributes))
    offered = offered or list(topic.values)
    if topic.id in doubted:
        return offered
    about = [text for _, text in reading.about]
    if f"{topic.label}: {OPEN}" in about:
        return []
    known = [wish for text in about for wish in wishes(text, reading.topics) if wish.topic == topic.id]
    if any(wish.wanted and not wish.mild for wish in known):
        return []
    return [value for value in offered if value not in {wish.value for wish in known}]


def _in_doubt(reading: Reading) -> list[tuple[str, str]]:
    """(id, topic) of what is held but in doubt."""
    lines = (re.match(r"- \[([^\]]+)\] \(\w+; ([^)]*)\)", line) for line in reading.parts.get("In doubt", []))
    return [(m[1], m[2]) for m in lines if m]


# --- what a message reveals -------------------------------------------------------------------------


def reveal_preferences(reading: Reading) -> dict[str, Any]:
    """One preference for each attribute (else each liking) in the message, compared with what is held on it."""
    if not reading.topics:
        return {"preferences": _likings(reading)}
    message = reading.text("Message")
    labels = {topic.id: topic for topic in reading.topics}
    said = _said(reading, message)
    found = [_compared(reading, labels[topic], taste, message) for topic, taste in said.items()]
    asked = _asked(reading)
    if asked and asked[0] in labels and asked[0] not in said and NO_MATTER.search(message):
        found.append(_revealed(reading, asked[0], f"{labels[asked[0]].label}: {OPEN}", "changes", message))
    return {"preferences": found}


def _said(reading: Reading, message: str) -> dict[str, Taste]:
    """How the message stands to values it names, and to those of an option that it would take."""
    said: dict[str, Taste] = {}
    spelled = {word.lower(): word for topic in reading.topics for names in topic.values.values() for word in names}
    for wish in wishes(message, reading.topics):
        words = spelled.get(wish.words.lower(), wish.words)
        said.setdefault(wish.topic, {})[wish.value] = (_stance(wish.wanted, wish.mild), words)
    first = {(topic.id, value): names[0] for topic in reading.topics for value, names in topic.values.items()}
    for option in _would_take(reading, message):
        for topic, value in option.attributes.items():
            held = _held_taste(reading, topic).get(value)
            stance: Stance = "likes" if held and held[0] == "likes" else "accepts"
            said.setdefault(topic, {}).setdefault(value, (stance, first[topic, value]))
    return said


def _would_take(reading: Reading, message: str) -> list[Choice]:
    """Options that the message names and would take; a bare mention says nothing."""
    places: dict[Span, Choice] = {}
    for option in sorted(reading.options, key=lambda o: -len(o.name)):
        for match in re.finditer(rf"(?<!\w){re.escape(option.name)}(?!\w)", message, re.IGNORECASE):
            if not any(match.start() < end and start < match.end() for start, end in places):
                places[match.span()] = option
    found = zip(places.values(), stances(message, list(places)), strict=True)
    return [option for option, stance in found if stance in ("likes", "accepts")]


def _compared(reading: Reading, topic: Topic, said: Taste, message: str) -> dict[str, Any]:
    """What was said of one attribute, put together with what is held on it."""
    held = _held_taste(reading, topic.id)
    wanted = any(stance == "likes" for stance, _ in said.values())
    flipped = {v for v, (s, _) in held.items() if v in said and (s == "rejects") != (said[v][0] == "rejects")}
    displaced = {v for v, (s, _) in held.items() if wanted and s == "likes" and v not in said}
    now = {value: how for value, how in held.items() if value not in displaced} | said
    text = f"{topic.label}: {_written(now)}"
    if flipped or displaced:
        return _revealed(reading, topic.id, text, "changes", message)
    if held:
        same = {v: s for v, (s, _) in now.items()} == {v: s for v, (s, _) in held.items()}
        return _revealed(reading, topic.id, text, "same" if same else "adds", message)
    return _revealed(reading, topic.id, text, "adds" if _entries(reading, topic.id) else "new", message)


def _held_taste(reading: Reading, topic: str) -> Taste:
    """What is held on an attribute, all entries together, later ones over earlier ones."""
    texts = [text for _, _, its_topic, text in reading.held if its_topic == topic]
    found = [wish for text in texts for wish in wishes(text, reading.topics) if wish.topic == topic]
    return {wish.value: (_stance(wish.wanted, wish.mild), wish.words) for wish in found}


def _written(taste: Taste) -> str:
    """As words that read back as the same."""
    how: dict[Stance, list[str]] = {"likes": [], "accepts": [], "rejects": []}
    for stance, words in taste.values():
        how[stance].append(words)
    named = (("likes", how["likes"]), ("fine with", how["accepts"]), ("does not want", how["rejects"]))
    return "; ".join(f"{verb} {' or '.join(words)}" for verb, words in named if words)


def _stance(wanted: bool, mild: bool) -> Stance:
    return "rejects" if not wanted else "accepts" if mild else "likes"


def _revealed(reading: Reading, topic: str, text: str, relation: str, message: str) -> dict[str, Any]:
    entries = _entries(reading, topic)
    how = relation if entries else "new"
    return {"text": text, "topic": topic, "relation": how, "entries": entries, "quote": message.strip()[:200]}


def _entries(reading: Reading, topic: str) -> list[str]:
    return [entry for entry, _, its_topic, _ in reading.held if its_topic == topic]


def _asked(reading: Reading) -> tuple[str, str] | None:
    """(topic, text) of the question that the message follows."""
    for line in reading.parts.get("Question", []):
        topic, _, text = line[2:].partition(" | ")
        return topic.strip(), text.strip()
    return None


# --- without attributes ------------------------------------------------------------------------------


def _likings(reading: Reading) -> list[dict[str, Any]]:
    message = reading.text("Message")
    if asked := _asked(reading):
        topic, question = asked
        text = f"{question} {message.strip()[:150]}"
        return [_revealed(reading, topic, text, "changes", message)] if message.strip() else []
    found = []
    for match in LIKES.finditer(message):
        what, against = match["what"].strip(), bool(AGAINST.search(match["how"]))
        text = f"{NOT_FOR if against else FOR} {what}"
        about = [(i, t) for i, _, _, t in reading.held if normal(t).endswith(f" {normal(what)}")]
        same = any(normal(held) == normal(text) for _, held in about)
        relation = "same" if same else "changes" if about else "new"
        entries = [entry for entry, _ in about]
        found.append({"text": text, "topic": "", "relation": relation, "entries": entries, "quote": match[0]})
    return found
