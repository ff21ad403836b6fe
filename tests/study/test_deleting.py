"""Deleting a whole study: no id and no text of it is left in any table nor in any byte of a file; others are untouched."""

from pathlib import Path

import pytest
from sittings import arrive, opened, walk
from sqlalchemy import Engine
from sqlmodel import select
from test_erasing import PERSON, SAID, code_about, leavings, somebody

from study import jobs
from study.access import studies_of
from study.act_log import acts, record_act
from study.acts import Exported
from study.coding_log import marks
from study.database import reading, writing
from study.deleting import delete_study, warnings
from study.drafts import keep_text, open_draft, save
from study.enrolment import by_token
from study.erasing import erase, find
from study.errors import AtelierError, NotFound
from study.exports_folder import exports_folder
from study.file_rows import keep_with_version_in
from study.installation_log import installation_acts
from study.keeping import set_keeping
from study.log import events
from study.personal_links import make_links, set_door
from study.power_folder import power_folders
from study.protocol import Protocol
from study.records import load_record
from study.rejection import reject
from study.results_folder import results_folder
from study.settings import Settings
from study.studies import all_studies, create_study, deleted_studies, set_status
from study.study_files import add_files
from study.tables import DeletedStudy
from study.versions import revise

WHY = "because-of-the-marzipan"


def delete(engine: Engine, folder: Path, study: str, forgotten: list[str] | None = None) -> object:
    return delete_study(engine, folder, study, "Ada", (forgotten if forgotten is not None else []).append)


def full(engine: Engine, small: Protocol, folder: Path) -> tuple[str, tuple[str, ...]]:
    """A study with a row in every table that knows studies, and files; what it must leave no trace of."""
    study = opened(engine, small)
    other = arrive(engine, study)
    walk(engine, small, other)
    ((_id, personal),) = make_links(engine, study, ["ada.person@example.org"], "Ada")
    make_links(engine, study, ["never.came@example.org"], "Ada")
    session, token = somebody(engine, study, small, personal)
    code_about(engine, study, session, other.id)
    third = arrive(engine, study, url_params={"PROLIFIC_PID": "third-person"})
    reject(engine, study, third.participant, WHY, "Ada")
    gone = arrive(engine, study)
    erase(engine, folder, find(engine, study, gone.participant), "Ada", lambda _session: None)
    revise(engine, study, small.model_copy(update={"title": "A zebra title"}), WHY, "Ada")
    keep_text(engine, study, 2, f"# {WHY}\nid: {small.id}")
    save(engine, study, f"# {WHY} again", open_draft(engine, study).seen, "Ada")
    begun = open_draft(engine, study)
    add_files(engine, study, {"tasks/own.yaml": f"# {WHY}"}, "Ada")
    with writing(engine) as db:
        keep_with_version_in(db, study, begun.seen.version)
    set_door(engine, study, "personal", "Ada")
    set_keeping(engine, study, None, True, "Ada")
    for place in (of(folder, study) for of in (results_folder, exports_folder, power_folders, jobs.jobs_folder)):
        (place / "made").mkdir(parents=True)
        (place / "made" / "file.txt").write_text(SAID)
    names = (
        SAID,
        PERSON,
        session,
        other.id,
        third.id,
        token,
        WHY,
        "ada.person",
        "never.came",
        "third-person",
        "A zebra",
    )
    return study, names


def test_nothing_of_the_study_is_left_and_nothing_of_others_is_touched(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    twin_study = opened(any_engine, small.model_copy(update={"id": "twin"}))
    twin = arrive(any_engine, twin_study)
    walk(any_engine, small, twin)
    (kept := results_folder(tmp_path, twin_study)).mkdir(parents=True)
    (kept / "report.html").write_text("theirs")
    study, names = full(any_engine, small, tmp_path)
    before = events(any_engine, twin.id), acts(any_engine, twin_study), load_record(any_engine, twin_study).sessions
    there = leavings(any_engine, tmp_path, *names)
    assert {name for name in names if any(name in one for one in there)} == set(names) - {names[5]}, (
        "the token is a hash"
    )

    set_status(any_engine, study, "closed")
    forgotten: list[str] = []
    done = delete(any_engine, tmp_path, study, forgotten)
    assert (done.study_id, done.sessions, done.clean) == (study, 3, True)  # type: ignore[attr-defined]
    assert {names[2], names[3], names[4]} == set(forgotten), "the index is told of each"
    assert leavings(any_engine, tmp_path, *names) == []
    assert not list(tmp_path.rglob(f"*/{study}/*"))
    after = events(any_engine, twin.id), acts(any_engine, twin_study), load_record(any_engine, twin_study).sessions
    assert [str(one) for one in after] == [str(one) for one in before]
    assert (kept / "report.html").read_text() == "theirs"
    assert acts(any_engine, study) == [] and marks(any_engine, study) == []
    assert [one.id for one in all_studies(any_engine)] == [twin_study] and studies_of(any_engine, "Ada") == []


def test_a_tombstone_and_an_act_of_the_installation_say_that_there_was_one(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study, _names = full(any_engine, small, tmp_path)
    delete(any_engine, tmp_path, study)
    (stone,) = deleted_studies(any_engine)
    assert (stone.id, stone.by, stone.sessions) == (study, "Ada", 3)
    assert set(DeletedStudy.model_fields) == {"id", "at", "by", "sessions"}, "nothing of participants"
    (act,) = [one for one in installation_acts(any_engine) if one.kind == "study_deleted"]
    assert (act.by, act.act.study, act.act.sessions) == ("Ada", study, 3)


def test_its_id_is_given_to_no_other_and_its_links_lead_nowhere(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    _session, token = somebody(any_engine, study, small)
    delete(any_engine, tmp_path, study)
    assert by_token(any_engine, token) is None
    with pytest.raises(NotFound):
        arrive(any_engine, study)
    assert create_study(any_engine, small).id == f"{study}_2"
    with pytest.raises(AtelierError, match="was deleted, and its id is given to no other"):
        create_study(any_engine, small, study)
    with pytest.raises(NotFound):
        delete(any_engine, tmp_path, study)
    with reading(any_engine) as db:
        assert len(db.exec(select(DeletedStudy)).all()) == 1


def test_it_is_refused_while_people_take_part_unless_the_study_is_closed(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    arrive(any_engine, study, simulated=True)
    arrive(any_engine, study, preview=True)
    row = arrive(any_engine, study)
    for status in ("open", "paused"):
        set_status(any_engine, study, status)
        with pytest.raises(AtelierError, match="1 person is taking part in it, and it is not closed. Close the study"):
            delete(any_engine, tmp_path, study)
    assert events(any_engine, row.id) and deleted_studies(any_engine) == []
    set_status(any_engine, study, "closed")
    assert delete(any_engine, tmp_path, study).sessions == 3  # type: ignore[attr-defined]


def test_it_is_refused_while_a_job_is_at_it(engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(engine, small)
    settings = Settings(data_dir=tmp_path)
    folder = jobs.jobs_folder(tmp_path, study) / "report"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text('{"by": "Ada", "started_at": "2026-01-01T00:00:00+00:00", "pid": 1}')
    with (folder / "lock").open("a") as lock:
        assert jobs._take(lock)
        with pytest.raises(AtelierError, match=r"a job \(report\) is under way for it"):
            delete_study(engine, settings.data_dir, study, "Ada", lambda _session: None)
    assert delete_study(engine, settings.data_dir, study, "Ada", lambda _session: None).sessions == 0


def test_what_it_does_not_reach_is_said_before(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    walk(engine, small, arrive(engine, study))
    record_act(engine, study, "Bo", Exported(what="every table", rows=3))
    said = " ".join(warnings(engine, study))
    assert "“A small study” and 1 session are removed for good" in said and "Not reached: backups" in said
    assert "by Bo (every table)" in said


def test_a_failure_in_the_index_leaves_a_study_to_be_deleted(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    walk(any_engine, small, arrive(any_engine, study))

    def forget(_session: str) -> None:
        raise AtelierError("The Chroma server does not answer.")

    with pytest.raises(AtelierError, match="does not answer"):
        delete_study(any_engine, tmp_path, study, "Ada", forget)
    assert len(load_record(any_engine, study).sessions) == 1 and deleted_studies(any_engine) == []
