"""Who took away what was made of a study."""

from pathlib import Path

from sittings import arrive, opened
from sqlalchemy import Engine

from study.act_log import acts, record_act
from study.acts import Exported, FileFetched, ReportMade
from study.deleting import warnings as before_deleting
from study.erasing import warnings
from study.fetching import note_fetched, taken_away
from study.protocol import Protocol

EXPORT = FileFetched(what="the export of every session; pseudonymous", file="all.zip")


def test_a_file_is_noted_once_for_each_person(any_engine: Engine, small: Protocol) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    read = FileFetched(what="the report r.html", file="r.html", read=True)
    for by, act in (("Vi", EXPORT), ("Vi", EXPORT), ("Ed", EXPORT), ("Vi", read), ("Vi", read)):
        note_fetched(any_engine, study, by, act)
    note_fetched(any_engine, study, "Vi", read.model_copy(update={"read": False}))
    noted = [(one.by, one.act.file, one.act.read) for one in acts(any_engine, study, "file_fetched")]
    assert noted == [
        ("Vi", "all.zip", False),
        ("Ed", "all.zip", False),
        ("Vi", "r.html", True),
        ("Vi", "r.html", False),
    ]
    assert not acts(any_engine, other, "file_fetched")


def test_what_was_taken_away_names_who_fetched_and_not_only_who_made(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)

    def made(file: str) -> None:
        what = {"content_hash": "", "app_version": "0", "complete": 0, "sealed": True}
        record_act(any_engine, study, "Ada", ReportMade(file=f"{file}.html", **what))  # type: ignore[arg-type]
        record_act(any_engine, study, "Ada", Exported(what=file, rows=1, file=f"{file}.zip"))

    made("before")
    row = arrive(any_engine, study)
    made("after")
    for file in ("before.zip", "before.html", "after.zip", "after.html"):
        note_fetched(any_engine, study, "Vi", FileFetched(what=f"fetched {file}", file=file))
    note_fetched(any_engine, study, "Bo", FileFetched(what="read it", file="after.html", read=True))
    taken = [(one.by, one.act.what) for one in taken_away(any_engine, study, row.started_at)]
    assert taken == [("Ada", "after"), ("Vi", "fetched after.zip"), ("Vi", "fetched after.html")]
    (said,) = [one for one in warnings(any_engine, row) if one.startswith("Data were taken away since then")]
    assert "by Ada (after)" in said and "by Vi (fetched after.html)" in said and "before" not in said
    (every,) = [one for one in before_deleting(any_engine, study) if one.startswith("Data were taken away")]
    assert "by Vi (fetched before.zip)" in every and "Bo" not in every
