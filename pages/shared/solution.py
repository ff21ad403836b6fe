"""The plan as it stands, what changed in it, and how it came about: the same panel in every condition."""

from typing import Any

import streamlit as st

from memory.conversation import Desk, View
from pages.shared import acts
from pages.shared.changes import marked
from pages.shared.words import say, say_all
from study.events import Section, SolutionUpdated

_panel = acts.component("plan")
LABEL = "Your plan"
WORDS = {
    "empty": "The plan grows here while you talk with the assistant.",
    "nothing": "Nothing chosen yet",
    "fits": "Fits:",
    "changed": "changed",
    "before": "before:",
    "place": "version {place} of {count}",
    "earlier": "Earlier version",
    "later": "Later version",
    "past": "This is an earlier version, only to look at.",
    "newest": "Back to the newest",
}


def panel(desk: Desk, view: View) -> None:
    """Every section of the task, with the chosen options and the needs they answer."""
    with st.container(border=True, key="solution"):
        around = {"panel": "plan", "store": f"atelier:{desk.session_id[:8]}:plan-{desk.step.id}", "done": []}
        _panel(key=f"plan-{desk.step.id}", data=data(view) | around)


def data(view: View) -> dict[str, Any]:
    """All versions, oldest first, each with what is new against the one before.

    Of the beliefs that a section answers those are named that stand on a list of this screen, or stood there.
    """
    used = {option for plan in view.plans for section in plan.sections for option in section.option_ids}
    cited = {belief for plan in view.plans for section in plan.sections for belief in section.because}
    before = [(), *(plan.sections for plan in view.plans)]
    return {
        "label": say(LABEL),
        "words": say_all(WORDS),
        "titles": {section.id: section.title for section in view.task.sections},
        "options": {o.id: {"name": o.name, "description": o.description} for o in view.task.catalogue if o.id in used},
        "needs": {belief: view.words[belief] for belief in cited if belief in view.words},
        "listed": sorted(cited & _listed(view)),
        "versions": [_version(plan, old) for plan, old in zip(view.plans, before, strict=False)],
    }


def sections_by_belief(view: View) -> dict[str, list[dict[str, str]]]:
    """Belief id → the sections of the newest plan that answer it, as {id, title}."""
    found: dict[str, list[dict[str, str]]] = {}
    for section in view.state.solution:
        for belief in section.because:
            found.setdefault(belief, []).append({"id": section.id, "title": section.title})
    return found


def _listed(view: View) -> set[str]:
    return {belief.id for control in view.controls for belief in control.beliefs if belief.status == "held"}


def _version(plan: SolutionUpdated, before: tuple[Section, ...]) -> list[dict[str, Any]]:
    old = {section.id: section for section in before}
    return [_section(section, old.get(section.id)) for section in plan.sections]


def _section(section: Section, old: Section | None) -> dict[str, Any]:
    """A section of one version; nothing is new in the first one."""
    chosen = old.option_ids if old else section.option_ids
    fresh = [option for option in section.option_ids if option not in chosen]
    gone = [option for option in chosen if option not in section.option_ids]
    text = marked(old.text if old else section.text, section.text)
    return {
        "id": section.id,
        "options": list(section.option_ids),
        "fresh": fresh,
        "gone": gone,
        "text": text,
        "because": list(section.because),
        "cited": [belief for belief in section.because if old and belief not in old.because],
        "changed": bool(fresh or gone or any(kind != "same" for kind, _ in text)),
    }
