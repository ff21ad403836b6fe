"""The tab Arms in a real browser: every condition answers the same words, side by side, and nothing of it is in the record."""

import re

import pytest
from journey.server import Server
from journey.test_configure import DEMO, configure
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import Locator, Page, expect

from study.database import open_database
from study.drafts import open_draft, save
from study.enrolment import every_session
from study.studies import set_model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
NEXT = "Another message to all of them"


def arm(page: Page, condition: str) -> Locator:
    return page.locator(f".st-key-arm-{condition}")


def test_every_condition_answers_twice_in_a_column_of_its_own(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    opened = open_draft(engine, DEMO)
    save(engine, DEMO, opened.text.replace("planned_participants: 24", "planned_participants: 30"), opened.seen, "Ada")
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    configure(page, server, "Arms")
    expect(page.get_by_role("textbox", name="Message")).to_have_value(
        "What matters to me: cheap and nature.", timeout=20_000
    )
    page.get_by_role("button", name="Send it to every condition").click()
    following = page.get_by_role("textbox", name=NEXT)
    expect(following).to_be_visible(timeout=90_000)
    expect(page.get_by_text("the draft", exact=False).first).to_be_visible()
    for condition in ("active", "passive", "baseline"):
        expect(arm(page, condition).get_by_text("Here is a plan", exact=False)).to_have_count(1)
        expect(arm(page, condition).get_by_text(re.compile(r"\d s · \d model calls?"))).to_have_count(1)
    expect(arm(page, "active").get_by_text("Your needs")).to_be_visible()
    expect(arm(page, "passive").get_by_text("Surroundings: prefers nature", exact=False)).to_be_visible()
    expect(arm(page, "baseline").get_by_text("Holds about the participant (0)")).to_be_visible()

    following.fill("Quiet places, please.")
    page.get_by_role("button", name="Send", exact=True).click()
    for condition in ("active", "passive", "baseline"):
        expect(arm(page, condition).get_by_text("Quiet places, please.")).to_have_count(1, timeout=30_000)
        expect(arm(page, condition).get_by_text(re.compile(r"\d s · \d model calls?"))).to_have_count(2, timeout=90_000)
    expect(following).to_have_value("", timeout=90_000)
    widths = [arm(page, one).evaluate("node => node.getBoundingClientRect().width") for one in ("active", "passive")]
    assert min(widths) > 300
    assert every_session(engine) == set(), "nobody took part, not even as a preview"

    page.reload()
    page.get_by_role("tab", name="Arms").click()
    expect(arm(page, "passive").get_by_text("Quiet places, please.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Begin again").click()
    expect(page.get_by_role("button", name="Send it to every condition")).to_be_visible(timeout=20_000)
    engine.dispose()


def test_a_model_that_cannot_answer_says_why_in_each_column(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    set_model(engine, DEMO, "nobody:knows-this")
    configure(page, server, "Arms")
    expect(page.get_by_text("its provider may charge", exact=False)).to_be_visible(timeout=20_000)
    page.get_by_role("combobox", name="Conditions").click()
    page.get_by_role("option", name="passive", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Send it to every condition").click()
    expect(arm(page, "passive").get_by_text("No reply came", exact=False)).to_be_visible(timeout=60_000)
    expect(arm(page, "passive").get_by_role("button", name="Try again")).to_be_visible(timeout=20_000)
    expect(arm(page, "active")).to_have_count(0)
    engine.dispose()
