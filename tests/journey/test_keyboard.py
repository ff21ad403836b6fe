"""From a link to the completion code, and from a one-time link to an export, with the keyboard alone."""

import zipfile
from pathlib import Path

import pytest
from journey.keyboard import Keyboard
from journey.server import Server
from journey.stand_ins import study_with
from journey.test_researcher import PASSWORD, one_time_link
from journey.test_study import NewContext
from playwright.sync_api import Locator, Page, expect

from study.act_log import acts
from study.database import open_database
from study.enrolment import Arrival, enrol
from study.log import events
from study.protocol import MechanismUse, Protocol
from study.records import load_record
from study.studies import create_study, set_status

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
WAIT = 90_000
SHORT = "short"
SCALE = {"min": 1, "max": 5, "low": "Not at all", "high": "Fully"}
INSTRUMENT = {
    "id": "four",
    "version": "1",
    "title": "Four questions",
    "source": {"citation": "written for the tests", "licence": "CC0-1.0"},
    "items": [
        {"id": "agree", "text": "It suits me.", "type": "likert", **SCALE},
        {"id": "again", "text": "I would ask it again.", "type": "likert", **SCALE},
        {"id": "much", "text": "How much of it?", "type": "slider", "min": 0, "max": 10, "step": 1,
         "low": "nothing", "high": "all"},
        {"id": "why", "text": "Why?", "type": "long_text"},
    ],
}  # fmt: skip
TIMELINE = [
    {"step": "welcome", "title": "Hello", "text": "Come in."},
    {"step": "consent"},
    {"step": "block", "steps": [{"step": "instructions", "title": "Now", "text": "Go on."}, {"step": "task"}]},
    {"step": "questionnaire", "instruments": ["four"]},
    {"step": "debrief", "title": "Bye", "text": "That was it."},
]


def short_study() -> Protocol:
    """The weekend trip with the list of needs, and four questions."""
    plain = study_with(SHORT, MechanismUse(name="needs_panel"))
    changes = {"instruments": [INSTRUMENT], "timeline": TIMELINE, "task_rule": {"min_turns": 1}}
    return Protocol.model_validate({**plain.model_dump(), **changes})


def comes(page: Page, heading: str) -> None:
    """Until the page with this heading is there."""
    expect(page.get_by_role("heading", name=heading, exact=False).first).to_be_visible(timeout=WAIT)


def test_a_participant_gets_from_the_link_to_the_completion_code(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    set_status(engine, create_study(engine, short_study()).id, "open")
    page = new_context().new_page()
    page.goto(f"{server.url}/s/{SHORT}")
    keys = Keyboard(page)
    comes(page, "Hello")
    keys.reach("button", "Start")
    keys.press("Enter")
    comes(page, "Before you decide")
    keys.reach("button", "I agree and want to take part")
    keys.press("Space")
    comes(page, "Now")
    keys.reach("button", "I am ready")
    keys.press("Enter")
    _plans(page, keys)
    _answers(page, keys)
    comes(page, "Bye")
    keys.reach("button", "Finish the study")
    keys.press("Enter")
    expect(page.get_by_text("ATELIER-DEMO")).to_be_visible(timeout=WAIT)

    record = load_record(engine, SHORT)
    assert [row.status for row in record.sessions] == ["complete"]
    by_kind = {entry.kind: entry.event for entry in record.events}
    assert by_kind["message_sent"].text == "Something cheap, by train."
    edit = by_kind["control_changed"]
    assert (edit.action, edit.new["text"]) == ("edit", "Budget: high")
    assert by_kind["questionnaire_answered"].answers == {"agree": 3, "again": 1, "much": 4, "why": "It was quick."}


def _plans(page: Page, keys: Keyboard) -> None:
    """A message, its reply, and a need put right."""
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible(timeout=WAIT)
    keys.reach("textbox", "Your message")
    keys.type("Something cheap, by train.")
    keys.press("Enter")
    expect(page.get_by_test_id("stFeedback")).to_have_count(1, timeout=WAIT)
    expect(_need(page, "Budget: low")).to_be_visible(timeout=WAIT)
    keys.settle()
    keys.reach("button", "Budget: low")  # where the plan says why it is so
    keys.press("Enter")
    expect(_need(page, "Budget: low")).to_be_focused(timeout=WAIT)
    keys.press("Enter")
    keys.reach("button", "Edit")
    keys.press("Enter")
    keys.reach("textbox", "Change it to")
    keys.press("Control+A")
    keys.type("Budget: high")
    keys.press("Enter")
    expect(_need(page, "Budget: high")).to_be_focused(timeout=WAIT)
    expect(page.get_by_text("version 2 of 2")).to_be_visible(timeout=WAIT)  # the edit has a plan of its own
    keys.settle()
    keys.reach("button", "I am done with this plan")
    keys.press("Enter")


def _need(page: Page, text: str) -> Locator:
    """A need in its list, not where the plan leads to it."""
    return page.locator(".st-key-list-needs_panel-needs").get_by_role("button", name=text, expanded=False)


def _answers(page: Page, keys: Keyboard) -> None:
    """Arrows, Space and letters; what is forgotten is said, and the focus led there."""
    expect(page.get_by_role("radiogroup", name="It suits me.")).to_be_visible(timeout=WAIT)
    keys.reach("radio", "1")
    keys.press("Space", "ArrowRight", "ArrowRight", "Tab", "Space")
    keys.reach("slider", "How much of it?")
    keys.press("Home", *["ArrowRight"] * 4)
    keys.reach("button", "Continue")
    keys.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="answer")).to_be_visible(timeout=WAIT)
    assert keys.focus().role == "textbox"
    keys.type("It was quick.")
    keys.reach("button", "Continue")
    keys.press("Enter")


def test_a_researcher_gets_from_the_one_time_link_to_a_note_and_an_export(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    engine = open_database(server.database)
    row, _token = enrol(engine, "active_vs_passive", Arrival({}))
    page = new_context(accept_downloads=True).new_page()
    page.goto(one_time_link(server))
    keys = Keyboard(page)
    for role, name, text in (("textbox", "Name", "Ada"), ("textbox", "Password", PASSWORD)):
        keys.reach(role, name)
        keys.type(text)
    keys.press("Enter")
    comes(page, "Studies")
    _sends_a_note(page, keys)
    assert [entry.kind for entry in events(engine, row.id, ["note_sent"])] == ["note_sent"]

    keys.reach("link", "Data")
    keys.press("Enter")
    comes(page, "Data")
    keys.settle()
    keys.reach("button", "Make the export")
    keys.press("Enter")
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible(timeout=120_000)
    keys.settle()
    keys.reach("link", "Download")
    with page.expect_download(timeout=WAIT) as download:
        keys.press("Enter")
    download.value.save_as(tmp_path / "export.zip")
    assert any(name.endswith("events.csv") for name in zipfile.ZipFile(tmp_path / "export.zip").namelist())
    kinds = [(one.by, one.kind) for one in acts(engine, "active_vs_passive") if one.by == "Ada"]
    assert kinds == [("Ada", "note_sent"), ("Ada", "exported"), ("Ada", "file_fetched")]


def test_what_tab_does_not_lead_to_is_not_reached(new_context: NewContext) -> None:
    page = new_context().new_page()
    page.set_content("<button>one</button><button tabindex='-1'>two</button><div onclick='0'>three</div>")
    keys = Keyboard(page)
    keys.reach("button", "one")
    for name in ("two", "three"):
        with pytest.raises(AssertionError, match="button 'one'"):
            keys.reach("button", name)


def _sends_a_note(page: Page, keys: Keyboard) -> None:
    """The Monitor, one session of it, and what its participant is to read."""
    keys.settle()
    keys.reach("link", "Monitor")
    keys.press("Enter")
    comes(page, "One participant")
    keys.settle()
    keys.reach("combobox", "Participant")
    keys.type("P001")
    keys.press("Enter")
    expect(page.get_by_role("radio", name="Send a note")).to_be_visible(timeout=WAIT)
    keys.settle()
    keys.reach("radio", "Send a note")
    keys.press("Space")
    expect(page.get_by_role("textbox", name="What P001 reads", exact=False)).to_be_visible(timeout=WAIT)
    keys.settle()
    keys.reach("textbox", "What P001 reads")
    keys.type("We are here if you need us.")
    keys.reach("button", "Send")
    keys.press("Enter")
    expect(page.get_by_text("The note stands on the page of P001.")).to_be_visible(timeout=WAIT)
