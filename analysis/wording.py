"""Results in the words of a paper: a sentence for every finding.

Every sentence is made from a result object, so it cannot say what the numbers do not. Differences in the measure's own unit come
first, standardised ones second, both with intervals; nothing is called significant.
"""

from math import exp, isnan, nan

from analysis.described_sides import Described
from analysis.findings import Finding
from analysis.inference.estimate import Estimate
from analysis.measure import Measure
from analysis.printed import bayes_text, decimals, effect_text, interval, number, p_text, standardised_text, test_text

SENTENCE_ENDS = (".", "?", "!")


def estimate_of(one: Finding) -> Estimate:
    """The estimate of a finding that has one. Raises ValueError for one that was refused."""
    if one.estimate is None:
        raise ValueError(f"{one.hypothesis.id} was not tested: {one.refusal}")
    return one.estimate


def title(measure: Measure) -> str:
    """What a measure is called within a sentence; of a single item its wording, as a quotation."""
    return f"“{measure.title.rstrip('.')}”" if measure.title[-1:] in SENTENCE_ENDS else measure.title


def sentence(one: Finding) -> str:
    """What came of a hypothesis, as a results section says it."""
    head = f"{one.hypothesis.id.upper()}, {title(one.measure)}" if one.confirmatory else title(one.measure)
    return f"{head}: {result(one)}"


def result(one: Finding) -> str:
    """The same where it is clear which hypothesis is meant."""
    if one.estimate is None:
        return f"not tested. {one.refusal}"
    estimate, digits = one.estimate, _digits(one)
    parts = [
        _means(one, digits),
        effect_text(estimate, digits),
        ", ".join(filter(None, (test_text(estimate), _p(one)))),
        standardised_text(estimate),
        bayes_text(one.bayes),
        f"n = {estimate.n}",
    ]
    return f"{'; '.join(filter(None, parts))}. {' '.join(filter(None, (_verdict(one), _equivalence(one), _twin(one))))}"


def _means(one: Finding, digits: int) -> str:
    first, second = one.described
    return f"{_mean(first, digits)} against {_mean(second, digits)}"


def _mean(of: Described, digits: int) -> str:
    spread = "" if isnan(of.sd) else f", SD = {number(of.sd, digits)}"
    return f"{of.level} M = {number(of.mean, digits)}{spread}"


def _digits(one: Finding) -> int:
    return decimals(described.mean for described in one.described)


def _p(one: Finding) -> str:
    corrected = f", {p_text(one.p_adjusted)} corrected over {one.together}" if one.together > 1 else ""
    return f"{p_text(one.p)} ({one.sided}{corrected})"


def _verdict(one: Finding) -> str:
    if not one.confirmatory:
        return ""
    said = _claim(one)
    if one.supported:
        return f"The data support the hypothesis {said}."
    corrected = one.p < one.hypothesis.alpha
    head = f"After correction over {one.together} tests the data do not" if corrected else "The data do not"
    return f"{head} show {said}; {_against(one) or 'this is no evidence that it is not so'}."


def _claim(one: Finding) -> str:
    first, second = one.hypothesis.sides
    return {
        "greater": f"that {first} is higher than {second}",
        "less": f"that {first} is lower than {second}",
        "different": f"that {first} and {second} differ",
        "equivalent": f"that {first} and {second} differ by less than {_margin(one)}",
    }[one.hypothesis.direction]


def _against(one: Finding) -> str:
    """What the numbers say against a hypothesis that they do not support; "" where they leave it open."""
    asks, estimate, shown = one.hypothesis, estimate_of(one), one.equivalence
    (first, second), said = asks.sides, []
    if asks.direction == "greater" and estimate.high < 0:
        said.append(f"the interval lies on the other side: in all of it {first} is lower than {second}")
    if asks.direction == "less" and estimate.low > 0:
        said.append(f"the interval lies on the other side: in all of it {first} is higher than {second}")
    if asks.direction == "equivalent":
        beyond = shown is not None and (estimate.low > shown.upper or estimate.high < shown.lower)
        return "the interval lies outside the bounds: in all of it they differ by more" if beyond else ""
    if shown and shown.equivalent:
        said.append(f"they show that any difference is smaller than {_margin(one)}")
    return "; ".join(said)


def _equivalence(one: Finding) -> str:
    if one.equivalence is None:
        return ""
    low, high = ratio_or_difference(one, one.equivalence.low), ratio_or_difference(one, one.equivalence.high)
    return f"Equivalence within {margin_text(one)}: {p_text(one.equivalence.p)}, {interval(low, high, one.equivalence.level)}."


def margin_text(one: Finding) -> str:
    """The bounds of equivalence: ±0.5; of a ratio 0.8 to 1.25."""
    margin = one.hypothesis.smallest_effect or nan
    return f"{1 / margin:.3g} to {margin:g}" if one.hypothesis.log else f"±{margin:g}"


def ratio_or_difference(one: Finding, value: float) -> float:
    """A number of an equivalence test as it is printed."""
    return exp(value) if one.hypothesis.log else value


def _margin(one: Finding) -> str:
    """The smallest effect: 0.5; of a ratio a factor of 1.25."""
    return f"{'a factor of ' if one.hypothesis.log else ''}{one.hypothesis.smallest_effect or 0:g}"


def _twin(one: Finding) -> str:
    twin = one.twin
    if twin is None:
        return ""
    name = "Robust twin" if one.twin_assumes_less else "The same by another test"
    return f"{name} ({twin.method}): {effect_text(twin)}, {p_text(one.twin_p)} ({one.twin_sided})."
