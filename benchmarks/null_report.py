"""The page of the null calibration: how often each test rejects where nothing differs, and whether it finds what is there."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from scipy.stats import binom, binomtest

from benchmarks.figures import machine, table
from benchmarks.null_runs import ALONE

ALPHA, LOW, HIGH, LEVEL = 0.05, 0.03, 0.075, 0.95
Known = tuple[tuple[tuple[str, ...], str], ...]
DISCRETE = (
    "McNemar's exact test is conditional and discrete: it stays below 5 % (Fagerland, Lydersen & Laake, 2013, BMC Medical "
    "Research Methodology 13:91)."
)
TIED = (
    "Exact rank tests of few or tied values have few possible p, and the next below 5 % can lie far below it (Lehmann, 2006, "
    "Nonparametrics): too rare, never too often."
)
LARGE = (
    "Wald z and χ² lean on large samples: with two dozen people they may reject a little too often (Bolker et al., 2009, Trends in "
    "Ecology & Evolution 24:127–135; for GEE Mancl & DeRouen, 2001, Biometrics 57:126–134), and too rarely where an effect is large "
    "beside few answers (Hauck & Donner, 1977, JASA 72:851–853)."
)
AWAY = (
    "Maximum likelihood puts log odds too far from zero in small samples (Nemes, Jonasson, Genell & Steineck, 2009, BMC Medical "
    "Research Methodology 9:56)."
)
WALD = ("ordinal", "partial", "CLMM", "logistic", "Poisson", "negative", "GEE", "Cox")
NOT_FIVE = ((("McNemar",), DISCRETE), (("wilcoxon", "mann_whitney", "Wilcoxon", "Mann"), TIED), (WALD, LARGE))
"""What is known of kinds of tests that do not reject in 5 %, by how the names of their families begin."""
NOT_IT = ((("ordinal", "partial", "logistic"), AWAY), (WALD, LARGE))
"""What is known of kinds of estimates that are not what was planted."""


def rates(tried: pd.DataFrame) -> pd.DataFrame:
    """One row per design and family without a difference, or with one at the bound of equivalence: `alone`, the share of
    studies in which its first hypothesis is rejected, from `low` to `high` (Wilson, 95 %), among the `tested` of `studies`;
    over how many hypotheses the family goes, and the share in which any is rejected after Holm."""
    return _by_family(tried[~_is_planted(tried)], _rate)


def recovered(tried: pd.DataFrame) -> pd.DataFrame:
    """One row per design, family and planted size (`truth`): the mean estimate with its standard error, and the share of
    95 % intervals that hold the truth, from `low` to `high` (Wilson, 95 %)."""
    held = tried[_is_planted(tried) | _is_at_the_bound(tried)]
    held = held[held["truth"].notna()]
    return _by_family(held, _recovery, "truth")


def report(tried: pd.DataFrame, again: pd.DataFrame | None = None) -> str:
    """The page; `again`: other studies of the planned tests that lie outside."""
    found, back = rates(tried), recovered(tried)
    null = _of_rates(found) if len(found) else []  # with designs chosen in which something is planted
    known = _of_recovery(back) if len(back) else []  # or in which nothing is
    once_more = _of_others(rates(again)) if again is not None and len(again) else []
    return "\n".join([*_head(tried), *null, *once_more, *known, *_refusals(tried)])


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; NaN of nothing."""
    if not of:
        return float("nan"), float("nan")
    found = binomtest(count, of).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def _is_planted(tried: pd.DataFrame) -> pd.Series:
    """Whether the study holds something that is to be found, not only what an equivalence test calls nothing."""
    planted = tried.groupby("design")["truth"].transform(lambda truth: truth.fillna(1.0).abs().max() > 0)
    return planted & ~_is_at_the_bound(tried)


def _is_at_the_bound(tried: pd.DataFrame) -> pd.Series:
    return tried["design"].str.contains("at the bound")


def _by_family(tried: pd.DataFrame, of: Callable[[pd.DataFrame], dict[str, float]], *more: str) -> pd.DataFrame:
    keys = ["design", "family", *more]
    groups = tried.groupby(keys, sort=False)
    return pd.DataFrame([dict(zip(keys, key, strict=True)) | of(rows) for key, rows in groups])


def _rate(rows: pd.DataFrame) -> dict[str, float]:
    first = rows[rows["hypothesis"] == rows["hypothesis"].iloc[0]]
    rejected, tested = int((first["p"] < ALPHA).sum()), int(first["p"].notna().sum())
    any_rejected = (rows["p_adjusted"] < ALPHA).groupby(rows["run"]).any()
    low, high = wilson(rejected, tested)
    family_low, family_high = wilson(int(any_rejected.sum()), len(any_rejected))
    return {
        "studies": len(first), "tested": tested, "rejected": rejected, "alone": rejected / max(tested, 1),
        "low": low, "high": high, "hypotheses": rows["hypothesis"].nunique(),
        "familywise": float(any_rejected.mean()), "family_low": family_low, "family_high": family_high,
    }  # fmt: skip


def _recovery(rows: pd.DataFrame) -> dict[str, float]:
    first = rows[rows["hypothesis"] == rows["hypothesis"].iloc[0]].dropna(subset=["difference"])
    inside = int(((first["low"] <= first["truth"]) & (first["truth"] <= first["high"])).sum())
    low, high = wilson(inside, len(first))
    return {
        "tested": len(first), "mean": float(first["difference"].mean()), "se": float(first["difference"].sem()),
        "median": float(first["difference"].median()), "inside": inside, "coverage": inside / max(len(first), 1),
        "low": low, "high": high,
    }  # fmt: skip


def _head(tried: pd.DataFrame) -> list[str]:
    studies = tried.groupby("design")["run"].nunique()
    return [
        "# How often the analysis finds what is not there, and what is",
        "",
        f"`python -m benchmarks.null_calibration --studies {studies.max()} --write`, {machine()}: {len(studies)} designs × "
        f"{studies.min()} made-up studies. The tests of a plan go from the rows of measures through `analysis.findings.decide()`, "
        "as those of a real study do: the demo study and `persuasion_2x2`, 7-point items with ties, 5 % of the values missing "
        "and 5 % of the blocks never begun or broken off (many gaps: 10 % and 12 %). The others are run on 24 people, three "
        "conditions in six orders, with outcomes of every sort. What they are like: `benchmarks/null_plans.py`, "
        "`benchmarks/null_tests.py`.",
    ]


def _of_rates(found: pd.DataFrame) -> list[str]:
    inside = int(found["alone"].between(LOW, HIGH).sum())
    fewest = int(found["studies"].min())
    low, high = (float(binom.ppf(q, fewest, ALPHA)) / fewest for q in (0.025, 0.975))
    rows = [
        [
            r.design,
            r.family,
            f"{r.alone:.1%}",
            f"{r.low:.1%} to {r.high:.1%}",
            _verdict(r),
            _together(r),
            r.studies - r.tested,
        ]
        for r in found.itertuples()
    ]
    heads = ["design", "test", "rejected", "95 % interval", "5 %?", "any of its family, after Holm", "not tested"]
    outside = found[~found["alone"].between(LOW, HIGH)]
    return [
        "",
        "## Nothing differs",
        "",
        f"Share of studies in which the first hypothesis of a family is rejected at {ALPHA:.0%}; for equivalence the true difference is "
        f"the bound. {inside} of {len(found)} lie in {LOW:.0%} to {HIGH:.1%}. A test that rejects in just {ALPHA:.0%} of all studies is "
        f"seen from {low:.1%} to {high:.1%} in 95 of 100 such reports, so that of {len(found)} such tests about {len(found) / 20:.0f} lie outside of "
        "these. `5 %?` says where the interval does not hold 5 %. In brackets: hypotheses in the family.",
        "",
        table(heads, rows),
        *_notes(
            NOT_FIVE,
            set(outside["family"]),
            "What is known of kinds of tests that lie outside of 3 to 7.5 % here; where `5 %?` is empty it may as well be chance:",
        ),
    ]


def _of_others(found: pd.DataFrame) -> list[str]:
    rows = [
        [r.design.partition(ALONE)[0], r.family, f"{r.alone:.1%}", f"{r.low:.1%} to {r.high:.1%}", r.studies - r.tested]
        for r in found.itertuples()
    ]
    inside = int(found["alone"].between(LOW, HIGH).sum())
    return [
        "",
        "## The planned tests that lie outside, once more",
        "",
        f"On {found['studies'].min():,} other studies each, with only this family in the plan, so that chance is told from what stays: "
        f"{inside} of {len(found)} lie in {LOW:.0%} to {HIGH:.1%}.",
        "",
        table(["design", "test", "rejected", "95 % interval", "not tested"], rows),
    ]


def _verdict(row: Any) -> str:
    return "low" if row.high < ALPHA else "high" if row.low > ALPHA else ""


def _together(row: Any) -> str:
    return f"{row.familywise:.1%} ({row.hypotheses})" if row.hypotheses > 1 else "–"


def _of_recovery(found: pd.DataFrame) -> list[str]:
    rows = [
        [
            r.design, r.family, f"{r.truth:+.2f}", f"{r.mean:+.3f} ± {1.96 * r.se:.3f}", f"{r.median:+.3f}",
            f"{r.coverage:.1%}", f"{r.low:.1%} to {r.high:.1%}", "" if r.low <= LEVEL <= r.high else "no",
        ]
        for r in found.itertuples()
    ]  # fmt: skip
    heads = ["design", "test", "planted", "mean estimate", "median", "intervals that hold it", "95 % interval", "95 %?"]
    held = int(((found["low"] <= LEVEL) & (found["high"] >= LEVEL)).sum())
    odd = found[~found["coverage"].between(0.93, 0.97)]
    return [
        "",
        "## A known difference",
        "",
        "Points of the scale for tests of scores; log odds, log rates or log hazards for the others. `±`: 95 % interval of the mean. "
        f"Where 95 % lies in the interval of the share, the intervals hold what they say: {held} of {len(found)}; "
        f"{len(found) - len(odd)} lie in 93 to 97 %.",
        "",
        table(heads, rows),
        *_notes(
            NOT_IT,
            set(odd["family"]),
            "What is known of kinds of estimates whose share lies outside of 93 to 97 % here:",
        ),
    ]


def _refusals(tried: pd.DataFrame) -> list[str]:
    refused = tried[tried["refusal"] != ""]
    counted = refused.groupby(["design", "family", "refusal"], sort=False).size().reset_index(name="times")
    rows = [[r.design, r.family, r.times, r.refusal] for r in counted.itertuples()]
    said = [table(["design", "test", "times", "why"], rows)] if rows else ["Nothing was refused."]
    return ["", "## Not tested", "", *said]


def _notes(known: Known, families: set[str], head: str) -> list[str]:
    """What is known about these families."""
    told = [said for names, said in known if any(one.startswith(names) for one in families)]
    return ["", head, "", *(f"- {said}" for said in told)] if told else []
