"""Small mechanisms that offer each kind of control, so that its drawing is tested whatever the shipped ones do.

`python -m journey.stand_ins run app.py …` is `streamlit run app.py …` with these registered.
"""

import sys
from dataclasses import replace
from typing import Any, ClassVar

from memory.mechanism import Control, Mechanism, State, Tools, Turn, dropped, piece_id
from memory.mechanisms.inferred_profile import InferredProfile
from memory.mechanisms.registry import MECHANISMS, parameter_models
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase, PageWritten, Question, Recalled
from study.protocol import Condition, MechanismUse, Protocol
from study.protocol_file import load_protocol
from study.settings import ROOT
from study.timeline import BlockStep, TaskStep


class Profile(InferredProfile):
    """An editable profile whose notes can be hidden and used again."""

    name: ClassVar[str] = "stand_in_profile"

    def controls(self, state: State) -> list[Control]:
        return [replace(c, actions=("edit", "confirm", "delete", "hide")) for c in super().controls(state)]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        old = next((b for b in state.beliefs if b.id == value), None)
        if old is None or (action, old.status) not in (("hide", "held"), ("confirm", "declined")):
            return super().act(state, control, action, value)
        new = old.model_copy(update={"status": "declined" if action == "hide" else "held"})
        before, after = ({"id": b.id, "text": b.text, "status": b.status} for b in (old, new))
        acted = ControlChanged(mechanism=self.name, control=control, action=action, old=before, new=after)
        done: Any = "declined" if action == "hide" else "confirmed"
        return [acted, BeliefChanged(mechanism=self.name, by="person", action=done, belief=new)]


class StandIn(Mechanism):
    """One control with one value."""

    paper: ClassVar[str] = "none: for tests"
    emits: ClassVar[frozenset[str]] = frozenset({"control_changed", "page_written"})
    control: ClassVar[str]

    def value(self, state: State, default: Any) -> Any:
        return state.controls.get(f"{self.name}.{self.control}", default)

    def changed(self, action: str, old: Any, new: Any) -> list[EventBase]:
        return [ControlChanged(mechanism=self.name, control=self.control, action=action, old=old, new=new)]


class Explanation(StandIn):
    """Says why, and sets aside what the person does not want to be used."""

    name: ClassVar[str] = "stand_in_explanation"
    control: ClassVar[str] = "use"

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        aside = self.value(turn.state, [])
        return [dropped(p, "you set it aside") if piece_id(p) in aside else p for p in recalled]

    def controls(self, state: State) -> list[Control]:
        aside = self.value(state, [])
        actions = ("set_aside", "use_again")
        return [
            Control("use", self.name, "explanation", "Why this answer?", value=aside, actions=actions, replans=True)
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        old = self.value(state, [])
        return self.changed(action, old, [*old, value] if action == "set_aside" else [o for o in old if o != value])


class OptIn(StandIn):
    """Notes are used unless they are switched off."""

    name: ClassVar[str] = "stand_in_opt_in"
    control: ClassVar[str] = "use"

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        chosen = self._chosen(turn.state)
        return [p if chosen.get(p.belief_id or "", True) else dropped(p, "you switched it off") for p in recalled]

    def controls(self, state: State) -> list[Control]:
        known = self._known(state)
        details = {b.id: f"With it: the plan keeps to “{b.text}”. Without it: anything goes." for b in known}
        value, label = self._chosen(state), "What may be used"
        return [Control("use", self.name, "opt_in", label, value=value, beliefs=known, details=details, replans=True)]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        old = self._chosen(state)
        return self.changed(action, old, {**old, value["id"]: value["use"]})

    def _chosen(self, state: State) -> dict[str, bool]:
        return {b.id: True for b in self._known(state)} | self.value(state, {})

    def _known(self, state: State) -> tuple[Belief, ...]:
        return tuple(b for b in state.beliefs if b.status == "held")


class Page(StandIn):
    """Keeps every message of the person as a line of a page."""

    name: ClassVar[str] = "stand_in_page"
    control: ClassVar[str] = "page"

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        pages = self._pages(turn.state)
        text = "\n".join([*([pages[-1].text] if pages else []), f"Said: {turn.text}"])
        return [self._page(turn.state, text, "mechanism", turn.id)]

    def controls(self, state: State) -> list[Control]:
        texts = ["", "", *(page.text for page in self._pages(state))]
        before = {"before": texts[-2]}
        return [
            Control("page", self.name, "page", "What I know about you", value=texts[-1], details=before, replans=True)
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        if not isinstance(value, str):
            raise AnswerRefused("A page is a text.")
        pages = self._pages(state)
        return [
            *self.changed(action, pages[-1].text if pages else "", value),
            self._page(state, value, "person", None),
        ]

    def _pages(self, state: State) -> list[PageWritten]:
        return [e for e in state.noted if isinstance(e, PageWritten) and e.mechanism == self.name]

    def _page(self, state: State, text: str, by: Any, turn_id: str | None) -> PageWritten:
        version = len(self._pages(state)) + 1
        return PageWritten(mechanism=self.name, version=version, text=text, by=by, turn_id=turn_id)


class Asking(StandIn):
    """Asks back when it is asked whether it could ask."""

    name: ClassVar[str] = "stand_in_asking"

    def ask(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> Question | None:
        if "ask me" not in turn.text.lower():
            return None
        return Question(mechanism=self.name, text="How would you like to travel?", options=("By train", "By car"))


STAND_INS: dict[str, type[Mechanism]] = {made.name: made for made in (Profile, Explanation, OptIn, Page, Asking)}


def study_with(study_id: str, *mechanisms: MechanismUse) -> Protocol:
    """The weekend trip alone, in one condition with these mechanisms."""
    demo = load_protocol(ROOT / "protocols" / "active_vs_passive.yaml", parameter_models())
    changes = {
        "id": study_id,
        "analysis": {},
        "conditions": (Condition(id="one", mechanisms=mechanisms),),
        "tasks": demo.tasks[:1],
        "timeline": (BlockStep(step="block", steps=(TaskStep(step="task"),)),),
    }
    return Protocol.model_validate({**demo.model_dump(), **changes})


if __name__ == "__main__":
    MECHANISMS.update(STAND_INS)
    from streamlit.web.cli import main

    sys.argv[0] = "streamlit"
    main()
