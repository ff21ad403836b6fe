"""The page Data in a real browser: an export with what was chosen, somebody erased while they look, and their own erasure."""

import io
import zipfile
from pathlib import Path

import pytest
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Page, expect
from sqlmodel import select

from study import keeping
from study.act_log import acts
from study.database import open_database, reading
from study.erasing import OWN
from study.tables import Sitting, Tombstone

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"


def data(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/data")
    expect(page.get_by_role("heading", name="Erase a participant")).to_be_visible(timeout=30_000)


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
    new_context: NewContext, server: Server
) -> None:
    person = visit(new_context(), server)
    session = session_of(server)
    page = new_context(viewport={"width": 1280, "height": 1200}).new_page()
    sign_up(page, server)
    data(page, server)

    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=120_000)
    address = f"{server.url}{page.get_by_role('link', name='Download').get_attribute('href')}"
    with zipfile.ZipFile(io.BytesIO(page.request.get(address).body())) as archive:
        assert "Chosen     every session" in archive.read("README.txt").decode()
        assert session in archive.read("sessions.csv").decode()
    assert person.page.request.get(address).status == 404
    engine = open_database(server.database)
    (act,) = acts(engine, DEMO, "exported")
    assert (act.by, act.act.what) == ("Ada", "every session; pseudonymous")

    page.get_by_label("Pseudonym such as P007, or the participant's link").fill("P999")
    page.get_by_role("button", name="Look for them").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nobody in the study")
    page.get_by_label("Pseudonym such as P007, or the participant's link").fill("p001")
    page.get_by_role("button", name="Look for them").click()
    expect(page.get_by_text("Not reached: backups", exact=False)).to_be_visible()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert").first).to_contain_text("type P001 to confirm")
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
