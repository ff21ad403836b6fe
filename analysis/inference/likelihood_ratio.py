"""Two models of the same rows, one inside the other: does what the larger one adds explain more than chance would?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from analysis.inference.design_matrix import Design
from analysis.inference.estimate import NotEstimable


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference of two log-likelihoods, chi-squared with `df` if the smaller model holds."""

    term: str
    chi2: float
    df: int
    p: float
    note: str = ""


def likelihood_ratio(term: str, larger: float, smaller: float, df: int, note: str = "") -> LikelihoodRatio:
    """From the two log-likelihoods. R: anova(smaller, larger)."""
    chi2 = max(0.0, 2 * (larger - smaller))
    return LikelihoodRatio(term, chi2, df, float(stats.chi2.sf(chi2, df)), note)


def without(design: Design, term: str) -> Design:
    """The same rows without one term of the formula; terms that stand in an interaction cannot be left out alone."""
    if term not in design.terms:
        raise NotEstimable(f"The formula has no term '{term}'; its terms are {[t for t in design.terms if t != '1']}.")
    parts = set(term.split(":"))
    if within := [other for other in design.terms if parts < set(other.split(":"))]:
        raise NotEstimable(f"'{term}' is part of '{within[0]}': leave that out first, then test '{term}'.")
    keep = [place for place in range(len(design.columns)) if place not in design.terms[term]]
    return replace(
        design,
        x=design.x[:, keep],
        columns=tuple(design.columns[place] for place in keep),
        terms={
            name: tuple(int(np.searchsorted(keep, place)) for place in places)
            for name, places in design.terms.items()
            if name != term
        },
    )
