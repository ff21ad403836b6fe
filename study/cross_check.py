"""References inside a protocol that lead nowhere, and designs that do not fit their conditions."""

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

from study.timeline import tasks_per_block
from study.timeline_check import timeline_problems

if TYPE_CHECKING:
    from study.analysis_plan import Hypothesis
    from study.protocol import Protocol

MOST_FOR_ALL_ORDERS = 5


def cross_check(protocol: "Protocol") -> list[str]:
    """Every reference inside a protocol that leads nowhere, one sentence each."""
    ids = {
        "conditions": [condition.id for condition in protocol.conditions],
        "tasks": [task.id for task in protocol.tasks],
        "factors": [factor.id for factor in protocol.factors],
        "analysis.hypotheses": [hypothesis.id for hypothesis in protocol.analysis.hypotheses],
    }
    wrong = [f"{name}: ids must be unique" for name, given in ids.items() if len(set(given)) != len(given)]
    return [
        *wrong,
        *_language_problems(protocol),
        *_design_problems(protocol),
        *timeline_problems(protocol),
        *_plan_problems(protocol),
    ]


def _language_problems(protocol: "Protocol") -> list[str]:
    """Further languages that are none, and those whose texts are not there."""
    wrong = []
    for n, language in enumerate(protocol.languages):
        if language in protocol.offered[: n + 1]:
            wrong.append(f"languages[{n}]: '{language}' is there already; each language is named once")
        elif language not in protocol.translations:
            wrong.append(f"languages[{n}]: the translation into '{language}' is not loaded")
    if strange := [language for language in protocol.translations if language not in protocol.languages]:
        wrong.append(f"languages: does not name '{strange[0]}', into which there is a translation")
    return wrong


def _design_problems(protocol: "Protocol") -> list[str]:
    """What does not fit between conditions, factors, orders, labels and tasks."""
    design, wrong = protocol.design, []
    factors = {factor.id: factor.levels for factor in protocol.factors}
    for n, condition in enumerate(protocol.conditions):
        for factor, level in condition.levels.items():
            if level not in factors.get(factor, ()):
                wrong.append(f"conditions[{n}].levels: '{factor}: {level}' is not declared in factors")
        if missing := [f for f in factors if f not in condition.levels]:
            wrong.append(f"conditions[{n}].levels: says nothing about {', '.join(missing)}")
    if design.between is not None and design.between not in factors:
        return [*wrong, f"design.between: there is no factor '{design.between}'"]
    wrong += _strata_problems(protocol)
    shares = Counter(c.levels.get(design.between or "") for c in protocol.conditions)
    met = {"within": len(protocol.conditions), "between": 1, "mixed": max(shares.values())}[design.kind]
    if len(set(design.labels)) != len(design.labels):
        wrong.append("design.labels: must differ from each other")
    if len(design.labels) < met:
        wrong.append(f"design.labels: {met} conditions need as many labels")
    each = tasks_per_block(protocol.timeline)
    if len(protocol.tasks) < met * each and design.tasks != "cycled":
        more = f" {each} times over" if each > 1 else ""
        wrong.append(f"tasks: {met} conditions need at least as many tasks{more} (or design.tasks: cycled)")
    if met > MOST_FOR_ALL_ORDERS and design.orders in ("all", "random"):
        wrong.append(f"design.orders: {met} conditions have too many orders; choose williams or latin")
    return wrong


def _strata_problems(protocol: "Protocol") -> list[str]:
    """Strata that nothing can be balanced by, or that would name people."""
    strata, wrong = protocol.design.strata, []
    if strata and protocol.design.orders == "random":
        wrong.append("design.strata: random orders are balanced in nothing; choose all or williams")
    if len(set(strata)) != len(strata):
        wrong.append("design.strata: names must be unique")
    identifying = protocol.recruitment.id_parameters
    wrong += [f"design.strata: '{name}' names a single participant" for name in strata if name in identifying]
    return wrong


def _plan_problems(protocol: "Protocol") -> list[str]:
    """An analysis plan that compares what is not there."""
    conditions = [condition.id for condition in protocol.conditions]
    levels = {factor.id: factor.levels for factor in protocol.factors}
    wrong = [
        f"analysis.contrasts[{n}]: unknown condition '{c}'"
        for n, pair in enumerate(protocol.analysis.contrasts)
        for c in pair
        if c not in conditions
    ]
    for n, hypothesis in enumerate(protocol.analysis.hypotheses):
        place, factor = f"analysis.hypotheses[{n}]", hypothesis.factor
        if factor is not None and factor not in levels:
            wrong.append(f"{place}.factor: there is no factor '{factor}'")
            continue
        known, what = (levels[factor], f"level of '{factor}'") if factor is not None else (conditions, "condition")
        wrong += [f"{place}.contrast: unknown {what} '{c}'" for c in hypothesis.contrast if c not in known]
        wrong += [f"{place}.interaction{problem}" for problem in _interaction_problems(protocol, hypothesis)]
    return wrong


def _interaction_problems(protocol: "Protocol", hypothesis: "Hypothesis") -> list[str]:
    """A second factor or level that is not there, or a combination that no condition has."""
    crossed, factor = hypothesis.interaction, hypothesis.factor
    if crossed is None or factor is None:
        return []
    levels = {factor.id: factor.levels for factor in protocol.factors}
    if crossed.factor not in levels:
        return [f".factor: there is no factor '{crossed.factor}'"]
    if wrong := [level for level in crossed.contrast if level not in levels[crossed.factor]]:
        return [f".contrast: unknown level of '{crossed.factor}' '{wrong[0]}'"]
    there = {(c.levels.get(factor), c.levels.get(crossed.factor)) for c in protocol.conditions}
    lacking = [cell for cell in product(hypothesis.contrast, crossed.contrast) if cell not in there]
    return [f": no condition is both '{first}' and '{second}'" for first, second in lacking]
