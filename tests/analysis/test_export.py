"""The ZIP holds everything, harms nobody's spreadsheet, and is the same every time."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from analysis.export import export, responses_wide
from analysis.exporting import Asked, make_kept_export
from analysis.frames import frames
from analysis.measures import measures
from study.act_log import LoggedAct, acts
from study.acts import Exported, FileFetched
from study.exports_folder import find_export
from study.records import Record, load_record
from study.selection import selection
from study.studies import set_status

TABLES = {
    "events",
    "sessions",
    "messages",
    "replies",
    "turns",
    "blocks",
    "page_times",
    "recalled",
    "model_calls",
    "responses_long",
    "responses_wide",
    "beliefs",
    "controls",
    "solutions",
    "judgements",
    "steps",
    "trials",
    "measures",
    "cells",
    "acts",
    "codes",
    "code_history",
}
TEXTS = {
    "data_dictionary.csv",
    "measures_dictionary.csv",
    "codebook.csv",
    "codebook.md",
    "protocol.json",
    "protocol_v1.json",
    "README.txt",
    "analysis_long.csv",
    "analysis_wide.csv",
    "analysis_columns.csv",
    "analysis.R",
}
"""The results of this study are sealed, so Atelier's are not beside the script."""


def _read(target: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_zip_with_every_table_twice(record: Record, tmp_path: Path) -> None:
    target = export(record, tmp_path / "new" / "small.zip")
    expected = {f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")} | TEXTS
    assert set(_read(target)) == expected
    assert list(target.parent.iterdir()) == [target]


def test_the_same_record_gives_the_same_bytes(record: Record, tmp_path: Path) -> None:
    first, second = export(record, tmp_path / "a.zip"), export(record, tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    taken = (Exported(what="all", rows=1), FileFetched(what="the export of all", file="a.zip"))
    more = [LoggedAct(act.kind, record.study.id, 100, record.read_at, "Ada", act) for act in taken]
    third = export(replace(record, acts=[*record.acts, *more]), tmp_path / "c.zip")
    assert first.read_bytes() == third.read_bytes(), "also after it was made and fetched"


def test_csv_is_safe_and_parquet_is_raw(record: Record, tmp_path: Path) -> None:
    files = _read(export(record, tmp_path / "small.zip"))
    csv = pd.read_csv(io.BytesIO(files["messages.csv"]))
    raw = pd.read_parquet(io.BytesIO(files["messages.parquet"]))
    assert "'=1+1 cheaper" in set(csv["text"])
    assert "=1+1 cheaper" in set(raw["text"])


def test_parquet_gives_back_every_frame(record: Record, tmp_path: Path) -> None:
    files = _read(export(record, tmp_path / "small.zip"))
    tables = {("responses_long" if name == "responses" else name): frame for name, frame in frames(record).items()}
    tables["measures"] = measures(record)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(files[f"{name}.parquet"])), frame)


def test_participants_stay_pseudonymous_unless_asked_for(record: Record, tmp_path: Path) -> None:
    secret = _read(export(record, tmp_path / "secret.zip"))
    named = _read(export(record, tmp_path / "named.zip", identifiers=True))
    assert not [name for name, content in secret.items() if b"pid-1" in content or b"Browser/1" in content]
    assert b"pid-1" in named["sessions.csv"] and b"personal data" in named["README.txt"]
    assert b"platform_id" not in secret["data_dictionary.csv"]


def test_wide_has_a_row_per_block_and_a_column_per_item(record: Record) -> None:
    wide = responses_wide(frames(record), record.protocol)
    row = wide[(wide["participant"] == "P001") & (wide["block"] == 2)].iloc[0]
    assert row[["control.steer", "control.decided", "comfort.comfort"]].tolist() == [7, 2, 6]
    assert len(wide) == 2 + 1 + 2 + 1
    assert str(wide["control.steer"].dtype) == "float64"


def test_the_codebook_and_protocol_explain_the_numbers(record: Record, tmp_path: Path) -> None:
    files = _read(export(record, tmp_path / "small.zip"))
    codebook = pd.read_csv(io.BytesIO(files["codebook.csv"])).set_index("name")
    assert codebook.loc["control.decided", ["part", "reversed", "scale"]].tolist() == ["item", True, "control"]
    assert pd.isna(codebook.loc["comfort.why", "scale"])
    assert files["codebook.md"].decode().startswith("# Codebook: A small study")
    assert json.loads(files["protocol.json"])["id"] == "small"
    assert b"2 complete" in files["README.txt"]


def test_an_interrupted_export_leaves_nothing_behind(record: Record, tmp_path: Path) -> None:
    target = tmp_path / "small.zip"
    target.write_bytes(b"the last good one")

    def interrupt(done: int, total: int, name: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(record, target, progress=interrupt)
    assert target.read_bytes() == b"the last good one"
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["small.zip"]
    assert not list(tmp_path.glob(".small.zip*"))


def test_progress_is_told_to_the_end(record: Record, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    export(record, tmp_path / "small.zip", progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == list(range(1, len(told) + 1))
    shares = [done / total for done, total, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1, "the bar never goes back"
    assert {name for _, _, name in told} == set(_read(tmp_path / "small.zip"))


def test_an_empty_study_exports_its_columns(empty_record: Record, tmp_path: Path) -> None:
    files = _read(export(empty_record, tmp_path / "empty.zip"))
    assert files["messages.csv"].decode().startswith('"session_id","participant","simulated",')
    assert pd.read_parquet(io.BytesIO(files["responses_wide.parquet"])).empty


def test_results_lie_beside_the_script_once_the_study_is_closed(engine: Engine, record: Record, tmp_path: Path) -> None:
    assert (
        b"atelier_results    what Atelier found for the same hypotheses; left out"
        in _read(export(record, tmp_path / "a.zip"))["README.txt"]
    )
    set_status(engine, "small", "closed", "A. Researcher")
    files = _read(export(load_record(engine, "small"), tmp_path / "b.zip"))
    (row,) = pd.read_csv(io.BytesIO(files["atelier_results.csv"])).to_dict("records")
    assert (row["hypothesis"], row["measure"], row["test"]) == ("h1", "control", "mixed_model")
    assert row["note"] and f'not_tested("h1", "primary", "{row["note"]}")'.encode() in files["analysis.R"].replace(
        b'\\"', b'"'
    )


def test_only_what_was_chosen_is_in_it_and_it_says_so(record: Record, tmp_path: Path) -> None:
    only = selection(["complete"], "people")
    target = export(record, tmp_path / "some.zip", only=only)
    files = _read(target)
    sessions = pd.read_csv(io.BytesIO(files["sessions.csv"]))
    assert set(sessions["status"]) == {"complete"} and not sessions["simulated"].any()
    chosen = set(sessions["session_id"])
    assert chosen < {row.id for row in record.sessions}
    for name in ("events", "messages", "responses_long", "measures"):
        assert set(pd.read_parquet(io.BytesIO(files[f"{name}.parquet"]))["session_id"]) <= chosen
    assert b"Chosen     people only, complete" in files["README.txt"]
    assert b"Erased     nobody" in files["README.txt"]
    assert target.read_bytes() == export(record, tmp_path / "again.zip", only=only).read_bytes()


def test_choosing_simulated_sessions_alone_does_not_unseal_what_the_study_seals(record: Record, tmp_path: Path) -> None:
    files = _read(export(record, tmp_path / "simulated.zip", only=selection(who="simulated")))
    assert "atelier_results.csv" not in files


def test_the_kept_export_takes_the_place_of_the_last_one_and_is_noted(record: Record, tmp_path: Path) -> None:
    def none(*_told: object) -> None:
        """No bar."""

    first = make_kept_export(record, tmp_path, Asked(), "Ada", none)
    second = make_kept_export(record, tmp_path, Asked(selection(["complete"]), True), "Bo", none)
    assert list(second.parent.iterdir()) == [second] and first != second
    found = find_export(record.engine, tmp_path, record.study.id)
    assert found is not None and found[1] == second
    assert (found[0].by, found[0].act.what) == ("Bo", "complete; with platform ids")
    assert found[0].act.content_hash.startswith(second.stem[-8:])


def test_an_export_while_results_are_sealed_is_noted_as_such_if_data_of_people_are_in_it(
    engine: Engine, record: Record, tmp_path: Path
) -> None:
    for only in (selection(), selection(who="simulated")):
        make_kept_export(record, tmp_path, Asked(only), "Ed", lambda done, total, text: None)
    set_status(engine, "small", "closed", "Ada")
    make_kept_export(load_record(engine, "small"), tmp_path, Asked(), "Ed", lambda done, total, text: None)
    found = [(one.act.complete, one.act.sealed) for one in acts(engine, "small", "exported")]
    assert found == [(2, True), (0, True), (2, False)]
