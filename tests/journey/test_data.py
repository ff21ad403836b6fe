"""The page Data in a real browser: exports with what was chosen, erasures, a study as one file and once more."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from journey.person import READY, Person
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Page, expect
from sqlmodel import select

from study import keeping
from study.act_log import acts
from study.database import open_database, reading
from study.enrolment import Arrival, enrol
from study.erasing import OWN
from study.personal_links import make_links
from study.studies import deleted_studies, get_study, protocol_of, set_status
from study.tables import Sitting, Tombstone

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"
LONG = 60_000
"""Milliseconds that a busy machine may need."""


def data(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/data")
    expect(page.get_by_role("button", name="Make the export")).to_be_visible(timeout=30_000)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.locator(READY).wait_for(timeout=LONG)


def date_of(page: Page, label: str, day: str) -> None:
    page.get_by_role("spinbutton", name=f"year, {label}").click()
    page.keyboard.type(day.replace("-", ""))
    page.keyboard.press("Tab")
    page.locator(READY).wait_for(timeout=LONG)


def session_of(server: Server) -> str:
    engine = open_database(server.database)
    with reading(engine) as db:
        found = db.exec(select(Sitting.id)).one()
    engine.dispose()
    return found


def holding(folder: Path, *words: str) -> list[str]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != "server.log")
    return [str(file) for file in files if any(word.encode() in file.read_bytes() for word in words)]


def test_a_study_is_exported_as_chosen_and_a_participant_erased_while_they_look(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    person = visit(new_context(), server, "?PROLIFIC_PID=5f3a-somebody")
    session = session_of(server)
    page = new_context(viewport={"width": 1280, "height": 1200}).new_page()
    sign_up(page, server)
    data(page, server)

    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible(timeout=120_000)
    fetched = page.get_by_role("link", name="Download", exact=True)
    address = f"{server.url}{fetched.get_attribute('href')}"
    with zipfile.ZipFile(io.BytesIO(page.request.get(address).body())) as archive:
        assert "Chosen     every session" in archive.read("README.txt").decode()
        assert session in archive.read("sessions.csv").decode()
    assert person.page.request.get(address).status == 404
    engine = open_database(server.database)
    (act,) = acts(engine, DEMO, "exported")
    assert (act.by, act.act.what) == ("Ada", "every session; pseudonymous")
    assert [one.by for one in acts(engine, DEMO, "file_fetched")] == ["Ada"]

    page.get_by_role("tab", name="Keep and erase").click()
    page.get_by_label("Pseudonym such as P007, the id they came with, or their link").fill("P999")
    page.get_by_role("button", name="Look for them").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nobody in the study")
    page.get_by_label("Pseudonym such as P007, the id they came with, or their link").fill("5f3a-somebody")
    page.get_by_role("button", name="Look for them").click()
    expect(page.get_by_text("Not reached: backups, files that", exact=False)).to_be_visible()
    expect(page.get_by_text("by Ada (the export of every session; pseudonymous)", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert").first).to_contain_text("type P001 to confirm")
    page.screenshot(path=tmp_path / "erase.png")
    page.get_by_label("Type P001 to confirm").fill("P001")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("P001 is erased", exact=False)).to_be_visible(timeout=60_000)

    expect(person.page.get_by_role("heading", name="Your data were erased")).to_be_visible(timeout=30_000)
    assert page.request.get(address).status == 404, "the export held their data"
    with reading(engine) as db:
        assert [stone.by for stone in db.exec(select(Tombstone))] == ["Ada"]
    assert holding(server.data_dir, session) == []
    assert "Traceback" not in server.output.read_text()
    engine.dispose()


def test_what_is_chosen_is_what_is_downloaded(new_context: NewContext, server: Server, tmp_path: Path) -> None:
    engine = open_database(server.database)
    for simulated in (True, False):
        enrol(engine, DEMO, Arrival({"PROLIFIC_PID": "" if simulated else "=platform-id"}, simulated=simulated))
    page = new_context(viewport={"width": 1280, "height": 1200}, accept_downloads=True).new_page()
    sign_up(page, server)
    data(page, server)
    choose(page, "Who", "People only")
    choose(page, "How the session ended", "running")
    page.keyboard.press("Escape")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    date_of(page, "Began on this day (UTC) or later", today)
    page.get_by_text("With platform ids", exact=False).click()
    page.locator(READY).wait_for(timeout=LONG)
    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible(timeout=120_000)
    asked = f"people only, running, begun on {today} or later"
    expect(page.get_by_text(asked, exact=False).first).to_be_visible()
    page.screenshot(path=tmp_path / "chosen.png", full_page=True)
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("link", name="Download", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert f"Chosen     {asked}" in archive.read("README.txt").decode()
        (row,) = pd.read_csv(io.BytesIO(archive.read("sessions.csv"))).to_dict("records")
    assert (row["participant"], row["simulated"], row["platform_id"]) == ("P002", False, "'=platform-id")

    date_of(page, "Began on this day (UTC) or earlier", "2020-01-01")
    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_role("alert").first).to_contain_text("there is no day; the first one has to be the earlier")
    assert "Traceback" not in server.output.read_text()
    engine.dispose()


def test_a_study_is_duplicated_taken_along_as_one_file_and_made_again_elsewhere(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    page = new_context(viewport={"width": 1280, "height": 1200}, accept_downloads=True).new_page()
    sign_up(page, server)
    data(page, server)
    page.get_by_role("tab", name="The study as a file").click()
    page.get_by_role("button", name="Duplicate as a draft").click()
    expect(page.get_by_text("is a draft now; its id is active_vs_passive_2", exact=False)).to_be_visible(timeout=LONG)
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("link", name="Download the study as one file").click()
    held = tmp_path / download.value.suggested_filename
    download.value.save_as(held)
    assert held.name == f"{DEMO}.atelier.zip"

    other = Server(tmp_path / "other").start()
    try:
        elsewhere = new_context(viewport={"width": 1280, "height": 1200}).new_page()
        sign_up(elsewhere, other)
        data(elsewhere, other)
        elsewhere.get_by_role("tab", name="The study as a file").click()
        _refused(elsewhere, tmp_path)
        elsewhere.locator("input[type=file]").set_input_files(held)
        elsewhere.get_by_role("button", name=f"Make a draft of {held.name}").click(timeout=LONG)
        said = elsewhere.get_by_text("is a draft now; its id is active_vs_passive_2", exact=False)
        expect(said).to_be_visible(timeout=LONG)
        elsewhere.screenshot(path=tmp_path / "file.png", full_page=True)
        here, there = (open_database(one.database) for one in (server, other))
        ours, theirs = get_study(here, DEMO), get_study(there, f"{DEMO}_2")
        assert (theirs.protocol_hash, theirs.status) == (ours.protocol_hash, "draft")
        assert protocol_of(theirs) == protocol_of(ours), "tasks, instruments and translations are in it"
        assert protocol_of(theirs).tasks and protocol_of(theirs).instruments and protocol_of(theirs).translations
        assert [act.by for act in acts(there, theirs.id, "study_copied")] == ["Ada"]
        for one in (here, there):
            one.dispose()
        assert "Traceback" not in server.output.read_text() + other.output.read_text()
    finally:
        other.stop()


def _refused(page: Page, folder: Path) -> None:
    """Files that mean harm are answered with a sentence, and nothing is made of them."""
    for name, members, said in (
        ("paths.zip", {"../../evil.yaml": b"x"}, "no plain file in a folder of its own"),
        ("bomb.zip", {"zeros.json": b"\0" * 240_000_000}, "more than 200 MB"),
        ("other.zip", {"a.txt": b"x"}, "no archive of Atelier"),
    ):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        page.locator("input[type=file]").set_input_files(folder / name)
        page.get_by_text(name, exact=False).first.wait_for(timeout=LONG)
        page.locator(READY).wait_for(timeout=LONG)
        page.get_by_role("button", name=f"Make a draft of {name}").click(timeout=LONG)
        expect(page.get_by_role("alert").first).to_contain_text(said, timeout=LONG)
        expect(page.get_by_role("alert").first).to_be_in_viewport()


def test_when_the_last_day_is_over_an_owner_erases_everybody_where_they_work(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    engine = open_database(server.database)
    person = visit(new_context(), server, "?PROLIFIC_PID=somebody-with-a-name")
    person.press("Start")
    make_links(engine, DEMO, ["invited@example.org"], "Ada")
    session = session_of(server)
    keeping.set_keeping(engine, DEMO, datetime.now(UTC).date() - timedelta(2), False, "Ada")
    page = new_context(viewport={"width": 1280, "height": 1200}).new_page()
    sign_up(page, server)

    def open_tab() -> None:
        data(page, server)
        page.get_by_role("tab", name="Keep and erase").click()
        expect(page.get_by_text("that day is over. Erase them.", exact=False)).to_be_visible(timeout=LONG)

    open_tab()
    expect(page.get_by_text("Close the study on the page Studies", exact=False)).to_be_visible(timeout=LONG)
    set_status(engine, DEMO, "closed")
    open_tab()
    field, button = page.get_by_label(f"Type {DEMO} to erase everybody"), "Erase 2 people for good"
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("alert").first).to_contain_text(f"type {DEMO} to confirm", timeout=LONG)
    field.fill(DEMO)
    page.screenshot(path=tmp_path / "everybody.png", full_page=True)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("2 people are erased.")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name=button)).to_have_count(0)
    page.screenshot(path=tmp_path / "erased.png", full_page=True)
    assert [act.by for act in acts(engine, DEMO, "participant_erased")] == ["Ada"]
    assert holding(server.data_dir, session, "somebody-with-a-name", "invited@example.org") == []
    expect(person.page.get_by_role("heading", name="Your data were erased")).to_be_visible(timeout=LONG)
    assert "Traceback" not in server.output.read_text()
    engine.dispose()


def test_who_left_for_good_erases_what_is_theirs_where_the_study_offers_it(
    new_context: NewContext, server: Server
) -> None:
    engine = open_database(server.database)
    keeping.set_keeping(engine, DEMO, None, True, "Ada")
    person = visit(new_context(), server)
    session = session_of(server)
    person.press("Start")
    person.page.get_by_role("button", name="I do not want to take part").click()
    person.page.get_by_role("button", name="Erase my data").click(timeout=30_000)
    person.page.get_by_role("button", name="Erase everything").click()
    expect(person.page.get_by_role("heading", name="Your data were erased")).to_be_visible(timeout=30_000)
    with reading(engine) as db:
        (stone,) = db.exec(select(Tombstone)).all()
    assert stone.by == OWN
    assert holding(server.data_dir, session) == []
    engine.dispose()


def test_an_owner_deletes_a_study_once_it_is_closed_and_its_id_was_typed(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    person = visit(new_context(), server, "?PROLIFIC_PID=somebody-with-a-name")
    person.press("Start")
    session = session_of(server)
    page = new_context(viewport={"width": 1280, "height": 1200}).new_page()
    sign_up(page, server)
    data(page, server)

    def delete(typed: str) -> None:
        page.get_by_role("tab", name="Keep and erase").click()
        if not page.get_by_label(f"Type {DEMO} to confirm").is_visible():
            page.get_by_text("Delete this study with everything in it", exact=False).click()
        page.get_by_label(f"Type {DEMO} to confirm").fill(typed)
        Person(page).settle()
        page.get_by_role("button", name="Delete the study for good").press("Enter")  # what unfolds still moves

    delete("active")
    expect(page.get_by_role("alert").first).to_contain_text(f"type {DEMO} to confirm", timeout=LONG)
    delete(DEMO)
    expect(page.get_by_role("alert").first).to_contain_text("1 person is taking part in it", timeout=LONG)
    page.screenshot(path=tmp_path / "delete.png", full_page=True)
    engine = open_database(server.database)
    set_status(engine, DEMO, "closed")
    delete(DEMO)
    expect(page.get_by_text(f"The study {DEMO} is deleted, with 1 session.", exact=False)).to_be_visible(timeout=LONG)
    assert [(one.id, one.by, one.sessions) for one in deleted_studies(engine)] == [(DEMO, "Ada", 1)]
    engine.dispose()
    expect(person.page.get_by_role("heading", name="Your data were erased")).to_be_visible(timeout=LONG)
    assert holding(server.data_dir, session, "somebody-with-a-name") == []
    page.goto(f"{server.url}/audit")
    expect(page.get_by_role("heading", name="Audit")).to_be_visible(timeout=LONG)
    for name in ("", "monitor", "sessions", "configure"):
        page.goto(f"{server.url}/{name}?study={DEMO}")
        expect(page.get_by_text("Times are those of", exact=False)).to_be_visible(timeout=LONG)
    assert "Traceback" not in server.output.read_text()
