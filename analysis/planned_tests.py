"""How each test that a plan may name is run on every contrast, what its twin is, and what is checked beside it.

To add one: a function here, a line in `TESTS`, and its name in `study.analysis_plan.Test`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from analysis.asked import GIVEN, LEVEL, VALUE, WHO, Asked
from analysis.compared_samples import samples
from analysis.contrasted import as_ratio, few_people, linear_contrasts
from analysis.generalised_tests import beside_binary, binary_model, count_model, formula_of
from analysis.inference.anova import anova
from analysis.inference.binary import mcnemar
from analysis.inference.crossover import Crossover, crossover
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.independent import mann_whitney, welch_t
from analysis.inference.linear import LinearModel, linear_model
from analysis.inference.mixed import MixedModel, mixed_model
from analysis.inference.ordinal import OrdinalFit, clm, clmm
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.partial_odds import partial_odds
from analysis.inference.proportional_odds import nominal_test
from analysis.inference.ranks import after_friedman, friedman
from analysis.inference.samples import Groups, Pair, pair_of, two_groups, wide
from analysis.interactions import of_all_levels, of_all_levels_by_ratio
from analysis.outcome import Outcome, of_fit, outside_the_model
from analysis.printed import chi2_text, p_text, pairwise_text
from study.analysis_plan import Interaction, Test

Pairs = Sequence[tuple[str, str]]
LAPLACE = 1
"""Nodes for the check of proportional odds: it compares models, and a single node is exact enough for that."""
ONE_FOR_ALL = "One effect at all thresholds instead of one at each"
"""How the remark begins where a partial odds model could not be fitted and the plain one stands in."""
VARIES = "varies by threshold:"
"""What the remark says of a partial odds model, before its test."""
RANK_TESTS = ("wilcoxon", "mann_whitney", "friedman")


def outcomes(test: Test, of: Asked, contrasts: Pairs) -> list[Outcome]:
    """Every contrast by the planned test. Raises NotEstimable."""
    return [replace(one, estimate=as_ratio(one.estimate, of)) for one in TESTS[test](of, contrasts)]


def twin(test: Test, of: Asked, first: str, second: str) -> Estimate | None:
    """The same contrast by another test (ranks; for a planned test of ranks, t), None where there is none.

    A model also uses rows that a test of pairs cannot; then there may be a model and no twin.
    """
    try:
        held = samples(of, first, second)
        if isinstance(held, Pair):
            found = paired_t(held) if test in RANK_TESTS else mcnemar(held) if _yes_no(test, of) else wilcoxon(held)
        else:
            found = welch_t(held) if test in RANK_TESTS else mann_whitney(held)
        return as_ratio(found, of)
    except NotEstimable:
        return None


def _yes_no(test: Test, of: Asked) -> bool:
    return test == "binary_model" and of.crossed is None


def checks(test: Test, of: Asked, contrasts: Pairs) -> tuple[str, ...]:
    """What a reviewer asks beside the contrasts of this test, as sentences: proportional odds, or the test of all levels."""
    try:
        if of.crossed:
            return tuple(_interaction(test, of, of.crossed))
        if test == "binary_model":
            return tuple(beside_binary(of, contrasts))
        return (CHECKS[test](of),) if test in CHECKS else ()
    except NotEstimable as error:
        return (f"Not checked beside it: {error}",)


def left_out_of_means(of: Asked, first: str, second: str) -> tuple[str, ...]:
    """Whom the means of these levels leave out, as a sentence: nothing where a level is one condition."""
    count = of.lacking(first, second)
    if not count:
        return ()
    who = "One participant lacks" if count == 1 else f"{count} participants lack"
    return (
        f"{who} a condition of “{first}” or “{second}”: means, tests of pairs or groups and the Bayes factor leave them out, "
        "as other factors would else count as this one; models keep their rows.",
    )


def linear_fit(of: Asked) -> MixedModel | LinearModel:
    """The model of `mixed_model`: with a level per participant, or an ordinary regression where everybody has one row."""
    formula, _ = of.formula()
    if of.repeated:
        return mixed_model(of.rows, formula, WHO, once_per=("condition", "period", "task"))
    return linear_model(of.rows, formula, WHO)


def ordinal_fit(of: Asked) -> OrdinalFit:
    """The model of `ordinal_model` and `ordinal_mixed_model`, with levels of participants where they have several rows."""
    formula, _ = of.formula()
    return clmm(of.rows, formula, WHO) if of.repeated else clm(of.rows, formula, WHO)


def planned_crossover(of: Asked, contrasts: Pairs) -> Crossover:
    """The order of the conditions in these rows, with every further term that the planned model has."""
    terms = [name for name in of.terms if name not in (LEVEL, "period")]
    rows = of.rows.assign(block=of.rows["period"].astype(float))
    return crossover(rows, VALUE, contrasts, participant=WHO, others=terms)


def formula_text(of: Asked) -> str:
    """The formula of the model, as R writes it."""
    return formula_of(of)


def _mixed_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    fit, remarks = linear_fit(of), outside_the_model(of)
    if isinstance(fit, MixedModel):
        remarks += of_fit(fit.singular, fit.converged)
    else:
        remarks += ("Everybody has one row, so this is an ordinary regression.",)
    return [Outcome(one, formula_text(of), remarks) for one in linear_contrasts(fit, of, contrasts)]


def _ordinal_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    fit, remarks = ordinal_fit(of), outside_the_model(of)
    if not of.repeated:
        remarks += ("Everybody has one row, so this is a model without levels of participants.",)
    remarks += of_fit(fit.singular, fit.converged)
    return [Outcome(one, formula_text(of), remarks) for one in few_people(fit.coefficients(), of, contrasts)]


def _partial_odds_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    """The contrast is the same at every threshold; what is held constant may matter more at some than at others.

    Where the data cannot tell its effect at some threshold, the model with one effect for all stands in, and says so.
    """
    formula, left_out = of.formula()
    if not of.has_given or GIVEN in left_out:
        raise NotEstimable(
            "A partial odds model lets what is held constant vary by threshold: the hypothesis names none (given)."
        )
    try:
        fit = partial_odds(of.rows, formula, WHO, [GIVEN])
    except NotEstimable as error:
        said = f"{ONE_FOR_ALL}, of '{GIVEN}': {error}"
        return [replace(one, remarks=(*one.remarks, said)) for one in _ordinal_model(of, contrasts)]
    test = f"That '{GIVEN}' {VARIES} {chi2_text(fit.test.chi2, fit.test.df, fit.test.p)}."
    remarks = (*outside_the_model(of), *of_fit(False, fit.converged), test)
    return [Outcome(one, formula, remarks) for one in few_people(fit.coefficients(), of, contrasts)]


def _paired_t(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [Outcome(paired_t(one)) for one in _pairs(of, contrasts)]


def _wilcoxon(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [Outcome(wilcoxon(one)) for one in _pairs(of, contrasts)]


def _welch_t(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [Outcome(welch_t(one)) for one in _groups(of, contrasts)]


def _mann_whitney(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [Outcome(mann_whitney(one)) for one in _groups(of, contrasts)]


TESTS: dict[Test, Callable[[Asked, Pairs], list[Outcome]]] = {
    "mixed_model": _mixed_model,
    "ordinal_mixed_model": _ordinal_model,
    "ordinal_model": _ordinal_model,
    "partial_odds_model": _partial_odds_model,
    "paired_t": _paired_t,
    "wilcoxon": _wilcoxon,
    "welch_t": _welch_t,
    "mann_whitney": _mann_whitney,
    "repeated_anova": _paired_t,
    "friedman": _wilcoxon,
    "count_model": count_model,
    "binary_model": binary_model,
}


def _interaction(test: Test, of: Asked, crossed: Interaction) -> Iterator[str]:
    """The whole interaction, of which the contrast is one part."""
    if test in ("count_model", "binary_model"):
        return of_all_levels_by_ratio(of, crossed, test == "count_model")
    return of_all_levels(of, crossed, linear_fit(of) if test == "mixed_model" else ordinal_fit(of))


def _proportional_odds(of: Asked) -> str:
    """Whether the contrast may be taken to be the same at every threshold."""
    tests = nominal_test(of.rows, of.formula()[0], WHO, LAPLACE if of.repeated else 0)
    (test,) = [one for one in tests if one.term == LEVEL]
    said = f"Proportional odds: {chi2_text(test.chi2, test.df, test.p)}"
    return said + (": the effect may differ by threshold." if test.p < 0.05 else ".")


def _anova(of: Asked) -> str:
    effect = anova(of.per_level, VALUE, within=(LEVEL,), participant=WHO).effect(LEVEL)
    df1, df2 = effect.df_gg
    return (
        f"Repeated-measures ANOVA: F({df1:.2f}, {df2:.2f}) = {effect.f:.2f}, {p_text(effect.p_gg)} "
        f"(Greenhouse–Geisser), generalised η² = {effect.ges:.3f}."
    )


def _friedman(of: Asked) -> str:
    found = friedman(of.per_level, VALUE, LEVEL, WHO)
    after = pairwise_text(after_friedman(of.per_level, VALUE, LEVEL, WHO))
    return (
        f"Friedman: {chi2_text(found.chi2, found.df, found.p)}, Kendall's W = {found.kendall_w:.2f}, "
        f"n = {found.n}. After it, {after}"
    )


CHECKS: dict[Test, Callable[[Asked], str]] = {
    "ordinal_mixed_model": _proportional_odds,
    "ordinal_model": _proportional_odds,
    "partial_odds_model": _proportional_odds,
    "repeated_anova": _anova,
    "friedman": _friedman,
}


def _pairs(of: Asked, contrasts: Pairs) -> list[Pair]:
    if not all(of.paired(*both) for both in contrasts):
        raise NotEstimable("Different people met the two, so nothing is paired. Plan welch_t or mann_whitney instead.")
    table = wide(of.per_level, VALUE, LEVEL, WHO)
    return [pair_of(table, first, second) for first, second in contrasts]


def _groups(of: Asked, contrasts: Pairs) -> list[Groups]:
    if any(of.paired(*both) for both in contrasts):
        raise NotEstimable(
            "The same people met both, so these are no groups. Plan paired_t, wilcoxon or mixed_model instead."
        )
    return [two_groups(of.per_level, VALUE, LEVEL, WHO, first, second) for first, second in contrasts]
