"""How much more likely the data are with an effect than without: Bayes factors, to stand beside an estimate."""

from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, isfinite, log, log1p, nan, pi, sqrt

import numpy as np
from scipy import integrate, special, stats

from analysis.inference.estimate import NotEstimable
from analysis.inference.independent import student_t
from analysis.inference.paired import paired_t
from analysis.inference.samples import Groups, Pair

MEDIUM, WIDE = sqrt(2) / 2, 1.0
"""The scales of the prior that are reported: the default, and how much the answer depends on it."""
EDGES = (-8, -3, -1, 1, 3, 6, 10, 20, 80)
"""Pieces in which log g is integrated out: beyond them the prior is smaller than 1e-17."""


@dataclass(frozen=True)
class BayesFactor:
    """`bf10`: for the alternative, above 1 where the data speak for it; `bf01` is its inverse.

    `above` and `below` are for an effect of that sign only, against none; NaN where direction has no meaning.
    """

    bf10: float
    prior: str
    method: str
    n: int
    above: float = nan
    below: float = nan

    @property
    def bf01(self) -> float:
        """For the absence of an effect."""
        return 1 / self.bf10


def paired_bayes_factor(pair: Pair, scale: float = MEDIUM) -> BayesFactor:
    """JZS Bayes factor of a paired t test. R: `BayesFactor::ttestBF(x, y, paired = TRUE, rscale = scale)`."""
    return jzs(paired_t(pair).value, pair.n, pair.n - 1, pair.n, scale)


def independent_bayes_factor(groups: Groups, scale: float = MEDIUM) -> BayesFactor:
    """JZS Bayes factor of two groups with equal variances. R: `BayesFactor::ttestBF(x, y, rscale = scale)`."""
    n, m = len(groups.a), len(groups.b)
    return jzs(student_t(groups).value, n * m / (n + m), n + m - 2, n + m, scale)


def jzs(t: float, size: float, df: float, n: int, scale: float = MEDIUM) -> BayesFactor:
    """From a t value: a Cauchy prior of this scale on the standardised effect (Rouder et al., 2009).

    `size` is the effective number: n of pairs, nm/(n + m) of groups. Given the variance g of a normal prior, the
    likelihood and the side of zero have a closed form; g is integrated out over its inverse chi-squared prior.
    """
    if not isfinite(t) or df <= 0 or scale <= 0:
        raise NotEstimable(
            f"A Bayes factor needs a finite t, df above 0 and a prior of some width (t = {t}, df = {df})."
        )

    def weight(log_g: float) -> float:
        """Logarithm of: likelihood over that of the null, times the prior of g, on the logarithm of g."""
        spread = 1 + size * exp(log_g) * scale**2
        ratio = log1p(t**2 / df) - log1p(t**2 / (spread * df))
        return (df + 1) / 2 * ratio - log(spread) / 2 - (log(2 * pi) + log_g + exp(-log_g)) / 2

    highest = max(weight(float(log_g)) for log_g in np.linspace(-6, 80, 500))  # keeps the integrand near 1
    if highest > 700:
        raise NotEstimable(f"t = {t:g} with {n} participants: the Bayes factor is larger than 1e300.")

    def integral(side: float) -> float:
        def integrand(log_g: float) -> float:
            return exp(weight(log_g) - highest) * _share(side * t, size * exp(log_g) * scale**2, df)

        parts = [integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-10)[0] for ends in pairwise(EDGES)]
        return exp(highest) * sum(parts)

    above, below = 2 * integral(1), 2 * integral(-1)
    prior = f"Cauchy, scale {scale:.3g}, on the standardised difference"
    return BayesFactor((above + below) / 2, prior, "JZS", n, above, below)


def binomial_bayes_factor(successes: int, n: int, null: float = 0.5, scale: float = 0.5) -> BayesFactor:
    """A proportion against `null`, with a logistic prior on the log odds around it.

    R: `BayesFactor::proportionBF(x, n, p = null, rscale = scale)`.
    """
    _counts(successes, n)
    centre = log(null / (1 - null))

    def weight(log_odds: float) -> float:
        likelihood = successes * special.log_expit(log_odds) + (n - successes) * special.log_expit(-log_odds)
        at_null = successes * log(null) + (n - successes) * log(1 - null)
        return exp(likelihood - at_null + stats.logistic.logpdf(log_odds, centre, scale))

    below, above = (
        integrate.quad(weight, *ends, epsrel=1e-11, limit=200)[0] for ends in ((-inf, centre), (centre, inf))
    )
    return BayesFactor(
        below + above, f"logistic, scale {scale:.3g}, on the log odds", "binomial", n, 2 * above, 2 * below
    )


def uniform_bayes_factor(successes: int, n: int, null: float = 0.5) -> BayesFactor:
    """A proportion against `null`, every other proportion being as likely beforehand: Beta(1, 1), in closed form."""
    _counts(successes, n)
    made = special.betaln(successes + 1, n - successes + 1) - successes * log(null) - (n - successes) * log(1 - null)
    return BayesFactor(exp(made), "Beta(1, 1) on the proportion", "binomial", n)


def bic_bayes_factor(bic_null: float, bic_alternative: float, n: int) -> BayesFactor:
    """Two nested models by their BIC: exp((BIC of the null − BIC of the alternative) / 2) (Wagenmakers, 2007).

    Both fitted by maximum likelihood, not REML, to the same rows; `n` is told, not used. R: `exp((BIC(m0) - BIC(m1)) / 2)`.
    """
    if not (isfinite(bic_null) and isfinite(bic_alternative)):
        raise NotEstimable(f"A Bayes factor needs the BIC of both models, not {bic_null} and {bic_alternative}.")
    return BayesFactor(exp((bic_null - bic_alternative) / 2), "unit information", "BIC approximation", n)


def bic(log_likelihood: float, parameters: int, n: int) -> float:
    """−2 log L + parameters · log n; `n` counts rows, as R's `BIC()` does."""
    return parameters * log(n) - 2 * log_likelihood


def _share(t: float, ratio: float, df: float) -> float:
    """The posterior probability of a positive effect, given g; `ratio` = prior variance over sampling variance."""
    place = t * sqrt(ratio / (1 + ratio)) / sqrt(df + t**2 / (1 + ratio))
    return float(special.stdtr(df + 1, place * sqrt(df + 1)))


def _counts(successes: int, n: int) -> None:
    if not 0 <= successes <= n or n == 0:
        raise NotEstimable(f"{successes} of {n} is no proportion: count at least one case, and no more successes.")
