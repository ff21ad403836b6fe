"""Made-up studies of a protocol's own design, with effects planted where its hypotheses look for them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asked import hypotheses, levels_of
from analysis.measures import measure_names
from analysis.power.assumptions import Assumptions
from analysis.power.layout import layout, planned_measures
from analysis.power.values import Values, values_of
from analysis.sample import Sample, without_excluded
from study.analysis_plan import Hypothesis
from study.protocol import Protocol

COLUMNS = [
    "session_id", "participant", "simulated", "complete", "block", "condition", "task", "measure", "value", "status",
]  # fmt: skip


def planned(protocol: Protocol) -> tuple[Hypothesis, ...]:
    """The hypotheses that the analysis will test."""
    return hypotheses(protocol, measure_names(protocol, protocol.analysis.primary))


def draw(
    protocol: Protocol,
    n: int,
    effects: Mapping[str, float],
    rng: np.random.Generator,
    assumed: Assumptions,
) -> pd.DataFrame:
    """The measures of `n` made-up participants, with the columns of `analysis.measures.measures()` and `status`.

    `effects`: hypothesis → difference between the means of the first and the second of its contrast, in units of its measure;
    of several hypotheses on one measure they add up. Only the measures that the plan names are drawn.
    """
    return Drawing.of(protocol, n, assumed).draw(effects, rng)


@dataclass(frozen=True)
class Drawing:
    """Everything about the studies of one size that chance does not decide, so that many can be drawn."""

    protocol: Protocol
    hypotheses: tuple[Hypothesis, ...]
    places: pd.DataFrame
    values: Mapping[str, tuple[Values, tuple[str, ...]]]
    assumed: Assumptions
    n: int

    @classmethod
    def of(cls, protocol: Protocol, n: int, assumed: Assumptions) -> "Drawing":
        """Raises AtelierError for a measure that is not simulated."""
        asked = planned(protocol)
        names = [name for one in asked for name in (one.measure, one.given) if name]
        measures = planned_measures(protocol, names)
        values: dict[str, tuple[Values, tuple[str, ...]]] = {}
        for measure in measures:
            same = measure.name.removesuffix(f".{measure.occasion}") if measure.occasion else measure.name
            kind, others = values.get(same, (values_of(protocol, measure, assumed), ()))
            values[same] = kind, (*others, measure.name)
        return cls(protocol, asked, layout(protocol, n, measures, seed=0), values, assumed, n)

    def draw(self, effects: Mapping[str, float], rng: np.random.Generator) -> pd.DataFrame:
        """One study. Each measure has its own stream, so that others stay the same when an effect is planted in one."""
        shifts = self._shifts(effects)
        streams = rng.spawn(len(self.values) + 1)
        parts = [
            self._drawn(self.places[self.places["measure"].isin(names)], kind, shifts, stream)
            for (kind, names), stream in zip(self.values.values(), streams[1:], strict=True)
        ]
        rows = pd.concat(parts, ignore_index=True)
        return _finished(self._still_there(rows, streams[0]))

    def sample(self, effects: Mapping[str, float], rng: np.random.Generator) -> Sample:
        """One study, as far as the plan's rules leave nobody out."""
        rows, rules = self.draw(effects, rng), self.protocol.analysis.exclusions
        unlucky = rng.random(self.n) < self.assumed.failed_checks
        most = max((rule.failed_checks or 0 for rule in rules), default=0)
        return without_excluded(rows, rules, {_name(who): most for who in np.flatnonzero(unlucky)})

    def kind_of(self, measure: str) -> Values:
        """What the values of a measure look like."""
        return next(kind for kind, names in self.values.values() if measure in names)

    def _shifts(self, effects: Mapping[str, float]) -> dict[tuple[str, str], float]:
        """(measure, condition) → how far its location is from the middle."""
        found: dict[tuple[str, str], float] = {}
        for one in self.hypotheses:
            parts = 2 if one.interaction else 1
            distance = self.kind_of(one.measure).location(effects.get(one.id, 0.0) / parts)
            others = levels_of(self.protocol, one.interaction.factor) if one.interaction else {}
            for condition, level in levels_of(self.protocol, one.factor).items():
                sign = {one.contrast[0]: 0.5, one.contrast[1]: -0.5}.get(level, 0.0)
                if one.interaction:  # half the difference of differences at either level of the other factor
                    first, second = one.interaction.contrast
                    sign *= {first: 1, second: -1}.get(others[condition], 0)
                found[one.measure, condition] = found.get((one.measure, condition), 0.0) + sign * distance
        return found

    def _drawn(
        self, rows: pd.DataFrame, kind: Values, shifts: Mapping[tuple[str, str], float], rng: np.random.Generator
    ) -> pd.DataFrame:
        at = [shifts.get(key, 0.0) for key in zip(rows["measure"], rows["condition"], strict=True)]
        later = (rows["block"].fillna(1) - 1).to_numpy()
        drawn = kind.draw(np.array(at), later, rows["who"].to_numpy(), rng)
        lost = rng.random(len(rows)) < self.assumed.missing
        return rows.assign(value=np.where(lost, np.nan, drawn))

    def _still_there(self, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Without the blocks from a drop-out on; what belongs to the person is taken to be asked before them."""
        blocks = int(rows["block"].max()) if rows["block"].notna().any() else 0
        gone = rng.random((self.n, blocks)) < self.assumed.drop_out
        last = np.where(gone.any(axis=1), gone.argmax(axis=1), blocks) if blocks else np.zeros(self.n, dtype=int)
        reached = last[rows["who"]]
        stays = (rows["block"] <= reached) | (rows["block"].isna())
        return rows.assign(complete=reached == blocks)[stays]


def _name(who: int) -> str:
    return f"P{who + 1:04d}"


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    names = rows["who"].map(_name)
    status = np.where(rows["complete"], "complete", "running")
    made = rows.assign(session_id=names, participant=names, simulated=True, status=status)
    return made.sort_values(["who", "block", "measure"], kind="stable")[COLUMNS].reset_index(drop=True)
