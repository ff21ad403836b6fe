"""The panels of the task screen in a real browser: lists, versions of the plan, page, switches, reasons, questions."""

from collections.abc import Iterator
from typing import Any

import pytest
from journey.person import Person, fits, tab_to
from journey.server import Server
from journey.stand_ins import study_with
from journey.test_study import NewContext
from playwright.sync_api import Locator, Page, expect

from study.database import open_database
from study.enrolment import Arrival, enrol
from study.log import events
from study.protocol import MechanismUse
from study.studies import create_study, set_status

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
PROFILE = MechanismUse(name="stand_in_profile", params={"visibility": "editable"})
FIRST = "Something cheap near the water, please."


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("stand-ins"), module="journey.stand_ins").start()
    yield made
    made.stop()


class Sitter(Person):
    """Somebody at one task, whose record can be read."""

    def __init__(self, page: Page, server: Server, study: str, *mechanisms: MechanismUse) -> None:
        super().__init__(page)
        self.engine = open_database(server.database)
        set_status(self.engine, create_study(self.engine, study_with(study, *mechanisms)).id, "open")
        row, token = enrol(self.engine, study, Arrival({}))
        self.session_id = row.id
        page.goto(f"{server.url}/j/{token}")
        self.settle()

    def record(self, kind: str) -> list[Any]:
        return [entry.event for entry in events(self.engine, self.session_id, (kind,))]

    def acts(self) -> list[str]:
        return [event.action for event in self.record("control_changed")]


def focused(page: Page) -> str:
    """The label of what has the focus, also inside a component."""
    return str(
        page.evaluate(
            """() => { let node = document.activeElement
              while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
              return node?.getAttribute("aria-label") || node?.textContent || "" }"""
        )
    )


def test_the_needs_list_from_the_keyboard_alone(new_context: NewContext, stand_ins: Server) -> None:
    page = new_context().new_page()
    person = Sitter(page, stand_ins, "needs", MechanismUse(name="needs_panel"))
    person.say(FIRST)
    needs = page.locator(".st-key-list-needs_panel-needs")
    first = needs.locator("ol li").first
    expect(first).to_contain_text("Budget: low")

    tab_to(page, "li button[aria-expanded]", "Budget: low")
    page.keyboard.press("Enter")
    expect(first.get_by_text(f"You said: “{FIRST}”")).to_be_visible()
    expect(first.locator("button.text")).to_have_attribute("title", f"You said: “{FIRST}”")

    tab_to(page, "[aria-label='Move down: Budget: low (“cheap”)']")
    page.keyboard.press("Enter")
    expect(needs.locator("ol li").nth(1)).to_contain_text("Budget: low")
    assert focused(page).startswith("Move down: Budget")
    tab_to(page, "button.answer", "relaxed")
    page.keyboard.press("Enter")
    expect(needs.locator("ol li").nth(2)).to_contain_text("Pace: relaxed")
    tab_to(page, "input[aria-label='Add a need']")
    page.keyboard.type("*quiet* <b>please</b>")
    page.keyboard.press("Enter")
    expect(needs.get_by_role("button", name="*quiet* <b>please</b>", exact=True)).to_be_visible()  # as it was written
    assert focused(page) == "Add a need"

    tab_to(page, "li button[aria-expanded]", "*quiet*")
    page.keyboard.press("Enter")
    tab_to(page, "button", "Leave out")
    page.keyboard.press("Enter")
    tab_to(page, "button", "Left out (1)")
    page.keyboard.press("Enter")
    tab_to(page, "button", "Take back")
    page.keyboard.press("Enter")
    expect(needs.locator("ol li").nth(3)).to_contain_text("*quiet*")
    assert person.acts() == ["move", "confirm", "add", "decline", "confirm"]
    assert all(change.new != change.old for change in person.record("control_changed"))


def go_to(field: Locator) -> None:
    """Focus it; once more if it was drawn anew between being found and being focused."""
    for _ in range(20):
        field.focus()
        if field.evaluate("node => node.getRootNode().activeElement === node"):
            return


def test_an_edit_in_progress_outlives_a_reply_and_a_need_leads_to_the_plan(
    new_context: NewContext, stand_ins: Server
) -> None:
    page = new_context().new_page()
    person = Sitter(page, stand_ins, "edits", MechanismUse(name="needs_panel"))
    person.say(FIRST)
    needs, plan = page.locator(".st-key-list-needs_panel-needs"), page.locator(".st-key-solution")
    needs.get_by_role("button", name="Budget: low (“cheap”)", exact=True).click()
    needs.get_by_role("button", name="Edit").click()
    field = needs.get_by_role("textbox", name="Change it to")
    field.fill("Budget: hi")
    page.reload()
    expect(field).to_have_value("Budget: hi", timeout=20_000)
    person.say("We go by train and want to relax.", wait=False)
    go_to(field)
    expect(needs.get_by_role("button", name="Getting around: train (“by train”)", exact=True)).to_be_visible()
    expect(field).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("gh")
    page.keyboard.press("Enter")
    expect(needs.get_by_role("button", name="Budget: high", exact=True)).to_be_focused()
    (edit,) = person.record("control_changed")
    assert (edit.action, edit.old["text"], edit.new["text"]) == ("edit", "Budget: low (“cheap”)", "Budget: high")

    expect(plan.get_by_text("version 3 of 3")).to_be_visible(timeout=15_000)  # an edit replans at once
    expect(plan.locator("ins").first).to_be_visible()
    expect(plan.locator("del").first).to_be_visible()
    newest = plan.locator("section").first.inner_text()
    plan.get_by_role("button", name="Earlier version").click()
    expect(plan.get_by_text("version 2 of 3")).to_be_visible()
    expect(plan.get_by_text("only to look at")).to_be_visible()
    assert plan.locator("section button").count() == 0
    plan.get_by_role("button", name="Back to the newest").click()
    assert plan.locator("section").first.inner_text() == newest
    plan.locator("section").first.get_by_role("button").first.click()
    assert focused(page) in needs.locator("ol").inner_text()
    needs.locator("ol li .links button").first.click()
    assert focused(page).startswith(needs.locator("ol li .links button").first.inner_text())


def test_a_profile_is_confirmed_changed_hidden_and_used_again(new_context: NewContext, stand_ins: Server) -> None:
    page = new_context().new_page()
    person = Sitter(page, stand_ins, "profile", PROFILE)
    person.say("Maybe something cheap near the water, and by train.")
    about = page.locator(".st-key-list-stand_in_profile-profile")
    budget = about.get_by_role("button", name="Budget: prefers low")
    expect(budget).to_contain_text("not so sure")
    budget.click()
    about.get_by_role("button", name="That is right").click()
    expect(budget).to_contain_text("settled by you")
    about.get_by_role("button", name="Edit").click()
    about.get_by_role("textbox", name="Change it to").fill("Prefers to spend a lot")
    page.keyboard.press("Enter")
    changed = about.get_by_role("button", name="Prefers to spend a lot")
    changed.click()
    about.get_by_role("button", name="Do not use").click()
    about.get_by_role("button", name="Not used (1)").click()
    about.get_by_role("button", name="Use again").click()
    expect(changed).to_be_visible()
    assert person.acts() == ["confirm", "edit", "hide", "confirm"]


def test_what_is_set_aside_under_a_reply_is_not_used_for_the_next_one(
    new_context: NewContext, stand_ins: Server
) -> None:
    page = new_context().new_page()
    person = Sitter(page, stand_ins, "why", PROFILE, MechanismUse(name="stand_in_explanation"))
    person.say(FIRST)
    expect(page.locator(".st-key-list-stand_in_profile-profile li")).to_have_count(2)
    person.say("And by train.")
    page.get_by_role("button", name="Why this answer?").last.click()
    aside = page.get_by_role("button", name="Don't use this here: Budget")
    aside.dblclick()
    again = page.get_by_role("button", name="Use it again: Budget")
    expect(again).to_be_visible()
    person.say("What do you suggest?")
    last = person.record("reply_given")[-1]
    assert [piece.reason for piece in last.recalled if "Budget" in piece.text] == ["you set it aside"]
    again.click()
    expect(again).to_have_count(0)
    person.say("And now?")
    last = person.record("reply_given")[-1]
    assert [piece.used for piece in last.recalled if "Budget" in piece.text] == [True]
    assert person.acts() == ["set_aside", "use_again"]  # pressed twice, done once


def test_an_answer_to_a_question_is_sent_once_and_another_one_can_be_written(
    new_context: NewContext, stand_ins: Server
) -> None:
    page = new_context().new_page()
    person = Sitter(page, stand_ins, "asking", MechanismUse(name="stand_in_asking"))
    person.say("Please ask me.")
    page.get_by_role("textbox", name="Your message").fill("half a sentence")
    page.get_by_role("group", name="Answers to choose from").get_by_role("button", name="By train").dblclick()
    expect(person.replies()).to_have_count(2, timeout=30_000)
    expect(page.get_by_role("button", name="By train")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("half a sentence")
    assert [sent.text for sent in person.record("message_sent")] == ["Please ask me.", "By train"]
    person.say("Ask me again.")
    expect(page.get_by_role("button", name="By car")).to_be_visible()
    person.say("On foot.")
    expect(page.get_by_role("button", name="By car")).to_have_count(0)
    assert len(person.record("message_sent")) == 4


def test_page_and_switches_on_a_small_phone(new_context: NewContext, stand_ins: Server) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    others = [MechanismUse(name=f"stand_in_{name}") for name in ("explanation", "opt_in", "page", "asking")]
    person = Sitter(page, stand_ins, "small", PROFILE, *others)
    person.say(FIRST)
    area = page.get_by_role("textbox", name="What I know about you")
    expect(area).to_have_value(f"Said: {FIRST}")
    area.fill("I like the sea.")
    person.say("And by train.")  # the assistant rewrites the page meanwhile
    expect(page.get_by_text("has rewritten this page while you were writing")).to_be_visible(timeout=30_000)
    expect(area).to_have_value("I like the sea.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("has rewritten this page")).to_have_count(0)
    page.get_by_role("button", name="What changed since the version before").click()
    expect(page.locator(".st-key-list-stand_in_page-page ins").first).to_be_visible()
    page.get_by_role("switch", name="Use this: Budget").click()
    expect(page.get_by_role("switch", name="Use this: Budget")).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name="Why this answer?").last.click()
    for row in page.locator("li button[aria-expanded]").all():
        row.click()
    person.say("Ask me, please.")
    fits(page)
    saved, switched = person.record("control_changed")
    assert saved.old.endswith("And by train.") and saved.new == "I like the sea."
    assert sum(switched.old.values()) == sum(switched.new.values()) + 1
