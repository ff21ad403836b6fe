"""Erasing a participant: nothing of them is left in any column of any table nor in any byte of a file; the counts stay true."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sittings import TAB, arrive, at_once, opened, take, walk
from sqlalchemy import Engine
from sqlmodel import select

from study import erasing, jobs, progress
from study.act_log import acts, record_act
from study.acts import Exported, ReportMade
from study.blotting import GONE
from study.coding import MAX_NAME, codebook
from study.coding_log import define_code, marks, set_codes, set_gone_through, write_memo
from study.database import clean, open_database, reading, snapshot
from study.enrolment import Arrival, by_token, enrol, sitting, take_lease
from study.erasing import Erased, erase, find, warnings
from study.errors import AtelierError, NotFound
from study.events import MessageSent
from study.log import Entry, append, events
from study.personal_links import make_links
from study.places import taken
from study.protocol import Protocol
from study.records import load_record, note_made
from study.rejection import reject
from study.results_folder import results_folder
from study.settings import ROOT
from study.tables import Base, Tombstone
from study.tombstones import said_of

SAID = "zebrafish-and-marzipan"
PERSON = "5f3a-prolific-person"


def everything(engine: Engine) -> str:
    """Every column of every row of every table, as text."""
    with engine.connect() as connection:
        rows = (connection.execute(table.select()).all() for table in Base.metadata.sorted_tables)
        return "\n".join(str(row) for found in rows for row in found)


def leavings(engine: Engine, folder: Path, *names: str) -> list[str]:
    """Where any of these names still stands: the tables, or a file of the folder."""
    found = [f"{name} in the tables" for name in names if name.casefold() in everything(engine).casefold()]
    files = [(file, file.read_bytes()) for file in folder.rglob("*") if file.is_file()]
    return found + [f"{name} in {file.name}" for name in names for file, held in files if name.encode() in held]


def somebody(engine: Engine, study: str, protocol: Protocol, personal: str = "") -> tuple[str, str]:
    """Goes through a study, says something distinctive; returns their session and a link."""
    arrival = Arrival({"PROLIFIC_PID": PERSON}, user_agent="Browser of the zebrafish", personal=personal)
    row, token = enrol(engine, study, arrival)
    take_lease(engine, row.id, TAB)
    walk(engine, protocol, row, "task")
    append(engine, row.id, [Entry(MessageSent(message_id="m", text=SAID), once_key=f"key {SAID}")])
    walk(engine, protocol, row)
    return row.id, token


def code_about(engine: Engine, study: str, session: str, other: str) -> None:
    """A code and a memo on what they said, and both about them elsewhere."""
    message = next(entry.id for entry in events(engine, session, ("message_sent",)))
    code = define_code(engine, study, "sweet", "", "Ada")
    define_code(engine, study, "like P002", "", "Ada")
    set_codes(engine, study, session, message, [code], "Ada")
    write_memo(engine, study, session, message, f"“{SAID}”: marzipan again", "Bo")
    set_gone_through(engine, study, session, True, "Bo")
    elsewhere = events(engine, other)[0].id
    write_memo(engine, study, other, elsewhere, "as P002 said, ADA.PERSON@example.org", "Bo")


def go(engine: Engine, folder: Path, study: str, who: str, by: str = "Ada") -> Erased:
    return erase(engine, folder, find(engine, study, who), by, lambda _session: None)


def test_nothing_of_them_is_left_and_nothing_of_others_is_touched(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    first = arrive(any_engine, study)
    walk(any_engine, small, first)
    twin = arrive(any_engine, other)
    ((_id, personal),) = make_links(any_engine, study, ["ada.person@example.org"], "Ada")
    session, token = somebody(any_engine, study, small, personal)
    code_about(any_engine, study, session, first.id)
    kept = marks(any_engine, study)[:2]
    before = events(any_engine, first.id), events(any_engine, twin.id)
    names = (SAID, PERSON, session, session[:8], "zebrafish", "ada.person", token, "P002", "marzipan again")
    assert len(leavings(any_engine, tmp_path, SAID, PERSON, session)) >= 3, "they can be found while they are there"

    done = go(any_engine, tmp_path, study, "P002")
    assert done == Erased(0, True)
    assert leavings(any_engine, tmp_path, *names) == []
    assert (events(any_engine, first.id), events(any_engine, twin.id)) == before
    defined, beside = codebook(every := marks(any_engine, study)).values(), [m for m in every if m.session_id]
    assert [one.name for one in defined] == ["sweet", f"like {GONE}"] and every[:1] == kept[:1]
    assert [(one.session_id, one.mark.text) for one in beside] == [(first.id, f"as {GONE} said, {GONE}")]
    assert by_token(any_engine, token) is None
    with pytest.raises(NotFound):
        sitting(any_engine, session)


def test_a_tombstone_counts_them_and_their_name_is_given_to_nobody_else(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    somebody(any_engine, study, small)
    cell = find(any_engine, study, "P001").cell
    go(any_engine, tmp_path, study, "p001")
    with reading(any_engine) as db:
        (stone,) = db.exec(select(Tombstone)).all()
        assert (stone.study_id, stone.by, stone.cell, stone.status) == (study, "Ada", cell, "complete")
        assert not taken(db, study, 60), "their place is free"
    record = load_record(any_engine, study)
    assert said_of(record.erased) == "1 of people (1 complete); they are in no table and in no other count"
    (act,) = acts(any_engine, study, "participant_erased")
    assert (act.by, act.act.status, act.act.simulated) == ("Ada", "complete", False)
    again = arrive(any_engine, study, url_params={"PROLIFIC_PID": PERSON})
    assert again.participant == "P002", "whoever comes back is somebody new"


def test_they_are_found_by_pseudonym_link_or_token_and_nobody_else_is(any_engine: Engine, small: Protocol) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    ((_id, personal),) = make_links(any_engine, study, ["7"], "Ada")
    session, token = somebody(any_engine, study, small, personal)
    addresses = [
        f"https://lab.example/{end}" for end in (f"j/{token}", f"?p={token}", f"i/{personal}", f"j/{token}/?lang=de#x")
    ]
    for who in ("P001", " p001 ", token, personal, *addresses):
        assert find(any_engine, study, who).id == session
    for where, who in (
        (other, "P001"),
        (other, token),
        (study, "P002"),
        (study, ""),
        (study, "' OR 1=1 --"),
        (study, "%"),
    ):
        with pytest.raises(NotFound, match="Nobody in the study"):
            find(any_engine, where, who)


def test_who_knows_only_the_id_of_their_panel_or_the_link_they_were_given_is_found(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    make_links(any_engine, study, ["ada@example.org", "nobody-came"], "Ada")
    ((_id, personal),) = make_links(any_engine, study, ["Grace H."], "Ada")
    theirs = arrive(any_engine, study, url_params={"PROLIFIC_PID": PERSON}).id
    invited = arrive(any_engine, study, personal=personal).id
    arrive(any_engine, other, url_params={"PROLIFIC_PID": PERSON})
    link = f"https://lab.example/s/{study}?STUDY_ID=x&PROLIFIC_PID={PERSON}&SESSION_ID=y"
    for who in (
        PERSON,
        f"  {PERSON} ",
        link,
        link.removeprefix("https://"),
        link + "#top",
        f"/s/{study}?PROLIFIC_PID={PERSON}",
    ):
        assert find(any_engine, study, who).id == theirs, who
    assert find(any_engine, study, "Grace H.").id == invited
    for who in (
        PERSON[:-1],
        PERSON.upper(),
        f"https://lab.example/s/{study}?STUDY_ID={PERSON}",
        "ada@example.org",
        "x",
        "y",
        "http://[",
    ):
        with pytest.raises(NotFound, match="Nobody in the study"):
            find(any_engine, study, who)
    go(any_engine, tmp_path, study, link)
    assert find(any_engine, other, PERSON).study_id == other
    with pytest.raises(NotFound):
        find(any_engine, study, PERSON)


def test_where_several_are_meant_the_pseudonym_is_asked_for(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    ((_id, personal),) = make_links(any_engine, study, [PERSON], "Ada")
    arrive(any_engine, study, personal=personal)
    arrive(any_engine, study, url_params={"PROLIFIC_PID": PERSON})
    for who in (PERSON, f"https://lab.example/i/{personal}?PROLIFIC_PID={PERSON}"):
        with pytest.raises(AtelierError, match="leads to 2 participants: P001, P002. Write the pseudonym"):
            find(any_engine, study, who)
    arrive(any_engine, study, url_params={"PROLIFIC_PID": "P001"})
    first = find(any_engine, study, "p001")
    assert first.participant == "P001", "a pseudonym goes before an id that reads the same"
    assert "P003 came with the id P001. If they are meant, look for P003." in warnings(any_engine, first)
    assert not any("came with the id" in said for said in warnings(any_engine, find(any_engine, study, "P003")))
    erase(any_engine, tmp_path, first, "Ada", lambda _session: None)
    assert find(any_engine, study, "P001").participant == "P003", "whose id it is, now that nobody is called so"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(who=st.text(st.characters(exclude_categories=[])))
def test_no_made_up_name_finds_anybody(engine: Engine, who: str) -> None:
    with pytest.raises(NotFound):
        find(engine, "study'; DROP TABLE session; --", who)


def test_a_second_erasure_says_that_there_was_a_first(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    _session, token = somebody(any_engine, study, small)
    arrive(any_engine, other)
    go(any_engine, tmp_path, study, "P001")
    for who in ("P001", "p001", " P1 "):
        with pytest.raises(NotFound, match="was erased already; nothing of them is left"):
            go(any_engine, tmp_path, study, who)
    for who in ("P002", "P0", "P", "1", "Q001", "P٠٠١", "P" + "9" * 5_000):
        with pytest.raises(NotFound, match="Nobody in the study"):
            go(any_engine, tmp_path, study, who)
    with pytest.raises(NotFound, match="a link of who was erased already leads to nobody any more"):
        go(any_engine, tmp_path, study, token)
    assert arrive(any_engine, study).participant == "P002"
    with pytest.raises(NotFound, match="P001 was erased already"):
        go(any_engine, tmp_path, study, "P001")
    assert find(any_engine, study, "P002") and find(any_engine, other, "P001")
    with reading(any_engine) as db:
        assert len(db.exec(select(Tombstone)).all()) == 1


def test_a_code_that_was_as_long_as_a_name_may_be_stays_one(engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(engine, small)
    somebody(engine, study, small)
    define_code(engine, study, "P001 " * 11 + "P001", "", "Ada")
    go(engine, tmp_path, study, "P001")
    (code,) = codebook(marks(engine, study)).values()
    assert "P001" not in code.name and len(code.name) <= MAX_NAME


KILLED = """
import os, signal, sys
from pathlib import Path
from study import erasing
from study.database import open_database

def forget(session):
    if calls.append(session) or len(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

calls, engine = [], open_database(sys.argv[1])
erasing.erase(engine, Path(sys.argv[2]), erasing.find(engine, sys.argv[4], "P001"), "Ada", forget)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("when", "there"), [(1, True), (2, False)], ids=["before its rows went", "after"])
def test_an_erasure_that_is_killed_half_way_is_completed_the_next_time(
    engine: Engine, small: Protocol, tmp_path: Path, when: int, there: bool
) -> None:
    study, data = opened(engine, small), tmp_path / "data"
    session, _token = somebody(engine, study, small)
    for place in ("left", "made meanwhile"):
        (results_folder(data, study)).mkdir(parents=True, exist_ok=True)
        (results_folder(data, study) / place).write_text(SAID)
    url, command = str(engine.url), [sys.executable, "-c", KILLED]
    engine.dispose()
    done = subprocess.run([*command, url, str(data), str(when), study], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    if there:
        assert go(engine, data, study, "P001").clean
    else:
        with pytest.raises(NotFound, match="P001 was erased already"):
            go(engine, data, study, "P001")
    engine.dispose()
    assert leavings(open_database(url), tmp_path, SAID, PERSON, session) == []
    with reading(engine) as db:
        assert len(db.exec(select(Tombstone)).all()) == 1
    engine.dispose()


def test_what_is_said_about_them_in_acts_is_blotted_out(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(any_engine, small)
    session, _token = somebody(any_engine, study, small)
    arrive(any_engine, study)
    reject(any_engine, study, "P001", f"wrote “{SAID}”", "Ada")
    reject(any_engine, study, "P002", f"the same person as P001 ({PERSON}), not P0011", "Ada")
    go(any_engine, tmp_path, study, "P001")
    about, beside = acts(any_engine, study, "participant_rejected")
    assert (about.by, about.act.participant, about.act.reason) == ("Ada", GONE, GONE)
    assert beside.act.reason == f"the same person as {GONE} ({GONE}), not P0011"
    assert leavings(any_engine, tmp_path, SAID, PERSON, session) == []


def test_reports_exports_and_jobs_made_since_they_began_go_and_older_ones_stay(
    engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    data, study = tmp_path / "data", opened(engine, small)
    row = arrive(engine, study)
    old = results_folder(data, study) / "old.html"
    kept = results_folder(data, "another") / "new.html"
    new = [
        results_folder(data, study) / "new.html",
        results_folder(data, study) / "new" / "table.csv",
        erasing.exports_folder(data, study) / "all.zip",
        jobs.jobs_folder(data, study) / "export" / "output.txt",
    ]
    for file in (old, kept, *new):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SAID)
    os.utime(old, (1, 1))
    record_act(engine, study, "Bo", Exported(what="every table", rows=3))
    assert any("by Bo (every table)" in line for line in warnings(engine, row))
    assert go(engine, data, study, "P001").files == 2, "the report and the export"
    assert [file.exists() for file in (old, kept, *new)] == [True, True, False, False, False, False]
    assert not (results_folder(data, study) / "new").exists()


def test_who_was_writing_comes_before_it_or_finds_nothing_and_never_writes_again(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)
    started = threading.Event()

    def write(number: int) -> str:
        if number == 0:
            started.wait(20)
            go(any_engine, tmp_path, study, "P001")
            return "erased"
        for count in range(2_000):
            append(any_engine, row.id, [Entry(MessageSent(message_id=f"{number}-{count}", text=SAID))])
            started.set()
        return "wrote on"

    done = at_once(4, write)
    assert done[0] == "erased"
    assert [type(one) for one in done[1:]] == [NotFound] * 3
    assert leavings(any_engine, tmp_path, SAID, row.id) == []


def test_an_open_page_hears_one_sentence(engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    step = progress.position(engine, small, row.id).step
    assert step is not None
    go(engine, tmp_path, study, "P001")
    with pytest.raises(AtelierError, match="no longer in the record"):
        take(engine, small, row, step)
    with pytest.raises(AtelierError, match="no longer in the record"):
        progress.position(engine, small, row.id)
    progress.withdraw(engine, row.id, TAB)


def test_a_report_under_way_is_not_noted(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(any_engine, small)
    arrive(any_engine, study)
    record = load_record(any_engine, study)
    go(any_engine, tmp_path, study, "P001")
    made = ReportMade(file="f", content_hash="h", app_version="0", complete=0, sealed=True)
    with pytest.raises(AtelierError, match="erased meanwhile"):
        note_made(record, "Ada", made)
    assert acts(any_engine, study, "report_made") == []
    assert note_made(load_record(any_engine, study), "Ada", made).act == made


def test_a_failure_elsewhere_leaves_somebody_to_be_erased(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(any_engine, small)
    session, _token = somebody(any_engine, study, small)

    def forget(_session: str) -> None:
        raise AtelierError("The Chroma server does not answer.")

    with pytest.raises(AtelierError, match="does not answer"):
        erase(any_engine, tmp_path, find(any_engine, study, "P001"), "Ada", forget)
    assert sitting(any_engine, session).participant == "P001"
    assert acts(any_engine, study, "participant_erased") == []
    with pytest.raises(AtelierError, match="there is none"):
        go(any_engine, tmp_path, study, "P001", by=" ")
    assert sitting(any_engine, session).participant == "P001"


def test_two_who_erase_the_same_person_bury_them_once(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)
    done = at_once(3, lambda _n: erase(any_engine, tmp_path, row, "Ada", lambda _session: None))
    assert sorted(type(one).__name__ for one in done) == ["Erased", "NotFound", "NotFound"]
    with reading(any_engine) as db:
        assert len(db.exec(select(Tombstone)).all()) == 1
    assert len(acts(any_engine, study, "participant_erased")) == 1


def test_who_reads_meanwhile_holds_nobody_up_and_the_file_is_wiped_when_they_are_gone(
    engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    """A backup or an export holds a snapshot for as long as it takes; others arrive, write and are erased meanwhile."""
    study = opened(engine, small)
    session, _token = somebody(engine, study, small)
    took: list[float] = []

    def act(number: int) -> Any:
        begun = time.monotonic()
        done = go(engine, tmp_path, study, "P001") if number == 0 else [arrive(engine, study) for _ in range(20)]
        took.append(time.monotonic() - begun)
        return done

    with snapshot(engine) as reader:
        reader.exec(select(Tombstone)).all()
        done, arrived = at_once(2, act)
        assert isinstance(done, Erased) and isinstance(arrived, list)
        assert max(took) < 10, "one who waits for the reader waits for 15 seconds"
        assert not done.clean and "Somebody was reading" in erasing.said("P001", done)
        assert SAID in str(leavings(engine, tmp_path, SAID)), "in the pages that the reader still sees"
    assert clean(engine)
    assert leavings(engine, tmp_path, SAID, PERSON, session) == []


def test_every_table_that_holds_something_of_a_session_points_at_it() -> None:
    """What names a session or an event without pointing at it would stay behind."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name in ("session_id", "event_id"):
                assert column.foreign_keys, f"{table.name}.{column.name}"
