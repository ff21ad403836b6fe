"""What Atelier finds for every hypothesis of the plan, in the columns that the R script prints: to be laid side by side."""

from collections.abc import Iterator
from math import nan

import pandas as pd

from analysis.asked import LEVEL, VALUE, WHO, asked
from analysis.findings import Finding, decide
from analysis.handover.tables import Handover
from analysis.inference.anova import anova
from analysis.inference.estimate import NotEstimable
from analysis.inference.ranks import friedman

NUMBERS = (
    "estimate",
    "low",
    "high",
    "statistic",
    "df",
    "df2",
    "p",
    "p_adjusted",
    "p_equivalent",
    "low_equivalent",
    "high_equivalent",
)
COLUMNS = (
    "hypothesis",
    "family",
    "measure",
    "first",
    "second",
    "direction",
    "test",
    "scale",
    *NUMBERS,
    "formula",
    "note",
)
"""`p` answers the planned question, one-sided where the hypothesis has a direction; an omnibus test is called `ID.all`."""


def results(of: Handover) -> pd.DataFrame:
    """One row per hypothesis, and one per omnibus test beside it; what could not be tested says why in `note`."""
    rows = [row for one in decide(of.chosen, of.protocol) for row in (_planned(one), *_omnibus(one, of))]
    texts = [name for name in COLUMNS if name not in NUMBERS]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({**dict.fromkeys(texts, "str"), **dict.fromkeys(NUMBERS, "float64")})


def _planned(one: Finding) -> dict[str, object]:
    asks, estimate, equal = one.hypothesis, one.estimate, one.equivalence
    about = {
        "hypothesis": asks.id,
        "family": asks.family,
        "measure": asks.measure,
        "direction": asks.direction,
        "test": asks.test,
    }
    about |= {"first": asks.sides[0], "second": asks.sides[1], "note": one.refusal, "formula": "", "scale": ""}
    if estimate is None or one.outcome is None:
        return about
    about |= {"scale": estimate.scale, "formula": one.outcome.formula, "note": " ".join(one.outcome.remarks)}
    about |= {"estimate": estimate.difference, "low": estimate.low, "high": estimate.high}
    about |= {"statistic": estimate.value, "df": estimate.df, "p": one.p, "p_adjusted": one.p_adjusted}
    if equal is not None:
        about |= {"p_equivalent": equal.p, "low_equivalent": equal.low, "high_equivalent": equal.high}
    return about


def _omnibus(one: Finding, of: Handover) -> Iterator[dict[str, object]]:
    """The test of all levels at once, where the plan's test has one."""
    asks = one.hypothesis
    if asks.test not in ("repeated_anova", "friedman") or one.outcome is None:
        return
    about = {"hypothesis": f"{asks.id}.all", "measure": asks.measure, "test": f"{asks.test}, all levels", "family": ""}
    about |= dict.fromkeys(("first", "second", "direction", "scale", "formula", "note"), "")
    try:
        rows = asked(of.chosen.rows, of.protocol, asks).per_level
        if asks.test == "friedman":
            found = friedman(rows, VALUE, LEVEL, WHO)
            yield {**about, "statistic": found.chi2, "df": float(found.df), "df2": nan, "p": found.p}
            return
        effect = anova(rows, VALUE, within=(LEVEL,), participant=WHO).effect(LEVEL)
        yield {**about, "statistic": effect.f, "df": effect.df_gg[0], "df2": effect.df_gg[1], "p": effect.p_gg}
    except NotEstimable as error:
        yield {**about, "note": str(error)}
