"""How each hypothesis will be tested, in words: read off the engine itself, run on a complete made-up study of the design.

So the names of tests, the formulas of models and the degrees of freedom are those that the analysis will report, and a
hypothesis that the engine would refuse is found before the study.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from analysis.asked import GIVEN, LEVEL, VALUE
from analysis.findings import UNBOUNDED, Finding, confirm
from analysis.generalised_tests import SPREAD
from analysis.inference.estimate import RATIO
from analysis.planned_tests import VARIES
from analysis.power.assumptions import Assumptions
from analysis.power.draw import Drawing
from analysis.preregistration.document import Block, Bullets, Heading
from study.analysis_plan import Hypothesis
from study.protocol import Protocol

WHOLE = Assumptions(drop_out=0, missing=0)
EXPECTED = {
    "greater": "and expected to be higher",
    "less": "and expected to be lower",
    "different": "without an expected direction",
    "equivalent": "and expected to be the same, within {margin} either way",
}
CHECKED = {
    "Proportional odds:": "The assumption of proportional odds is tested by likelihood ratio and reported; the test stays the same.",
    VARIES: "What is held constant may matter more at some thresholds than at others: tested by likelihood ratio and "
    "reported; where the data cannot tell its effect at some threshold, one effect for all stands in.",
    "Repeated-measures ANOVA:": "The repeated-measures ANOVA over all conditions is reported with Greenhouse–Geisser's correction.",
    "Friedman:": "Friedman's test over all conditions is reported with Kendall's W, and Wilcoxon's test of each pair after it (Holm).",
    SPREAD: "The model is Poisson's; where the counts vary more than it allows (dispersion above 1), the negative binomial "
    "takes its place.",
    "Interaction, all levels": "The test of the whole interaction is reported beside the contrast.",
    "Aligned ranks:": "Aligned ranks (ART) are reported beside it, with their caution; they do not decide.",
    "Risk difference": "Beside the odds ratio stands the risk difference, averaged over the sample.",
    "Cochran’s Q": "Cochran's Q over all conditions is reported.",
}
"""What the engine remarks beside a test, by words of the remark → what is said of it beforehand."""


def as_planned(protocol: Protocol, n: int) -> list[Finding]:
    """Every hypothesis as the engine tests it with `n` complete participants; its numbers mean nothing."""
    generator = np.random.Generator(np.random.PCG64(0))
    rehearsed = Drawing.of(protocol.model_copy(update={"translations": {}}), n, WHOLE)
    return confirm(rehearsed.sample({}, generator), protocol)


def hypothesis(one: Finding, named: bool) -> str:
    """One line: its id, its text, what is compared; `named`: by the protocol, not made from its contrasts."""
    asks = one.hypothesis
    first, second = asks.contrast
    of = f" of `{asks.factor}`" if asks.factor else ""
    margin = f"{'a factor of ' if asks.log else ''}{asks.smallest_effect or 0:g}"
    expected = EXPECTED[asks.direction].format(margin=margin)
    given = f", given `{asks.given}`" if asks.given else ""
    said = f"{asks.text} " if named else ""
    on = f"**{asks.id}** (family “{asks.family}”): {said}On “{title(one)}” (`{asks.measure}`){given}, "
    if crossed := asks.interaction:
        here, there = crossed.contrast
        return (
            f"{on}the difference `{first}` − `{second}`{of} at `{here}` of `{crossed.factor}` is compared with the same at "
            f"`{there}` {expected} (an interaction)."
        )
    return f"{on}`{first}`{of} is compared with `{second}` {expected}."


def title(one: Finding) -> str:
    """What the measure is called, to stand within a sentence."""
    return one.measure.title.rstrip(".")


def analyses(planned: Sequence[Finding]) -> list[Block]:
    """Test, model, side, level, correction, intervals and twin of each hypothesis; said once for those that are alike."""
    blocks: list[Block] = []
    for (of, facts), alike in groupby(planned, key=lambda one: (title(one), tuple(_facts(one)))):
        same = list(alike)
        contrasts = ", ".join(" − ".join(one.hypothesis.sides) for one in same)
        ids = ", ".join(one.hypothesis.id for one in same)
        blocks += [Heading(3, f"{ids}: {of}, {contrasts}"), Bullets(facts)]
    return blocks


def _facts(one: Finding) -> list[str]:
    asks, outcome = one.hypothesis, one.outcome
    if outcome is None:
        return [f"**This cannot be tested as planned** (`{asks.test}`): {one.refusal}"]
    estimate = outcome.estimate
    facts = [f"Test: {estimate.method.replace('negative binomial', 'poisson')}."]
    if outcome.formula:
        facts.append(f"Model: `{outcome.formula}`, {_legend(one)}.")
    facts.append(f"{_side(asks)} at α = {asks.alpha:g}, {_family(one)}.")
    if asks.log:
        facts.append("It is run on the natural logarithms of the values; the result is turned back into a ratio.")
    unit = (
        f"the {RATIO[estimate.scale]}"
        if estimate.scale in RATIO
        else f"the {estimate.called} in the measure's own unit ({one.measure.unit})"
    )
    facts.append(
        f"Reported: {unit} with its {estimate.level:.0%} interval, {estimate.statistic}, p"
        + (f", and the standardised effect ({divided})." if (divided := estimate.denominator.split(";")[0]) else ".")
    )
    if one.equivalence:
        facts.append(_equivalence(one))
    facts += [f"**{remark}**" for remark in outcome.remarks if remark.startswith(UNBOUNDED)]
    if one.twin:
        facts.append(f"Beside it, as a check that does not decide: {one.twin.method}; {one.twin_sided}.")
    facts += [said for words, said in CHECKED.items() if any(words in remark for remark in outcome.remarks)]
    return facts


def _legend(one: Finding) -> str:
    asks, formula = one.hypothesis, one.outcome.formula if one.outcome else ""
    level = f"the level of `{asks.factor}`" if asks.factor else "the condition"
    said = [f"where `{VALUE}` is {'the logarithm of ' if asks.log else ''}the measure", f"`{LEVEL}` {level}"]
    if asks.interaction:
        said.append(f"`{LEVEL}:{asks.interaction.factor}` its interaction with `{asks.interaction.factor}`")
    terms = formula.split(" ~ ")[-1].split(" + ")
    told = {
        GIVEN: f"`{asks.given}`",
        "period": "the place of the condition in the participant's order",
        "task": "the task worked on",
    }
    return ", ".join([*said, *(f"`{name}` {meaning}" for name, meaning in told.items() if name in terms)])


def _side(asks: Hypothesis) -> str:
    return {"different": "Two-sided", "equivalent": "Two one-sided tests, each"}.get(
        asks.direction, "One-sided, in the expected direction,"
    )


def _family(one: Finding) -> str:
    if one.together == 1:
        return f"the only test of its family “{one.hypothesis.family}”, so without correction"
    return f"after Holm's correction over the {one.together} tests of the family “{one.hypothesis.family}”"


def _equivalence(one: Finding) -> str:
    bounds, margin = one.equivalence, one.hypothesis.smallest_effect
    level = f"{bounds.level:.0%}" if bounds else ""
    what = "" if one.hypothesis.direction == "equivalent" else " as well, whether or not the difference is shown"
    within = f"a factor of {margin:g}" if one.hypothesis.log else f"±{margin:g} ({one.measure.unit})"
    return f"Equivalence within {within} is tested{what}: two one-sided tests, {level} interval."
