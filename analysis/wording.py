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
    first, second = one.hypothesis.sides
    said = {
        "greater": f"that {first} is higher than {second}",
        "less": f"that {first} is lower than {second}",
        "different": f"that {first} and {second} differ",
        "equivalent": f"that {first} and {second} differ by less than {_factor(one)}{one.hypothesis.smallest_effect:g}"
        if one.hypothesis.smallest_effect
        else "",
    }[one.hypothesis.direction]
    if one.supported:
        return f"The data support the hypothesis {said}."
    return f"The data do not show {said}; this is no evidence that it is not so."


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


def _factor(one: Finding) -> str:
    return "a factor of " if one.hypothesis.log else ""


def _twin(one: Finding) -> str:
    twin = one.twin
    if twin is None:
        return ""
    return f"Robust twin ({twin.method}): {effect_text(twin)}, {p_text(twin.p)}."
