"""The contrasts that a hypothesis asks of a fitted model: plain, or of an interaction; differences, or ratios of logarithms."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.asked import LEVEL, WHO, Asked
from analysis.inference.between_within import for_few_people
from analysis.inference.design_matrix import Array, Design
from analysis.inference.estimate import Estimate
from analysis.inference.fitted import Fitted
from analysis.inference.generalised import GeneralisedFit
from analysis.inference.interaction import crossed_weights, interaction_contrasts, wald_interactions
from analysis.inference.means import condition_contrasts
from analysis.inference.profile_likelihood import profiled
from analysis.inference.wald import Coefficients, pair_weights, wald_contrasts

Pairs = Sequence[tuple[str, str]]


def linear_contrasts(fit: Fitted, of: Asked, contrasts: Pairs) -> list[Estimate]:
    """Each contrast by a linear model; of an interaction the difference of differences."""
    if of.crossed:
        return interaction_contrasts(fit, LEVEL, contrasts, of.crossed)
    return condition_contrasts(fit, LEVEL, contrasts)


def ratio_contrasts(held: Coefficients, of: Asked, contrasts: Pairs) -> list[Estimate]:
    """The same by a model whose estimates are normal in large samples."""
    if of.crossed:
        return wald_interactions(held, LEVEL, contrasts, of.crossed)
    return wald_contrasts(held, LEVEL, contrasts)


def few_people(held: Coefficients, of: Asked, contrasts: Pairs) -> list[Estimate]:
    """The same held against t, with the degrees of freedom within participants if what is compared varies there."""
    return ratio_contrasts(for_few_people(held, _moving(of)), of, contrasts)


def likely(fit: GeneralisedFit, of: Asked, contrasts: Pairs) -> list[Estimate]:
    """The same with p and interval of the profile likelihood."""
    return profiled(fit, few_people(fit.coefficients(), of, contrasts), _weights(fit.design, of, contrasts))


def _weights(made: Design, of: Asked, contrasts: Pairs) -> list[Array]:
    if of.crossed:
        return [crossed_weights(made, LEVEL, names, of.crossed) for names in contrasts]
    return pair_weights(made, LEVEL, contrasts)


def as_ratio(one: Estimate, of: Asked) -> Estimate:
    """An estimate of logarithms as what it is: the logarithm of a ratio."""
    if not of.logged or one.scale != "raw":
        return one
    return replace(one, scale="log ratio", method=f"{one.method}, of logarithms")


def _moving(of: Asked) -> str:
    """The factor that decides whether a contrast lies within participants: of an interaction either of the two."""
    varies = (of.rows.groupby(WHO)[LEVEL].nunique() > 1).any()
    return of.crossed.factor if of.crossed and not varies else LEVEL
