"""Made-up people with preferences, and what they ask: read from benchmarks/recall_preferences.yaml."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.chance import generator

FILE = Path(__file__).with_name("recall_preferences.yaml")


@dataclass(frozen=True)
class Preference:
    """What somebody says, how they take it back, and two requests against it, with and without its word."""

    topic: str
    text: str
    taken_back: str
    named: str
    unnamed: str


def every_preference() -> list[Preference]:
    """All of the file: templates × values."""
    return [
        Preference(
            kind["topic"],
            *(_filled(kind[part], value) for part in ("says", "takes_back", "named", "unnamed")),
        )
        for kind in yaml.safe_load(FILE.read_text(encoding="utf-8"))
        for value in kind["values"]
    ]


def preferences(number: int, count: int, seed: int) -> list[Preference]:
    """Those of one person: first one of each topic, in an order of their own, then a second one, and so on."""
    random = generator(seed, number)
    every = every_preference()
    topics = list(dict.fromkeys(p.topic for p in every))
    if count > len(every):
        raise ValueError(f"There are {len(every)} preferences, not {count}.")
    mine = {t: [p for p in every if p.topic == t] for t in topics}
    orders = {t: [mine[t][n] for n in random.permutation(len(mine[t]))] for t in topics}
    rounds = [[orders[str(t)][n] for t in random.permutation(topics)] for n in range(len(mine[topics[0]]))]
    return [p for one in rounds for p in one][:count]


def _filled(template: str, value: str) -> str:
    text = template.replace("{value}", value)
    return text[:1].upper() + text[1:]
