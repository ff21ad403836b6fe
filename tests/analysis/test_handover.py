"""What is handed over opens as it is in other programs, and by the same plan R finds what Atelier finds."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from reference.handover_data import HERE, cases, handed_over

from analysis.codebook import codebook
from analysis.findings import confirm
from analysis.frames import frames
from analysis.handover import Handover, handover, handover_files
from analysis.handover.labels import LONG, WIDE, column_labels, ordered_levels
from analysis.handover.names import r_name, r_names
from analysis.handover.r_script import r_script, r_text
from analysis.handover.results import NUMBERS, results
from analysis.measures import measures
from study.protocol import Factor, Protocol
from study.records import Record

ANSWERS = {case["id"]: case for case in json.loads((HERE / "handover.json").read_text())}
LOOSE = ("ordinal_mixed_model", "count_model", "binary_model")
"""R's clmm and glmer stop at about 1e-6 of their estimates, before the likelihood is at its top; bounds near zero lose a digit more."""

study = cache(handed_over)


@cache
def found(name: str) -> pd.DataFrame:
    return results(study(name)).set_index("hypothesis")


@pytest.fixture
def small(record: Record) -> Handover:
    return handover(record, frames(record), measures(record), record.protocol)


def _parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


# --- what R finds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ANSWERS)
def test_r_finds_the_same(id: str) -> None:
    """The script of the plan in R 4.2.2; calls and versions stand in handover.json."""
    name, hypothesis = id.split(".", 1)
    ours = found(name).loc[hypothesis]
    theirs, call = ANSWERS[id]["expected"], ANSWERS[id]["call"]
    near = {"rel": 2e-5, "abs": 1e-6} if call.startswith(LOOSE) else {"rel": 1e-7, "abs": 1e-8}
    assert {n for n in NUMBERS if not math.isnan(ours[n])} == set(theirs)
    for number, value in theirs.items():
        # A bound without an end is written as a word.
        assert ours[number] == pytest.approx(float(value), **near), number


@pytest.mark.parametrize("name", ["between", "factorial"])
def test_confirm_says_the_numbers_that_r_found(name: str) -> None:
    of = study(name)
    for one in confirm(of.chosen, of.protocol):
        theirs = ANSWERS[f"{name}.{one.hypothesis.id}"]["expected"]
        assert (one.estimate is None) == (not theirs)
        if one.estimate is not None:
            assert one.estimate.difference == pytest.approx(theirs["estimate"], rel=1e-5, abs=1e-9)
            assert (one.p, one.p_adjusted) == pytest.approx((theirs["p"], theirs["p_adjusted"]), rel=1e-4)


@pytest.mark.parametrize("name", cases())
def test_the_script_holds_the_calls_that_r_answered(name: str) -> None:
    """Where this fails, the plan is written to R in other words than those of handover.json: run both scripts there again."""
    script = r_script(study(name), {"h15": "Nobody has a value of 'nothing' yet."} if name == "within" else {})
    called = {case["call"] for id, case in ANSWERS.items() if id.startswith(f"{name}.")} - {"not_tested"}
    assert called and all(call in script for call in called)
    assert ('not_tested("h15", "primary"' in script) == (name == "within")


# --- the tables as other programs read them ------------------------------------------------------------------------


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize("file", [LONG, WIDE])
def test_a_table_opens_as_it_is(name: str, file: str) -> None:
    content = handover_files(study(name), sealed=True)[file]
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content
    rows = _parsed(content)
    labels = column_labels(study(name)).query(f"file == '{file}'").set_index("column")
    assert list(rows[0]) == list(labels.index) and len(set(labels.index)) == len(labels)
    assert all(r_name(column) == column for column in rows[0])
    for column, label in labels.iterrows():
        told = [row[column] for row in rows if row[column] != ""]
        if label["level"] == "nominal":
            assert not any(_is_number(cell) for cell in told), column
            assert not {"NA", "NaN", "nan", "None", "."} & set(told)
        else:
            assert all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) for cell in told), column


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_a_row_per_participant_and_condition_or_per_participant() -> None:
    of = study("within")
    long, wide = (_parsed(handover_files(of, sealed=True)[file]) for file in (LONG, WIDE))
    places = [(row["participant"], row["condition"]) for row in long]
    assert len(places) == len(set(places)) == 24 * 3 - 1
    assert sorted(row["participant"] for row in wide) == [f"P{n:03d}" for n in range(1, 25)]
    cells = {(row["participant"], row["condition"]): row["control"] for row in long}
    assert all(
        row[f"control.{condition}"] == cells.get((row["participant"], condition), "")
        for row in wide
        for condition in ("active", "passive", "baseline")
    )
    assert cells["P019", "baseline"] == "" and ("P007", "passive") not in cells


def test_periods_what_came_before_and_what_is_held_constant() -> None:
    long = study("within").long.set_index(["participant", "condition"])
    assert long.loc[("P002", "active"), ["period", "sequence"]].tolist() == ["period_1", "active > baseline > passive"]
    assert long.loc[("P002", "passive"), "previous"] == "baseline" and pd.isna(long.loc[("P002", "active"), "previous"])
    assert (long["given.trait"] == long["trait"]).all() and long["given.trait"].nunique() > 20


def test_who_is_excluded_stays_and_says_by_which_rule() -> None:
    wide = study("within").wide.set_index("participant")
    assert wide.loc["P011", ["excluded", "excluded_by"]].tolist() == [
        "yes",
        "Whoever wrote fewer than 12 words did not work on it.",
    ]
    assert wide["excluded"].value_counts().to_dict() == {"no": 23, "yes": 1}


def test_levels_stand_in_the_order_of_the_protocol_and_factors_as_texts() -> None:
    of = study("between")
    assert ordered_levels(of)["opponent"] == ["informs", "argues"]
    assert set(of.long["opponent"]) == {"informs", "argues"}
    assert 'long$opponent <- factor(long$opponent, c("informs", "argues"))' in r_script(of, {})
    labels = column_labels(of).query("file == 'analysis_long.csv'").set_index("column")
    assert labels.loc["opponent", "values"] == "informs | argues"


def test_of_a_record_only_people_who_count_with_their_answers(small: Handover) -> None:
    long = small.long.set_index(["participant", "condition"])
    assert {who for who, _ in long.index} == {"P001", "P002"}
    assert long.loc[("P001", "steered"), ["control", "comfort.comfort", "turns"]].tolist() == [6.5, 6, 1]
    assert pd.isna(long.loc[("P002", "steered"), "comfort.comfort"])
    assert small.wide.set_index("participant").loc["P001", "sequence"] == "plain > steered"


def test_text_of_a_researcher_starts_no_formula_and_ends_no_comment(small: Handover) -> None:
    rule = "=HYPERLINK(1)\nstop('now')"
    excluded = pd.DataFrame({"participant": ["P001"], "rule": [rule]})
    protocol = small.protocol.model_copy(update={"title": "One\nquit()"})
    changed = replace(small, chosen=replace(small.chosen, excluded=excluded), protocol=protocol)
    files = handover_files(changed, sealed=True)
    assert _parsed(files[WIDE])[0]["excluded_by"] == f"'{rule}"
    assert not [line for line in files["analysis.R"].decode().splitlines() if line.startswith(("quit", "stop"))]


def test_an_empty_study_hands_over_columns_and_a_script_that_says_why(empty_record: Record) -> None:
    of = handover(empty_record, frames(empty_record), measures(empty_record), empty_record.protocol)
    files = handover_files(of, sealed=False)
    assert _parsed(files[LONG]) == _parsed(files[WIDE]) == []
    assert files[LONG].startswith(b'"participant","simulated",')
    assert b'not_tested("h1", "primary", "Nobody has a value' in files["analysis.R"]


def test_results_by_condition_are_not_even_computed_while_sealed(
    small: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.handover.results", lambda _of: pytest.fail("computed"))
    assert "atelier_results.csv" not in handover_files(small, sealed=True)


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kept"),
    [("nasa_tlx", "nasa_tlx"), ("a.b.c", "a.b.c"), ("1st", "X1st"), (".5", "X.5"), ("a-b c", "a.b.c"), ("repeat", "repeat."), ("_a", "X_a")],
)  # fmt: skip
def test_names_that_r_keeps(name: str, kept: str) -> None:
    """R 4.2.2: make.names(name)."""
    assert r_name(name) == kept


def test_no_two_columns_have_one_name() -> None:
    assert r_names(["a b", "a.b", "task"], taken=["task"]) == {"a b": "a.b", "a.b": "a.b.1", "task": "task.1"}


def test_a_factor_that_is_called_like_a_column_gets_another_one(small: Handover) -> None:
    factor = Factor(id="task", levels=("low", "high"))
    of = replace(small, protocol=small.protocol.model_copy(update={"factors": (factor,)}))
    assert of.factors == {"task": "task.1"}


def test_the_codebook_names_the_column_of_each_measure(protocol: Protocol) -> None:
    book = codebook(protocol).query("part == 'measure'").set_index("name")
    assert book.loc["comfort.comfort", "column"] == "comfort.comfort" and not book["column"].isna().any()


def test_a_string_of_r_is_ascii_and_quoted() -> None:
    assert r_text('say "é"\nand \\') == r'"say \"\u00e9\" and \\"'


def test_of_several_tasks_in_a_condition_the_table_names_that_of_the_plan(small: Handover) -> None:
    rows = small.everybody
    later = rows["measure"].ne("control") & rows["condition"].notna()
    of = replace(small, everybody=pd.concat([rows[later].assign(task="another"), rows[~later]]))
    assert "another" not in set(of.long["task"])
