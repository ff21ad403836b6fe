"""A researcher edits a protocol in place, in a real browser: mistakes at their lines, nothing lost, nobody overwritten, published."""

import re

import pytest
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Locator, Page, expect

from study.database import open_database
from study.drafts import Seen, open_draft, save
from study.records import load_record
from study.studies import get_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"


def configure(page: Page, server: Server, tab: str = "Text") -> None:
    page.goto(f"{server.url}/configure?study={DEMO}")
    expect(page.get_by_role("heading", name="Configure")).to_be_visible(timeout=30_000)
    to_tab(page, tab)


def to_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Protocol of")


def replace(page: Page, old: str, new: str) -> None:
    """As somebody does who selects words and types others over them."""
    field = text(page)
    expect(field).to_be_visible(timeout=20_000)
    field.click()
    at = field.input_value().index(old)
    field.evaluate("(node, [from, to]) => node.setSelectionRange(from, to)", [at, at + len(old)])
    page.keyboard.insert_text(new)


def saved(page: Page, state: str) -> None:
    """Until the server has kept the text and checked it."""
    expect(page.locator(".editor .status")).to_have_text(state, timeout=30_000)


def test_a_mistake_is_said_at_its_line_mended_and_the_change_published(new_context: NewContext, server: Server) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    page.get_by_role("link", name="Configure", exact=True).last.click()
    saved(page, "Saved. Every check passes.")
    replace(page, "orders: all", "orders: al")
    saved(page, "Saved. 1 problem.")
    line = page.locator(".editor .line.bad")
    expect(line).to_have_attribute("data-n", "51")
    expect(line.locator(".said")).to_have_attribute("data-t", re.compile("Did you mean 'all'"))
    to_tab(page, "Use")
    expect(page.get_by_text("Line 51: design.orders: must be", exact=False)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Use for new participants")).to_be_disabled()

    page.reload()  # in the middle of it
    problem = page.get_by_role("button", name="Line 51 design.orders", exact=False)
    expect(problem).to_be_visible(timeout=30_000)
    problem.click()
    assert text(page).evaluate("node => node.value.slice(node.selectionStart, node.selectionEnd)") == "  orders: al"
    page.keyboard.insert_text("  orders: all")
    saved(page, "Saved. Every check passes.")
    replace(page, "languages: [de]\n", "")
    replace(page, "title: Welcome", "title: Good morning <script>alert(1)</script>")
    saved(page, "Saved. Every check passes.")

    to_tab(page, "Use")
    expect(page.get_by_text("timeline[0].title: “Welcome” → “Good morning", exact=False)).to_be_visible(timeout=20_000)
    page.get_by_label("Note").fill("a warmer word")
    page.get_by_role("button", name="Use for new participants").click()
    expect(page.get_by_text("New participants get version 2.", exact=False)).to_be_visible(timeout=20_000)
    to_tab(page, "Versions")
    expect(page.get_by_text("1 started", exact=False)).to_have_count(0)
    expect(page.get_by_text("a warmer word", exact=False)).to_be_visible(timeout=20_000)

    late = visit(new_context(), server)
    expect(late.page.get_by_role("heading", name="Good morning", exact=False)).to_be_visible(timeout=20_000)
    record = load_record(open_database(server.database), DEMO)
    assert [row.study_version for row in record.sessions] == [2]
    assert (record.acts[-1].by, record.acts[-1].act.note) == ("Ada", "a warmer word")


def test_what_is_typed_outlives_a_dead_server_and_a_reload(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    configure(page, server)
    replace(page, "# The demo study", "# My study")
    saved(page, "Saved. Every check passes.")
    server.kill()
    replace(page, "# My study", "# My better study")
    expect(page.locator(".editor .status")).to_have_text("Saving …")
    server.start()
    page.reload()
    saved(page, "Saved. Every check passes.")
    assert "# My better study" in text(page).input_value()
    assert "# My better study" in open_draft(open_database(server.database), DEMO).text


def test_the_last_to_save_is_asked_first(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    configure(page, server)
    saved(page, "Saved. Every check passes.")
    engine = open_database(server.database)
    theirs = open_draft(engine, DEMO).text.replace("# The demo study", "# Bo's study")
    save(engine, DEMO, theirs, Seen(1, 0), "Bo")
    replace(page, "# The demo study", "# Ada's study")
    told = page.locator(".editor").get_by_role("alert")
    expect(told).to_contain_text("Bo saved this draft at", timeout=20_000)
    assert open_draft(engine, DEMO).text == theirs and "# Ada's study" in text(page).input_value()
    told.get_by_role("button", name="Take the newer text, drop mine").click()
    saved(page, "Saved. Every check passes.")
    assert text(page).input_value() == theirs

    save(engine, DEMO, theirs.replace("Bo's", "Bo's own"), open_draft(engine, DEMO).seen, "Bo")
    replace(page, "# Bo's study", "# Ada's study")
    told.get_by_role("button", name="Keep my text, replace theirs").click()
    saved(page, "Saved. Every check passes.")
    assert "# Ada's study" in open_draft(engine, DEMO).text and open_draft(engine, DEMO).by == "Ada"
    assert get_study(engine, DEMO).version == 1


def test_the_text_is_written_without_a_mouse(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    configure(page, server)
    saved(page, "Saved. Every check passes.")
    field = text(page)
    before = field.input_value()
    page.locator("[role=tab][aria-selected=true]").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if field.evaluate("node => node.getRootNode().activeElement === node"):
            break
    page.keyboard.press("Tab")
    assert field.input_value() == before, "who only passes through changes nothing"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert field.input_value() == "  " + before
    page.keyboard.press("Shift+Tab")
    assert field.input_value() == before
    page.keyboard.type("a:\nb: 1\nc: 2")
    assert field.input_value() == "a:\n  b: 1\n  c: 2" + before
    page.keyboard.press("Control+z")
    assert field.input_value() != "a:\n  b: 1\n  c: 2" + before, "the browser can undo it"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not field.evaluate("node => node.getRootNode().activeElement === node")
