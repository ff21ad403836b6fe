"""The PAHF benchmark on made-up people: what the assistant is told, what the participant says, and the arithmetic."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pahf, pahf_report
from benchmarks.pahf_report import Purchase, errors, questions, report, success, write
from benchmarks.pahf_shopping import (
    NOTHING,
    Person,
    Scenario,
    Taste,
    answer,
    feedback,
    load,
    right_choice,
    task_of,
    topic_of,
)
from memory.offline_reading import read
from memory.prompts import sections
from study.events import Question
from study.wishes import wishes

COLOUR = {"like_most": "red", "like_second": ["blue", "green"], "dislike": ["black", "white", "grey"]}
LID = {
    "like_most": "hinged lid",
    "like_second": ["loose lid", "glass lid"],
    "dislike": ["tin lid", "wire lid", "cork lid"],
}
AFTER = {"like_most": "black", "like_second": ["white", "green"], "dislike": ["red", "blue", "grey"]}
BEFORE = {"name": "Ann", "kettle": {"lid": LID, "colour": COLOUR}}
CHANGED = {"name": "Ann", "kettle": {"lid": LID, "colour": AFTER}}
OFFERS = [
    (("black", "hinged lid"), ("red", "tin lid"), ("blue", "loose lid")),
    (("red", "loose lid"), ("green", "glass lid"), ("white", "hinged lid")),
    (("grey", "hinged lid"), ("white", "tin lid"), ("black", "cork lid")),
    (("white", "glass lid"), ("green", "hinged lid"), ("black", "hinged lid")),
]
RIGHT = {"before": ["C", "A", None, "B"], "after": ["A", "C", None, "C"]}


def row(offer: Any, right: str | None) -> dict[str, Any]:
    options = {f"Option {letter}": list(values) for letter, values in zip("ABC", offer, strict=True)}
    return {"product": "kettle", **options, "User": "Ann", "Task": "I need a kettle that I like", "gt": right}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for phase in (1, 2, 3, 4):
        rights = RIGHT["before" if phase < 3 else "after"]
        rows = [row(offer, right) for offer, right in zip(OFFERS, rights, strict=True)]
        (tmp_path / f"phase{phase}.json").write_text(json.dumps(rows))
    (tmp_path / "persona_info.json").write_text(json.dumps({"Ann": {"persona_info": BEFORE}}))
    (tmp_path / "updated_persona_info.json").write_text(json.dumps({"Ann": {"persona_info": CHANGED}}))
    return tmp_path


@pytest.fixture
def ann(folder: Path) -> Person:
    (person,) = load(folder)
    return person


def tastes(person: Person, phase: int) -> dict[str, Taste]:
    return person.tastes[phase]["kettle"]


# --- the scenarios -------------------------------------------------------------------------------------


def test_a_folder_without_the_data_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no phase1\.json in .*facebookresearch/PAHF"):
        load(tmp_path)


def test_the_rule_gives_the_right_choice_of_every_scenario(ann: Person) -> None:
    for phase, scenarios in ann.scenarios.items():
        for scenario in scenarios:
            assert right_choice(scenario, tastes(ann, phase)) == scenario.right
    assert ann.scenarios[1][2].right == NOTHING


def test_the_task_tells_nothing_of_what_somebody_likes(ann: Person) -> None:
    for scenario in ann.scenarios[1]:
        told = task_of(scenario, tastes(ann, 1))
        assert told == task_of(replace(scenario, right="Option B"), tastes(ann, 3))
        assert list(told.attributes) == ["kettle:_colour", "kettle:_lid"]
        assert list(told.attributes["kettle:_colour"].values) == ["black", "blue", "green", "grey", "red", "white"]
        assert [option.name for option in told.catalogue] == ["Option A", "Option B", "Option C", NOTHING]
        assert told.catalogue[-1].attributes == {}


# --- the participant --------------------------------------------------------------------------------------


def test_an_answer_says_everything_about_the_feature_that_is_asked_for_and_no_more(ann: Person) -> None:
    asked = Question(mechanism="x", text="Colour?", topic=topic_of("kettle", "colour"))
    said = answer(asked, "kettle", tastes(ann, 1))
    assert said == "I like red best. Blue or green would be fine too. I don't want black, white or grey."
    task = task_of(ann.scenarios[1][0], tastes(ann, 1))
    topics = read("# Attributes\n" + sections_of(task)).topics
    understood = {(w.value, "not" if not w.wanted else "fine" if w.mild else "likes") for w in wishes(said, topics)}
    assert understood == {
        ("red", "likes"), ("blue", "fine"), ("green", "fine"), ("black", "not"), ("white", "not"), ("grey", "not"),
    }  # fmt: skip


def sections_of(task: Any) -> str:
    from memory.mechanism import State

    return sections(State("s", task), "Role", {}).partition("# Attributes\n")[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    ("phase", "place", "choice", "said"),
    [
        (1, 0, "Option C", "Right, thank you!"),
        (1, 0, "Option A", "Option A won't work for me, because I don't want black."),
        (1, 1, "Option B", "Option B is okay, but I'd prefer Option A, because it has red, which I like more."),
        (1, 1, NOTHING, "Option A would have worked for me."),
        (1, 2, NOTHING, "Right, thank you!"),
        (
            3,
            1,
            "Option A",
            "Actually, my preferences have changed. I used to like red, but now I don't want it anymore.",
        ),
        (3, 2, "Option B", "Option B won't work for me, because I don't want tin lid."),
        (3, 3, "Option B", "Option B is okay, but I'd prefer Option C, because it has black, which I like more."),
    ],
)
def test_feedback_says_what_is_wrong_or_what_is_better(
    ann: Person, phase: int, place: int, choice: str, said: str
) -> None:
    assert feedback(ann.scenarios[phase][place], choice, tastes(ann, phase), tastes(ann, 1)) == said


def test_they_are_content_with_what_is_as_good_as_the_right_one(ann: Person) -> None:
    offer = Scenario("kettle", "?", {"Option A": ("red", "loose lid"), "Option B": ("blue", "hinged lid")}, "Option A")
    assert feedback(offer, "Option B", tastes(ann, 1), tastes(ann, 1)) == "Right, thank you!"


# --- a run -------------------------------------------------------------------------------------------------


def test_each_channel_learns_what_it_can_and_both_learn_the_change(ann: Person) -> None:
    phases: dict[str, dict[int, float | None]] = {}
    asked: dict[str, int] = {}
    for arm in pahf.ARMS:
        done, seconds = pahf.run(ann, arm, rounds=2)
        assert len(done) == 2 * 4 + 4 + 2 * 4 + 4 and seconds > 0
        phases[arm] = {phase: success(p for p in done if p.phase == phase) for phase in (2, 4)}
        asked[arm] = sum(purchase.questions for purchase in done)
        assert not any(p.questions for p in done if p.phase in (2, 4)), "nobody is asked in a test"
    assert phases["both"] == phases["both_subject"] == {2: 100, 4: 100}
    assert phases["ask_only"] == phases["stale"] == {2: 100, 4: 25}, "what nobody corrects stays as it was"
    assert phases["correct_only"][4] > phases["ask_only"][4] > phases["none"][4] - 1  # type: ignore[operator]
    assert asked["none"] == asked["correct_only"] == 0 and asked["ask_only"] == asked["stale"] == 2
    assert asked["both"] > asked["ask_only"]


def test_what_was_held_before_the_change_is_history_and_the_new_stands(ann: Person) -> None:
    customer = pahf.customer(ann, "both")
    customer.purchases(rounds=1)
    held = {b.topic: b.text for b in customer.beliefs if b.status == "held"}
    assert held["kettle:_colour"].startswith("Colour (kettle): likes black; fine with green or white")
    assert "likes red" not in str(held) and len([b for b in customer.beliefs if b.status == "held"]) == 2


def test_a_reply_without_a_choice_is_an_error(ann: Person) -> None:
    with pytest.raises(ValueError, match="proposes nothing: Hello"):
        pahf.chosen("Hello", ann.scenarios[1][0])


# --- the report -----------------------------------------------------------------------------------------------


def bought(arm: str, phase: int, place: int, right: bool, asked: int = 0, number: int = 0) -> Purchase:
    return Purchase("Ann", arm, phase, number, place, right, asked)


DONE = [
    *(bought("both", 1, place, right=place >= 2, asked=int(place < 3)) for place in range(7)),
    *(bought("both", 1, place, right=True, number=1) for place in range(7)),
    bought("both", 2, 0, right=True),
    *(bought("both", 3, place, right=place != 6) for place in range(7)),
    bought("both", 4, 0, right=True),
    bought("both", 4, 1, right=False),
]


def test_shares_are_of_what_they_are_taken_from() -> None:
    first = [p for p in DONE if (p.phase, p.number) == (1, 0)]
    assert success(first) == pytest.approx(100 * 5 / 7) and errors(first) == pytest.approx(100 * 2 / 7)
    assert questions(first) == pytest.approx(3 / 7)
    assert success([]) is errors([]) is questions([]) is None


def test_the_tables_hold_the_numbers_that_one_gets_by_hand() -> None:
    text = report(DONE, {"both": 12.4, "none": 0.0}, rounds=2, wall=9.9, jobs=2)
    assert "### 2 passes over each learning phase" in text and "1 personas, 24 purchases, 10 s in 2 processes." in text
    assert "| both | 85.7 | 100.0 | 85.7 | 50.0 | 0.21 | 0.00 | 12 |" in text  # 12/14, 1/1, 6/7, 1/2, 3/14, 0/7
    assert "| none | – | – | – | – | – | – | 0 |" in text
    assert "| arm | 1–5 | 6–7 |\n| --- | --- | --- |\n| both | 40 | 0 |" in text  # 2 of 5, 0 of 2
    assert "| both | 0.60 | 0.00 |" in text and "| both | 0 | 50 |" in text
    assert "| both | 71.4 | 100.0 | 85.7 | – |" in text  # by pass: 5/7, 7/7, 6/7, none


def test_the_page_gets_its_tables_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before\n{pahf_report.BEGIN}\nold\n{pahf_report.END}\nAfter\n")
    assert write(["one\n", "two\n"], page) == page
    once = page.read_text()
    assert once == f"Before\n{pahf_report.BEGIN}\n\none\n\ntwo\n\n{pahf_report.END}\nAfter\n"
    assert write(["one\n", "two\n"], page).read_text() == once
    page.write_text("no marks")
    with pytest.raises(ValueError, match="lacks the lines"):
        write(["one"], page)


def test_the_shipped_page_has_its_marks() -> None:
    text = pahf_report.PAGE.read_text(encoding="utf-8")
    assert text.count(pahf_report.BEGIN) == text.count(pahf_report.END) == 1


@pytest.mark.slow
def test_the_command_prints_the_tables(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pahf", str(folder), "--rounds", "1", "--jobs", "1"])
    pahf.main()
    printed = capsys.readouterr().out
    assert "6 of 6 runs" in printed and "### One pass over each learning phase" in printed
    assert all(f"| {arm} | " in printed for arm in pahf.ARMS)
