"""The arithmetic of the iKAT benchmark on three made-up turns, by hand; the data themselves are never needed."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import ikat
from benchmarks.bm25 import bm25, sought_bm25
from benchmarks.ikat import (
    Hits,
    best,
    by_chance,
    hits,
    kept,
    ndcg,
    operating_point,
    read_judgements,
    read_topics,
    report,
    undisputed,
)
from study.errors import AtelierError

STATEMENTS = {"1": "I am a vegetarian.", "2": "I own a red bicycle.", "3": "I play chess.", "4": "I speak Dutch."}
TURNS = [
    {"turn_id": 1, "utterance": "Which vegetarian dinner?", "ptkb_provenance": [1]},
    {"turn_id": 2, "utterance": "How do I repair my bicycle?", "ptkb_provenance": [2]},
    {"turn_id": 3, "utterance": "Thanks!", "ptkb_provenance": []},
]
FULL = [turn | {"resolved_utterance": turn["utterance"], "response": "Well."} for turn in TURNS]
TOPIC = {"number": "1-1", "title": "A day", "ptkb": STATEMENTS, "turns": FULL}
JUDGED = "1-1_1 0 1 1\n1-1_1 0 4 1\n1-1_1 0 2 0\n1-1_3 0 3 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("test", "train"):
        (tmp_path / f"2023_{name}_topics.json").write_text(json.dumps([TOPIC]))
    (tmp_path / "2023_ptkb_rel_nist.txt").write_text(JUDGED)
    return tmp_path


def test_a_turn_knows_what_bears_on_it_and_what_was_said_before(folder: Path) -> None:
    first, second, third = read_topics(folder / "2023_test_topics.json")
    assert (first.id, first.context, first.bear, first.needs_none) == ("1-1_1", (), (True, False, False, False), False)
    assert second.context == ("Which vegetarian dinner?", "Well.")
    assert third.needs_none and not any(third.bear)
    judged = read_topics(folder / "2023_test_topics.json", read_judgements(folder / "2023_ptkb_rel_nist.txt"))
    assert [turn.bear for turn in judged] == [(True, False, False, True), (False,) * 4, (False, False, True, False)]
    assert [turn.id for turn in undisputed(judged)] == ["1-1_1", "1-1_2"]


def test_hits_by_hand(folder: Path) -> None:
    turns = read_topics(folder / "2023_test_topics.json", read_judgements(folder / "2023_ptkb_rel_nist.txt"))
    in_order = hits(turns, lambda turn: [0.0, 0.0, 0.0, 0.0])  # turn 1: first place of two; turn 3: third of one
    ideal_of_two = 1 + 1 / math.log2(3)
    assert in_order == Hits(0.5, 1.0, pytest.approx((1 / ideal_of_two + 1 / math.log2(4)) / 2), 2)
    assert hits(turns, lambda turn: [3, 2, 1, 9]) == Hits(0.5, 0.5, 0.5, 2)  # all of turn 1, none of turn 3
    assert hits([], lambda turn: []) == Hits(0, 0, 0, 0)


def test_chance_by_hand(folder: Path) -> None:
    turns = read_topics(folder / "2023_test_topics.json", read_judgements(folder / "2023_ptkb_rel_nist.txt"))
    found = by_chance(turns)  # two of four, and one of four
    assert (found.first, found.three) == (pytest.approx((2 / 4 + 1 / 4) / 2), pytest.approx((1 + 3 / 4) / 2))
    discounts = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg == pytest.approx((0.5 * discounts / (1 + 1 / math.log2(3)) + 0.25 * discounts) / 2)


def test_order_and_gain() -> None:
    assert best([0.1, 0.5, 0.5]) == [1, 2, 0]
    assert ndcg([False, True], 3) == pytest.approx(1 / math.log2(3))
    assert ndcg([False, False, False, True], 3) == 0 == ndcg([False], 3)


def test_bm25_by_hand() -> None:
    texts = ["red bicycle", "red", "chess game now"]
    first, second, third = bm25("a bicycle", texts)
    rare = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert first == pytest.approx(rare * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 2 / 2)))
    assert (second, third) == (0, 0)


def test_the_sought_bm25_by_hand() -> None:
    texts = ["red bicycles", "red", "chess games now", "red"]
    # bicycle and chess: log(3.5 / 1.5) = .85, red: log(1.5 / 3.5) = -.85; the shorter a text, the more its words count
    assert sought_bm25("bicycle red chess", texts, ["1", "2", "10", "4"]) == [-1, -3, 0, -2]
    assert sought_bm25("nothing", texts, ["1", "2", "10", "4"]) == [-3, -1, -2, 0]  # "4", "2", "10", "1"


def test_what_a_threshold_lets_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = read_topics(folder / "2023_test_topics.json")
    drawn = ([0.3, 0.1, 0, 0], [0.4, 0.2, 0, 0], [0, 0.25, 0, 0])
    by_turn = {turn.message: scores for turn, scores in zip(turns, drawn, strict=True)}
    monkeypatch.setattr(ikat, "bears_on", lambda message, context, texts: by_turn[message])
    at = kept(turns, 0.26)
    assert (at.false_uses, at.of_none, at.hits, at.of_hits) == (0, 1, 1, 2)
    assert (at.saved, at.lost) == (1, 1)
    assert (kept(turns, 0.0).saved, kept(turns, 0.0).lost) == (0, 0)
    assert operating_point(turns).threshold == 0.28  # all saved, half lost; nothing is saved before


def test_the_tables_are_printed_and_written_under_their_mark(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "ikat.md"
    page.write_text(f"# Words that stay\n{ikat.MARK}\nold tables")
    monkeypatch.setattr(ikat, "PAGE", page)
    app = ikat.typer.Typer()
    app.command()(ikat.main)
    done = CliRunner().invoke(app, [str(folder), "--write"])
    assert done.exit_code == 0 and "| `relevance` |" in done.output
    written = page.read_text()
    assert written.startswith(f"# Words that stay\n{ikat.MARK}\n") and "old tables" not in written
    assert "\n".join(report(folder)) in written


def test_a_folder_without_the_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(AtelierError, match="cannot be read as judgements"):
        report(tmp_path)
    (tmp_path / "topics.json").write_text("[{}]")
    with pytest.raises(AtelierError, match="cannot be read as iKAT topics"):
        read_topics(tmp_path / "topics.json")
