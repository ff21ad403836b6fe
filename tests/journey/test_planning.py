"""The tab Power in a real browser: simulated in a process of its own, stopped, shown as curve and table, taken along and registered."""

from io import StringIO

import pandas as pd
import pytest
from journey.server import Server
from journey.test_configure import DEMO, configure, to_tab
from journey.test_people import second
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import Page, expect

from study.database import open_database
from study.drafts import open_draft, save
from study.studies import get_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def simulate(page: Page, n: str, runs: str, effects: str = "") -> None:
    page.get_by_role("textbox", name="Participants who begin").fill(n)
    page.get_by_role("textbox", name="Differences").fill(effects)
    page.get_by_role("spinbutton", name="Runs of each size").fill(runs)
    page.get_by_role("button", name="Simulate the power").click()


def downloaded(page: Page, link: str) -> str:
    with page.expect_download(timeout=60_000) as file:
        page.get_by_role("link", name=link).click()
    return file.value.path().read_text(encoding="utf-8")


def test_power_is_simulated_for_the_draft_stopped_shown_taken_along_and_registered(
    new_context: NewContext, server: Server
) -> None:
    engine = open_database(server.database)
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    opened = open_draft(engine, DEMO)
    wanted = opened.text.replace("planned_participants: 24", "planned_participants: 18")
    save(engine, DEMO, wanted, opened.seen, "Ada")
    configure(page, server, "Power")
    expect(page.get_by_text("No power was simulated for the draft", exact=False)).to_be_visible(timeout=20_000)
    simulate(page, "some", "2")
    expect(page.get_by_text("'some' are no numbers of participants", exact=False)).to_be_visible(timeout=60_000)
    simulate(page, "6", "500")
    expect(page.get_by_text("made-up studies are analysed", exact=False)).to_be_visible(timeout=120_000)
    page.reload()  # it outlives the page
    to_tab(page, "Power")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The last simulation of power was stopped", exact=False)).to_be_visible(timeout=60_000)

    simulate(page, "6,18", "2", "1 h4=.5")
    expect(page.get_by_text("h4: control, active − passive", exact=False)).to_be_visible(timeout=120_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=20_000)
    table = downloaded(page, "Download the table (CSV)")
    rows = pd.read_csv(StringIO(table))
    assert set(rows["n"]) == {6, 18} and set(rows["runs"]) == {2}
    document = downloaded(page, "Download as Markdown")
    assert "18 complete participants are planned." in document and "| h4 | 0.5 (1 to 7) |" in document
    assert "<h2>" in downloaded(page, "Download as a page (HTML)")

    page.get_by_text(f"Version {get_study(engine, DEMO).version}, which participants get").click()
    expect(page.get_by_text("No power was simulated for version 1", exact=False)).to_be_visible(timeout=20_000)
    document = downloaded(page, "Download as Markdown")
    assert "24 complete participants are planned." in document and "simulate the power of this very text" in document

    opened = open_draft(engine, DEMO)
    save(engine, DEMO, wanted.replace("orders: all", "orders: al"), opened.seen, "Ada")
    page.reload()
    to_tab(page, "Power")
    expect(page.get_by_text("The draft has 1 problem, so this is about version 1", exact=False)).to_be_visible(
        timeout=20_000
    )
    viewer = second(new_context, server, "Vi", "viewer")
    configure(viewer, server, "Power")
    expect(viewer.get_by_text("Owners and editors have it simulated.")).to_be_visible(timeout=20_000)
    engine.dispose()
