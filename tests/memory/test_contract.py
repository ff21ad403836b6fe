"""The one contract that every registered mechanism keeps. A new mechanism is under test by being registered."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from scripted import TASK, TASK_FILE

from memory.arm import Arm, Limits
from memory.assistant import with_learned
from memory.index import Index
from memory.mechanism import VALUE_ACTIONS, Control, ControlType, Line, Mechanism, State, Turn
from memory.mechanisms.registry import MECHANISMS, parameter_models
from memory.offline import OfflineChatModel
from study.answers import Said
from study.errors import AnswerRefused
from study.events import EVENT, EVENT_CLASSES, Belief, BeliefChanged, ControlChanged, EventBase, PageWritten, Recalled
from study.protocol import Condition, MechanismUse
from study.protocol_file import load_protocol

DEMO = load_protocol(TASK_FILE.parents[1] / "active_vs_passive.yaml", parameter_models())
SHIPPED = {use.name: use.params for condition in DEMO.conditions for use in condition.mechanisms}
REQUIRED: dict[str, dict[str, Any]] = {
    "setup_form": {"instruments": ["background"]},
    "system_prompt": {"parts": {"identity": "You are a gardener.", "behaviour": "Ask back."}},
}
SHIPPED |= REQUIRED
VARIANTS = [(name, SHIPPED.get(name, {})) for name in MECHANISMS] + [
    ("inferred_profile", {"visibility": "editable", "max_recalled": 2}),
    ("inferred_profile", {"visibility": "shown"}),
    ("needs_panel", {"max_questions": 0}),
    ("all_beliefs", {"visibility": "editable", "max_recalled": 2}),
    ("memory_page", {"visibility": "editable", "max_tokens": 50}),
    ("memory_page", {"visibility": "shown"}),
    ("ask_policy", {"cost": 0, "in_a_row": 3}),
    ("opt_in", {"default": True, "stated": True}),
    ("critic", {"mode": "choose"}),
    ("explanation", {"set_aside": False}),
    ("ask_and_correct", {"correct": False, "visibility": "shown"}),
    ("ask_and_correct", {"ask": False, "visibility": "editable"}),
    ("relevance_filter", {"judge": "lexical", "keep_constraints": False}),
    ("reliance_dial", {"set_by": "protocol", "level": 1}),
]
STAGES = ("recall", "review", "ask", "revise", "learn", "controls", "act")
ACTIONS = {"add", "edit", "confirm", "decline", "delete", "hide", "move", *VALUE_ACTIONS}
SAID = ("Somewhere cheap, by train please.", "I would like to be close to the sea.", "No car, and maybe with my kids.")

TEXTS: list[Any] = [
    None,
    "By bike",
    " ",
    "x" * 100_000,
    "\ud800",
    "two\nlines",
    ["nested"],
    {"text": "nested"},
    3,
    True,
]
FROM_A_BROWSER: list[Any] = [
    None,
    True,
    -1,
    0,
    3,
    2.5,
    10**30,
    float("nan"),
    float("inf"),
    "",
    "  ",
    "held",
    "x" * 100_000,
    "\0",
    "\ud800 half a character",
    [],
    [[["nested"]]],
    {},
    {"id": None},
    {"id": ["b1"]},
    *({"id": i, "text": t} for i in ("held", "open", "noted", "declined") for t in TEXTS),
    {"id": "held"},
    {"id": "noted"},
    {"text": "no id"},
    {"id": {"id": {}}, "text": 3},
]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index(None)
    yield made
    made.close()


@pytest.fixture(params=VARIANTS, ids=lambda v: "-".join([v[0], *map(str, v[1].values())])[:60])
def use(request: pytest.FixtureRequest) -> MechanismUse:
    return MechanismUse(name=request.param[0], params=request.param[1])


def arm(use: MechanismUse, index: Index) -> Arm:
    return Arm(Condition(id="one", mechanisms=(use,)), OfflineChatModel(), index, Limits(10))


def mechanism(use: MechanismUse, index: Index) -> Mechanism:
    return arm(use, index).mechanisms[0]


def talk(use: MechanismUse, index: Index, scope: str, said: tuple[str, ...]) -> tuple[State, list[EventBase]]:
    """A conversation with a mechanism: the state after it, and everything that was learned."""
    tools, state, learned = arm(use, index), State(scope, TASK), []
    for number, text in enumerate(said):
        turn = Turn(f"{scope}-turn{number}", f"{scope}-message{number}", text, state)
        asked = tools.mechanisms[0].ask(turn, tools.mechanisms[0].recall(turn, tools), tools)
        reply = asked.text if asked else "A reply."
        new = tools.mechanisms[0].learn(turn, reply, tools)
        learned += new
        state = with_learned(state, new)
        lines = (Line(turn.message_id, "user", text), Line(turn.id, "assistant", reply, asked=asked))
        state = replace(state, history=state.history + lines)
    return state, learned


def with_everything(state: State) -> State:
    """The same with beliefs of every kind and status, as an older version or another mechanism may have left them."""
    beliefs = [
        Belief(id="held", text="By train", kind="need", source="stated", evidence=("m",)),
        Belief(id="open", text="How much?", kind="need", source="asked", status="open", topic="budget"),
        Belief(id="declined", text="Luxury", kind="need", status="declined"),
        Belief(id="noted", text="Prefers quiet places", confidence=0.6, evidence=("m",)),
        Belief(id="gone", text="Prefers loud places", status="retracted"),
        Belief(id="past", text="Prefers tents", status="outdated"),
    ]
    return replace(state, beliefs=(*state.beliefs, *beliefs), history=(*state.history, Line("m", "user", "By train.")))


def comparable(value: Any) -> str:
    """Any result as text, without the ids that are made afresh."""
    plain = json.loads(json.dumps(value, default=lambda v: v.model_dump(mode="json"), sort_keys=True))

    def strip(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: strip(v) for k, v in part.items() if k not in ("id", "supersedes", "belief_id")}
        return [strip(inner) for inner in part] if isinstance(part, list) else part

    return json.dumps(strip(plain))


@pytest.mark.parametrize("name", MECHANISMS)
def test_it_says_what_it_is(name: str) -> None:
    made = MECHANISMS[name]
    assert made.name == name
    assert made.paper.strip() and (made.__doc__ or "").strip() and (made.Params.__doc__ or "").strip()
    assert made.emits <= set(EVENT_CLASSES)
    for method in STAGES:
        assert (getattr(made, method).__doc__ or "").strip(), method


@pytest.mark.parametrize("name", MECHANISMS)
def test_unknown_parameters_are_refused_and_known_ones_cannot_be_changed(name: str) -> None:
    with pytest.raises(ValidationError, match="no_such_parameter"):
        MECHANISMS[name].Params.model_validate({**SHIPPED.get(name, {}), "no_such_parameter": 1})
    params = MECHANISMS[name].Params.model_validate(SHIPPED.get(name, {}))
    for field in type(params).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(params, field, None)


def test_the_shipped_study_uses_mechanisms_that_are_registered() -> None:
    assert set(SHIPPED) <= set(MECHANISMS) and len(SHIPPED) >= 4


def test_what_is_recalled_names_its_mechanism_and_evidence_that_exists(use: MechanismUse, index: Index) -> None:
    state, _ = talk(use, index, f"evidence-{use.params}", SAID)
    offered = mechanism(use, index).controls(state)
    state = replace(state, controls={f"{use.name}.{c.id}": a_value(c) for c in offered if "set" in c.actions})
    beliefs = {belief.id for belief in state.beliefs}
    exists = {line.id for line in state.history} | beliefs | {f"control:{c.id}" for c in offered}
    tools = arm(use, index)
    tools.said_before = lambda: [Said("background", "age_band", "How old are you?", "25–34", "answer-1")]
    exists.add("answer-1")
    recalled = tools.mechanisms[0].recall(Turn("t", "m", "A cheap train to the sea?", state), tools)
    assert bool(recalled) == type(tools.mechanisms[0]).does("recall")
    for piece in recalled:
        assert piece.mechanism == use.name and piece.text.strip()
        assert bool(piece.evidence) == (piece.kind == "memory"), "what comes from the protocol needs none"
        assert set(piece.evidence) <= exists
        assert piece.belief_id is None or piece.belief_id in beliefs
        assert piece.used or piece.reason


def test_a_review_keeps_every_piece_and_says_why_one_is_dropped(use: MechanismUse, index: Index) -> None:
    state = with_everything(talk(use, index, f"review-{use.params}", SAID)[0])
    tools = arm(use, index)
    told = [
        Recalled(text=b.text, mechanism="another", belief_id=b.id, evidence=("m",))
        for b in state.beliefs
        if b.status == "held"
    ]
    told.append(Recalled(text="dropped before", mechanism="another", evidence=("m",), used=False, reason="too old"))
    told.append(Recalled(text="Be brief.", mechanism="another", kind="instruction"))
    left = tools.mechanisms[0].review(Turn("t", "m", "A cheap train to the sea?", state), list(told), tools)
    assert [(p.text, p.mechanism, p.belief_id, p.kind) for p in left] == [
        (p.text, p.mechanism, p.belief_id, p.kind) for p in told
    ]
    assert left[-2].reason == "too old" and not left[-2].used
    assert left[-1].used, "how to act is no memory"
    assert all(p.used or p.reason for p in left)


def test_what_is_asked_and_revised_can_be_shown(use: MechanismUse, index: Index) -> None:
    state, _ = talk(use, index, f"asks-{use.params}", SAID)
    tools = arm(use, index)
    turn = Turn("t", "m9", "Please make me a plan.", state)
    question = tools.mechanisms[0].ask(turn, [], tools)
    if question is not None:
        assert question.mechanism == use.name and question.text.strip()
        assert all(option.strip() for option in question.options)
    assert tools.mechanisms[0].revise(turn, [], "A draft.", tools).strip()


def test_what_is_learned_is_of_a_declared_kind_and_fits_the_record(use: MechanismUse, index: Index) -> None:
    state, learned = talk(use, index, f"kinds-{use.params}", SAID)
    assert {event.kind for event in learned} <= mechanism(use, index).emits  # type: ignore[attr-defined]
    for event in learned:
        assert EVENT.validate_python(json.loads(event.model_dump_json())) == event
        if isinstance(event, BeliefChanged):
            assert (event.mechanism, event.by) == (use.name, "mechanism")
            assert str(event.turn_id).startswith(state.scope)
            assert event.belief.evidence and all(e.startswith(state.scope) for e in event.belief.evidence)


def test_controls_are_plain_data_with_known_actions(use: MechanismUse, index: Index) -> None:
    state, _ = talk(use, index, f"controls-{use.params}", SAID)
    for made in (state, with_everything(state)):
        for control in mechanism(use, index).controls(made):
            assert isinstance(control, Control)
            plain = asdict(control)
            plain["beliefs"] = [belief.model_dump(mode="json") for belief in control.beliefs]
            json.dumps(plain, allow_nan=False)
            assert control.mechanism == use.name and control.id and control.label.strip()
            assert control.type in get_args(ControlType)
            assert set(control.actions) <= ACTIONS
            assert {belief.id for belief in control.beliefs} <= {belief.id for belief in made.beliefs}
        ids = [control.id for control in mechanism(use, index).controls(made)]
        assert len(set(ids)) == len(ids)


def test_an_act_is_done_or_refused_and_nothing_else(use: MechanismUse, index: Index) -> None:
    state = with_everything(talk(use, index, f"acts-{use.params}", SAID[:1])[0])
    acting = mechanism(use, index)
    offered = {control.id: control.actions for control in acting.controls(state)}
    refused: list[str] = []
    for control in [*offered, "no_such_control", ""]:
        for action in sorted(ACTIONS | {"", "no_such_action", "__init__"}):
            for value in FROM_A_BROWSER:
                try:
                    events = acting.act(state, control, action, value)
                except AnswerRefused as error:
                    refused.append(str(error))
                    continue
                assert action in offered.get(control, ()), (control, action, value)
                check_acted(use, acting, control, action, events)
    assert refused and all(reason.strip() for reason in refused)


def check_acted(use: MechanismUse, acting: Mechanism, control: str, action: str, events: list[EventBase]) -> None:
    if not events:  # what is there already is not done again
        return
    first, *rest = events
    assert isinstance(first, ControlChanged)
    assert (first.mechanism, first.control, first.action) == (use.name, control, action)
    assert {event.kind for event in events} <= acting.emits  # type: ignore[attr-defined]
    for event in events:
        assert EVENT.validate_python(json.loads(json.dumps(event.model_dump(mode="json")))) == event
    for changed in rest:
        assert isinstance(changed, BeliefChanged | PageWritten)
        assert (changed.mechanism, changed.by) == (use.name, "person")
        assert not isinstance(changed, BeliefChanged) or 0 < len(changed.belief.text) <= 400


def test_every_offered_action_can_be_done(use: MechanismUse, index: Index) -> None:
    state = with_everything(talk(use, index, f"offered-{use.params}", SAID[:1])[0])
    acting = mechanism(use, index)
    for control in acting.controls(state):
        for action in control.actions:
            target = "noted" if control.type == "profile" else "held"
            edit = {"id": target, "text": "By boat"}
            value = a_value(control) if action == "set" else {"add": "By boat", "edit": edit}.get(action, target)
            check_acted(use, acting, control.id, action, acting.act(state, control.id, action, value))


def a_value(control: Control) -> Any:
    """A value that a control of this kind takes."""
    choice = control.options[0][0] if control.options else None
    words = "close to a station"
    opted = {"id": control.beliefs[0].id if control.beliefs else "", "use": True}
    values = {"slider": int(control.max), "choice": choice, "toggle": True, "text": words, "page": words}
    return (values | {"opt_in": opted})[control.type]


def test_it_keeps_no_state_of_its_own(use: MechanismUse, index: Index) -> None:
    state = with_everything(talk(use, index, f"state-{use.params}", SAID)[0])
    turn = Turn("t", "m9", "A cheap train to the sea, and not by car?", state)
    used, fresh = arm(use, index), arm(use, index)
    for text in ("Luxury by car!", "To the city, with friends."):
        other = replace(turn, id="other", text=text, state=replace(state, scope=f"other-{use.params}"))
        used.mechanisms[0].recall(other, used)
        used.mechanisms[0].learn(other, "A reply.", used)
    for ask in (
        lambda a: a.mechanisms[0].recall(turn, a),
        lambda a: a.mechanisms[0].learn(turn, "A reply.", a),
        lambda a: [asdict(control) for control in a.mechanisms[0].controls(state)],
    ):
        assert comparable(ask(used)) == comparable(ask(fresh))


def test_nothing_from_another_scope_is_recalled(use: MechanismUse, index: Index) -> None:
    marks = ("zebrafish", "quokka")
    for mark in marks:
        talk(use, index, f"{mark}-{use.params}:1", (f"I want a cheap train near the {mark} house.", *SAID))
    for mark, other in (marks, marks[::-1]):
        scope = f"{mark}-{use.params}:1"
        state, _ = talk(use, index, scope, (f"I want a cheap train near the {mark} house.", *SAID))
        tools = arm(use, index)
        turn = Turn("t", "m9", f"The {mark} or the {other}?", state)
        recalled = tools.mechanisms[0].recall(turn, tools)
        assert other not in str(recalled)
        allowed = {line.id for line in state.history} | {belief.id for belief in state.beliefs}
        assert all(set(piece.evidence) <= allowed for piece in recalled)
        nothing = replace(turn, state=State(f"{scope}0", TASK))
        assert [p for p in tools.mechanisms[0].recall(nothing, tools) if p.kind == "memory"] == []
