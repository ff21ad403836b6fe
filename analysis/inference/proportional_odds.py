"""Is an effect the same at every threshold of the scale? The assumption behind one odds ratio, tested and shown.

The test lets one term's effect vary by threshold and asks whether that explains more; the per-cut logits show how it
varies: one logistic regression for each way to split the scale in two (Brant, 1990). With few participants the test
misses much and the picture counts for more.
"""

import numpy as np
import pandas as pd

from analysis.inference.cumulative_logit import cumulative_logit, start
from analysis.inference.estimate import NotEstimable
from analysis.inference.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from analysis.inference.maximise import maximise
from analysis.inference.ordinal import INTERCEPT, fit_ordinal, ordinal_design
from analysis.inference.partial_odds import vary
from analysis.inference.random_intercept import Pooled
from analysis.inference.separation import at_infinity
from analysis.inference.wald import wald_table

INFINITE = "infinite: one side of the cut has no answers of some level"


def nominal_test(frame: pd.DataFrame, formula: str, participant: str, quadrature: int = 0) -> list[LikelihoodRatio]:
    """One test per term of the formula; df is its columns × (thresholds − 1).

    Without nodes rows count as independent, as in R's ordinal::nominal_test(clm(...)); with nodes participants have
    levels of their own: R's ordinal::clmm2(y ~ x, nominal = ~ term, random = participant, nAGQ = quadrature).
    Raises NotEstimable, also with two answers, which have one threshold.
    """
    asked, answers = ordinal_design(frame, formula, participant)
    if len(answers) < 3:
        raise NotEstimable(
            f"Only the answers {' and '.join(answers)} occur: there is one threshold and nothing to compare."
        )
    smaller = fit_ordinal(asked, answers, quadrature)
    tests = []
    for term in (name for name in asked.terms if name != "1"):
        larger = vary(asked, [term], quadrature)
        df = len(asked.terms[term]) * (len(answers) - 2)
        unbounded = not larger.converged or np.sqrt(np.abs(np.diag(larger.covariance))).max() > 50
        note = (
            "some effects run to infinity (a level without the highest or lowest answers): p is rough"
            if unbounded
            else ""
        )
        tests.append(likelihood_ratio(term, larger.value, smaller.log_likelihood, df, note))
    return tests


def per_cut_logits(frame: pd.DataFrame, formula: str, participant: str) -> pd.DataFrame:
    """One row per cut and effect: the log odds of an answer above the cut, with the columns of `wald_table`.

    Rows count as independent. Where a cut has no finite estimate the numbers are NaN and `note` says so.
    R: glm(I(y > k) ~ x, binomial).
    """
    asked, answers = ordinal_design(frame, formula, participant)
    x = np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)
    names = [name for name in asked.columns if name != INTERCEPT]
    tables = []
    for cut in range(len(answers) - 1):
        above = (asked.y > cut).astype(int)
        rows = cumulative_logit(above, x)
        best = maximise(Pooled(rows), start(above, 1 + len(names)))
        unbounded = at_infinity(names, best.covariance, x)
        shown = wald_table(names, best.parameters[1:], best.covariance[1:, 1:], "log odds")
        shown["note"] = [INFINITE if name in unbounded else "" for name in names]
        shown.loc[shown["note"] != "", shown.columns[1:-1]] = np.nan
        shown.insert(0, "cut", f"{answers[cut]}|{answers[cut + 1]}")
        tables.append(shown)
    return pd.concat(tables, ignore_index=True)
