"""The tests of a study that nobody planned, as rows of one frame, so that all of them are corrected together.

Each function gives the columns COLUMNS, a row per test; what the data do not allow has its reason in `note` and no p.
"""

from collections.abc import Callable, Iterator, Sequence
from math import nan

import pandas as pd

from analysis.inference.cox import cox_clustered
from analysis.inference.crossover import crossover
from analysis.inference.estimate import NotEstimable
from analysis.inference.moderators import moderation
from analysis.inference.multiplicity import benjamini_hochberg
from analysis.inference.preference import pair, rankings
from analysis.inference.sequences import homogeneity, transitions
from analysis.inference.wald import wald_contrasts

COLUMNS = ("analysis", "measure", "what", "statistic", "value", "p", "note")
Pairs = Sequence[tuple[str, str]]
Tests = Iterator[tuple[str, str, float, float]]
"""what, statistic, value, p"""


def order_tests(rows: pd.DataFrame, measures: Sequence[str], contrasts: Pairs) -> pd.DataFrame:
    """Period, sequence and carry-over of each measure: F tests of the crossover model.

    With two conditions sequence and carry-over are one question, which is asked once.
    """

    def tests(measure: str) -> Tests:
        found = crossover(_of(rows, measure), "value", contrasts)
        carried = found.carry_over if len({name for pair in contrasts for name in pair}) > 2 else None
        for test in filter(None, (found.period, found.sequence, carried)):
            yield test.term, f"F({test.df1:g}, {test.df2:.1f})", test.f, test.p

    return _frame("order", measures, tests)


def moderator_tests(
    rows: pd.DataFrame, measures: Sequence[str], traits: Sequence[str], contrasts: Pairs
) -> pd.DataFrame:
    """Condition × trait on each measure; the traits are measures of people."""

    def tests(measure: str, trait: str) -> Tests:
        people = rows[rows["measure"] == trait].dropna(subset=["value"]).drop_duplicates("participant")
        held = _of(rows, measure)
        held["trait"] = held["participant"].map(people.set_index("participant")["value"])
        test = moderation(
            held, "value", "condition", "trait", contrasts, others=["C(block)"] if held["block"].nunique() > 1 else []
        ).interaction
        yield f"condition × {trait}", f"F({test.df1:g}, {test.df2:.1f})", test.f, test.p

    parts = [_frame("moderator", measures, lambda measure, trait=trait: tests(measure, trait)) for trait in traits]
    return pd.concat([_nothing(), *parts], ignore_index=True)


def sequence_tests(acts: pd.DataFrame) -> pd.DataFrame:
    """Whether what follows what differs between conditions; `acts` as `log_sequences.sequences` gives them."""

    def tests(_measure: str) -> Tests:
        found = homogeneity(acts, "kind", "seconds", "condition", "participant")
        yield "what follows what", f"χ², {found.permutations} permutations", found.chi2, found.p

    return _frame("sequence", ["acts in a task"], tests)


def event_tests(times: pd.DataFrame, event: str, contrasts: Pairs) -> pd.DataFrame:
    """Hazards compared by clustered Cox regression; `times`: participant, condition, time, observed."""

    def tests(_measure: str) -> Tests:
        fit = cox_clustered(
            times.assign(observed=times["observed"].astype(float)), "time ~ condition", "observed", "participant"
        )
        for one in wald_contrasts(fit.coefficients(), "condition", contrasts):
            yield f"{one.first} − {one.second}", "z", one.value, one.p

    return _frame("time to event", [event], tests)


def ranking_tests(rows: pd.DataFrame, measures: Sequence[str], contrasts: Pairs) -> pd.DataFrame:
    """Which of two conditions is ranked before the other: exact binomial tests."""

    def tests(measure: str) -> Tests:
        wide = rankings(_of(rows, measure), "value", "condition", "participant")
        for first, second in contrasts:
            found = pair(wide, first, second)
            yield f"{first} before {second}", f"of {found.n}", float(found.count), found.p

    return _frame("ranking", measures, tests)


def following(acts: pd.DataFrame) -> pd.DataFrame:
    """condition, kind, next, count: how often what followed what, as the figure of transitions takes it."""
    try:
        found = transitions(acts, "kind", "seconds", "condition", "participant")
    except NotEstimable:
        return pd.DataFrame(columns=["condition", "kind", "next", "count"])
    counts = pd.concat([one.table() for one in found], ignore_index=True)
    return counts.rename(columns={"from": "kind", "to": "next"})[["condition", "kind", "next", "count"]]


def corrected_together(*parts: pd.DataFrame) -> pd.DataFrame:
    """All of these tests with `p_adjusted` by Benjamini–Hochberg over every one that has a p."""
    every = pd.concat([_nothing(), *parts], ignore_index=True)
    tested = every["p"].notna()
    every["p_adjusted"] = nan
    if tested.any():
        every.loc[tested, "p_adjusted"] = benjamini_hochberg(every.loc[tested, "p"].tolist())
    return every


def _of(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    held = rows[rows["measure"] == measure].dropna(subset=["value", "condition"])
    if held.empty:
        raise NotEstimable(f"Nobody has a value of '{measure}' in a condition.")
    return held.astype({"participant": object, "condition": object})


def _frame(analysis: str, measures: Sequence[str], tests: Callable[[str], Tests]) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for measure in measures:
        try:
            rows += [(analysis, measure, *test, "") for test in tests(measure)]
        except NotEstimable as error:
            rows.append((analysis, measure, "", "", nan, nan, str(error)))
    return _typed(rows)


def _typed(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    texts = dict.fromkeys(("analysis", "measure", "what", "statistic", "note"), "str")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({**texts, "value": "float64", "p": "float64"})


def _nothing() -> pd.DataFrame:
    return _typed([])
