"""Too little to analyse is refused by name: every analysis that takes a frame, on every sort of study that is none."""

import dataclasses
from math import isnan
from typing import Any, get_args

import pandas as pd
import pytest
from all_analyses import ANALYSES, CONDITIONS, OUTCOMES, study
from degenerate_studies import DEGENERATE
from test_findings import BOTH, hypothesis, protocol

from analysis.findings import confirm, decide, explore, finding_table
from analysis.inference.estimate import NotEstimable
from analysis.sample import Sample
from study.analysis_plan import Test

pytestmark = pytest.mark.filterwarnings("error")

WHOLE = study()
MODELS_OF_TRIALS = (
    "clmm", "clmm term", "clm", "nominal_test", "per_cut_logits", "logistic", "logistic profile", "logistic term", "risk_differences",
    "poisson", "poisson profile", "negative binomial", "negative binomial profile", "gee gaussian", "gee logistic", "gee poisson", "aligned_ranks",
    "aligned_rank_contrasts", "crossover", "moderation", "cox_clustered", "cox_stratified", "reliability",
    "pooled_within_alpha", "cohen_kappa", "krippendorff_alpha",
)  # fmt: skip
"""To these a second row is another trial, another unit, another time: only who knows the study can tell (`asked` does)."""
OF_LOGS = ("transitions", "homogeneity", "dwell")
ANSWERED: dict[str, tuple[str, ...]] = {
    "one participant": ("describe", "cohen_kappa", "krippendorff_alpha"),
    "two participants": tuple(ANALYSES),
    "constant ratings": (
        "describe", "mcnemar", "paired_contrasts", "kaplan_meier", "restricted_means", "cohen_kappa",
        "krippendorff_alpha", *OF_LOGS,
    ),
    "one condition": (
        "describe", "kaplan_meier", "restricted_means", "transitions", "dwell", "reliability", "pooled_within_alpha",
        "cohen_kappa", "krippendorff_alpha",
    ),
    "all censored": tuple(name for name in ANALYSES if not name.startswith(("kaplan", "restricted", "cox"))),
    "duplicate rows": MODELS_OF_TRIALS,
    "no values": ("describe", *OF_LOGS),
    "an empty study": ("describe",),
    "the same values in every condition": tuple(ANALYSES),
}  # fmt: skip
"""Analyses that have a proper answer all the same: they describe, say what there is none of, or do not use what is lacking."""
SAID_BESIDE = {
    "per_cut_logits": "note", "mcnemar": "note", "paired_contrasts": "note", "after_friedman wilcoxon": "statistic",
}  # fmt: skip
"""Where a p may be NaN: what says why."""
NAMES = (
    *CONDITIONS,
    *OUTCOMES,
    "participant",
    "P00",
    "group",
    "trait",
    "kappa",
    "alpha",
    "reliability",
    "rank",
    "items",
    "item 'a'",
    "'condition'",
    "happened",
)


def without_p(found: Any) -> bool:
    """Whether any p in a result is NaN."""
    if isinstance(found, pd.DataFrame):
        return any(found[name].isna().any() for name in found if str(name) == "p" or str(name).startswith("p_"))
    if dataclasses.is_dataclass(found):
        held = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
        numbers = [value for name, value in held.items() if name == "p" or name.startswith("p_")]
        return any(isinstance(p, float) and isnan(p) for p in numbers) or any(map(without_p, held.values()))
    if isinstance(found, dict):
        return any(map(without_p, found.values()))
    return any(map(without_p, found)) if isinstance(found, list | tuple) else False


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_whole_study_has_its_answer(analysis: str) -> None:
    found = ANALYSES[analysis](WHOLE, CONDITIONS)
    assert not without_p(found) or analysis in SAID_BESIDE


@pytest.mark.parametrize("lacking", DEGENERATE)
@pytest.mark.parametrize("analysis", ANALYSES)
def test_too_little_is_refused_by_name_or_has_a_proper_answer(analysis: str, lacking: str) -> None:
    try:
        found = ANALYSES[analysis](DEGENERATE[lacking](WHOLE), CONDITIONS)
    except NotEstimable as error:
        said = str(error)
        assert any(name in said for name in NAMES) and said.endswith((".", "?")) and len(said.split()) > 5, said
        assert "nan" not in said.lower().split()
    else:
        assert analysis in ANSWERED[lacking]
        assert not without_p(found) or analysis in SAID_BESIDE


# --- the plan -------------------------------------------------------------------------------------


def rows(lacking: str) -> Sample:
    """The measures of the demo study, as little as that."""
    held = BOTH.rows[BOTH.rows["measure"] == "control"]
    made = {
        "one participant": held[held["participant"] == "P000"],
        "two participants": held[held["participant"].isin(["P000", "P001"])],
        "constant ratings": held.assign(value=4.0),
        "one condition": held[held["condition"] == "active"],
        "duplicate rows": pd.concat([held, held], ignore_index=True),
        "no values": held.assign(value=float("nan")),
        "an empty study": held.iloc[:0],
        "the same values in every condition": held.assign(
            value=held.groupby("participant")["value"].transform("first")
        ),
    }
    return dataclasses.replace(BOTH, rows=made[lacking])


@pytest.mark.parametrize("test", get_args(Test))
@pytest.mark.parametrize("lacking", [name for name in DEGENERATE if name != "all censored"])
@pytest.mark.parametrize("kind", ["within", "between"])
def test_every_planned_test_refuses_by_name(test: str, lacking: str, kind: str) -> None:
    of = protocol("active_vs_passive", hypothesis(test=test))
    of = of.model_copy(update={"design": of.design.model_copy(update={"kind": kind})})
    some = rows(lacking)
    if kind == "between":
        some = dataclasses.replace(some, rows=some.rows[some.rows["block"] == 1])
    for (found,) in (decide(some, of), confirm(some, of)):
        if found.refusal:
            assert found.outcome is None and isnan(found.p) and isnan(found.p_adjusted) and not found.supported
            assert len(found.refusal.split()) > 4 and found.refusal.endswith(".")
        else:
            assert lacking in ("two participants", "the same values in every condition") and 0 <= found.p <= 1
        assert len(finding_table([found])) == 1


@pytest.mark.parametrize("lacking", [name for name in DEGENERATE if name != "all censored"])
def test_exploring_too_little_finds_nothing_and_breaks_nowhere(lacking: str) -> None:
    for found in explore(rows(lacking), protocol("active_vs_passive", hypothesis(measure="comfort"))):
        assert lacking in ("two participants", "the same values in every condition") and 0 <= found.p <= 1
