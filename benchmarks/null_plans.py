"""Plans with every test that a hypothesis may name, on designs shaped like the demo study, in which nothing differs.

Studies are drawn as a power simulation draws them (items with seven points, ties, drop-outs, 5 % missing) and go through
the same `decide()` as real ones. For equivalence the true difference is the bound, where half the null hypothesis ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

import numpy as np

from analysis.findings import decide
from analysis.power.assumptions import Assumptions
from analysis.power.draw import Drawing
from benchmarks.setting import ROOT, STUDY
from memory.mechanisms.registry import parameter_models
from study.analysis_plan import Hypothesis
from study.protocol import Factor, Protocol
from study.protocol_file import load_protocol

SCALE, ITEM = "control", "comfort"
"""A mean of four items, and a single item."""
PAIRS = (("active", "passive"), ("active", "baseline"), ("passive", "baseline"))
BOUND = 1.0
ALIKE = Assumptions(participant_sd=0.005)
"""People who hardly differ: most fits are singular."""


@dataclass(frozen=True)
class Planned:
    """One design with its plan; a family of hypotheses is a row of the report. `planted`: hypothesis → true difference."""

    design: str
    protocol: Protocol
    people: int
    assumed: Assumptions = field(default_factory=Assumptions)
    planted: Mapping[str, float] = field(default_factory=dict)

    def p_values(self, drawing: Drawing, chance: np.random.Generator) -> dict[str, tuple[float, float]]:
        """Hypothesis → its p, and the one that is corrected over its family; NaN where it could not be tested."""
        found = decide(drawing.sample(self.planted, chance), self.protocol)
        return {one.hypothesis.id: (one.p, one.p_adjusted) for one in found}


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
    alike = [*_families(("mixed_model",), SCALE), *_families(("ordinal_mixed_model",), ITEM)]
    crossed = [
        *_of_factor("agent", ("mixed_model", "paired_t", "wilcoxon"), SCALE),
        *_of_factor("agent", ("ordinal_mixed_model",), ITEM),
    ]
    mixed = [
        *_of_factor("agent", ("mixed_model", "paired_t"), SCALE),
        *_of_factor("tone", ("mixed_model", "welch_t", "mann_whitney"), SCALE),
        *_of_factor("agent", ("ordinal_mixed_model",), ITEM),
        *_of_factor("tone", ("ordinal_mixed_model",), ITEM),
    ]
    planned = [
        Planned("within", _demo(within), 24),
        Planned("within, people alike", _demo(alike), 24, ALIKE),
        Planned("between, 8 each", _demo(between, "between"), 24),
        Planned("between, 24 each", _demo(between, "between"), 72),
        Planned("2 × 2 within", _crossed(crossed, "within"), 24),
        Planned("2 (within) × 2 (between)", _crossed(mixed, "mixed"), 24),
        Planned("2 × 2 between, given before", _persuasion(), 160),
        *(_equivalence(kind, test) for kind, test in EQUIVALENCE),
    ]
    return {one.design: one for one in planned}


EQUIVALENCE = (("within", "mixed_model"), ("within", "paired_t"), ("between", "mixed_model"), ("between", "welch_t"))


def _equivalence(kind: str, test: str) -> Planned:
    """One test at the bound, at which the true difference lies."""
    asks = _asks(f"{test}_equivalent", SCALE, PAIRS[0], test=test, direction="equivalent", smallest_effect=BOUND)
    people = 24 if kind == "within" else 72
    return Planned(f"{kind}, at the bound, {test}", _demo([asks], kind), people, planted={asks.id: BOUND})


def _families(tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    """Every test on every pair, the pairs of a test one family."""
    return [_asks(f"{test}_{measure}", measure, pair, test=test) for test, pair in product(tests, PAIRS)]


def _sided(tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    directed = product(tests, ("greater", "less"))
    return [_asks(f"{t}_{way}", measure, PAIRS[0], test=t, direction=way) for t, way in directed]


def _of_factor(factor: str, tests: tuple[str, ...], measure: str) -> list[Hypothesis]:
    levels = FACTORS[factor]
    return [_asks(f"{test}_{measure}_{factor}", measure, levels, test=test, factor=factor) for test in tests]


def _asks(family: str, measure: str, contrast: tuple[str, str], **more: object) -> Hypothesis:
    told = {"id": f"{family}_{contrast[0]}_{contrast[1]}", "text": "They differ.", "family": family}
    return Hypothesis.model_validate({**told, "measure": measure, "contrast": contrast, **more})


@cache
def _loaded(name: str) -> Protocol:
    return load_protocol(ROOT / "protocols" / f"{name}.yaml", parameter_models()).model_copy(
        update={"translations": {}}
    )


def _demo(asks: list[Hypothesis], kind: str = "within") -> Protocol:
    return _asking(_loaded(STUDY), asks, kind=kind)


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


def _persuasion() -> Protocol:
    shipped = _loaded("persuasion_2x2")
    held = {"given": "agreement.agree.before", "factor": "opponent"}
    tests = ("ordinal_model", "mixed_model")
    asks = [_asks(f"{test}_given", "agreement.agree", ("argues", "informs"), test=test, **held) for test in tests]
    return _asking(shipped, asks)


def _asking(protocol: Protocol, asks: list[Hypothesis], **design: object) -> Protocol:
    plan = protocol.analysis.model_copy(update={"hypotheses": tuple(asks), "exclusions": (), "moderators": ()})
    return protocol.model_copy(update={"analysis": plan, "design": protocol.design.model_copy(update=design)})
