"""What each made-up study gave, and the finished studies on disk, so that a long simulation can be broken off and go on."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.inference.estimate import Estimate


@dataclass(frozen=True)
class Result:
    """One hypothesis of one study: `truth` is what its estimate should be, on its own scale (NaN: not known).

    `p_adjusted` is after Holm over the family. NaN, and a `refusal`, where it could not be tested.
    """

    family: str
    hypothesis: str
    truth: float
    p: float = nan
    p_adjusted: float = nan
    difference: float = nan
    low: float = nan
    high: float = nan
    refusal: str = ""

    @classmethod
    def of(cls, name: str, truth: float, found: Estimate | float) -> "Result":
        """A test by itself: an estimate, or only its p."""
        if isinstance(found, Estimate):
            return cls(name, name, truth, found.p, nan, found.difference, found.low, found.high)
        return cls(name, name, truth, found)


Study = tuple[str, int]
"""Design, and number of the run."""
ALONE = " — "
"""Between a design and the one family of it that is tried once more."""


@dataclass(frozen=True)
class Kept:
    """A file with one line for every finished study; its first line tells the settings."""

    path: Path
    settings: str

    def read(self) -> dict[Study, list[Result]]:
        """The finished studies; a line that was cut off is a study that is done again.

        Raises ValueError where the file is of other settings.
        """
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._append({"settings": self.settings})
            return {}
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        if len(whole) < len(lines):
            self.path.write_text("".join(whole), encoding="utf-8")
        if not whole or json.loads(whole[0]) != {"settings": self.settings}:
            raise ValueError(f"{self.path} holds studies of other designs. Name another file, or take it away.")
        found = [json.loads(line) for line in whole[1:]]
        return {(one["design"], one["run"]): [Result(**_numbers(raw)) for raw in one["results"]] for one in found}

    def add(self, study: Study, results: Iterable[Result]) -> None:
        """Write one finished study."""
        rows = [{name: _plain(value) for name, value in asdict(one).items()} for one in results]
        self._append({"design": study[0], "run": study[1], "results": rows})

    def _append(self, line: dict[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def frame(found: dict[Study, list[Result]]) -> pd.DataFrame:
    """One row per design, study and hypothesis, in this order of studies."""
    rows = [{"design": design, "run": run, **asdict(one)} for (design, run), held in found.items() for one in held]
    return pd.DataFrame(rows, columns=["design", "run", *Result.__dataclass_fields__])


def _plain(value: object) -> object:
    return None if isinstance(value, float) and isnan(value) else value


def _numbers(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: nan if value is None else value for name, value in raw.items()}
