"""What the benchmark of recall counts, on examples small enough to check by hand, and our systems at a small size."""

import math
import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks import recall, recall_model, recall_systems
from benchmarks.bm25 import bm25, ranked
from benchmarks.recall_data import every_preference, preferences
from memory.belief import normal


def test_bm25_by_hand() -> None:
    texts = ["red red fish", "blue fish", "a bird"]
    average, weight = 7 / 3, math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = weight * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / average))
    assert bm25("Red?", texts, k1=1.2) == [pytest.approx(expected), 0, 0]
    assert ranked("blue fish", texts)[0] == 1 and bm25("", texts) == [0, 0, 0]


def test_every_preference_differs_and_its_requests_hold_its_word_or_not() -> None:
    every = every_preference()
    assert len({p.text for p in every}) == len(every) == 192
    for p in every:
        assert p.text != p.taken_back and "{" not in f"{p.text}{p.taken_back}{p.named}{p.unnamed}"
        said, plain = set(normal(p.named).split()), set(normal(p.unnamed).split())
        word = set(normal(p.text).split()) & said
        assert word and not (word & plain) - {"i", "the", "in", "for", "is", "a", "my", "on", "me", "to", "do", "of"}


def test_people_have_different_preferences_one_of_each_topic_first() -> None:
    one, other = preferences(1, 20, 5), preferences(2, 20, 5)
    assert one == preferences(1, 20, 5) and one != other
    assert len({p.topic for p in one}) == 20 and len({p.text for p in preferences(1, 192, 5)}) == 192
    with pytest.raises(ValueError, match="192"):
        preferences(1, 193, 5)


def test_a_hit_is_a_place_among_the_first() -> None:
    assert recall_systems.place("b", ["a", "b"]) == 2 and recall_systems.place("c", ["a"]) == 0
    assert recall.hit([1, 2, 0, 5], 1) == 1 / 4 and recall.hit([1, 2, 0, 5], 5) == 3 / 4


def test_the_stand_in_model_gives_each_system_what_it_asks_for() -> None:
    p = every_preference()[0]
    prompt = f"# Held beliefs\n- [b1] (held; seafood) {p.text}\n- [b2] (held; -) Other.\n\n# Message\n{p.taken_back}\n"
    (stated,) = recall_model.answer(prompt)["preferences"]
    assert (stated["text"], stated["replaces"], stated["same_as"]) == (p.taken_back, ["b1"], "")
    again = recall_model.answer(prompt.replace(p.taken_back, p.text))["preferences"][0]
    assert (again["same_as"], again["replaces"]) == ("b1", [])
    theirs = f"## Existing Memories\n[]\n\n## New Messages\nuser: {p.taken_back}\n\n\n# Output:"
    assert recall_model.answer(theirs)["memory"][0]["text"] == p.taken_back


@pytest.mark.parametrize("name", ["atelier", "index"])
def test_our_systems_do_what_is_measured(name: str, tmp_path: Path) -> None:
    p, q = every_preference()[0], every_preference()[8]
    with recall_model.server(0) as stand_in:
        threading.Thread(target=stand_in.serve_forever, args=(0.05,), daemon=True).start()
        system = recall_systems.SYSTEMS[name](tmp_path, f"http://127.0.0.1:{stand_in.server_address[1]}/v1")
        system.fill([("ann", p.text), ("bob", q.text)])
        assert system.search("ann", p.named, 5) == [p.text] and system.search("bob", p.named, 5) == [q.text]
        system.add("ann", q.text)
        assert system.search("ann", q.named, 5)[0] == q.text
        system.update("ann", system.find("ann", q.text), "I only eat raw carrots.")
        assert set(system.search("ann", q.named, 5)) == {p.text, "I only eat raw carrots."}
        system.add("ann", p.taken_back)
        assert (p.text in system.search("ann", p.named, 5)) == (name == "index"), "only beliefs take each other's place"
        stand_in.shutdown()


def measured(median: float) -> dict[str, Any]:
    return {op: [(median, 1.0)] * 3 for op in recall.OPERATION_NAMES} | {"stale": 0.5, "megabytes": 10.0}


def test_the_report_sets_each_median_against_ours() -> None:
    times = {(1_000, "atelier"): measured(2.0), (1_000, "index"): measured(1.0), (1_000, "mem0"): measured(5.0)}
    rows = recall.time_rows(times)
    assert ["1,000", "search", "mem0", "5.0", "5.0", "1.0", "2.5"] in rows and len(rows) == 4 * 3 - 1
    text = recall.report({"bm25": {"named": [1, 0], "unnamed": [0, 5]}}, times)
    assert "| BM25 | 0.50 | 0.50 | 0.00 | 0.50 |" in text and "| chance | 0.05 | 0.25 | 0.05 | 0.25 |" in text
