"""Made-up effects of conditions on simulated participants, by what a condition is made of.

Nothing here is a finding: the numbers give analyses something to find, with the signs that one would
expect. They are in points of a 7-point scale against a condition that has none of these mechanisms.
"""

from study.protocol import Protocol

EFFECTS: dict[str, dict[str, float]] = {
    "needs_panel": {"control": 1.2, "personalisation": 0.8, "ueq_s": 0.3, "nasa_tlx": 0.4, "care_five": 0.8},
    "preference_controls": {"control": 0.4, "personalisation": 0.4, "ueq_s": 0.1, "nasa_tlx": 0.1, "comfort": 0.3},
    "inferred_profile": {"control": -0.4, "personalisation": 0.6, "ueq_s": 0.5, "nasa_tlx": -0.3, "comfort": -0.5},
    "inferred_profile.shown": {"control": 0.2, "transparency": 1.0, "comfort": 0.3, "s_tias": 0.2},
    "inferred_profile.editable": {"control": 1.6, "transparency": 1.2, "comfort": 0.7, "s_tias": 0.4, "plan_fit": 0.6},
    "retrieval": {"personalisation": 0.2, "diary_day": 0.6},
    "ask_and_correct": {"control": 0.5, "personalisation": 0.8, "nasa_tlx": 0.1, "s_tias": 0.2, "plan_fit": 0.5},
    "all_beliefs": {"personalisation": 0.6, "comfort": -0.1},
    "memory_page": {"control": 0.1, "personalisation": 0.5, "comfort": -0.3},
    "memory_page.shown": {"control": 0.2, "transparency": 0.9, "comfort": 0.2, "s_tias": 0.2},
    "memory_page.editable": {"control": 1.0, "transparency": 1.1, "comfort": 0.4, "s_tias": 0.3, "plan_fit": 0.4},
    "ask_policy": {"control": 0.3, "personalisation": 0.3, "nasa_tlx": 0.1, "plan_fit": 0.3},
    "opt_in": {"control": 0.6, "comfort": 0.5, "nasa_tlx": 0.2},
    "reliance_dial": {"control": 0.5, "comfort": 0.3},
    "relevance_filter": {"personalisation": 0.2, "comfort": 0.2},
    "critic": {"s_tias": 0.3, "plan_fit": 0.2},
    "explanation": {"control": 0.3, "transparency": 1.0, "s_tias": 0.3},
    "setup_form": {"control": 0.6, "personalisation": 0.9, "engagement": 0.7, "s_tias": 0.3},
}
"""Mechanism (or mechanism.visibility) → instrument → effect; what is not named differs by chance alone."""
PER_LEVEL = 0.4
"""Each level of a factor above its first adds this to every answer after a task."""


def effect(protocol: Protocol, condition: str | None, instrument: str) -> float:
    """What a condition (if it is one) adds to the answers to an instrument, in points of a 7-point scale."""
    made_of = next((c for c in protocol.conditions if c.id == condition), None)
    if made_of is None:
        return 0.0
    parts = [p for use in made_of.mechanisms for p in (use.name, f"{use.name}.{use.params.get('visibility')}")]
    steps = sum(factor.levels.index(made_of.levels[factor.id]) for factor in protocol.factors)
    return sum(EFFECTS.get(part, {}).get(instrument, 0.0) for part in parts) + PER_LEVEL * steps
