"""One participant's way through a sitting: only the due step can be finished, and only once."""

import itertools
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sittings import TAB, answers, arrive, at_once, opened, take, walk, work
from sqlalchemy import Engine
from sqlmodel import select

from study import progress
from study.database import writing
from study.enrolment import assignment_of, sitting, take_lease
from study.errors import AnswerRefused, NotThisTab
from study.events import Belief, BeliefChanged, MessageSent, TaskFinished
from study.flow import Step
from study.instruments import Instrument
from study.log import Entry, Place, append, events
from study.plan import plan
from study.protocol import Protocol
from study.tables import Sitting

FLOW = ("step_entered", "step_finished")


@pytest.fixture
def row(engine: Engine, small: Protocol) -> Sitting:
    """Somebody at the start of the small study: consent, everything, task, task, beliefs, debrief."""
    return arrive(engine, opened(engine, small))


def due(engine: Engine, protocol: Protocol, row: Sitting) -> Step:
    step = progress.position(engine, protocol, row.id).step
    assert step is not None
    return step


# --- a whole sitting ---------------------------------------------------------------------------


def test_the_demo_study_is_walked_from_welcome_to_complete(any_engine: Engine, demo: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, demo))
    assert walk(any_engine, demo, row) is None
    ended = sitting(any_engine, row.id)
    assert ended.status == "complete"
    assert ended.ended_at is not None and ended.ended_at >= ended.started_at
    steps = [step.id for step in plan(demo, assignment_of(row))]
    logged = events(any_engine, row.id)
    assert [e.place.step for e in logged if e.kind == "step_finished"] == steps
    assert [e.place.step for e in logged if e.kind == "step_entered"] == steps
    kinds = Counter(e.kind for e in logged)
    assert kinds == {
        "session_started": 1,
        "tab_changed": 1,
        "step_entered": 28,
        "step_finished": 28,
        "consent_given": 1,
        "questionnaire_answered": 18,
        "task_started": 3,
        "task_finished": 3,
        "message_sent": 3,
        "belief_changed": 3,
        "belief_judged": 1,
        "session_ended": 1,
    }
    assert logged[-1].event.ending == "complete"
    assert [e.event.version for e in logged if e.kind == "consent_given"] == [demo.consent.version]
    (judged,) = (e.event for e in logged if e.kind == "belief_judged")
    assert judged.belief_id == "belief-passive", "only what was held in the passive version is judged"


def test_every_answer_is_stored_with_its_place_version_and_order(any_engine: Engine, demo: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, demo))
    walk(any_engine, demo, row)
    found = events(any_engine, row.id, ["questionnaire_answered"])
    for step in plan(demo, assignment_of(row)):
        if step.kind == "questionnaire":
            (entry,) = (e for e in found if e.place.step == step.id)
            instrument = demo.instrument(step.instrument or "")
            assert entry.place == Place(step.id, step.block, step.condition, step.task)
            assert (entry.event.instrument, entry.event.instrument_version) == (instrument.id, instrument.version)
            assert entry.event.answers == answers(instrument, list(row.conditions), step.block or 0)
            assert list(entry.event.shown_order) == progress.shown_order(instrument, row, step)


def test_an_item_of_every_type_is_answered_and_stored(any_engine: Engine, small: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, small))
    given = answers(small.instrument("everything"), list(row.conditions), 3)
    step = walk(any_engine, small, row, until="questionnaire")
    assert step is not None
    progress.answer(any_engine, small, row.id, step, given, TAB)
    assert events(any_engine, row.id, ["questionnaire_answered"])[0].event.answers == given
    assert walk(any_engine, small, row) is None
    assert sitting(any_engine, row.id).status == "complete"


def test_the_position_counts_steps_and_knows_whether_one_was_seen(
    engine: Engine, small: Protocol, row: Sitting
) -> None:
    for number in range(1, 7):
        at = progress.position(engine, small, row.id)
        assert (at.number, at.total, at.entered) == (number, 6, False)
        assert at.step is not None and at.sitting.id == row.id
        progress.enter(engine, row.id, at.step, TAB)
        assert progress.position(engine, small, row.id).entered
        take(engine, small, row, at.step)
    at = progress.position(engine, small, row.id)
    assert (at.step, at.number, at.total) == (None, 6, 6)


def test_a_step_is_entered_once_however_often_it_is_drawn(engine: Engine, small: Protocol, row: Sitting) -> None:
    step = due(engine, small, row)
    for _ in range(3):
        progress.enter(engine, row.id, step, TAB)
    assert [e.place.step for e in events(engine, row.id, ["step_entered"])] == [step.id]


# --- steps that are not due --------------------------------------------------------------------


def test_finishing_a_step_that_is_not_due_writes_nothing(engine: Engine, small: Protocol, row: Sitting) -> None:
    take(engine, small, row, due(engine, small, row))
    steps = plan(small, assignment_of(row))
    before = events(engine, row.id)
    for step in steps:
        if step.id != steps[1].id:
            progress.finish(engine, small, row.id, step.id, TAB, TaskFinished(task="trip"))
            progress.agree(engine, small, row.id, step.id, TAB)
            progress.refuse(engine, small, row.id, step.id, TAB)
    for invented in ("", "9.debrief", "1.everything ", "x" * 1_000):
        progress.finish(engine, small, row.id, invented, TAB)
    assert events(engine, row.id) == before
    assert due(engine, small, row).id == steps[1].id


def test_answers_to_a_questionnaire_that_is_not_due_are_not_stored(
    engine: Engine, small: Protocol, row: Sitting
) -> None:
    given = answers(small.instrument("everything"), list(row.conditions))
    steps = plan(small, assignment_of(row))
    progress.answer(engine, small, row.id, steps[1], given, TAB)
    assert events(engine, row.id, ["questionnaire_answered", *FLOW]) == []
    with pytest.raises(AnswerRefused, match="nothing to answer"):
        progress.answer(engine, small, row.id, steps[0], {}, TAB)


def test_finishing_twice_writes_nothing_the_second_time(engine: Engine, small: Protocol, row: Sitting) -> None:
    first = due(engine, small, row)
    progress.agree(engine, small, row.id, first.id, TAB)
    questionnaire = due(engine, small, row)
    given = answers(small.instrument("everything"), list(row.conditions))
    progress.answer(engine, small, row.id, questionnaire, given, TAB)
    before = events(engine, row.id)
    progress.agree(engine, small, row.id, first.id, TAB)
    progress.refuse(engine, small, row.id, first.id, TAB)
    progress.answer(engine, small, row.id, questionnaire, {**given, "agree": 7}, TAB)
    assert events(engine, row.id) == before
    assert sitting(engine, row.id).status == "running"


def test_a_click_that_arrives_ten_times_at_once_finishes_one_step(any_engine: Engine, small: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, small))
    given = answers(small.instrument("everything"), list(row.conditions))
    take(any_engine, small, row, due(any_engine, small, row))
    step = due(any_engine, small, row)
    results = at_once(
        10, lambda n: progress.answer(any_engine, small, row.id, step, {**given, "agree": n % 7 + 1}, TAB)
    )
    assert results == [None] * 10
    assert [e.place.step for e in events(any_engine, row.id, ["questionnaire_answered"])] == [step.id]
    assert [e.place.step for e in events(any_engine, row.id, ["step_finished"])] == ["0.consent", step.id]
    assert due(any_engine, small, row).kind == "task"


def test_the_last_step_finished_ten_times_at_once_ends_the_sitting_once(any_engine: Engine, small: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, small))
    last = walk(any_engine, small, row, until="debrief")
    assert last is not None
    assert at_once(10, lambda n: progress.finish(any_engine, small, row.id, last.id, TAB)) == [None] * 10
    assert [e.event.ending for e in events(any_engine, row.id, ["session_ended"])] == ["complete"]


def test_nothing_is_finished_after_the_end(engine: Engine, small: Protocol, row: Sitting) -> None:
    walk(engine, small, row)
    before = events(engine, row.id)
    for step in plan(small, assignment_of(row)):
        progress.finish(engine, small, row.id, step.id, TAB)
        progress.refuse(engine, small, row.id, step.id, TAB)
    assert events(engine, row.id) == before
    assert sitting(engine, row.id).status == "complete"


def test_a_session_that_is_gone_is_said_to_be_gone(engine: Engine, small: Protocol) -> None:
    with pytest.raises(AnswerRefused, match="no longer in the record"):
        progress.position(engine, small, "nobody")


# --- consent -----------------------------------------------------------------------------------


def test_refusing_consent_ends_the_sitting(engine: Engine, small: Protocol, row: Sitting) -> None:
    progress.refuse(engine, small, row.id, "0.consent", TAB)
    ended = sitting(engine, row.id)
    assert (ended.status, ended.ended_at is not None) == ("refused_consent", True)
    assert progress.position(engine, small, row.id).step is None
    kinds = [e.kind for e in events(engine, row.id)]
    assert kinds[-2:] == ["consent_refused", "session_ended"]
    before = events(engine, row.id)
    progress.refuse(engine, small, row.id, "0.consent", TAB)
    progress.agree(engine, small, row.id, "0.consent", TAB)
    assert events(engine, row.id) == before


def test_yes_and_no_at_the_same_moment_leave_one_answer(any_engine: Engine, small: Protocol) -> None:
    """Both clicks find the session held by a third; whoever comes first is the answer."""
    row = arrive(any_engine, opened(any_engine, small))
    acts = [progress.agree, progress.refuse]
    threads = [threading.Thread(target=act, args=(any_engine, small, row.id, "0.consent", TAB)) for act in acts]
    with writing(any_engine) as db:
        db.exec(select(Sitting).where(Sitting.id == row.id).with_for_update()).one()
        for thread in threads:
            thread.start()
        time.sleep(0.3)
    for thread in threads:
        thread.join(20)
    (answer,) = (e.kind for e in events(any_engine, row.id, ["consent_given", "consent_refused"]))
    status = sitting(any_engine, row.id).status
    assert status == ("running" if answer == "consent_given" else "refused_consent")


def test_a_click_that_waits_while_another_tab_takes_over_finishes_nothing(any_engine: Engine, small: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, small))
    refused: list[type[Exception]] = []

    def click() -> None:
        try:
            progress.agree(any_engine, small, row.id, "0.consent", TAB)
        except NotThisTab as error:
            refused.append(type(error))

    thread = threading.Thread(target=click)
    with writing(any_engine) as db:
        held = db.exec(select(Sitting).where(Sitting.id == row.id).with_for_update()).one()
        thread.start()
        time.sleep(0.3)
        held.lease = "another tab"
    thread.join(20)
    assert refused == [NotThisTab]
    assert events(any_engine, row.id, ["consent_given", *FLOW]) == []


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [{"agree": 8}, {"agree": None}, {"colour": "yellow"}, {"order": ["red"]}, {"invented": 1}, {"years": float("nan")}],
)
def test_answers_that_are_refused_store_nothing_and_the_step_stays_due(
    engine: Engine, small: Protocol, row: Sitting, changed: dict[str, Any]
) -> None:
    step = walk(engine, small, row, until="questionnaire")
    assert step is not None
    before = events(engine, row.id)
    given = answers(small.instrument("everything"), list(row.conditions))
    with pytest.raises(AnswerRefused):
        progress.answer(engine, small, row.id, step, {**given, **changed}, TAB)
    assert events(engine, row.id) == before
    assert due(engine, small, row) == step
    progress.answer(engine, small, row.id, step, given, TAB)
    assert due(engine, small, row) != step


def test_answers_from_a_tab_that_lost_the_study_are_not_stored(engine: Engine, small: Protocol, row: Sitting) -> None:
    step = walk(engine, small, row, until="questionnaire")
    assert step is not None
    take_lease(engine, row.id, "another tab")
    given = answers(small.instrument("everything"), list(row.conditions))
    with pytest.raises(NotThisTab):
        progress.answer(engine, small, row.id, step, given, TAB)
    assert events(engine, row.id, ["questionnaire_answered"]) == []
    assert due(engine, small, row) == step


def test_items_are_shown_in_an_order_of_each_participants_own_that_never_changes(
    engine: Engine, small: Protocol
) -> None:
    study = opened(engine, small)
    instrument = small.instrument("everything")
    rows = [arrive(engine, study) for _ in range(12)]
    step = plan(small, assignment_of(rows[0]))[1]
    orders = [progress.shown_order(instrument, row, step) for row in rows]
    ids = [item.id for item in instrument.items]
    assert all(sorted(order) == sorted(ids) for order in orders)
    assert len({tuple(order) for order in orders}) == 12
    assert orders == [progress.shown_order(instrument, sitting(engine, row.id), step) for row in rows]
    fixed = instrument.model_copy(update={"order": "fixed"})
    assert progress.shown_order(fixed, rows[0], step) == ids


def test_a_random_order_moves_tables_as_a_whole_and_their_rows_within(engine: Engine, small: Protocol) -> None:
    rating = {"type": "likert", "min": 1, "max": 5, "text": "Rate it."}
    names = ("a_1", "a_2", "a_3", "single", "b_1", "b_2")
    items = [{**rating, "id": n, "matrix": n != "single", "max": 7 if n[0] == "b" else 5} for n in names]
    everything = small.instrument("everything").model_dump(exclude={"items", "scoring"})
    instrument = Instrument.model_validate({**everything, "items": items})
    study_id = opened(engine, small)
    rows = [arrive(engine, study_id) for _ in range(24)]
    step = plan(small, assignment_of(rows[0]))[1]
    orders = [progress.shown_order(instrument, row, step) for row in rows]
    tables = [[name for name, _ in itertools.groupby(order, key=lambda item: item[0])] for order in orders]
    assert all(sorted(table) == ["a", "b", "s"] for table in tables)
    assert all(sorted(order) == sorted(names) for order in orders)
    assert len({tuple(item for item in order if item.startswith("a_")) for order in orders}) == 6
    assert {order[0][0] for order in orders} == {"a", "b", "s"}


def test_the_order_of_items_is_drawn_anew_in_each_block(engine: Engine, demo: Protocol) -> None:
    row = arrive(engine, opened(engine, demo))
    instrument = demo.instrument("control")
    assert instrument.order == "random"
    steps = [step for step in plan(demo, assignment_of(row)) if step.instrument == "control"]
    study_seeds = [row.model_copy(update={"allocation_index": n}) for n in range(1, 21)]
    orders = {tuple(tuple(progress.shown_order(instrument, r, step)) for step in steps) for r in study_seeds}
    assert any(len(set(three)) == 3 for three in orders)
    assert len(orders) == 20


def test_versions_are_listed_as_the_participant_met_them(engine: Engine, demo: Protocol) -> None:
    row = arrive(engine, opened(engine, demo))
    assert progress.version_labels(demo, row) == list(zip(row.conditions, ["A", "B", "C"], strict=True))


# --- verdicts on beliefs -----------------------------------------------------------------------


def believe(engine: Engine, row: Sitting, condition: str, *beliefs: Belief) -> None:
    changed = [BeliefChanged(mechanism="m", by="mechanism", action="added", belief=belief) for belief in beliefs]
    append(engine, row.id, [Entry(event, Place("s", 1, condition, "trip")) for event in changed], TAB)


@pytest.fixture
def judging(engine: Engine, small: Protocol, row: Sitting) -> Step:
    """The verdicts page, with two beliefs still held of everything that was believed."""
    for step in plan(small, assignment_of(row))[:4]:
        if step.kind == "task":
            progress.finish(engine, small, row.id, step.id, TAB)
        else:
            take(engine, small, row, step)
    believe(engine, row, "plain", Belief(id="elsewhere", text="held in another version"))
    believe(
        engine,
        row,
        "steered",
        Belief(id="a", text="likes tea"),
        Belief(id="b", text="likes the sea"),
        Belief(id="c", text="said so", source="stated"),
        Belief(id="d", text="was taken back"),
        Belief(id="e", text="likes the mountains", supersedes="b", source="edited"),
        Belief(id="d", text="was taken back", status="retracted"),
        Belief(id="f", text="is only a guess", status="open"),
    )
    return due(engine, small, row)


def test_what_is_judged_is_what_was_inferred_there_and_still_held(engine: Engine, row: Sitting, judging: Step) -> None:
    held = progress.beliefs_held(events(engine, row.id), judging)
    assert held == [("a", "likes tea"), ("e", "likes the mountains")]
    assert progress.beliefs_held(events(engine, row.id), replace(judging, conditions=())) == []


def test_a_step_may_name_other_sources_but_needs_are_never_judged(engine: Engine, row: Sitting, judging: Step) -> None:
    believe(
        engine, row, "steered", Belief(id="g", text="asked for", source="asked"), Belief(id="n", text="x", kind="need")
    )
    held = progress.beliefs_held(events(engine, row.id), replace(judging, sources=("stated", "asked")))
    assert held == [("c", "said so"), ("g", "asked for")]


def test_one_verdict_for_each_belief_finishes_the_page(
    engine: Engine, small: Protocol, row: Sitting, judging: Step
) -> None:
    progress.judge_all(engine, small, row.id, judging, [("wrong", None), ("right", ["not_comfortable"])], TAB)
    judged = [
        (e.event.belief_id, e.event.belief_text, e.event.verdict, e.event.comfortable)
        for e in events(engine, row.id, ["belief_judged"])
    ]
    assert judged == [("a", "likes tea", "wrong", True), ("e", "likes the mountains", "right", False)]
    assert due(engine, small, row).kind == "debrief"
    progress.judge_all(engine, small, row.id, judging, [("right", [])] * 2, TAB)
    assert len(events(engine, row.id, ["belief_judged"])) == 2


RIGHT = ("right", [])
HOSTILE: list[list[Any]] = [
    [],
    [RIGHT],
    [RIGHT] * 3,
    [RIGHT, (None, [])],
    [RIGHT, ("RIGHT", [])],
    [RIGHT, (["right"], [])],
    [RIGHT, ("not_comfortable", [])],
    [RIGHT, ("right", "not_comfortable")],
    [RIGHT, ("right", ["comfortable"])],
    [RIGHT, ("right", {})],
    [({}, 1), (1, [])],
]


@pytest.mark.parametrize("verdicts", HOSTILE, ids=repr)
def test_verdicts_that_do_not_fit_are_refused_and_nothing_is_stored(
    engine: Engine, small: Protocol, row: Sitting, judging: Step, verdicts: list[Any]
) -> None:
    with pytest.raises(AnswerRefused, match="one answer for each note"):
        progress.judge_all(engine, small, row.id, judging, verdicts, TAB)
    assert events(engine, row.id, ["belief_judged"]) == []
    assert due(engine, small, row) == judging


def test_where_nothing_was_inferred_the_page_is_finished_without_verdicts(engine: Engine, demo: Protocol) -> None:
    row = arrive(engine, opened(engine, demo))
    while (step := due(engine, demo, row)).kind != "beliefs":
        if step.kind == "task":
            progress.finish(engine, demo, row.id, step.id, TAB)
        else:
            take(engine, demo, row, step)
    progress.judge_all(engine, demo, row.id, step, [], TAB)
    assert due(engine, demo, row).kind == "debrief"


def test_what_happens_in_a_task_is_written_to_its_place(engine: Engine, small: Protocol, row: Sitting) -> None:
    step = walk(engine, small, row, until="task")
    assert step is not None
    work(engine, row, step)
    append(engine, row.id, [Entry(MessageSent(message_id="m9", text="no place"))], TAB)
    sent = events(engine, row.id, ["message_sent"])
    assert [e.place for e in sent] == [Place(step.id, 1, row.conditions[0], row.tasks[0]), Place()]
