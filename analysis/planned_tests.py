"""How each test that a plan may name is run: the numbers of every contrast, and of its robust twin.

To add one: a function here, a line in `TESTS`, and its name in `study.analysis_plan.Test`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from analysis.asked import LEVEL, VALUE, WHO, Asked
from analysis.inference.anova import anova
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.independent import mann_whitney, welch_t
from analysis.inference.linear import linear_model
from analysis.inference.means import condition_contrasts
from analysis.inference.mixed import mixed_model
from analysis.inference.ordinal import clm, clmm
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.proportional_odds import nominal_test
from analysis.inference.ranks import friedman
from analysis.inference.samples import pair, two_groups
from analysis.inference.wald import wald_contrasts
from study.analysis_plan import Test

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """One contrast: the planned estimate, its robust twin (None where there is none), the model's formula.

    `remarks` are sentences that belong beside the numbers: what was left out, a singular fit, an omnibus test.
    """

    estimate: Estimate
    twin: Estimate | None
    formula: str = ""
    remarks: tuple[str, ...] = field(default=())


def outcomes(test: Test, of: Asked, contrasts: Pairs) -> list[Outcome]:
    """Every contrast by the planned test. Raises NotEstimable."""
    return TESTS[test](of, contrasts)


def _mixed_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    formula, left_out = of.formula()
    remarks = _left_out(left_out)
    if of.repeated:
        fit = mixed_model(of.rows, formula, WHO, once_per=("condition", "period", "task"))
        formula += f" + (1 | {WHO})"
        remarks += ("The variance between participants is estimated as zero (singular fit).",) if fit.singular else ()
        remarks += () if fit.converged else ("The model did not converge.",)
    else:
        fit = linear_model(of.rows, formula, WHO)
        remarks += ("Everybody has one row, so this is an ordinary regression.",)
    found = condition_contrasts(fit, LEVEL, contrasts)
    return [Outcome(one, _rank_twin(of, one), formula, remarks) for one in found]


def _ordinal_mixed_model(of: Asked, contrasts: Pairs) -> list[Outcome]:
    formula, left_out = of.formula()
    remarks = _left_out(left_out)
    if of.repeated:
        fit = clmm(of.rows, formula, WHO)
        remarks += ("The variance between participants is estimated as zero (singular fit).",) if fit.singular else ()
        shown = formula + f" + (1 | {WHO})"
    else:
        fit, shown = clm(of.rows, formula, WHO), formula
        remarks += ("Everybody has one row, so this is a model without levels of participants.",)
    remarks += () if fit.converged else ("The model did not converge.",)
    remarks += _proportional(of, formula)
    found = wald_contrasts(fit.coefficients(), LEVEL, contrasts)
    return [Outcome(one, _rank_twin(of, one), shown, remarks) for one in found]


def _proportional(of: Asked, formula: str) -> tuple[str, ...]:
    """Whether the contrast may be taken to be the same at every threshold."""
    if of.alone:
        return ()
    try:
        tests = nominal_test(of.rows, formula, WHO, 10 if of.repeated else 0)
    except NotEstimable as error:
        return (f"Proportional odds could not be checked: {error}",)
    (test,) = [one for one in tests if one.term == LEVEL]
    said = f"Proportional odds: χ²({test.df:g}) = {test.chi2:.2f}, p = {test.p:.3f}"
    return (said + (": the effect may differ by threshold." if test.p < 0.05 else "."),)


def _paired_t(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [_with_twin(of, paired_t, wilcoxon, p) for p in _pairs(of, contrasts)]


def _wilcoxon(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [_with_twin(of, wilcoxon, paired_t, p) for p in _pairs(of, contrasts)]


def _welch_t(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [_with_twin(of, welch_t, mann_whitney, g) for g in _groups(of, contrasts)]


def _mann_whitney(of: Asked, contrasts: Pairs) -> list[Outcome]:
    return [_with_twin(of, mann_whitney, welch_t, g) for g in _groups(of, contrasts)]


def _repeated_anova(of: Asked, contrasts: Pairs) -> list[Outcome]:
    effect = anova(of.per_level, VALUE, within=(LEVEL,), participant=WHO).effect(LEVEL)
    df1, df2 = effect.df_gg
    said = (
        f"Repeated-measures ANOVA: F({df1:.2f}, {df2:.2f}) = {effect.f:.2f}, p = {effect.p_gg:.3f} "
        f"(Greenhouse–Geisser), generalised η² = {effect.ges:.3f}."
    )
    return [replace(one, remarks=(said,)) for one in _paired_t(of, contrasts)]


def _friedman(of: Asked, contrasts: Pairs) -> list[Outcome]:
    found = friedman(of.per_level, VALUE, LEVEL, WHO)
    said = f"Friedman: χ²({found.df}) = {found.chi2:.2f}, p = {found.p:.3f}, Kendall's W = {found.kendall_w:.2f}."
    return [replace(one, remarks=(said,)) for one in _wilcoxon(of, contrasts)]


def _rank_twin(of: Asked, main: Estimate) -> Estimate | None:
    """The same contrast without a model: exact ranks of what people have in both, or of two groups of people."""
    if of.alone:
        return None
    try:
        if of.within:
            return wilcoxon(pair(of.per_level, VALUE, LEVEL, WHO, main.first, main.second))
        return mann_whitney(two_groups(of.per_level, VALUE, LEVEL, WHO, main.first, main.second))
    except NotEstimable:  # the model uses rows that a test of pairs cannot; then there is no twin
        return None


def _with_twin(of: Asked, planned: Callable[..., Estimate], twin: Callable[..., Estimate], values: object) -> Outcome:
    return Outcome(planned(values), None if of.alone else twin(values))


def _pairs(of: Asked, contrasts: Pairs) -> list[object]:
    if not of.within:
        raise NotEstimable("Different people met the two, so nothing is paired. Plan welch_t or mann_whitney instead.")
    return [pair(of.per_level, VALUE, LEVEL, WHO, first, second) for first, second in contrasts]


def _groups(of: Asked, contrasts: Pairs) -> list[object]:
    if of.within:
        raise NotEstimable(
            "Everybody met both, so these are no groups. Plan paired_t, wilcoxon or mixed_model instead."
        )
    return [two_groups(of.per_level, VALUE, LEVEL, WHO, first, second) for first, second in contrasts]


def _left_out(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"'{name}' is not in the model: these data cannot tell it from the rest." for name in names)


TESTS: dict[Test, Callable[[Asked, Pairs], list[Outcome]]] = {
    "mixed_model": _mixed_model,
    "ordinal_mixed_model": _ordinal_mixed_model,
    "ordinal_model": _ordinal_mixed_model,
    "paired_t": _paired_t,
    "wilcoxon": _wilcoxon,
    "welch_t": _welch_t,
    "mann_whitney": _mann_whitney,
    "repeated_anova": _repeated_anova,
    "friedman": _friedman,
}
