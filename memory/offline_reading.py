"""How the built-in model reads: prompt sections back into data, and words into wishes."""

import re
from dataclasses import dataclass, field

NEGATIONS = re.compile(
    r"\b(?:no|not|don't|dont|do not|without|never|nothing|avoid|hate|dislike|isn't|aren't)\b(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Choice:
    """One option of the catalogue."""

    id: str
    section: str
    name: str
    attributes: dict[str, str]
    description: str


@dataclass(frozen=True)
class Topic:
    """One attribute with the words for its values."""

    id: str
    label: str
    question: str
    values: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Wish:
    """An attribute value that is wanted (or to be avoided), the words that said so, and whose line it was."""

    topic: str
    value: str
    wanted: bool
    words: str
    source: str = ""


@dataclass(frozen=True)
class Reading:
    """A system message as data; `parts` are its `# Name` sections, line by line."""

    parts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sections(self) -> list[tuple[str, str]]:
        """(id, title) of the parts of a plan."""
        return [
            (i.strip(), t.strip()) for i, _, t in (line[2:].partition(":") for line in self.parts.get("Sections", []))
        ]

    @property
    def topics(self) -> list[Topic]:
        """The attributes of the task."""
        found = []
        for line in self.parts.get("Attributes", []):
            name, label, question, values = (p.strip() for p in line[2:].split(" | ", 3))
            pairs = [v.partition(":") for v in values.split(";")]
            found.append(
                Topic(
                    name,
                    label,
                    question,
                    {v.strip(): tuple(w.strip() for w in words.split(",")) for v, _, words in pairs},
                )
            )
        return found

    @property
    def options(self) -> list[Choice]:
        """The catalogue."""
        found = []
        for line in self.parts.get("Options", []):
            option, section, name, attributes, description = (p.strip() for p in line[2:].split(" | ", 4))
            found.append(
                Choice(option, section, name, dict(a.strip().split("=", 1) for a in attributes.split(";")), description)
            )
        return found

    @property
    def about(self) -> list[tuple[str, str]]:
        """(id, text) of what is known about the participant."""
        lines = (re.match(r"- \[([^\]]+)\] (.*)", line) for line in self.parts.get("About the participant", []))
        return [(m[1], m[2]) for m in lines if m]

    @property
    def held(self) -> list[tuple[str, str, str, str]]:
        """(id, status, topic, text) of held beliefs."""
        lines = (
            re.match(r"- \[([^\]]+)\] \((\w+); ([^)]*)\) (.*)", line) for line in self.parts.get("Held beliefs", [])
        )
        return [(m[1], m[2], m[3], m[4]) for m in lines if m]

    @property
    def plan(self) -> dict[str, list[str]]:
        """Section → chosen option ids."""
        pairs = (line[2:].partition(":") for line in self.parts.get("Plan so far", []) if line.startswith("- "))
        return {section.strip(): [o.strip() for o in ids.split(",")] for section, _, ids in pairs}

    def text(self, name: str) -> str:
        """A section as one text."""
        return "\n".join(self.parts.get(name, []))


def read(system: str) -> Reading:
    """A system message in the documented format (memory/prompts.py) as data."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in system.splitlines():
        if line.startswith("# "):
            name = line[2:].strip()
            parts[name] = []
        elif name and line.strip():
            parts[name].append(line)
    return Reading(parts)


def wishes(text: str, topics: list[Topic], source: str = "") -> list[Wish]:
    """What a text asks for, by the words of the attributes; longest phrases first, each word once."""
    found: list[Wish] = []
    taken: list[tuple[int, int]] = []
    for phrase, topic, value, denied in _phrases(topics):
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            clause = re.split(r"[.,;!?\n]|\bbut\b", text[: match.start()])[-1]
            wish = Wish(topic, value, not (denied or NEGATIONS.search(clause)), match[0], source)
            if not any((w.topic, w.value, w.wanted) == (topic, value, wish.wanted) for w in found):
                found.append(wish)
    return found


def noted(topic: Topic, wish: Wish) -> str:
    """A wish as a line that reads back as the same wish."""
    return f"{topic.label}: {'' if wish.wanted else 'not '}{wish.value} (“{wish.words.lower()}”)"


def sentence(text: str, words: str) -> str:
    """The sentence of a text in which these words stand; all of it if there is none."""
    for one in re.split(r"(?<=[.!?])\s+", text):
        if words.lower() in one.lower():
            return one.strip()
    return text.strip()


def excludes(later: Wish, earlier: Wish) -> bool:
    """Whether an earlier wish cannot hold beside a later one: another value of the attribute, or wanted no longer."""
    if later.topic != earlier.topic:
        return False
    return later.wanted and earlier.wanted if later.value != earlier.value else later.wanted != earlier.wanted


NOTED = {"": False, "prefers ": False, "not ": True, "does not want ": True}
"""How lines that were noted put a value, and whether it is one to avoid; read whole, for labels may hold words of values."""


def _phrases(topics: list[Topic]) -> list[tuple[str, str, str, bool]]:
    """(words, topic, value, whether the words themselves say that it is not wanted), longest first."""
    every = []
    for topic in topics:
        for value, words in topic.values.items():
            every += [(word, topic.id, value, False) for word in words]
            every += [(f"{topic.label}: {says}{value}", topic.id, value, denied) for says, denied in NOTED.items()]
    return sorted(every, key=lambda p: -len(p[0]))


def rank(reading: Reading, wanted: list[Wish], seed: str) -> dict[str, list[Choice]]:
    """Options of every section, best first. What is already in the plan wins a tie."""
    shift = sum(seed.encode()) % max(1, len(reading.options))
    options = reading.options[shift:] + reading.options[:shift]
    kept = {option for ids in reading.plan.values() for option in ids}
    ranked: dict[str, list[Choice]] = {}
    for section, _title in reading.sections:
        mine = [option for option in options if option.section == section]
        ranked[section] = sorted(mine, key=lambda o: (-score(o, wanted), o.id not in kept))
    return ranked


def score(option: Choice, wanted: list[Wish]) -> int:
    """Satisfied wishes, less three for each that is gone against."""
    total = 0
    for wish in wanted:
        has = option.attributes.get(wish.topic) == wish.value
        total += (1 if has else 0) if wish.wanted else (-3 if has else 0)
    return total


def gather(reading: Reading, message: str) -> list[Wish]:
    """Wishes from the message first, then from what is known; a later word on a topic replaces an earlier one."""
    own = wishes(message, reading.topics, "message")
    topics = {wish.topic for wish in own}
    known: list[Wish] = []
    for entry, text in reading.about:
        for wish in wishes(text, reading.topics, entry):
            if wish.topic not in topics or wish.wanted is False:
                known = [w for w in known if not (w.topic == wish.topic and w.wanted and wish.wanted)] + [wish]
    return own + known
