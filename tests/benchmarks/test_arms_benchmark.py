"""What the benchmark of arms counts, on examples small enough to check by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import arms, figures, people
from memory.index import Index
from memory.worker import Worker
from study.database import open_database
from study.events import ModelCalled, ReplyGiven
from study.flow import Step
from study.log import Logged, Place
from study.settings import Settings

TASK = people.DEMO.task("weekend_trip")


def test_the_share_of_wishes_met_counts_pairs_of_option_and_wish() -> None:
    wishes = {"budget": "low", "pace": "active", "travel": "train", "setting": "city"}
    one = {"budget": "low", "pace": "active", "travel": "train", "setting": "nature"}
    two = {"budget": "low", "pace": "calm", "travel": "car", "setting": "nature"}
    assert arms.share_met([one, two], wishes) == 4 / 8
    assert arms.share_met([], wishes) == 0 and arms.share_met([one], {}) == 0


def test_the_best_plan_takes_the_best_option_of_every_section() -> None:
    sections = TASK.sections[:2]
    options = [
        TASK.catalogue[0].model_copy(update={"section": s.id, "attributes": {"budget": b, "pace": p}})
        for s, b, p in (
            (sections[0], "low", "calm"),
            (sections[0], "low", "active"),
            (sections[1], "high", "calm"),
            (sections[1], "high", "active"),
        )
    ]
    task = TASK.model_copy(update={"sections": sections, "catalogue": tuple(options)})
    assert arms.best_possible(task, {"budget": "low", "pace": "active"}) == 3 / 4


def entry(seq: int, event: Any) -> Logged:
    return Logged(str(seq), "s1", seq, datetime.now(UTC), Place(), event)


def call(turn: str, purpose: str, tokens: int) -> ModelCalled:
    return ModelCalled(
        call_id="c",
        purpose=purpose,
        turn_id=turn,
        model="m",
        input_tokens=tokens,
        output_tokens=1,
        duration_ms=1,
        outcome="answered",
    )


def reply(turn: str, first: float) -> ReplyGiven:
    return ReplyGiven(
        turn_id=turn,
        message_id="m",
        text="x",
        outcome="answered",
        call_id="c",
        model="m",
        duration_ms=1,
        first_token_ms=first,
    )


def test_calls_are_counted_before_and_after_the_reply_of_their_turn() -> None:
    made = [
        call("t1", "judge", 10),
        call("t1", "reply", 20),
        reply("t1", 5.0),
        call("t1", "find_preferences", 30),
        call("t1", "draft_solution", 40),
        call("t2", "reply", 7),
        reply("t2", 6.0),
        call("t9", "draft_solution", 1),
    ]
    record = [entry(n, event) for n, event in enumerate(made)]
    assert arms.after_acts(record) == 1
    assert arms.costs(record) == [
        arms.Cost(before=1, after=2, tokens=104, first_token=5.0),
        arms.Cost(before=0, after=0, tokens=8, first_token=6.0),
    ]


def test_a_person_is_the_same_for_the_same_seed_and_ends_with_what_they_said_last() -> None:
    one = people.person(TASK, 3, 11)
    assert one == people.person(TASK, 3, 11) and one != people.person(TASK, 4, 11)
    assert set(one.stated) < set(one.profile) and len(one.stated) == 4 and len(one.said) == 4
    changed = next(iter(one.stated))
    assert any(way in one.said[2] for way in TASK.attributes[changed].values[one.profile[changed]])
    assert all(any(w in " ".join(one.said) for w in TASK.attributes[t].values[v]) for t, v in one.stated.items())


def test_questions_are_answered_truly_and_the_box_holds_what_was_said_and_not_taken_back() -> None:
    who = people.Person(
        TASK,
        {"budget": "low", "pace": "active"},
        ("I would like it to be luxury and sport.", "On second thought, rather cheap."),
        {"budget": "low", "pace": "active"},
    )
    assert arms.answer(who, "budget", ("A splurge", "Something cheap")) == "Something cheap"
    assert arms.answer(who, "budget", ()) in TASK.attributes["budget"].values["low"]
    assert arms.own_words(who, who.said[:1]) == "sport"
    assert arms.own_words(who, who.said) == "cheap, sport"


def test_the_interval_holds_the_mean_and_is_a_point_where_nothing_varies() -> None:
    assert figures.interval([0.5] * 9) == (0.5, 0.5)
    low, high = figures.interval([0.0, 1.0] * 20)
    assert 0.3 < low < 0.5 < high < 0.7
    assert figures.mean([1, 2, 6]) == 3


def test_an_arm_is_made_of_the_mechanisms_it_names() -> None:
    names = {part for arm in arms.ARMS for part in arm.split(" + ")}
    made = people.condition_of("inferred_profile + preference_controls", visibility="shown").mechanisms
    assert "none" in arms.ARMS and {"all_beliefs", "memory_page"} <= names
    assert [(use.name, set(use.params)) for use in made] == [
        ("inferred_profile", {"visibility"}),
        ("preference_controls", {"controls"}),
    ]


def test_one_person_through_one_arm(tmp_path: Any) -> None:
    """The whole way once, where a wish that was said must be met more often than by chance."""
    engine = open_database(f"sqlite:///{tmp_path / 'r.db'}")
    index = Index(None)
    worker = Worker(engine, Settings(data_dir=tmp_path, offline_delay=0), index)
    shares = {}
    for arm in ("none", "all_beliefs"):
        desk = people.sit_down(engine, worker, people.opened(engine, people.condition_of(arm), TASK))
        made = arms.take_part(desk, people.person(TASK, 0, arms.SEED))
        assert isinstance(desk.step, Step) and len(made.tokens) == 4
        shares[arm] = (made.stated, sum(made.after))
    assert shares["all_beliefs"][0] > shares["none"][0]
    assert (shares["none"][1], shares["all_beliefs"][1]) == (4, 8)
    index.close()
    engine.dispose()


@pytest.mark.parametrize("rows", [[], [["a", 1]]])
def test_a_table_has_a_line_for_each_row(rows: list[list[object]]) -> None:
    assert len(figures.table(["x", "y"], rows).splitlines()) == 2 + len(rows)
