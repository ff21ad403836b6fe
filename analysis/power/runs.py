"""What is to be simulated, and the finished runs of it on disk, so that a simulation can be broken off and go on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isnan, nan
from pathlib import Path
from typing import Any

from analysis.power.assumptions import Assumptions
from analysis.power.draw import planned
from analysis.power.grid import Effects, given_effects, read_ns
from study.errors import AtelierError
from study.protocol import Protocol

VERSION = 1
"""Of how studies are drawn and analysed: another number makes kept runs useless."""


@dataclass(frozen=True)
class Simulation:
    """What is simulated: `runs` studies of each size in `ns`, with no effect and with each of `effects`, by hypothesis."""

    ns: tuple[int, ...]
    effects: Effects
    runs: int = 200
    seed: int = 1
    assumed: Assumptions = field(default_factory=Assumptions)

    @property
    def jobs(self) -> list[tuple[int, int]]:
        """(participants, number of the run) of every made-up study; with the small numbers first, for an early look."""
        return [(n, run) for run in range(self.runs) for n in self.ns]


def simulation(protocol: Protocol, ns: str, effects: list[str], runs: int, seed: int, **assumed: float) -> Simulation:
    """From what was typed: `ns` and `effects` as text, the default where there is none. Raises AtelierError."""
    if not planned(protocol):
        raise AtelierError(
            "The protocol plans no test, so there is no power to simulate. Name `analysis.hypotheses`, or a primary measure "
            "and at least two conditions to compare."
        )
    taken = Assumptions(**assumed)
    return Simulation(read_ns(protocol, ns), given_effects(protocol, taken, effects), runs, seed, taken)


@dataclass(frozen=True)
class Try:
    """One hypothesis in one made-up study with this effect (first minus second, in the measure's unit).

    `difference` and its interval are NaN where the estimate is a ratio, `p` where there was none to be had.
    """

    n: int
    run: int
    hypothesis: str
    effect: float
    p: float
    p_adjusted: float
    difference: float
    low: float
    high: float
    refusal: str = ""


@dataclass(frozen=True)
class Store:
    """A file with a line for every finished run; the name tells the settings, so other settings have another file."""

    path: Path | None = None

    @classmethod
    def of(cls, folder: Path, protocol: Protocol, asked: Simulation) -> "Store":
        """The file for these settings; the number of runs and the sizes may differ from one start to the next."""
        settings = [VERSION, protocol.content_hash(), asked.seed, dict(asked.effects), asked.assumed.as_dict()]
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"runs-{digest[:12]}.jsonl")

    def read(self) -> dict[tuple[int, int], list[Try]]:
        """(n, run) → what came of it; a line that was cut off is a run that is done again."""
        found: dict[tuple[int, int], list[Try]] = {}
        if self.path is None or not self.path.exists():
            return found
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        if len(whole) < len(lines):
            self.path.write_text("".join(whole), encoding="utf-8")
        for line in whole:
            tries = [Try(**_numbers(raw)) for raw in json.loads(line)]
            found[tries[0].n, tries[0].run] = tries
        return found

    def add(self, tries: Sequence[Try]) -> None:
        """Write one finished run."""
        if self.path is None:
            return
        made = [
            {name: None if isinstance(value, float) and isnan(value) else value for name, value in asdict(one).items()}
            for one in tries
        ]
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(made) + "\n")


def _numbers(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: nan if value is None else value for name, value in raw.items()}
