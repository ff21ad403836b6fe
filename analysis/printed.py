"""Numbers and estimates as the field prints them: minus signs, p, intervals, effects with what they are divided by.

Nothing here knows of hypotheses; sentences about those are in `analysis.wording`.
"""

from collections.abc import Iterable
from math import exp, floor, isfinite, isnan, log10

from analysis.inference.estimate import RATIO, Estimate
from analysis.inference.fitted import TermTest
from analysis.inference.proportions import Proportion
from analysis.inference.ranks import Pairwise
from analysis.inference.reliability import Reliability

MINUS = "−"
LARGEST = 700
"""The exponential of anything larger is more than a number holds."""


def number(value: float, digits: int = 2) -> str:
    """With a true minus sign; "–" where there is none."""
    if isnan(value):
        return "–"
    if not isfinite(value):
        return f"{MINUS}∞" if value < 0 else "∞"
    shown = f"{value:.{digits}f}"
    return (MINUS + shown[1:] if value < 0 else shown) if float(shown) else f"{0:.{digits}f}"


def p_text(p: float) -> str:
    """p = .032; p < .001; p > .999: never 0 and never 1."""
    if isnan(p):
        return "p –"
    if 0.001 <= p <= 0.999:
        return f"p = {p:.3f}".replace("0.", ".", 1)
    return "p < .001" if p < 0.001 else "p > .999"


def p_cell(p: float) -> str:
    """The same where a column says already that it is p: .032; < .001."""
    return p_text(p).removeprefix("p ").removeprefix("= ")


def interval(low: float, high: float, level: float = 0.95, digits: int = 2) -> str:
    """95 % CI [0.21, 1.30]."""
    return f"{level * 100:g} % CI {bounds(low, high, digits)}"


def bounds(low: float, high: float, digits: int = 2) -> str:
    """[0.21, 1.30]; where a method gives no interval, it says so."""
    return "[none]" if isnan(low) and isnan(high) else f"[{number(low, digits)}, {number(high, digits)}]"


def contrast_text(one: Estimate) -> str:
    """What is compared: "a − b", or "a / b" of a ratio."""
    return f"{one.first} {'/' if one.scale in RATIO else MINUS} {one.second}"


def f_text(test: TermTest) -> str:
    """F(2, 43.1) = 5.20, p = .010."""
    return f"F({test.df1:g}, {df_text(test.df2)}) = {number(test.f)}, {p_text(test.p)}"


def chi2_text(chi2: float, df: float, p: float) -> str:
    """χ²(2) = 5.20, p = .074."""
    return f"χ²({df:g}) = {number(chi2)}, {p_text(p)}"


def pairwise_text(after: Pairwise) -> str:
    """Every pair of conditions after a test of all: the method, then each pair with its corrected p."""
    pairs = zip(after.rows["first"], after.rows["second"], after.rows["p_adjusted"], strict=True)
    return f"{after.method}: {'; '.join(f'{first} − {second} {p_text(p)}' for first, second, p in pairs)}."


def share_text(one: Proportion) -> str:
    """10 of 24 (42 %, 95 % CI [24, 61])."""
    low, high = (number(100 * bound, 0) for bound in (one.wilson_low, one.wilson_high))
    return f"{one.count} of {one.n} ({number(100 * one.share, 0)} %, 95 % CI [{low}, {high}])"


def reliability_text(one: Reliability) -> str:
    """α = .81, 95 % CI [.66, .90]; ω = .82, or Spearman–Brown of two items; and over how many answers."""
    second = f"Spearman–Brown {coefficient(one.spearman_brown)}" if one.k == 2 else f"ω = {coefficient(one.omega)}"
    span = f"95 % CI [{coefficient(one.low)}, {coefficient(one.high)}]"
    return f"α = {coefficient(one.alpha)}, {span}; {second}; {one.k} items, n = {one.n}"


def coefficient(value: float) -> str:
    """A number that cannot exceed 1, without its zero: .81; −.12."""
    return number(value).replace("0.", ".", 1) if isfinite(value) and abs(value) < 1 else number(value)


def decimals(values: Iterable[float]) -> int:
    """So many that the largest of the values shows three figures or more: two for ratings, none for milliseconds."""
    largest = max((abs(value) for value in values if isfinite(value)), default=1.0)
    if largest == 0 or 0.1 <= largest < 10:
        return 2
    return max(0, 2 - floor(log10(largest))) if largest >= 10 else min(6, 1 - floor(log10(largest)))


def test_text(one: Estimate) -> str:
    """t(45.2) = 2.31; z = 1.96; W = 120."""
    if not one.statistic or isnan(one.value):
        return ""
    df = "" if isnan(one.df) else f"({df_text(one.df)})"
    return f"{one.statistic}{df} = {number(one.value)}"


def df_text(df: float) -> str:
    """42; 41.3: a decimal only where it is not .0."""
    return f"{df:.1f}".removesuffix(".0")


def effect_text(one: Estimate, digits: int = 2) -> str:
    """The difference in its own unit, or the ratio, with its interval."""
    return f"{effect_name(one)} {effect_number(one, digits)}, {one.level * 100:g} % CI {effect_bounds(one, digits)}"


def effect_name(one: Estimate) -> str:
    """What is estimated: a difference, a shift, or which ratio."""
    return RATIO.get(one.scale, one.called)


def effect_number(one: Estimate, digits: int = 2) -> str:
    """The difference, or the ratio, alone."""
    return number(_shown(one, one.difference), digits)


def effect_bounds(one: Estimate, digits: int = 2) -> str:
    """Its interval, alone."""
    return bounds(_shown(one, one.low), _shown(one, one.high), digits)


def _shown(one: Estimate, value: float) -> float:
    """A logarithm as the ratio it stands for; too large for a number, it is endless."""
    if one.scale not in RATIO:
        return value
    return exp(value) if not value > LARGEST else float("inf")


def standardised_text(one: Estimate) -> str:
    """d = 0.52 [0.10, 0.93] over what it is divided by; "" where there is none."""
    if isnan(one.standardised):
        return ""
    span = "" if isnan(one.standardised_low) else f" {bounds(one.standardised_low, one.standardised_high)}"
    return f"standardised {number(one.standardised)}{span} ({denominator_text(one)})"


def denominator_text(one: Estimate) -> str:
    """What a standardised effect was divided by, without how its interval was made."""
    return one.denominator.split(";")[0]


def bayes_text(bf10: float) -> str:
    """BF10 = 3.20; BF10 > 1000."""
    if isnan(bf10):
        return ""
    return (
        "BF10 > 1000"
        if bf10 > 1000
        else f"BF10 = {number(bf10, decimals([bf10]))}"
        if bf10 >= 0.001
        else "BF10 < 0.001"
    )


def bayes_cell(bf10: float) -> str:
    """The same where a column says BF10 already; "–" where there is none."""
    return bayes_text(bf10).removeprefix("BF10 ").removeprefix("= ") or "–"
