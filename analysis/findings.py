"""What the plan asked and what came of it: every hypothesis with its numbers, its correction, its twin.

The hypotheses of the protocol are the confirmatory analysis: run as planned, reported whatever comes out, and corrected
(Holm) within their families; a hypothesis that could not be tested still counts in its family. Everything else is
exploratory, corrected together (Benjamini–Hochberg) and labelled so.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from math import isnan, nan

import pandas as pd

from analysis.answered import RANK
from analysis.asked import Asked, asked, compared, hypotheses
from analysis.compared_samples import samples
from analysis.described_sides import Described, described_sides
from analysis.inference.bayes import independent_bayes_factor, paired_bayes_factor
from analysis.inference.equivalence import Equivalence
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.multiplicity import benjamini_hochberg, holm
from analysis.inference.samples import Pair
from analysis.measures import Measure, measure_names, registry
from analysis.outcome import Outcome
from analysis.planned_p import equivalence_of, planned_p
from analysis.planned_tests import checks, left_out_of_means, outcomes, twin
from analysis.sample import Sample
from analysis.terms import term_text
from study.analysis_plan import TESTS_OF_MEANS, Hypothesis
from study.protocol import Protocol

UNBOUNDED = "Equivalence within the smallest effect of interest is not tested"
"""How the remark begins where a plan names a smallest effect that its test cannot be held against."""
CENSORED = (
    "'{0}' is a time to something that does not always come, and a mean of the times that were observed leaves out the longest. It is "
    "described and compared by survival only (the section on time to the first solution)."
)
"""Why a censored measure is in no test of means."""


@dataclass(frozen=True)
class Finding:
    """One hypothesis and what came of it.

    `p` answers the planned question: one-sided where the hypothesis has a direction (half the two-sided p, or the rest of it on the
    wrong side), the larger of two one-sided tests for equivalence, else two-sided. `p_adjusted` is corrected over the
    `together` hypotheses of its family. `described`: the first and the second level.
    `twin`: the same by another test; `bayes`: BF10 of the plain difference. `refusal` says why there are no numbers.
    """

    hypothesis: Hypothesis
    measure: Measure
    confirmatory: bool
    outcome: Outcome | None = None
    twin: Estimate | None = None
    described: tuple[Described, ...] = ()
    equivalence: Equivalence | None = None
    bayes: float = nan
    p: float = nan
    p_adjusted: float = nan
    together: int = 1
    refusal: str = ""

    @property
    def estimate(self) -> Estimate | None:
        """The planned estimate."""
        return self.outcome.estimate if self.outcome else None

    @property
    def supported(self) -> bool:
        """Whether the hypothesis holds at its alpha, after correction."""
        return self.p_adjusted < self.hypothesis.alpha

    @property
    def sided(self) -> str:
        """How `p` is to be read."""
        kinds = {"different": "two-sided", "equivalent": "two one-sided tests"}
        return kinds.get(self.hypothesis.direction, "one-sided")

    @property
    def twin_p(self) -> float:
        """p of the twin on the side that the hypothesis names; of an equivalence, that of a difference."""
        if self.twin is None:
            return nan
        same = self.hypothesis.direction == "equivalent"
        return self.twin.p if same else planned_p(self.twin, self.hypothesis.direction)

    @property
    def twin_sided(self) -> str:
        """How `twin_p` is to be read."""
        return "two-sided, of a difference" if self.hypothesis.direction == "equivalent" else self.sided

    @property
    def twin_assumes_less(self) -> bool:
        """Whether the twin is a robust one, of ranks beside a test of means, or merely another test."""
        return self.hypothesis.test in TESTS_OF_MEANS


def confirm(of: Sample, protocol: Protocol) -> list[Finding]:
    """Every hypothesis of the plan, in its order, with all that is reported beside it."""
    rows_for = _rows(of, protocol)
    return [_completed(one, rows_for) for one in decide(of, protocol)]


def decide(of: Sample, protocol: Protocol) -> list[Finding]:
    """Every hypothesis of the plan with its estimate and its corrected p, and nothing else: what a study of power repeats."""
    primary = measure_names(protocol, protocol.analysis.primary)
    return corrected(_run(hypotheses(protocol, primary), of, protocol, confirmatory=True))


def corrected(found: Sequence[Finding]) -> list[Finding]:
    """The same with the p of each family corrected by Holm; a hypothesis that could not be tested still counts."""
    adjusted: dict[str, tuple[float, int]] = {}
    for family in dict.fromkeys(one.hypothesis.family for one in found):
        members = [one for one in found if one.hypothesis.family == family]
        after = holm([1.0 if isnan(one.p) else one.p for one in members])
        adjusted |= {m.hypothesis.id: (p, len(members)) for m, p in zip(members, after, strict=True)}
    return [_corrected(one, *adjusted[one.hypothesis.id]) for one in found]


def explore(of: Sample, protocol: Protocol) -> list[Finding]:
    """Every contrast on every measure that no hypothesis is about: single items by ordinal models, the others by linear ones.

    What comes with how a condition is built, such as latency, is only ever described (`Measure.covariate`), and so is a
    condition in which everybody has the same value. Places in a ranking are no scores, and times to something that may not
    come no times (`Measure.censored`); they have analyses of their own.
    """
    primary = measure_names(protocol, protocol.analysis.primary)
    planned = {(h.measure, frozenset(h.contrast)) for h in hypotheses(protocol, primary) if h.interaction is None}
    rows = of.rows.dropna(subset=["value", "condition"])
    varies = set(rows.groupby(["measure", "condition"])["value"].nunique().loc[lambda counts: counts > 1].index)
    known = [m.name for m in registry(protocol) if m.covariate and not m.censored and m.unit != RANK]
    open_ones = [
        h
        for h in compared(known, protocol, "exploratory")
        if (h.measure, frozenset(h.contrast)) not in planned and all((h.measure, c) in varies for c in h.contrast)
    ]
    found = _run(open_ones, of, protocol, confirmatory=False)
    tested = [one for one in found if not isnan(one.p)]
    after = benjamini_hochberg([one.p for one in tested])
    adjusted = (_corrected(one, p, len(tested)) for one, p in zip(tested, after, strict=True))
    rows_for = _rows(of, protocol)
    return [_completed(one, rows_for) for one in adjusted]


def finding_table(found: Sequence[Finding]) -> pd.DataFrame:
    """One row per finding with every number that is reported about it, for a CSV beside the paper.

    The twin's columns begin with `twin_`, those of the equivalence test with `equivalence_`.
    """
    rows = [_row(one) for one in found]
    return pd.DataFrame(rows, columns=list(dict.fromkeys(name for row in rows for name in row)))


def _row(one: Finding) -> dict[str, object]:
    asks, outcome = one.hypothesis, one.outcome
    first, second = one.described or (None, None)
    return {
        "hypothesis": asks.id,
        "confirmatory": one.confirmatory,
        "family": asks.family,
        "measure": asks.measure,
        "title": one.measure.title,
        "unit": one.measure.unit,
        "first": asks.sides[0],
        "second": asks.sides[1],
        "direction": asks.direction,
        "test": asks.test,
        "alpha": asks.alpha,
        **{f"first_{name}": value for name, value in (asdict(first) if first else {}).items() if name != "level"},
        **{f"second_{name}": value for name, value in (asdict(second) if second else {}).items() if name != "level"},
        **_numbers(one.estimate, ""),
        "bf10": one.bayes,
        "p_planned": one.p,
        "sided": one.sided,
        "p_adjusted": one.p_adjusted,
        "corrected_over": one.together,
        "supported": one.supported if one.confirmatory else None,
        **_numbers(one.twin, "twin_"),
        **({"twin_p_planned": one.twin_p, "twin_sided": one.twin_sided} if one.twin else {}),
        **(
            {f"equivalence_{name}": value for name, value in asdict(one.equivalence).items()} if one.equivalence else {}
        ),
        "formula": outcome.formula if outcome else "",
        "remarks": " ".join(outcome.remarks) if outcome else "",
        "refusal": one.refusal,
    }


def _numbers(estimate: Estimate | None, prefix: str) -> dict[str, object]:
    if estimate is None:
        return {}
    return {f"{prefix}{name}": value for name, value in asdict(estimate).items() if name not in ("first", "second")}


def _run(asked_for: Sequence[Hypothesis], of: Sample, protocol: Protocol, confirmatory: bool) -> list[Finding]:
    known = {measure.name: measure for measure in registry(protocol)}
    open_ones = [Finding(h, known.get(h.measure) or _unknown(h.measure), confirmatory) for h in asked_for]
    rows_for = _rows(of, protocol)
    done: dict[str, Finding] = {}
    for _, alike in groupby(sorted(open_ones, key=_shares_a_model), key=_shares_a_model):
        done |= {one.hypothesis.id: one for one in _answered(list(alike), rows_for)}
    return [done[hypothesis.id] for hypothesis in asked_for]


def _unknown(name: str) -> Measure:
    """A measure that a plan names and nobody computes (`manage.py check` says so): reported as not tested."""
    return Measure(name, name, "", "none", "nobody computes it", lambda _data, _protocol: pd.DataFrame())


def _shares_a_model(one: Finding) -> tuple[str, ...]:
    asks = one.hypothesis
    return *_about(asks), asks.test


def _about(asks: Hypothesis) -> tuple[str, ...]:
    """What decides which rows a hypothesis is about, and how they are coded."""
    return asks.measure, asks.factor or "", asks.given or "", str(asks.interaction or ""), "log" if asks.log else ""


def _rows(of: Sample, protocol: Protocol) -> Callable[[Hypothesis], Asked]:
    """What gives the rows that a hypothesis is about: the same for all that are about the same, made once."""
    held: dict[tuple[str, ...], Asked] = {}

    def rows_for(asks: Hypothesis) -> Asked:
        if (key := _about(asks)) not in held:
            held[key] = asked(of.rows, protocol, asks)
        return held[key]

    return rows_for


def _answered(alike: list[Finding], rows_for: Callable[[Hypothesis], Asked]) -> list[Finding]:
    """Findings that share rows and a model; where one of them cannot be tested, each is tried alone."""
    first = alike[0].hypothesis
    if alike[0].measure.censored:
        return [replace(one, refusal=CENSORED.format(first.measure)) for one in alike]
    try:
        found = outcomes(first.test, rows_for(first), [one.hypothesis.contrast for one in alike])
        return [_with(one, outcome) for one, outcome in zip(alike, found, strict=True)]
    except NotEstimable as error:
        if len(alike) == 1:
            return [replace(alike[0], refusal=term_text(str(error), first))]
        return [done for one in alike for done in _answered([one], rows_for)]


def _with(one: Finding, outcome: Outcome) -> Finding:
    asks, estimate = one.hypothesis, outcome.estimate
    remarks = tuple(term_text(remark, asks) for remark in outcome.remarks)
    if asks.direction == "equivalent":
        equivalence = equivalence_of(estimate, asks)
        return replace(one, outcome=replace(outcome, remarks=remarks), equivalence=equivalence, p=equivalence.p)
    beside = None
    if asks.smallest_effect is not None:
        try:
            beside = equivalence_of(estimate, asks)
        except NotEstimable as error:  # the planned test stands without it, and says so
            remarks += (f"{UNBOUNDED}: {error}",)
    found = replace(outcome, remarks=remarks)
    return replace(one, outcome=found, equivalence=beside, p=planned_p(estimate, asks.direction))


def _completed(one: Finding, rows_for: Callable[[Hypothesis], Asked]) -> Finding:
    """With descriptives, twin, Bayes factor, and the checks of its model."""
    if one.outcome is None:
        return one
    asks, rows = one.hypothesis, rows_for(one.hypothesis)
    beside = left_out_of_means(rows, *asks.contrast)
    if one.confirmatory:
        beside += tuple(term_text(said, asks) for said in checks(asks.test, rows, [asks.contrast]))
    return replace(
        one,
        outcome=replace(one.outcome, remarks=one.outcome.remarks + beside),
        twin=twin(asks.test, rows, *asks.contrast),
        described=described_sides(rows, asks.contrast),
        bayes=_bayes(rows, asks),
    )


def _bayes(rows: Asked, asks: Hypothesis) -> float:
    """BF10 of the plain difference (JZS, r = √2/2), without the model's other terms; NaN where there is none."""
    try:
        held = samples(rows, *asks.contrast)
        return (paired_bayes_factor(held) if isinstance(held, Pair) else independent_bayes_factor(held)).bf10
    except NotEstimable:
        return nan


def _corrected(one: Finding, p: float, together: int) -> Finding:
    return replace(one, p_adjusted=nan if isnan(one.p) else p, together=together)
