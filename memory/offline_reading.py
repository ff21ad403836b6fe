"""How the built-in model reads: prompt sections back into data, and words into wishes."""

import re
from dataclasses import dataclass, field

from study.wishes import Topic, Wish, meets, wishes

MILD = 0.25
"""What is accepted counts for less than what is wanted, however much of it there is (up to three attributes)."""
LEFT_OUT = -0.5
"""An option without attributes is to take nothing: better than what is not wanted, worse than anything else."""
PRIORITY = re.compile(r"\(priority (\d+) of \d+\)")


@dataclass(frozen=True)
class Choice:
    """One option of the catalogue."""

    id: str
    section: str
    name: str
    attributes: dict[str, str]
    description: str


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
                Choice(option, section, name, dict(p for a in attributes.split(";") if (p := _pair(a))), description)
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


def sentence(text: str, words: str) -> str:
    """The sentence of a text in which these words stand; all of it if there is none."""
    for one in re.split(r"(?<=[.!?])\s+", text):
        if words.lower() in one.lower():
            return one.strip()
    return text.strip()


def rank(reading: Reading, wanted: list[Wish], seed: str) -> dict[str, list[Choice]]:
    """Options of every section, best first. In a tie the need of higher priority counts, then what is in the plan."""
    shift = sum(seed.encode()) % max(1, len(reading.options))
    options = reading.options[shift:] + reading.options[:shift]
    kept = {option for ids in reading.plan.values() for option in ids}
    first = _by_priority(reading, wanted)
    ranked: dict[str, list[Choice]] = {}
    for section, _title in reading.sections:
        mine = [option for option in options if option.section == section]
        ranked[section] = sorted(
            mine, key=lambda o: (-score(o, wanted), [not meets(o.attributes, w) for w in first], o.id not in kept)
        )
    return ranked


def _by_priority(reading: Reading, wanted: list[Wish]) -> list[Wish]:
    """The wishes of entries that say which priority they have, highest first."""
    said = {entry: PRIORITY.search(text) for entry, text in reading.about}
    ordered = [(int(match[1]), wish) for wish in wanted if (match := said.get(wish.source))]
    return [wish for _, wish in sorted(ordered, key=lambda pair: pair[0])]


def score(option: Choice, wanted: list[Wish]) -> float:
    """Satisfied wishes, less three for each that is gone against."""
    if not option.attributes:
        return LEFT_OUT
    worth = [(MILD if wish.mild else 1) if wish.wanted else -3 for wish in wanted if _has(option, wish)]
    return sum(worth)


def _has(option: Choice, wish: Wish) -> bool:
    return option.attributes.get(wish.topic) == wish.value


def gather(reading: Reading, message: str) -> list[Wish]:
    """Wishes from the message first, then from what is known; a later entry on a topic replaces an earlier one."""
    own = wishes(message, reading.topics, "message")
    topics = {wish.topic for wish in own}
    values = {(wish.topic, wish.value) for wish in own}
    known: list[Wish] = []
    for entry, text in reading.about:
        for wish in wishes(text, reading.topics, entry):
            if (wish.topic, wish.value) not in values and (wish.topic not in topics or not wish.wanted):
                known = [w for w in known if not _gives_way(w, wish)] + [wish]
    return own + known


def _gives_way(earlier: Wish, later: Wish) -> bool:
    if earlier.source == later.source or earlier.topic != later.topic:
        return False
    return (earlier.wanted and later.wanted) or earlier.value == later.value


def _pair(text: str) -> tuple[str, str] | None:
    name, given, value = text.strip().partition("=")
    return (name, value) if given else None
