"""Plans with every test that a hypothesis may name, on designs shaped like the demo study, in which nothing differs, or something known.

Studies are drawn as a power simulation draws them (items with seven points, ties, drop-outs, 5 % missing) and go through
the same `decide()` as real ones. For equivalence the true difference is the bound, where half the null hypothesis ends.
Where log odds are planted, the answers to the item are drawn once more, from the very model that is to find them.
"""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import product
from math import nan

import numpy as np
import pandas as pd

from analysis.asked import given_values, levels_of
from analysis.findings import Finding, decide
from analysis.power.assumptions import Assumptions
from analysis.power.draw import Drawing
from analysis.sample import Sample
from benchmarks.made_up_outcomes import LEVEL_SD, answered
from benchmarks.null_runs import Result
from benchmarks.setting import ROOT, STUDY
from memory.mechanisms.registry import parameter_models
from study.analysis_plan import Hypothesis
from study.protocol import Factor, Protocol
from study.protocol_file import load_protocol

SCALE, ITEM, COUNT, TIME = "control", "comfort", "turns", "task_minutes"
"""A mean of four items, a single item, a count, a time."""
PAIRS = (("active", "passive"), ("active", "baseline"), ("passive", "baseline"))
BOUND = 1.0
DIFFERENCE, LOG_ODDS = 0.8, 1.0
"""What is planted, in points of the scale and for the item."""
PULL = 0.6
"""What a point more beforehand does to the answer afterwards, in log odds."""
BESIDE_ANOTHER, OF_ANOTHER = "2 × 2 within, the other factor matters and one cell has gaps", 1.5
"""Nothing differs between agents; the tones do by so much, and a quarter of the people lack one of the four cells."""
ALIKE = Assumptions(participant_sd=0.005)
"""People who hardly differ: most fits are singular."""
GAPS = Assumptions(drop_out=0.12, missing=0.1)
"""Of three people one leaves before the end, and a tenth of the other values are missing."""
ORDINAL = ("ordinal_mixed_model", "ordinal_model", "partial_odds_model")


@dataclass(frozen=True)
class Planned:
    """One design with its plan; a family of hypotheses is a row of the report.

    `difference` (in the unit of the measure) and `log_odds` are planted between the first and the second of the contrast of
    the first hypothesis about a measure: as a distance around the middle between the two, and as more for the first of them.
    `lack`: the share of people who never meet the first condition.
    """

    design: str
    protocol: Protocol
    people: int
    assumed: Assumptions = field(default_factory=Assumptions)
    difference: float = 0.0
    log_odds: float = 0.0
    lack: float = 0.0

    def asking(self, family: str) -> "Planned":
        """The same with this family of hypotheses alone."""
        plan = self.protocol.analysis
        kept = tuple(one for one in plan.hypotheses if one.family == family)
        alone = plan.model_copy(update={"hypotheses": kept})
        return replace(self, protocol=self.protocol.model_copy(update={"analysis": alone}))

    @cached_property
    def drawing(self) -> Drawing:
        """What chance does not decide."""
        return Drawing.of(self.protocol, self.people, self.assumed)

    def results(self, chance: np.random.Generator) -> list[Result]:
        """What comes of every hypothesis of one study."""
        first = {one.measure: one for one in reversed(self.protocol.analysis.hypotheses)}
        made = self.drawing.sample({one.id: self.difference for one in first.values()}, chance)
        if self.lack:
            made = replace(made, rows=self._with_a_gap(made.rows, chance))
        if self.log_odds:
            asks = next(one for one in first.values() if one.test in ORDINAL)
            made = replace(made, rows=self._in_log_odds(made, asks, chance))
        return [_result(one, self.truth(one.hypothesis)) for one in decide(made, self.protocol)]

    def truth(self, asks: Hypothesis) -> float:
        """What the estimate of this hypothesis should be; NaN where log odds are estimated and points were planted."""
        first = next(one for one in self.protocol.analysis.hypotheses if one.measure == asks.measure)
        if asks.factor != first.factor:
            return 0.0
        if asks.test in ORDINAL:
            size, sides = self.log_odds, {first.contrast[0]: 1.0}
            if self.difference and not self.log_odds:
                return nan
        else:
            size, sides = self.difference, {first.contrast[0]: 0.5, first.contrast[1]: -0.5}
        first_side, second_side = (sides.get(level, 0.0) for level in asks.contrast)
        return size * (first_side - second_side) + 0.0  # never −0

    def _with_a_gap(self, rows: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
        people = rows["participant"].unique()
        lacking = people[chance.random(len(people)) < self.lack]
        return rows[~(rows["participant"].isin(lacking) & (rows["condition"] == self.protocol.conditions[0].id))]

    def _in_log_odds(self, made: Sample, asks: Hypothesis, chance: np.random.Generator) -> pd.DataFrame:
        """The rows with other answers to one item: log odds of the level, of the person where they answer several times, and
        of what is held constant."""
        levels, rows = levels_of(self.protocol, asks.factor), made.rows
        here = (rows["measure"] == asks.measure) & rows["value"].notna() & rows["condition"].notna()
        asked = rows[here]
        (points,) = self.drawing.kind_of(asks.measure).points  # type: ignore[union-attr]  # an item is a rating
        at = self.log_odds * np.array([levels[condition] == asks.contrast[0] for condition in asked["condition"]])
        if asked.duplicated("participant").any():
            codes, people = pd.factorize(asked["participant"])
            at += LEVEL_SD * chance.standard_normal(len(people))[codes]
        if asks.given:
            before = np.array(given_values(rows, asked, asks.given))
            at += PULL * (np.nan_to_num(before, nan=(1 + points) / 2) - (1 + points) / 2)
        return rows.assign(value=rows["value"].mask(here, pd.Series(answered(at, chance, points), asked.index)))


def _result(found: Finding, truth: float) -> Result:
    asks, one = found.hypothesis, found.estimate
    numbers = (one.difference, one.low, one.high) if one else (nan, nan, nan)
    return Result(asks.family, asks.id, truth, found.p, found.p_adjusted, *numbers, found.refusal)


@cache
def plans() -> dict[str, Planned]:
    """Every design, by a short name."""
    within = [
        *_families(("mixed_model", "paired_t", "repeated_anova", "wilcoxon", "friedman"), SCALE),
        *_families(("ordinal_mixed_model", "mixed_model", "wilcoxon"), ITEM),
        *_sided(("mixed_model", "paired_t", "wilcoxon"), SCALE),
        *_sided(("ordinal_mixed_model",), ITEM),
    ]
    between = [
        *_families(("mixed_model", "welch_t", "mann_whitney"), SCALE),
        *_families(("ordinal_model", "mann_whitney"), ITEM),
        *_sided(("welch_t", "mann_whitney"), SCALE),
        *_sided(("ordinal_model",), ITEM),
    ]
    gaps = [*_families(("mixed_model", "paired_t", "wilcoxon"), SCALE), *_families(("ordinal_mixed_model",), ITEM)]
    alike = [*_families(("mixed_model",), SCALE), *_families(("ordinal_mixed_model",), ITEM)]
    crossed = [
        *_of_factor("agent", ("mixed_model", "paired_t", "wilcoxon"), SCALE),
        *_of_factor("agent", ("ordinal_mixed_model",), ITEM),
        _interaction("mixed_model", SCALE),
        _interaction("ordinal_mixed_model", ITEM),
    ]
    beside_another = [
        *_of_factor("tone", ("mixed_model",), SCALE),
        *_of_factor("agent", ("mixed_model", "paired_t", "wilcoxon", "repeated_anova", "friedman"), SCALE),
    ]
    mixed = [
        _interaction("mixed_model", SCALE),
        *_of_factor("agent", ("mixed_model", "paired_t"), SCALE),
        *_of_factor("tone", ("mixed_model", "welch_t", "mann_whitney"), SCALE),
        *_of_factor("agent", ("ordinal_mixed_model",), ITEM),
        *_of_factor("tone", ("ordinal_mixed_model",), ITEM),
    ]
    planned = [
        Planned("within", _demo(within), 24),
        Planned("within, counts and logarithms", _demo([*_families(("count_model",), COUNT), *_logarithms()]), 24),
        Planned("between, 24 each, counts", _demo(_families(("count_model",), COUNT), "between"), 72),
        Planned("within, yes or no", _yes_or_no(_demo(_families(("binary_model",), ITEM))), 24),
        Planned("between, 24 each, yes or no", _yes_or_no(_demo(_families(("binary_model",), ITEM), "between")), 72),
        Planned("within, people alike", _demo(alike), 24, ALIKE),
        Planned("within, many gaps", _demo(gaps), 24, GAPS),
        Planned("within, many gaps, who met every condition", _demo(gaps[:3], missing="complete"), 24, GAPS),
        Planned("between, 8 each", _demo(between, "between"), 24),
        Planned("between, 24 each", _demo(between, "between"), 72),
        Planned("2 × 2 within", _crossed(crossed, "within"), 24),
        Planned(BESIDE_ANOTHER, _crossed(beside_another, "within"), 24, difference=OF_ANOTHER, lack=0.25),
        Planned("2 (within) × 2 (between)", _crossed(mixed, "mixed"), 24),
        Planned("2 × 2 between, given before", _persuasion(GIVEN_TESTS), 160),
        *(_equivalence(kind, test) for kind, test in EQUIVALENCE),
        *_with_something(),
    ]
    return {one.design: one for one in planned}


def _with_something() -> list[Planned]:
    """The designs in which something is planted."""
    both = {"difference": DIFFERENCE, "log_odds": LOG_ODDS}
    within = [
        *_families(("mixed_model",), SCALE),
        *_first(("paired_t", "wilcoxon"), SCALE),
        *_families(("ordinal_mixed_model",), ITEM),
    ]
    between = [*_first(("mixed_model", "welch_t", "mann_whitney"), SCALE), *_first(("ordinal_model",), ITEM)]
    gaps = [*_first(("mixed_model", "paired_t"), SCALE), *_first(("ordinal_mixed_model",), ITEM)]
    crossed = [
        *_of_factor("agent", ("mixed_model", "paired_t"), SCALE),
        *_of_factor("agent", ("ordinal_mixed_model",), ITEM),
    ]
    tone = _of_factor("tone", ("mixed_model", "welch_t"), SCALE)
    return [
        Planned("within, planted", _demo(within), 24, **both),
        Planned("within, many gaps, planted", _demo(gaps), 24, GAPS, **both),
        Planned("between, 8 each, planted", _demo(between, "between"), 24, **both),
        Planned("between, 24 each, planted", _demo(between, "between"), 72, **both),
        Planned("2 × 2 within, planted", _crossed(crossed, "within"), 24, **both),
        Planned("2 (within) × 2 (between), planted within", _crossed(crossed, "mixed"), 24, **both),
        Planned("2 (within) × 2 (between), planted between", _crossed(tone, "mixed"), 24, difference=DIFFERENCE),
        Planned("2 × 2 between, given before, points", _persuasion(("mixed_model",)), 160, difference=DIFFERENCE),
        Planned("2 × 2 between, given before, log odds", _persuasion(GIVEN_TESTS[1:]), 160, log_odds=LOG_ODDS),
    ]


EQUIVALENCE = (("within", "mixed_model"), ("within", "paired_t"), ("between", "mixed_model"), ("between", "welch_t"))


def _equivalence(kind: str, test: str) -> Planned:
    """One test at the bound, at which the true difference lies."""
    asks = _asks(f"{test}_equivalent", SCALE, PAIRS[0], test=test, direction="equivalent", smallest_effect=BOUND)
    people = 24 if kind == "within" else 72
    return Planned(f"{kind}, at the bound, {test}", _demo([asks], kind), people, difference=BOUND)


def _families(tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    """Every test on every pair, the pairs of a test one family."""
    return [_asks(f"{test}_{measure}", measure, pair, test=test) for test, pair in product(tests, PAIRS)]


def _first(tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    return [_asks(f"{test}_{measure}", measure, PAIRS[0], test=test) for test in tests]


def _sided(tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    directed = product(tests, ("greater", "less"))
    return [_asks(f"{t}_{way}", measure, PAIRS[0], test=t, direction=way) for t, way in directed]


def _of_factor(factor: str, tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    levels = FACTORS[factor]
    return [_asks(f"{test}_{measure}_{factor}", measure, levels, test=test, factor=factor) for test in tests]


def _logarithms() -> list[Hypothesis]:
    return [_asks(f"{test}_log", TIME, PAIRS[0], test=test, log=True) for test in ("mixed_model", "paired_t")]


def _interaction(test: str, measure: str) -> Hypothesis:
    crossed = {"factor": "tone", "contrast": FACTORS["tone"]}
    return _asks(
        f"{test}_{measure}_interaction", measure, FACTORS["agent"], test=test, factor="agent", interaction=crossed
    )


def _yes_or_no(protocol: Protocol) -> Protocol:
    """The same where the single item has two answers, 0 and 1."""
    found = protocol.instrument(ITEM)
    item = found.items[0].model_copy(update={"min": 0, "max": 1, "labels": ()})
    scales = tuple(scale.model_copy(update={"range": (0, 1)}) for scale in found.scoring)
    short = found.model_copy(update={"items": (item, *found.items[1:]), "scoring": scales})
    kept = tuple(short if one.id == ITEM else one for one in protocol.instruments)
    return protocol.model_copy(update={"instruments": kept})


def _asks(family: str, measure: str, contrast: tuple[str, str], **more: object) -> Hypothesis:
    told = {"id": f"{family}_{contrast[0]}_{contrast[1]}", "text": "They differ.", "family": family}
    return Hypothesis.model_validate({**told, "measure": measure, "contrast": contrast, **more})


@cache
def _loaded(name: str) -> Protocol:
    return load_protocol(ROOT / "protocols" / f"{name}.yaml", parameter_models()).model_copy(
        update={"translations": {}}
    )


def _demo(asks: list[Hypothesis], kind: str = "within", missing: str = "model") -> Protocol:
    made = _asking(_loaded(STUDY), asks, kind=kind)
    return made.model_copy(update={"analysis": made.analysis.model_copy(update={"missing": missing})})


FACTORS = {"agent": ("speaks", "waits"), "tone": ("warm", "plain")}


def _crossed(asks: list[Hypothesis], kind: str) -> Protocol:
    """The demo study with four conditions: two factors, both within participants or the second between them."""
    demo = _loaded(STUDY)
    conditions = tuple(
        demo.conditions[0].model_copy(update={"id": f"{agent}_{tone}", "levels": {"agent": agent, "tone": tone}})
        for agent, tone in product(*FACTORS.values())
    )
    factors = tuple(Factor(id=name, levels=levels) for name, levels in FACTORS.items())
    steps = tuple(step for step in demo.timeline if step.step != "beliefs")
    made = demo.model_copy(update={"conditions": conditions, "factors": factors, "timeline": steps})
    between = "tone" if kind == "mixed" else None
    return _asking(made, asks, kind=kind, between=between, orders="williams", labels=tuple("ABCD"))


GIVEN_TESTS = ("mixed_model", "ordinal_model", "partial_odds_model")


def _persuasion(tests: tuple[str, ...]) -> Protocol:
    """The shipped design with 2 × 2 groups and the opinion before held constant."""
    held = {"given": "agreement.agree.before", "factor": "opponent"}
    asks = [_asks(f"{test}_given", "agreement.agree", ("argues", "informs"), test=test, **held) for test in tests]
    return _asking(_loaded("persuasion_2x2"), asks)


def _asking(protocol: Protocol, asks: list[Hypothesis], **design: object) -> Protocol:
    plan = protocol.analysis.model_copy(update={"hypotheses": tuple(asks), "exclusions": (), "moderators": ()})
    return protocol.model_copy(update={"analysis": plan, "design": protocol.design.model_copy(update=design)})
