"""At 360 pixels of width and from the keyboard alone."""

import pytest
from journey.person import READY, Person, fits, tab_to
from journey.server import Server
from journey.test_study import NewContext, check, record_of, walk
from playwright.sync_api import Page, expect

from study.database import open_database
from study.enrolment import Arrival, enrol

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


class SmallPerson(Person):
    """Looks at every screen for what does not fit."""

    def settle(self) -> None:
        super().settle()
        fits(self.page)


def test_the_whole_study_fits_a_small_phone(new_context: NewContext, server: Server) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    engine = open_database(server.database)
    _row, token = enrol(engine, "active_vs_passive", Arrival({}, cell=6))  # begins with needs panel and controls
    page.goto(f"{server.url}/j/{token}")
    walk(SmallPerson(page))
    check(record_of(server))


def test_a_block_from_the_keyboard_alone(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    _row, token = enrol(engine, "active_vs_passive", Arrival({}, cell=6))
    page = new_context().new_page()
    page.goto(f"{server.url}/j/{token}")
    person = Person(page)
    person.settle()
    for name in ("Start", "I agree and want to take part"):
        _press(page, name)
    for _ in range(2):
        _questionnaire(page)
    _press(page, "I am ready")
    for _ in range(3):
        replies = person.replies().count()
        tab_to(page, "textarea")
        page.keyboard.type("Something cheap near the water, please.")
        page.keyboard.press("Enter")
        expect(person.replies()).to_have_count(replies + 1, timeout=30_000)
        person.settle()
    tab_to(page, "input[type=range]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tab_to(page, "button", "Does not matter")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    changes = [e.event for e in record_of(server).events if e.kind == "control_changed"]
    assert {change.control for change in changes} == {"budget_care", "needs"}
    _press(page, "I am done with this plan")
    for _ in range(5):
        _questionnaire(page)
    expect(page.get_by_role("heading", name="Your next plan")).to_be_visible(timeout=20_000)


def _press(page: Page, name: str) -> None:
    before = page.get_by_text("Step ", exact=False).first.inner_text()
    tab_to(page, "button", name)
    page.keyboard.press("Enter")
    _past(page, before)


def _questionnaire(page: Page) -> None:
    """Every group with arrows or letters, then the button, all by keyboard."""
    before = page.get_by_text("Step ", exact=False).first.inner_text()
    page.locator("form fieldset").first.wait_for()
    for number in range(page.locator("form fieldset").count()):
        group = f"fieldset:nth-of-type({number + 1}) "
        radios = page.locator(f"form {group}input[type=radio]").count()
        ranges = page.locator(f"form {group}input[type=range]").count()
        if radios:
            tab_to(page, f"{group}input[type=radio]")
            page.keyboard.press("Space")
        elif ranges:
            tab_to(page, f"{group}input[type=range]")
            page.keyboard.press("ArrowRight")
        else:
            tab_to(page, f"{group}textarea, {group}input")
            page.keyboard.type("text")
    tab_to(page, "form button[type=submit]")
    page.keyboard.press("Enter")
    _past(page, before)


def _past(page: Page, before: str) -> None:
    expect(page.get_by_text(before, exact=True)).to_have_count(0, timeout=20_000)
    page.locator(READY).wait_for()
