"""Differences of differences: is a contrast of one factor another at one level of a second factor than at another?

From the fitted model, the other factors held alike as in every contrast here.
R: contrast(emmeans(fit, ~ a * b), list(…)) with weights 1, −1, −1, 1 on the four cells.
"""

from collections.abc import Sequence

from analysis.inference.design_matrix import Array, Design
from analysis.inference.estimate import RATIO, Estimate, NotEstimable
from analysis.inference.fitted import Fitted, TermTest, term_tests
from analysis.inference.means import estimate, mean_weights
from analysis.inference.wald import Coefficients, wald_combination
from study.analysis_plan import Interaction

Pairs = Sequence[tuple[str, str]]


def interaction_contrasts(
    fit: Fitted, term: str, pairs: Pairs, crossed: Interaction, level: float = 0.95
) -> list[Estimate]:
    """Each pair of levels of `term` at the first level of the other factor, less the same at its second, in the measure's unit.

    `n` counts the participants who have a row in any of the four cells.
    """
    found = []
    for names in pairs:
        weights = crossed_weights(fit.design, term, names, crossed)
        n = _participants(fit.design, term, names, crossed)
        found.append(estimate(fit, fit.combination(weights), crossed.sides(names), n, level))
    return found


def wald_interactions(
    held: Coefficients, term: str, pairs: Pairs, crossed: Interaction, level: float = 0.95
) -> list[Estimate]:
    """The same of a model whose effects are logarithms of ratios: a ratio of two ratios."""
    sign = "/" if held.scale in RATIO else "−"
    found = []
    for names in pairs:
        weights = crossed_weights(held.design, term, names, crossed)
        n = _participants(held.design, term, names, crossed)
        found.append(wald_combination(held, weights, crossed.sides(names, sign), n, level))
    return found


def interaction_test(fit: Fitted, first: str, second: str) -> TermTest:
    """The F test of the whole interaction, type III. Raises NotEstimable where the model holds none."""
    for test in term_tests(fit):
        if set(test.term.split(":")) == {first, second}:
            return test
    raise NotEstimable(f"The model has no interaction of '{first}' and '{second}'.")


def crossed_weights(made: Design, term: str, names: tuple[str, str], crossed: Interaction) -> Array:
    """What the coefficients (p) count in a difference of differences."""
    at = [mean_weights(made, term, {crossed.factor: level}) for level in crossed.contrast]
    for name in names:
        if name not in at[0]:
            raise NotEstimable(f"'{term}' has no level '{name}' in these data. It has: {', '.join(at[0])}.")
    (a, b), (here, there) = names, at
    return (here[a] - here[b]) - (there[a] - there[b])


def _participants(made: Design, term: str, names: tuple[str, str], crossed: Interaction) -> int:
    rows = made.rows
    inside = rows[term].isin(list(names)) & rows[crossed.factor].isin(list(crossed.contrast))
    return len(set(made.groups[inside.to_numpy()]))
