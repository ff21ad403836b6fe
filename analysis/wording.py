"""Results in the words of a paper: numbers as the field prints them, and a sentence for every finding.

Every sentence is made from a result object, so it cannot say what the numbers do not. Differences in the measure's own unit come
first, standardised ones second, both with intervals; nothing is called significant.
"""

from math import exp, isnan, log10

from analysis.findings import Described, Finding
from analysis.inference.estimate import RATIO, Estimate

MINUS = "−"


def number(value: float, digits: int = 2) -> str:
    """With a true minus sign; "–" where there is none."""
    if isnan(value):
        return "–"
    shown = f"{value:.{digits}f}"
    return (MINUS + shown[1:] if value < 0 else shown) if float(shown) else f"{0:.{digits}f}"


def p_text(p: float) -> str:
    """p = .032; p < .001."""
    if isnan(p):
        return "p –"
    return "p < .001" if p < 0.001 else f"p = {_no_zero(p)}"


def _no_zero(p: float) -> str:
    shown = f"{p:.3f}"
    return "1" if float(shown) == 1 else shown.removeprefix("0")


def interval(low: float, high: float, level: float = 0.95, digits: int = 2) -> str:
    """95 % CI [0.21, 1.30]."""
    return f"{level * 100:g} % CI [{number(low, digits)}, {number(high, digits)}]"


def test_text(one: Estimate) -> str:
    """t(45.2) = 2.31; z = 1.96; W = 120."""
    if not one.statistic or isnan(one.value):
        return ""
    df = "" if isnan(one.df) else f"({one.df:.1f})" if one.df % 1 else f"({one.df:g})"
    return f"{one.statistic}{df} = {number(one.value)}"


def effect_text(one: Estimate, digits: int = 2) -> str:
    """The difference in its own unit, or the ratio, with its interval."""
    if one.scale in RATIO:
        return f"{RATIO[one.scale]} {number(exp(one.difference))}, {interval(exp(one.low), exp(one.high), one.level)}"
    return f"difference {number(one.difference, digits)}, {interval(one.low, one.high, one.level, digits)}"


def standardised_text(one: Estimate) -> str:
    """d = 0.52 [0.10, 0.93] over what it is divided by; "" where there is none."""
    if isnan(one.standardised):
        return ""
    bounds = (
        "" if isnan(one.standardised_low) else f" [{number(one.standardised_low)}, {number(one.standardised_high)}]"
    )
    return f"standardised {number(one.standardised)}{bounds} ({one.denominator.split(';')[0]})"


def bayes_text(bf10: float) -> str:
    """BF10 = 3.20; BF10 > 1000."""
    if isnan(bf10):
        return ""
    return "BF10 > 1000" if bf10 > 1000 else f"BF10 = {number(bf10)}" if bf10 >= 0.001 else "BF10 < 0.001"


def sentence(one: Finding) -> str:
    """What came of a hypothesis, as a results section says it."""
    head = f"{one.hypothesis.id.upper()}, {one.measure.title}" if one.confirmatory else one.measure.title
    if one.estimate is None:
        return f"{head}: not tested. {one.refusal}"
    estimate, digits = one.estimate, _digits(one)
    parts = [
        _means(one, digits),
        effect_text(estimate, digits),
        ", ".join(filter(None, (test_text(estimate), _p(one)))),
        standardised_text(estimate),
        bayes_text(one.bayes),
        f"n = {estimate.n}",
    ]
    return f"{head}: {'; '.join(filter(None, parts))}. {' '.join(filter(None, (_verdict(one), _equivalence(one), _twin(one))))}"


def _means(one: Finding, digits: int) -> str:
    first, second = one.described
    return f"{_mean(first, digits)} against {_mean(second, digits)}"


def _mean(of: Described, digits: int) -> str:
    return f"{of.level} M = {number(of.mean, digits)}, SD = {number(of.sd, digits)}"


def _digits(one: Finding) -> int:
    """Two decimals for ratings, none for milliseconds: three figures of the larger mean."""
    largest = max((abs(d.mean) for d in one.described if not isnan(d.mean)), default=1)
    return min(2, max(0, 2 - int(log10(largest)))) if largest >= 1 else 2


def _p(one: Finding) -> str:
    corrected = f", {p_text(one.p_adjusted)} corrected over {one.together}" if one.together > 1 else ""
    return f"{p_text(one.p)} ({one.sided}{corrected})"


def _verdict(one: Finding) -> str:
    if not one.confirmatory:
        return ""
    first, second = one.hypothesis.contrast
    said = {
        "greater": f"that {first} is higher than {second}",
        "less": f"that {first} is lower than {second}",
        "different": f"that {first} and {second} differ",
        "equivalent": f"that {first} and {second} differ by less than {one.hypothesis.smallest_effect:g}"
        if one.hypothesis.smallest_effect
        else "",
    }[one.hypothesis.direction]
    if one.supported:
        return f"The data support the hypothesis {said}."
    return f"The data do not show {said}; this is no evidence that it is not so."


def _equivalence(one: Finding) -> str:
    if one.equivalence is None:
        return ""
    bounds = f"within ±{one.hypothesis.smallest_effect:g}"
    return f"Equivalence {bounds}: {p_text(one.equivalence.p)}, {interval(one.equivalence.low, one.equivalence.high, one.equivalence.level)}."


def _twin(one: Finding) -> str:
    twin = one.twin
    if twin is None:
        return ""
    return f"Robust twin ({twin.method}): {effect_text(twin)}, {p_text(twin.p)}."
