"""A researcher makes a study with a task and a questionnaire of their own entirely in the browser, and a participant meets both."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from journey.server import Server
from journey.test_configure import DEMO, at_rest, configure, saved, text, to_tab
from journey.test_researcher import sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Locator, Page, expect

from study.act_log import acts
from study.database import open_database
from study.drafts import open_draft
from study.records import load_record
from study.study_files import own_files

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
PROTOCOL = """\
id: active_vs_passive
version: "1"
title: A talk
consent: {version: "1", text: "Yes?"}
conditions:
  - {id: plain, mechanisms: [{name: none}]}
design: {kind: between}
tasks: [my_talk]
task_rule: {min_turns: 1}
timeline:
  - {step: consent}
  - step: block
    steps:
      - {step: task}
      - {step: questionnaire, instruments: [my_words]}
  - {step: debrief, title: Thanks, text: Bye.}
completion: {code: DONE}
"""


def opened(page: Page, path: str) -> Locator:
    """The text of a file of the study."""
    return page.get_by_role("textbox", name=path)


def open_file(page: Page, path: str) -> None:
    at_rest(page)
    page.get_by_role("combobox", name="Open").click()
    page.get_by_role("option", name=path, exact=True).click()
    at_rest(page)


def write(page: Page, field: Locator, old: str, new: str) -> None:
    """As somebody does who selects words and types others over them."""
    expect(field).to_have_value(re.compile(re.escape(old)), timeout=60_000)
    field.click()
    at = field.input_value().index(old)
    field.evaluate("(node, [from, to]) => node.setSelectionRange(from, to)", [at, at + len(old)])
    page.keyboard.insert_text(new)


def test_a_task_and_a_questionnaire_written_in_the_browser_are_met_by_a_participant(
    new_context: NewContext, server: Server
) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    configure(page, server)
    saved(page, "Saved. Every check passes.")
    field = text(page)
    field.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(PROTOCOL)
    saved(page, "Saved. 2 problems.")

    to_tab(page, "Files")
    row = page.get_by_test_id("stTable").get_by_role("row", name="tasks/my_talk.yaml")
    expect(row).to_contain_text("nowhere yet", timeout=60_000)
    page.get_by_role("button", name="Begin it").click()
    task = opened(page, "tasks/my_talk.yaml")
    write(page, task, "title: A title", "titel: A walk in the rain")
    saved(page, "Saved. 2 problems.")
    expect(page.locator(".editor .line.bad").nth(1).locator(".said")).to_have_attribute(
        "data-t", re.compile("Did you mean 'title'")
    )
    write(page, task, "titel:", "title:")
    saved(page, "Saved. Every check passes.")
    open_file(page, "instruments/my_words.yaml")
    page.get_by_role("button", name="Begin it").click()
    write(page, opened(page, "instruments/my_words.yaml"), "text: A statement.", "text: It rained on my plan.")
    saved(page, "Saved. Every check passes.")

    to_tab(page, "Use")
    page.get_by_role("button", name="Use for new participants").click(timeout=60_000)
    expect(page.get_by_text("New participants get version 2.", exact=False)).to_be_visible(timeout=60_000)

    person = visit(new_context(), server)
    person.press("I agree and want to take part")
    expect(person.page.get_by_text("A walk in the rain").first).to_be_visible(timeout=60_000)
    person.say("Where shall we walk?")
    done = person.page.get_by_role("button", name=re.compile("I am done"))
    before = person.number()
    done.click()
    person.wait_past(before)
    expect(person.page.get_by_text("It rained on my plan.").first).to_be_visible(timeout=60_000)
    person.fill(2)
    record = load_record(open_database(server.database), DEMO)
    assert [row.tasks for row in record.sessions] == [["my_talk"]]
    said = [(one.by, one.kind) for one in acts(open_database(server.database), DEMO)]
    assert said[-3:] == [("Ada", "file_added"), ("Ada", "file_added"), ("Ada", "version_added")]


def test_a_zip_becomes_a_study_and_files_go_in_and_out(new_context: NewContext, server: Server, tmp_path: Path) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True).new_page()
    sign_up(page, server)
    task = "id: my_talk\ntitle: Mine\nbrief: Talk.\nopening: Hello.\n"
    held = {
        "protocol.yaml": PROTOCOL.replace("active_vs_passive", "rain").replace("[my_words]", "[sus]"),
        "tasks/my_talk.yaml": task,
    }
    page.get_by_text("Or upload a protocol").click()
    for name, members in (("bad.zip", {**held, "../x.yaml": "id: x"}), ("rain.zip", held)):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            for member, said in members.items():
                file.writestr(member, said)
        (tmp_path / name).write_bytes(data.getvalue())
        page.locator("input[type=file][accept*=zip]").set_input_files(tmp_path / name)
        page.get_by_role("button", name=f"Create from {name}").click()
        if name == "bad.zip":
            expect(page.get_by_text("no plain file in a folder", exact=False)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("rain · version 1", exact=False)).to_be_visible(timeout=60_000)
    engine = open_database(server.database)
    assert open_draft(engine, "rain").files == {"tasks/my_talk.yaml": task}

    page.goto(f"{server.url}/configure?study=rain")
    to_tab(page, "Files")
    open_file(page, "instruments/sus.yaml")
    page.get_by_role("button", name="Change it for this study").click()
    saved(page, "Saved. Every check passes.")
    open_file(page, "tasks/my_talk.yaml")
    expect(opened(page, "tasks/my_talk.yaml")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_text() == task
    other = tmp_path / "talk.yaml"
    other.write_text(task.replace("Mine", "Another one"))
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").set_input_files(other)
    page.get_by_role("button", name="Add talk.yaml").click()
    expect(page.get_by_text("has a file tasks/my_talk.yaml already", exact=False)).to_be_visible(timeout=60_000)
    page.get_by_text("Replace the file of this study").click()
    at_rest(page)
    page.get_by_role("button", name="Add talk.yaml").click()
    page.keyboard.press("Escape")
    expect(opened(page, "tasks/my_talk.yaml")).to_have_value(re.compile("Another one"), timeout=60_000)
    open_file(page, "instruments/sus.yaml")
    page.get_by_role("button", name="Delete instruments/sus.yaml").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("button", name="Change it for this study")).to_be_visible(timeout=60_000)
    assert own_files(engine, "rain").keys() == {"tasks/my_talk.yaml"}
