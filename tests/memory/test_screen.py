"""What the task screen shows is a fold over the events, whatever the participant does in whatever order."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desks import logged, sit_down, study_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.conversation import Desk, View
from memory.index import Index
from memory.past import PastDesk
from memory.state import exchanges, fold
from memory.worker import Worker
from study.database import open_database
from study.enrolment import sitting
from study.moment import moment
from study.protocol import Condition, MechanismUse
from study.settings import Settings

SAYINGS = ("Something cheap by train.", "Not by car!", "Rather luxury, with my kids.", "To the sea, relaxed.", "Hm?")
CONTROLS = [
    {"id": "cost", "type": "slider", "label": "Cost"},
    {"id": "words", "type": "text", "label": "Keep in mind"},
]
BOTH = Condition(
    id="both",
    mechanisms=(
        MechanismUse(name="needs_panel"),
        MechanismUse(name="preference_controls", params={"controls": CONTROLS}),
        MechanismUse(name="inferred_profile", params={"visibility": "editable"}),
        MechanismUse(name="retrieval"),
    ),
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(SAYINGS)),
        st.tuples(st.just("say again"), st.integers(0, 9)),
        st.tuples(st.just("cost"), st.sampled_from([0, 2, 4, None])),
        st.tuples(st.just("words"), st.sampled_from(["", "a station nearby"])),
        st.tuples(st.just("add"), st.sampled_from(["Close to home", "Pets allowed"])),
        st.tuples(st.sampled_from(["edit", "confirm", "decline", "delete"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["correct", "forget"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["up", "down"]), st.integers(0, 9)),
    ),
    max_size=7,
)


@dataclass
class Expected:
    """What a person who did these things would expect to see."""

    said: list[str] = field(default_factory=list)
    controls: dict[str, Any] = field(default_factory=dict)
    ratings: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


def do(desk: Desk, act: str, value: Any, expected: Expected) -> None:
    """One act, if there is something to do it to; what it must lead to is noted."""
    shown = desk.view()
    needs, profile = (next(c for c in shown.controls if c.type == kind).beliefs for kind in ("needs", "profile"))
    needs = tuple(b for b in needs if b.status in ("held", "open"))
    profile = tuple(b for b in profile if b.status == "held")
    if act == "say":
        desk.send([(f"message-{len(expected.said)}", value)])
        expected.said.append(value)
    elif act == "say again" and shown.turns:
        old = shown.turns[value % len(shown.turns)]
        desk.send([(old.message_id, old.text)])
    elif act in ("cost", "words"):
        desk.operate("preference_controls", act, "set", value)
        expected.controls[f"preference_controls.{act}"] = value
    elif act == "add":
        desk.operate("needs_panel", "needs", "add", value)
        expected.texts[desk.view().state.beliefs[-1].id] = value
    elif act in ("edit", "confirm", "decline", "delete") and needs:
        chosen = needs[value % len(needs)]
        text = "Budget: medium" if act == "edit" else "medium"
        given_text = act == "edit" or (act == "confirm" and chosen.status == "open")
        desk.operate("needs_panel", "needs", act, {"id": chosen.id, "text": text} if given_text else chosen.id)
        if given_text or act in ("decline", "delete"):
            expected.texts.pop(chosen.id, None)
            expected.gone.add(chosen.id)
    elif act in ("correct", "forget") and profile:
        chosen = profile[value % len(profile)]
        edit = {"id": chosen.id, "text": "Prefers something else"}
        desk.operate("inferred_profile", "profile", "edit" if act == "correct" else "delete", edit)
        expected.gone.add(chosen.id)
    elif act in ("up", "down"):
        given_replies = [turn for turn in shown.turns if turn.status == "answered"]
        if given_replies:
            rated = given_replies[value % len(given_replies)]
            desk.rate(rated.turn_id, act)  # type: ignore[arg-type]
            expected.ratings[rated.turn_id] = act


def only_set(controls: dict[str, Any]) -> dict[str, Any]:
    """Without what was never set or taken back; zero is a value."""
    return {key: value for key, value in controls.items() if value not in (None, "") and value is not False}


def check(shown: View, expected: Expected) -> None:
    assert [turn.text for turn in shown.turns] == expected.said
    assert all(turn.status == "answered" and turn.reply for turn in shown.turns)
    assert only_set(shown.state.controls) == only_set(expected.controls)
    assert {turn.turn_id: turn.rating for turn in shown.turns if turn.rating} == expected.ratings
    held = {belief.id: belief.text for belief in shown.state.beliefs if belief.status == "held"}
    assert expected.texts.items() <= held.items()
    assert not expected.gone & set(held)
    listed = {belief.id for control in shown.controls for belief in control.beliefs}
    assert listed == {belief.id for belief in shown.state.beliefs}


def check_replay(desk: Desk, seen: dict[int, View]) -> None:
    """What is shown of each moment later is what was shown then."""
    row, every = sitting(desk.engine, desk.session_id), logged(desk)
    for seq, view in seen.items():
        past = PastDesk(moment(lambda _language: desk.protocol, row, every, seq), desk.step).view()
        assert replace(past, minutes_left=None) == replace(view, minutes_left=None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=ACTS, patient=st.booleans())
def test_the_screen_is_a_fold_over_the_events(acts: list[tuple[str, Any]], patient: bool) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'record.db'}")
        options = Settings(_env_file=None, data_dir=Path(folder), offline_delay=0)  # type: ignore[call-arg]
        worker, expected = Worker(engine, options, INDEX), Expected()
        desk = sit_down(engine, worker, "both", study_of(BOTH))
        seen: dict[int, View] = {}  # what was on the screen after which event
        for act, value in acts:
            do(desk, act, value, expected)
            if patient:
                worker.wait(desk.session_id)
                seen[len(logged(desk))] = desk.view()
        worker.wait(desk.session_id)
        shown = seen[len(logged(desk))] = desk.view()
        check(shown, expected)
        check_replay(desk, seen)
        task = desk.protocol.task(desk.step.task or "")
        every = logged(desk)
        assert shown.state == fold(desk.block.scope, task, every)
        assert list(shown.turns) == exchanges(every)
        after_a_restart = Desk(engine, Worker(engine, options, INDEX), desk.protocol, desk.session_id, desk.step, None)
        again = after_a_restart.view()
        assert (again.state, again.turns, again.controls) == (shown.state, shown.turns, shown.controls)
        after_a_restart.worker.wait(desk.session_id)
        assert len(logged(desk)) == len(every)  # there was nothing left to do
        engine.dispose()


INDEX = Index(None)
