"""A Hypothesis strategy for protocols: any design, any timeline. A new kind of step is one more entry in `STEPS`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from small_study import TASK

from study.protocol import Protocol

LETTERS = "abcd"
RULES = ("all", "williams", "latin", "fixed", "random")
FORMS = ("first", "second", "third")
COLOURS = [{"value": value, "label": value.title()} for value in ("red", "green", "blue")]
SOURCE = {"citation": "written for the tests", "licence": "CC0-1.0"}
GROWN_UP = 18
"""`years` is for screening, `colour` for checks, `agree` and `mood` for branching, so that no two contradict."""


def form(name: str) -> dict[str, Any]:
    """An instrument with an item for every purpose."""
    items: list[dict[str, Any]] = [
        {"id": "agree", "text": "Agree", "type": "likert", "min": 1, "max": 7},
        {"id": "mood", "text": "Mood", "type": "slider", "min": 0, "max": 4},
        {"id": "colour", "text": "Colour", "type": "single", "options": COLOURS},
        {"id": "years", "text": "Years", "type": "number", "min": 0, "max": 120},
        {"id": "why", "text": "Why", "type": "short_text", "required": False},
    ]
    return {"id": name, "version": "1", "title": name, "source": SOURCE, "order": "random", "items": items}


@dataclass
class Drawing:
    """A timeline being drawn: what it asked so far, and what everybody was asked for certain."""

    draw: Callable[..., Any]
    conditions: list[str]
    nested: bool
    asked: list[str] = field(default_factory=list)
    certain: list[str] = field(default_factory=list)

    def branch(self, item: str) -> dict[str, Any]:
        """`show_if` on an earlier answer, for some steps; it can always hold."""
        known = self.asked if self.nested else self.certain
        if not known or not self.draw(st.booleans()):
            return {}
        value = self.draw(st.integers(1, 4))
        rule = self.draw(
            st.sampled_from([{"equals": value}, {"any_of": [value, 2]}, {"at_least": value}, {"at_most": value}])
        )
        return {"show_if": {"instrument": self.draw(st.sampled_from(known)), "item": item, **rule}}


def text(d: Drawing, item: str) -> dict[str, Any]:
    kind = d.draw(st.sampled_from(["welcome", "instructions", "break", "debrief"]))
    limit = d.draw(st.sampled_from([{}, {"time_limit": {"minutes": 600, "then": "end"}}]))
    return {"step": kind, "title": "Title", "text": "Text.", **limit, **d.branch(item)}


def next_session(d: Drawing, item: str) -> dict[str, Any]:
    return {"step": "next_session", "text": "Come back.", "after_hours": 1e-9, **d.branch(item)}


def consent(d: Drawing, item: str) -> dict[str, Any]:
    return {"step": "consent"}


def task(d: Drawing, item: str) -> dict[str, Any]:
    return {"step": "task", **d.branch(item)}


def beliefs(d: Drawing, item: str) -> dict[str, Any]:
    return {"step": "beliefs", "conditions": d.draw(_some(d.conditions)), **d.branch(item)}


def questionnaire(d: Drawing, item: str) -> dict[str, Any]:
    names = d.draw(_some(FORMS))
    step: dict[str, Any] = {"step": "questionnaire", "instruments": names, **d.branch(item)}
    if d.draw(st.booleans()):
        step["screen_out"] = [{"instrument": names[0], "item": "years", "at_most": GROWN_UP - 1}]
    if d.draw(st.booleans()):
        attempts, on_fail = d.draw(st.integers(1, 3)), d.draw(st.sampled_from(["end", "go_on"]))
        check = {"instrument": names[-1], "answers": {"colour": ["red"]}, "attempts": attempts, "on_fail": on_fail}
        step["checks"] = [check]
    d.asked += names
    if "show_if" not in step and item == "agree":
        d.certain += names
    return step


def repeat(d: Drawing, item: str) -> dict[str, Any]:
    """Outside a block (`agree`) without tasks; only the steps in it branch, so that no two contradict."""
    turns = {"times": d.draw(st.integers(1, 3)), "carry_over": d.draw(st.booleans())}
    drawers = [text, questionnaire] if item == "agree" else [text, questionnaire, task]
    chosen = d.draw(st.lists(st.sampled_from(drawers), min_size=1, max_size=2))
    return {"step": "repeat", **turns, "steps": [draw(d, item) for draw in chosen]}


STEPS = {
    "text": text,
    "consent": consent,
    "questionnaire": questionnaire,
    "beliefs": beliefs,
    "next_session": next_session,
    "repeat": repeat,
}
INNER = {"text": text, "questionnaire": questionnaire, "task": task, "next_session": next_session, "repeat": repeat}
"""Kind → how a step of it is drawn, outside and inside a block."""


def block(d: Drawing, over: str | None = None) -> dict[str, Any]:
    """The block of conditions; with `over` in a block over that factor, with a page before it."""
    shown, kept = d.branch("agree"), {"carry_over": d.draw(st.booleans())}
    kinds = d.draw(st.lists(st.sampled_from(sorted(INNER)), min_size=1, max_size=3))
    made = {"step": "block", "steps": [INNER[kind](d, "mood") for kind in kinds], **kept, **shown}
    page = {"step": "instructions", "title": "Title", "text": "Text."}
    outer = {"over": over, "carry_over": d.draw(st.booleans())}
    return {"step": "block", **outer, "steps": [page, made]} if over else made


def tasks_in(steps: list[dict[str, Any]]) -> int:
    """How many tasks these steps ask for, under each condition."""
    return sum(step.get("times", 1) * tasks_in(step.get("steps", [])) + (step["step"] == "task") for step in steps)


def _some(names: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(names)), min_size=1, max_size=len(names), unique=True)


@st.composite
def timelines(draw: Any, conditions: list[str], nested: bool, over: str | None) -> list[dict[str, Any]]:
    """Steps before the block, the block, steps after it."""
    drawing = Drawing(draw, conditions, nested)
    before, after = (draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=3)) for _ in range(2))
    steps = [STEPS[kind](drawing, "agree") for kind in before]
    if over or draw(st.booleans()) or not {*before, *after} - {"beliefs"}:
        steps.append(block(drawing, over))
    return [*steps, *(STEPS[kind](drawing, "agree") for kind in after)]


@st.composite
def raw_protocols(draw: Any, nested: bool = True) -> dict[str, Any]:
    """A valid protocol as a file would say it, with tasks and instruments in full."""
    ids = list(LETTERS[: draw(st.integers(1, 4))])
    kind = draw(st.sampled_from(["within", "between", "mixed"] if len(ids) > 1 else ["within", "between"]))
    factors = [{"id": "who", "levels": ["x", "y"]}] if kind == "mixed" or draw(st.booleans()) else []
    levels = [{"who": "x" if 2 * n < len(ids) else "y"} if factors else {} for n in range(len(ids))]
    over = "who" if factors and kind != "mixed" and draw(st.booleans()) else None
    timeline = draw(timelines(ids, nested, over))
    met = {"within": len(ids), "between": 1, "mixed": (len(ids) + 1) // 2}[kind]
    tasks = draw(st.integers(met, 4))
    rules = ["rotated", "fixed", "cycled"] if met * tasks_in(timeline) <= tasks else ["cycled"]
    return {
        "id": "generated",
        "version": "1",
        "title": "A study",
        "consent": {"version": "1", "text": "Yes?"},
        "factors": factors,
        "conditions": [
            {"id": name, "mechanisms": [{"name": "none"}], "levels": level}
            for name, level in zip(ids, levels, strict=True)
        ],
        "design": {
            "kind": kind,
            "between": "who" if kind == "mixed" else None,
            "orders": draw(st.sampled_from(RULES)),
            "nested_in": over,
            "tasks": draw(st.sampled_from(rules)),
            "labels": list("ABCD"[: draw(st.integers(met, 4))]),
        },
        "tasks": [{"id": f"task_{n}", **TASK} for n in range(tasks)],
        "instruments": [form(name) for name in FORMS],
        "timeline": timeline,
        "completion": {"code": "DONE"},
    }


@st.composite
def remembering(draw: Any) -> Protocol:
    """A protocol of tasks in blocks and repeats of every nesting, each of which carries over or not."""
    ids, over = list(LETTERS[: draw(st.integers(2, 4))]), draw(st.sampled_from([None, "who"]))
    kept = st.fixed_dictionaries({"carry_over": st.booleans()})
    steps = st.recursive(
        st.just({"step": "task"}),
        lambda inner: st.builds(
            lambda kept, steps: {"step": "repeat", "times": 2, "steps": steps, **kept},
            kept,
            st.lists(inner, min_size=1, max_size=2),
        ),
        max_leaves=4,
    )
    block = {"step": "block", "steps": draw(st.lists(steps, min_size=1, max_size=2)), **draw(kept)}
    levels = [{"who": "x" if 2 * n < len(ids) else "y"} for n in range(len(ids))]
    return Protocol.model_validate(
        {
            "id": "generated",
            "version": "1",
            "title": "A study",
            "consent": {"version": "1", "text": "Yes?"},
            "tasks": [{"id": f"task_{n}", **TASK} for n in range(2)],
            "completion": {"code": "DONE"},
            "factors": [{"id": "who", "levels": ["x", "y"]}],
            "conditions": [
                {"id": name, "mechanisms": [{"name": "none"}], "levels": level}
                for name, level in zip(ids, levels, strict=True)
            ],
            "design": {"tasks": "cycled", "nested_in": over, "labels": list("ABCD")},
            "timeline": [{"step": "block", "over": over, "steps": [block], **draw(kept)} if over else block],
        }
    )


def protocols(nested: bool = True) -> st.SearchStrategy[Protocol]:
    """Loaded protocols; without `nested`, branching is only on what everybody was asked."""
    return raw_protocols(nested).map(Protocol.model_validate)
