"""The page Pilot in a real browser: a preview from the second task on, simulated participants, and the report on them."""

import pytest
from journey.person import READY, Person
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import Page, expect

from study.database import open_database
from study.design import cells
from study.pilot import steps_of
from study.records import load_record
from study.sealing import seal_of
from study.studies import get_study, protocol_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"


def choose(page: Page, field: str, text: str) -> None:
    """Typed, as a long list shows only some of its lines."""
    page.locator(READY).wait_for(timeout=20_000)
    page.get_by_role("combobox", name=field).fill(text)
    page.get_by_role("option", name=text, exact=True).click()


def pilot(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/pilot")
    expect(page.get_by_role("heading", name="Simulated participants")).to_be_visible(timeout=30_000)


def test_one_cell_is_previewed_at_its_second_task_and_simulated_participants_are_analysed(
    new_context: NewContext, server: Server
) -> None:
    engine = open_database(server.database)
    protocol = protocol_of(get_study(engine, DEMO))
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    pilot(page, server)
    expect(page.get_by_text("No simulated participant is through yet", exact=False)).to_be_visible()

    cell = next(c for c in cells(protocol) if c.conditions == ("passive", "baseline", "active"))
    steps = steps_of(protocol, cell)
    number, second = [(n, step) for n, step in enumerate(steps, start=1) if step.kind == "task"][1]
    title = protocol.task(second.task or "").title
    choose(page, "Order of conditions", "passive → baseline → active")
    choose(page, "Begin at", f"{number}. Task: {title} · baseline")
    page.get_by_role("button", name="Make this preview").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the preview in a new tab").click()
    person = Person(opened.value)
    expect(person.page.get_by_text("Preview. Nothing here counts as data.")).to_be_visible(timeout=20_000)
    assert person.number() == number
    expect(person.page.get_by_role("heading", name=title, exact=False).first).to_be_visible()
    person.task(title)
    assert person.number() == number + 1
    person.page.close()
    assert load_record(engine, DEMO).sessions == []

    choose(page, "Begin at", "1. Welcome")
    expect(page.get_by_role("link", name="Open the preview in a new tab")).to_have_count(0)

    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Let them take part").click()
    expect(page.get_by_text("Simulated participants take part for Ada", exact=False)).to_be_visible(timeout=30_000)
    page.reload()
    expect(page.get_by_text("1 of 2 are through", exact=False)).to_be_visible(timeout=120_000)
    expect(page.get_by_text("2 simulated are complete", exact=False)).to_be_visible(timeout=120_000)
    sessions = load_record(engine, DEMO).sessions
    assert [(row.simulated, row.preview, row.status) for row in sessions] == [(True, False, "complete")] * 2
    assert seal_of(engine, DEMO).people.complete == 0

    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Read")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    report = page.frame_locator("iframe")
    expect(report.get_by_text("every number is of simulated participants", exact=False).first).to_be_visible()
    engine.dispose()


def test_a_simulation_is_stopped_and_begun_again_with_others(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    pilot(page, server)
    page.get_by_label("How many").fill("50")
    page.get_by_role("button", name="Let them take part").click()
    expect(page.get_by_text("1 of 50 are through", exact=False)).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The last simulation was stopped", exact=False)).to_be_visible(timeout=60_000)
    through = seal_of(engine, DEMO).people.simulated
    assert 1 <= through < 50
    expect(page.get_by_text(f"{through} simulated are complete", exact=False)).to_be_visible()

    page.get_by_label("How many").fill("1")
    page.get_by_role("button", name="Let them take part").click()
    expect(page.get_by_text(f"{through + 1} simulated are complete", exact=False)).to_be_visible(timeout=120_000)
    engine.dispose()
