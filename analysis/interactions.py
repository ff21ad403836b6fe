"""What stands beside an interaction: the test of all its levels by the model, and by aligned ranks."""

from collections.abc import Iterator

from analysis.asked import LEVEL, VALUE, WHO, Asked
from analysis.generalised_tests import family_fit
from analysis.inference.aligned_ranks import aligned_ranks
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import TermTest
from analysis.inference.generalised import drop_generalised
from analysis.inference.interaction import interaction_test
from analysis.inference.linear import LinearModel
from analysis.inference.mixed import MixedModel
from analysis.inference.ordinal import OrdinalFit, drop_term
from analysis.printed import chi2_text, f_text
from study.analysis_plan import Interaction

SHORT_CAUTION = "read beside the model, as aligned ranks reject a true null too often on discrete or skewed data"


def ranked_interaction(of: Asked, crossed: Interaction) -> TermTest:
    """The same interaction from ranks of which every other effect was taken out. Raises NotEstimable."""
    wanted = {LEVEL, crossed.factor}
    found = aligned_ranks(of.rows, VALUE, (LEVEL, crossed.factor), WHO)
    return next(test for test in found.effects if set(test.term.split(":")) == wanted)


def of_all_levels(of: Asked, crossed: Interaction, fit: MixedModel | LinearModel | OrdinalFit) -> Iterator[str]:
    """The whole interaction in sentences: F, or the likelihood ratio of an ordinal model; and F of aligned ranks."""
    term = f"{LEVEL}:{crossed.factor}"
    if isinstance(fit, OrdinalFit):
        tested = drop_term(fit, term)
        yield f"Interaction, all levels, by likelihood ratio: {chi2_text(tested.chi2, tested.df, tested.p)}."
    else:
        yield f"Interaction, all levels: {f_text(interaction_test(fit, LEVEL, crossed.factor))}."
    yield from aligned_text(of, crossed)


def of_all_levels_by_ratio(of: Asked, crossed: Interaction, count: bool) -> Iterator[str]:
    """The whole interaction of counts, or of yes and no, by likelihood ratio."""
    fit, _ = family_fit(of, "poisson" if count else "logistic")
    tested = drop_generalised(fit, f"{LEVEL}:{crossed.factor}")
    yield f"Interaction, all levels, by likelihood ratio: {chi2_text(tested.chi2, tested.df, tested.p)}."


def aligned_text(of: Asked, crossed: Interaction) -> Iterator[str]:
    """The F of aligned ranks with its caution; why there is none, where there is none."""
    try:
        yield f"Aligned ranks: {f_text(ranked_interaction(of, crossed))}; {SHORT_CAUTION}."
    except NotEstimable as error:
        yield f"No aligned ranks: {error}"
