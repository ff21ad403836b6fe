"""Counts, and yes or no, by the model that is made for them: as a test that a plan may name, and for exploration."""

from collections.abc import Iterator, Sequence

from analysis.asked import LEVEL, VALUE, WHO, Asked
from analysis.contrasted import likely
from analysis.inference.binary import cochran_q
from analysis.inference.estimate import NotEstimable
from analysis.inference.generalised import Family, GeneralisedFit, dispersion, generalised, regression
from analysis.inference.risk_difference import risk_differences
from analysis.outcome import Outcome, of_fit, outside_the_model
from analysis.printed import chi2_text, interval, number, p_text

Pairs = Sequence[tuple[str, str]]
FAMILIES: dict[str, Family] = {"count_model": "poisson", "binary_model": "logistic"}
"""Planned test → the family of its model, of counts before it is seen whether they vary more."""
SPREAD = "Poisson’s dispersion is"
"""How the remark on the choice between the two begins."""


def family_fit(of: Asked, family: Family) -> tuple[GeneralisedFit, str]:
    """The model of these values, with a level per participant where they have several rows; and for counts which one it is.

    Counts that vary at all more than Poisson's do are fitted by the negative binomial: to wait until a test of few rows shows
    that they do would keep Poisson's too small errors where they matter most.
    """
    fit = _fit(of, family)
    if family != "poisson":
        return fit, ""
    spread = dispersion(fit)
    shown = f"{SPREAD} {number(spread.ratio)}, {p_text(spread.p)}"
    if spread.ratio <= 1:
        return fit, f"{shown}: Poisson."
    try:
        return _fit(of, "negative binomial"), f"{shown}: the negative binomial takes its place."
    except NotEstimable:  # its size has no end: it is Poisson's
        return fit, f"{shown}, and no negative binomial is likelier: Poisson."


def count_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    """Rate ratios."""
    return _outcomes(of, "poisson", contrasts)


def binary_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    """Odds ratios."""
    return _outcomes(of, "logistic", contrasts)


def beside_binary(of: Asked, contrasts: Pairs) -> Iterator[str]:
    """Shares in place of odds: the risk difference of each contrast; and where everybody met all levels, Cochran's Q."""
    for one in risk_differences(_fit(of, "logistic"), LEVEL, contrasts):
        span = interval(one.low, one.high, one.level)
        yield f"Risk difference {one.first} − {one.second}: {number(one.difference)}, {span}."
    if of.within and of.rows[LEVEL].nunique() > 2:
        found = cochran_q(of.per_level, VALUE, LEVEL, WHO)
        shares = ", ".join(f"{name} {number(100 * share, 0)} %" for name, share in found.shares.items())
        yield f"Cochran’s Q of all levels ({shares}): {chi2_text(found.q, found.df, found.p)}, n = {found.n}."


def formula_of(of: Asked) -> str:
    """The formula of the model, as R writes it."""
    return of.formula()[0] + (f" + (1 | {WHO})" if of.repeated else "")


def model_text(fit: GeneralisedFit, formula: str) -> str:
    """What was fitted to how many rows, and how much participants differ."""
    rows = f"{len(fit.design.y)} rows of {fit.design.participants} participants"
    nodes = f", {fit.quadrature} node{'s' if fit.quadrature > 1 else ''} of quadrature" if fit.quadrature else ""
    between = f" SD between participants = {number(fit.random_sd)}." if fit.quadrature else ""
    size = f" Size = {number(fit.size)}." if fit.family == "negative binomial" else ""
    return f"Model `{formula}`, {fit.family}{nodes}; {rows}.{between}{size}"


def _outcomes(of: Asked, family: Family, contrasts: Pairs) -> list[Outcome]:
    fit, which = family_fit(of, family)
    remarks = outside_the_model(of)
    if not of.repeated:
        remarks += ("Everybody has one row, so this is a model without levels of participants.",)
    remarks += of_fit(fit.singular, fit.converged)
    remarks += (which,) if which else ()
    return [Outcome(one, formula_of(of), remarks) for one in likely(fit, of, contrasts)]


def _fit(of: Asked, family: Family) -> GeneralisedFit:
    formula, _ = of.formula()
    if not of.repeated:
        return regression(of.rows, formula, WHO, family)
    return generalised(of.rows, formula, WHO, family)
