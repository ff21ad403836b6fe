"""Runs → a table of power, and from it the smallest effect that a number of participants finds."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm

from analysis.measures import registry
from analysis.power.draw import planned
from analysis.power.grid import balanced
from study.analysis_plan import Hypothesis
from study.protocol import Protocol

WANTED = 0.8


def power_table(protocol: Protocol, tries: pd.DataFrame, ns: tuple[int, ...]) -> pd.DataFrame:
    """One row per number of participants, hypothesis and effect.

    `n` participants begin (`balanced` says what they balance). `power`: share of the `runs` in which the hypothesis is supported,
    corrected over its family, with its 95 % Wilson interval; `power_alone`: without correction. A run without an estimate counts
    as one that does not support it; `not_estimable` is their share. `bias`: mean estimate minus `effect`; `coverage`: share of
    intervals that hold `effect`; both NaN for estimates that are ratios. With effect 0 the power is the rate of false alarms
    (for equivalence: the power if there is no difference at all).
    """
    units = {measure.name: measure.unit for measure in registry(protocol)}
    rows = []
    for n in ns:
        for one in planned(protocol):
            mine = tries[(tries["n"] == n) & (tries["hypothesis"] == one.id)]
            rows += [
                {
                    "n": n,
                    "balanced": balanced(protocol, n),
                    "hypothesis": one.id,
                    "measure": one.measure,
                    "unit": units[one.measure],
                    "contrast": " − ".join(one.sides),
                    "effect": effect,
                    **_summary(of_effect, one, effect),
                }
                for effect, of_effect in mine.groupby("effect", sort=False)
            ]
    return pd.DataFrame(rows)


def _summary(tries: pd.DataFrame, one: Hypothesis, effect: float) -> dict[str, float]:
    runs = len(tries)
    supported = int((tries["p_adjusted"] < one.alpha).sum())
    interval = binomtest(supported, runs).proportion_ci(method="wilson")
    known = tries.dropna(subset=["low", "high"])
    covered = (known["low"] <= effect) & (effect <= known["high"])
    return {
        "runs": runs,
        "power": supported / runs,
        "low": float(interval.low),
        "high": float(interval.high),
        "power_alone": float((tries["p"] < one.alpha).mean()),
        "bias": float((known["difference"] - effect).mean()) if len(known) else nan,
        "coverage": float(covered.mean()) if len(known) else nan,
        "not_estimable": float(tries["p"].isna().mean()),
    }


@dataclass(frozen=True)
class Sensitivity:
    """The smallest effect that `n` participants find with the `wanted` power; NaN where `note` says why there is none."""

    hypothesis: str
    n: int
    effect: float
    wanted: float = WANTED
    note: str = ""


def sensitivity(protocol: Protocol, table: pd.DataFrame, n: int, wanted: float = WANTED) -> list[Sensitivity]:
    """For every hypothesis, read off the simulated curve: between two effects, along a line on the probit scale.

    Nothing is said beyond the largest effect that was tried.
    """
    found = []
    for one in planned(protocol):
        rows = table[(table["n"] == n) & (table["hypothesis"] == one.id)]
        if one.direction == "equivalent":
            found.append(Sensitivity(one.id, n, nan, wanted, "an equivalence has no smallest effect; see its power"))
        else:
            found.append(_smallest(rows, one.id, n, wanted))
    return found


def _smallest(rows: pd.DataFrame, hypothesis: str, n: int, wanted: float) -> Sensitivity:
    ordered = rows.assign(size=rows["effect"].abs()).sort_values("size")
    sizes, runs = ordered["size"].to_numpy(), ordered["runs"].to_numpy()
    reached = np.maximum.accumulate(ordered["power"].to_numpy())
    inner = np.clip(reached, 0.5 / runs, 1 - 0.5 / runs)
    if not len(sizes) or reached[-1] < wanted:
        tried = f"more than {sizes[-1]:g}" if len(sizes) else "not simulated"
        return Sensitivity(hypothesis, n, nan, wanted, tried)
    after = int(np.argmax(reached >= wanted))
    if after == 0:
        return Sensitivity(hypothesis, n, nan, wanted, "supported even without an effect: something is wrong")
    low, high, aim = norm.ppf(inner[after - 1]), norm.ppf(inner[after]), norm.ppf(wanted)
    share = 1.0 if high <= low else min(1.0, (aim - low) / (high - low))
    effect = sizes[after - 1] + share * (sizes[after] - sizes[after - 1])
    sign = -1 if (ordered["effect"] < 0).any() else 1
    return Sensitivity(hypothesis, n, sign * float(effect), wanted)
