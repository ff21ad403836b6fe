"""A researcher edits a protocol in place, in a real browser: mistakes at their lines, nothing lost, nobody overwritten, published."""

import re
import time
from pathlib import Path

import pytest
from journey.person import READY
from journey.server import Server
from journey.test_people import second
from journey.test_researcher import SHIPPED, sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

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
    page.get_by_role("link", name="Configure this study").click()
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
    replace(page, "languages: [de, es]\n", "")
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
    expect(told).to_contain_text("Bo saved this draft 0 min ago", timeout=20_000)
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


def test_forms_change_their_lines_and_say_what_is_wrong_beside_the_field(
    new_context: NewContext, server: Server
) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    engine = open_database(server.database)
    before = open_draft(engine, DEMO).text.replace("languages: [de, es]\n", "")
    save(engine, DEMO, before, Seen(1, 0), "Ada")  # in two languages, each new text would need its translation
    configure(page, server, "Forms")
    planned = page.get_by_role("spinbutton", name="Planned participants")
    expect(planned).to_have_value("24", timeout=20_000)
    typed(planned, "0")
    expect(page.get_by_text("must be at least 1", exact=False).or_(page.get_by_text("1 problem"))).to_have_count(
        2, timeout=20_000
    )
    expect(planned).to_have_value("0")
    page.reload()
    to_tab(page, "Forms")
    expect(planned).to_have_value("0", timeout=20_000)
    typed(planned, "36")
    expect(page.get_by_text("every check passes")).to_be_visible(timeout=20_000)

    part(page, "Conditions")
    units = page.get_by_role("spinbutton", name="top k")
    expect(units).to_have_value("3", timeout=20_000)
    typed(units, "5")
    in_draft(engine, "top_k: 5")
    choose(page, "Mechanisms", 1, "critic")
    in_draft(engine, "name: critic")
    part(page, "Questionnaires")
    choose(page, "Step 5", 0, "open_remarks")
    in_draft(engine, "open_remarks")
    part(page, "Links")
    link = page.get_by_role("textbox", name="Completion link").first
    typed(link, "javascript:alert(1)")
    in_draft(engine, "javascript:alert(1)")
    expect(page.get_by_text("1 problem")).to_be_visible(timeout=20_000)
    typed(link, "https://example.org/{code}")
    expect(page.get_by_text("every check passes")).to_be_visible(timeout=20_000)
    part(page, "Model")
    typed(page.get_by_role("textbox", name="Name of the secret that holds the key"), "DATABASE_URL")
    expect(page.get_by_role("alert")).to_contain_text("This is no name of a secret", timeout=20_000)
    assert "DATABASE" not in open_draft(engine, DEMO).text
    typed(page.get_by_role("textbox", name="Name of the secret that holds the key"), "")
    expect(page.get_by_text("every check passes")).to_be_visible(timeout=20_000)

    to_tab(page, "Plan")
    expect(page.get_by_test_id("stMetric").filter(has_text="Planned participants")).to_contain_text(
        "36", timeout=20_000
    )
    to_tab(page, "Use")
    for change in (
        "design.planned_participants: 24 → 36",
        "mechanisms[retrieval].params.top_k: 3 → 5",
        "critic",
        "open_remarks",
    ):
        expect(page.get_by_test_id("stCode").get_by_text(change, exact=False).first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Use for new participants").click()
    expect(page.get_by_text("New participants get version 2.", exact=False)).to_be_visible(timeout=20_000)
    late = visit(new_context(), server)
    expect(late.page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    assert [row.study_version for row in load_record(engine, DEMO).sessions] == [2]
    kept, now = before.splitlines(), open_draft(engine, DEMO).text.splitlines()
    changed = [line.strip() for line in now if line not in kept]
    assert changed == [
        "- {name: critic}", "params: {top_k: 5}", "planned_participants: 36", "instruments: [preference, open_remarks]",
        "redirect_url: 'https://example.org/{code}'",
    ]  # fmt: skip
    assert len(now) == len(kept) + 2


def test_who_may_only_look_reads_and_who_is_blinded_sees_nothing(new_context: NewContext, server: Server) -> None:
    sign_up(new_context().new_page(), server)
    page = second(new_context, server, "Vi", "viewer")
    configure(page, server)
    expect(text(page)).to_have_attribute("readonly", "", timeout=30_000)
    to_tab(page, "Forms")
    expect(page.get_by_role("spinbutton", name="Planned participants")).to_be_disabled(timeout=20_000)
    page = second(new_context, server, "Bo", "viewer", blind=True)
    page.goto(f"{server.url}/configure?study={DEMO}")
    expect(page.get_by_text("you are blinded to them", exact=False)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("tab")).to_have_count(0)


def test_another_protocol_takes_the_place_of_the_text(new_context: NewContext, server: Server, tmp_path: Path) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    configure(page, server)
    saved(page, "Saved. Every check passes.")
    page.get_by_role("button", name="Begin with another protocol").click()
    bad, own = tmp_path / "bad.yaml", tmp_path / "own.yaml"
    bad.write_bytes(b"\xff\xfe")
    own.write_text("# of my own\n" + (SHIPPED / "care.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for file in (bad, own):
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name=f"Begin with {file.name}").click()
        if file == bad:
            expect(page.get_by_text("it is not UTF-8", exact=False)).to_be_visible(timeout=20_000)
    expect(text(page)).to_have_value(re.compile(r"^# of my own\n"), timeout=20_000)
    assert f"\nid: {DEMO}\n" in open_draft(open_database(server.database), DEMO).text

    page.goto(server.url)
    page.get_by_text("Or upload a protocol").click()
    page.locator("input[type=file][accept*=yaml]").set_input_files(own)
    page.get_by_role("button", name=f"Create from {own.name}").click()
    engine = open_database(server.database)
    expect(page.get_by_text("care · version 1", exact=False)).to_be_visible(timeout=20_000)
    assert open_draft(engine, "care").text.startswith("# of my own\n") and get_study(engine, "care").status == "draft"


def typed(field: Locator, what: str) -> None:
    """Left with Enter, once the page is at rest: what it still draws would take the place of what is typed."""
    at_rest(field.page)
    field.fill(what)
    field.press("Enter")


def part(page: Page, name: str) -> None:
    """Another part of the forms, once what was chosen before is kept."""
    at_rest(page)
    page.get_by_test_id("stRadio").get_by_text(name, exact=True).click()
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    at_rest(page)


def at_rest(page: Page) -> None:
    """Until the server has nothing more to draw."""
    page.locator(READY).wait_for(timeout=30_000)


def in_draft(engine: Engine, words: str) -> None:
    """Until the draft holds these words."""
    deadline = time.monotonic() + 60
    while words not in open_draft(engine, DEMO).text:
        assert time.monotonic() < deadline, f"the draft never held {words!r}"
        time.sleep(0.1)


def choose(page: Page, label: str, nth: int, option: str) -> None:
    """One more of a list."""
    at_rest(page)
    page.get_by_role("combobox", name=label).nth(nth).click()
    page.keyboard.type(option)  # a long list shows what fits only
    page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMultiSelect").get_by_text(option, exact=True)).to_be_visible(timeout=20_000)
