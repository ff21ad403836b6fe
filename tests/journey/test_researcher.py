"""What a researcher does, in a real browser: password, study, preview, monitor, export; and who cannot."""

import re
import zipfile
from pathlib import Path

import pytest
from journey.person import Person
from journey.server import Server
from journey.test_study import NewContext, to_task, visit
from playwright.sync_api import Page, expect

from study.act_log import acts
from study.database import open_database
from study.enrolment import Arrival, enrol
from study.records import load_record

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
SHIPPED = Path(__file__).parents[2] / "protocols"
PASSWORD = "a long enough password"


def one_time_link(server: Server) -> str:
    """The link that the terminal printed at the first start."""
    found = re.findall(r"http\S+/researcher/setup/\S+", server.output.read_text())
    return str(found[-1])


def sign_up(page: Page, server: Server) -> None:
    page.goto(one_time_link(server))
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=20_000)


def test_a_researcher_runs_a_study_from_password_to_export(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    page = new_context(accept_downloads=True).new_page()
    sign_up(page, server)
    expect(page.get_by_text("Planning with an assistant").first).to_be_visible()
    assert page.request.get(one_time_link(server)).status == 404, "the link works once"

    page.get_by_role("button", name="Create").click()  # a second study, as a draft
    expect(page.get_by_text("active_vs_passive_2", exact=False).first).to_be_visible()
    _set_model(page, "openia:gpt")
    expect(page.get_by_role("alert").first).to_contain_text("openia")
    _set_model(page, "openai:gpt-4o-mini")
    expect(page.get_by_role("alert").first).to_contain_text("OPENAI_API_KEY")

    stranger = new_context().new_page()
    stranger.goto(f"{server.url}/s/active_vs_passive_2")
    expect(stranger.get_by_text("not taking new participants")).to_be_visible()
    page.get_by_role("button", name="Open …").first.click()
    page.get_by_role("button", name="Open with the built-in model").click()
    expect(page.get_by_text("open", exact=True).nth(1)).to_be_visible()

    page.get_by_role("button", name="Preview as participant").first.click()
    link = page.get_by_role("link", name="Open the preview in a new tab")
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.click()
    preview = opened.value
    expect(preview.get_by_text("Preview. Nothing here counts as data.")).to_be_visible(timeout=20_000)

    person = visit(new_context(), server)
    to_task(person)
    person.say("Something cheap near the water, please.")
    page.goto(f"{server.url}/monitor")
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="(active_vs_passive)", exact=False).first.click()
    expect(page.get_by_test_id("stMetric").filter(has_text="Running")).to_contain_text("1", timeout=20_000)
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()

    page.goto(server.url)
    page.get_by_role("link", name="Export", exact=True).last.click()
    page.get_by_role("button", name="Make the export").click(timeout=60_000)
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("link", name="Download", exact=True).click(timeout=120_000)
    target = tmp_path / "export.zip"
    download.value.save_as(target)
    names = zipfile.ZipFile(target).namelist()
    assert any(name.endswith("events.csv") for name in names)
    assert any(name.endswith("events.parquet") for name in names)

    engine = open_database(server.database)
    did = [(one.by, one.kind) for name in ("active_vs_passive_2", "active_vs_passive") for one in acts(engine, name)]
    assert did == [
        ("Ada", "study_created"), ("Ada", "status_changed"),
        ("app", "study_created"), ("app", "status_changed"), ("Ada", "exported"), ("Ada", "file_fetched"),
    ]  # fmt: skip
    page.goto(server.url)
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{server.url}/monitor")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)


def test_the_preview_touches_no_data(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    _row, token = enrol(engine, "active_vs_passive", Arrival({}, preview=True))
    page = new_context().new_page()
    page.goto(f"{server.url}/j/{token}")
    person = Person(page)
    person.settle()
    person.press("Start")
    assert load_record(engine, "active_vs_passive").sessions == []
    assert load_record(engine, "active_vs_passive").events == []


def _set_model(page: Page, spec: str) -> None:
    field = page.get_by_role("textbox", name="Model for sessions that start from now on").first
    field.fill(spec)
    field.press("Enter")
