"""Which condition was preferred: first choices, pairs, Friedman's test of the ranks, worths with bootstrap intervals."""

from collections.abc import Iterator
from math import exp

import pandas as pd

from analysis.answered import RANK
from analysis.figures import preference_ranking
from analysis.inference.estimate import NotEstimable
from analysis.inference.preference import first_choices, friedman, pair, rankings, worth_difference
from analysis.inference.proportions import proportion
from analysis.inference.ranks import after_friedman
from analysis.printed import bounds, chi2_text, number, p_cell, pairwise_text, share_text
from analysis.report.document import Block, Drawing, Heading, Note, Table
from analysis.report.outcomes import Outcomes, or_why
from analysis.results import planned_pairs
from analysis.wording import title

DRAWS, SEED = 1000, 1


def preference(of: Outcomes) -> Iterator[Block]:
    """Every ranking of the conditions that the study asks for."""
    asked = [measure for name, measure in of.known.items() if measure.unit == RANK and len(of.rows(name))]
    if not asked:
        yield "No ranking of the conditions was asked for, or nobody has given one yet."
    for measure in asked:
        yield Heading(3, title(measure))
        yield Drawing(f"ranking_{measure.name}", preference_ranking(of.comparison(measure.name)))
        yield from or_why(lambda name=measure.name: list(_ranking(of, name)))  # type: ignore[misc]


def _ranking(of: Outcomes, name: str) -> Iterator[Block]:
    wide = rankings(of.rows(name), "value", "condition", "participant")
    wide = wide[[condition for condition in of.conditions if condition in wide.columns]]
    yield from or_why(lambda: [first_text(wide)])
    if wide.shape[1] > 2:
        tested = friedman(wide)
        yield (
            f"Exploratory: mean ranks compared by Friedman's test, {chi2_text(tested.chi2, tested.df, tested.p)} (not corrected), "
            f"Kendall's W = {number(tested.w)}, n = {tested.n}. After it, "
            + pairwise_text(after_friedman(_long(wide), "place", "condition", "participant"))
        )
    pairs = [names for names in planned_pairs(of.protocol) if set(names) <= set(wide.columns)]
    apart = [(first, second) for first, second in pairs if (wide[first] != wide[second]).any()]
    if apart:
        yield _pairs(wide, apart, name)
    yield from _worths(wide, pairs, name)


def _long(wide: pd.DataFrame) -> pd.DataFrame:
    """participant, condition, place: a row for each place that a participant gave."""
    return wide.rename_axis("participant").reset_index().melt("participant", var_name="condition", value_name="place")


def first_text(wide: pd.DataFrame) -> str:
    """How many put each condition first, with Wilson's interval."""
    chosen = first_choices(wide).set_index("condition")
    n = int(chosen["n"].iloc[0])
    parts = [f"{name} by {share_text(proportion(int(chosen.at[name, 'count']), n))}" for name in wide.columns]
    several = f" {len(wide) - n} put several first and are left out here." if n < len(wide) else ""
    return f"Of {len(wide)} complete rankings, put first: {'; '.join(parts)}.{several}"


def _pairs(wide: pd.DataFrame, pairs: list[tuple[str, str]], name: str) -> Table:
    found = [(first, second, pair(wide, first, second)) for first, second in pairs]
    ties = any(one.n < len(wide) for _, _, one in found)
    frame = pd.DataFrame([{"first": first, "second": second, **vars(one)} for first, second, one in found])
    columns = {
        "before the other": lambda row: f"{row['first']} before {row['second']}",
        "n": lambda row: f"{row['count']} of {row['n']}",
        "share": lambda row: f"{number(100 * row['share'], 0)} %",
        "95 % CI (Clopper–Pearson)": lambda row: _percents(row["exact_low"], row["exact_high"]),
        "95 % CI (Wilson)": lambda row: _percents(row["wilson_low"], row["wilson_high"]),
        "p (exact)": lambda row: p_cell(row["p"]),
    }
    note = "p of the exact binomial test against one half, two-sided, not corrected." + (
        " Who gave both the same place is left out." if ties else ""
    )
    return Table(
        f"preferred_{name}", "Exploratory: which of two conditions was ranked before the other", frame, columns, note
    )


def _percents(low: float, high: float) -> str:
    return f"[{number(100 * low, 0)}, {number(100 * high, 0)}] %"


def _worths(wide: pd.DataFrame, pairs: list[tuple[str, str]], name: str) -> Iterator[Block]:
    found, refused = [], []
    for first, second in pairs:
        try:
            found.append(worth_difference(wide, first, second, "Bradley–Terry", DRAWS, SEED))
        except NotEstimable as error:
            refused.append(str(error))
    if found:
        frame = pd.DataFrame([vars(one) for one in found])
        columns = {
            "preferred": lambda row: f"{row['first']} to {row['second']}",
            "n": lambda row: str(row["n"]),
            "odds": lambda row: number(exp(row["difference"])),
            "95 % CI": lambda row: bounds(exp(row["low"]), exp(row["high"])),
            "log odds": lambda row: number(row["difference"]),
            "SE": lambda row: number(row["se"]),
            "p": lambda row: p_cell(row["p"]),
        }
        said = dict.fromkeys(filter(None, (one.note for one in found)))
        note = (
            f"Bradley–Terry, p not corrected; interval and SE from {DRAWS} draws of whole participants (seed {SEED}), as the pairs that one "
            f"ranking implies depend on each other; a tie is half a win for each. {'; '.join(said)}{'.' if said else ''}"
        )
        yield Table(f"worths_{name}", "Exploratory: worths of the conditions", frame, columns, note.strip())
    if refused:
        yield Note(" ".join(dict.fromkeys(refused)))
