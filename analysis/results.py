"""Measures → comparisons: the numbers a paper reports about one measure, or about all of them.

People and simulated participants are never mixed: with at least one complete sitting of a person
only people count; before that, simulated participants stand in and everything is labelled so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan

import pandas as pd

from analysis.comparisons import Contrast, contrast_table, describe, paired_contrasts
from analysis.measures import Measure, registry
from analysis.printed import p_cell
from study.design import groups
from study.errors import NotFound
from study.protocol import Protocol

SIMULATED_LABEL = "simulated data"
APART = "different participants met the two: described, not compared, as this analysis compares within participants"
COLUMNS = (
    "measure",
    "title",
    "first",
    "second",
    "n",
    "first_mean",
    "first_sd",
    "second_mean",
    "second_sd",
    "difference",
    "low",
    "high",
    "p_wilcoxon",
    "p_holm",
    "note",
)


@dataclass(frozen=True)
class Selection:
    """Rows that are analysed together: all of people, or all simulated."""

    rows: pd.DataFrame
    simulated: bool

    @property
    def label(self) -> str:
        """What a title must add: "simulated data", or nothing."""
        return SIMULATED_LABEL if self.simulated else ""


@dataclass(frozen=True)
class Comparison:
    """One measure across conditions: the analysed rows, descriptives and planned contrasts.

    `conditions` in the order of the protocol; `description` has a row per condition with data.
    """

    measure: Measure
    conditions: tuple[str, ...]
    selection: Selection
    description: pd.DataFrame
    contrasts: tuple[Contrast, ...]

    @property
    def rows(self) -> pd.DataFrame:
        """The analysed rows."""
        return self.selection.rows

    @property
    def table(self) -> pd.DataFrame:
        """Every contrast with all that is reported about it."""
        return contrast_table(list(self.contrasts))


def select(rows: pd.DataFrame, complete_only: bool = True) -> Selection:
    """The rows to analyse of a frame with `simulated` and `complete`: people if any are complete."""
    real = rows[~rows["simulated"] & rows["complete"]]
    simulated = real.empty and bool((rows["simulated"] & rows["complete"]).any())
    kept = rows[rows["simulated"] == simulated]
    return Selection(kept[kept["complete"]] if complete_only else kept, simulated)


def compare(record_measures: pd.DataFrame, protocol: Protocol, measure: str, complete_only: bool = True) -> Comparison:
    """Describe a measure per condition and compare the pairs the protocol plans (all, if none).

    Raises NotFound naming the known measures.
    """
    known = {m.name: m for m in registry(protocol)}
    if measure not in known:
        raise NotFound(f"There is no measure '{measure}'. Known: {', '.join(known)}.")
    chosen = select(record_measures, complete_only)
    rows = chosen.rows[chosen.rows["measure"] == measure].dropna(subset=["value", "condition"])
    met = [c for c in condition_order(protocol) if c in set(rows["condition"])]
    pairs = [(a, b) for a, b in planned_pairs(protocol) if a in met and b in met and _shared(rows, a, b) > 1]
    description = describe(rows, "value", "condition", "participant") if met else _nothing_described()
    description = description.set_index("condition").reindex(met).reset_index()
    contrasts = paired_contrasts(rows, "value", "condition", "participant", pairs) if pairs else []
    order = tuple(condition_order(protocol))
    return Comparison(known[measure], order, Selection(rows, chosen.simulated), description, tuple(contrasts))


def comparison_table(
    record_measures: pd.DataFrame,
    protocol: Protocol,
    names: Iterable[str] | None = None,
    complete_only: bool = True,
) -> pd.DataFrame:
    """One row per measure and contrast: means (SD), paired difference with 95 % CI, p values.

    Means and SDs are of everybody with a value, differences of the n participants with both. Holm is
    over the contrasts of one measure. Pairs that fewer than two participants have are left out, but pairs
    that the design keeps apart are described, with a note. Without `names`, every measure that has a mean.
    """
    wanted = [m.name for m in registry(protocol) if not m.censored] if names is None else list(names)
    compared = [compare(record_measures, protocol, name, complete_only) for name in wanted]
    rows = [row for one in compared for row in [*_table_rows(one), *_apart_rows(one, protocol)]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def readable(table: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """A comparison table as text, the way a paper prints it."""

    def number(column: str) -> pd.Series:
        return table[column].map(lambda x: "–" if pd.isna(x) else f"{x:.{digits}f}").astype("str")

    def p(column: str) -> pd.Series:
        return table[column].map(p_cell).astype("str")

    return pd.DataFrame(
        {
            "measure": table["title"],
            "contrast": table["first"] + " − " + table["second"],
            "n": table["n"],
            "first: mean (SD)": number("first_mean") + " (" + number("first_sd") + ")",
            "second: mean (SD)": number("second_mean") + " (" + number("second_sd") + ")",
            "difference [95 % CI]": number("difference") + " [" + number("low") + ", " + number("high") + "]",
            "p (Wilcoxon)": p("p_wilcoxon"),
            "p (Holm)": p("p_holm"),
            "note": table["note"],
        }
    )


def condition_order(protocol: Protocol) -> list[str]:
    """Condition ids as the protocol lists them: the order of every table and figure."""
    return [condition.id for condition in protocol.conditions]


def planned_pairs(protocol: Protocol) -> Sequence[tuple[str, str]]:
    """The contrasts of the protocol, first minus second; every pair where it plans none."""
    every = [(b, a) for a, b in combinations(condition_order(protocol), 2)]
    return protocol.analysis.contrasts or every


def _shared(rows: pd.DataFrame, first: str, second: str) -> int:
    """How many participants have a value in both conditions."""
    people = [set(rows.loc[rows["condition"] == c, "participant"]) for c in (first, second)]
    return len(people[0] & people[1])


def _nothing_described() -> pd.DataFrame:
    return pd.DataFrame(columns=["condition", "n", "mean", "sd"])


def _table_rows(comparison: Comparison) -> list[tuple[object, ...]]:
    described = comparison.description.set_index("condition")
    return [
        (
            comparison.measure.name,
            comparison.measure.title,
            c.first,
            c.second,
            c.n,
            described.at[c.first, "mean"],
            described.at[c.first, "sd"],
            described.at[c.second, "mean"],
            described.at[c.second, "sd"],
            c.difference,
            c.low,
            c.high,
            c.p_wilcoxon,
            c.p_holm,
            c.note,
        )
        for c in comparison.contrasts
    ]


def _apart_rows(comparison: Comparison, protocol: Protocol) -> list[tuple[object, ...]]:
    """Planned pairs that no participant meets both of: means, and a note instead of a test."""
    described, met = comparison.description.set_index("condition"), groups(protocol)
    apart = [
        (a, b)
        for a, b in planned_pairs(protocol)
        if a in described.index and b in described.index and not any(a in group and b in group for group in met)
    ]
    return [
        (
            comparison.measure.name,
            comparison.measure.title,
            first,
            second,
            0,
            described.at[first, "mean"],
            described.at[first, "sd"],
            described.at[second, "mean"],
            described.at[second, "sd"],
            *[nan] * 5,
            APART,
        )
        for first, second in apart
    ]
