"""The p that answers what a hypothesis asks of an estimate: on one side, on two, or against its smallest effect."""

from math import isnan, log

from analysis.inference.equivalence import Equivalence, tost
from analysis.inference.estimate import Estimate, NotEstimable
from study.analysis_plan import Hypothesis


def planned_p(estimate: Estimate, direction: str) -> float:
    """The p of an estimate as a hypothesis of this direction asks for it, on one side or on two.

    The side is that of the test: with zeros and ties the shift of a rank test can lie on the other one.
    """
    if direction == "different":
        return estimate.p
    effect = estimate.difference if isnan(estimate.standardised) else estimate.standardised
    agrees = effect > 0 if direction == "greater" else effect < 0
    return estimate.p / 2 if agrees else 1 - estimate.p / 2


def equivalence_of(estimate: Estimate, asks: Hypothesis) -> Equivalence:
    """Against the smallest effect, which is in units of the measure, of logarithms a ratio: log odds cannot be held against it.

    Raises NotEstimable for such an estimate, and for one without a standard error.
    """
    margin = asks.smallest_effect
    if margin is not None and asks.log:
        return tost(estimate, -log(margin), log(margin), asks.alpha)
    if margin is None or estimate.scale != "raw":
        raise NotEstimable(
            f"'{asks.measure}': '{estimate.method}' estimates {estimate.scale}, the smallest effect is in the unit of the "
            "measure. Plan mixed_model, paired_t or welch_t for the equivalence."
        )
    return tost(estimate, -margin, margin, asks.alpha)
