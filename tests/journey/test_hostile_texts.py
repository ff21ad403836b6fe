"""Script, HTML, Markdown and formulas in every text that a participant or a researcher can write: shown as typed, never run.

What a participant wrote is looked at on their own screens, on every page of the researchers and in the report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from journey.filling import by_mouse
from journey.harm import HARM, MARKUP, SHORT, Watched
from journey.hostile_study import ID, hostile_study
from journey.person import Person
from journey.server import Server
from journey.test_researcher import PASSWORD
from journey.test_study import NewContext
from playwright.sync_api import Browser, expect

from study import exclusion, rejection, researchers, sealing, session_acts, standing
from study.coding_log import define_code, rename_code, set_codes, set_gone_through, write_memo
from study.database import open_database
from study.enrolment import Arrival, by_token, enrol
from study.errors import AtelierError
from study.log import events
from study.personal_links import make_links
from study.studies import create_study, set_status
from study.study_files import add_files
from study.versions import revise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
WAIT = 120_000


@dataclass(frozen=True)
class Taken:
    """A server on which somebody took the hostile study, their session, and what they were shown."""

    server: Server
    session_id: str


@pytest.fixture(scope="module")
def taken(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    server = Server(tmp_path_factory.mktemp("hostile")).start()
    engine = open_database(server.database)
    set_status(engine, create_study(engine, hostile_study()).id, "open")
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    watched = Watched(context, server.url)
    session = _take_part(watched, server)
    context.close()
    yield Taken(server, session)
    engine.dispose()
    server.stop()


def _take_part(watched: Watched, server: Server) -> str:
    """From the link to the code, writing something hostile wherever something can be written."""
    page = watched.page
    page.goto(f"{server.url}/s/{ID}?PROLIFIC_PID={quote(SHORT)}&source={quote(HARM)}")
    person = Person(page)
    person.settle()
    watched.unharmed("welcome")
    token = page.url.split("p=")[1].split("&")[0]
    person.press("Start")
    watched.unharmed("consent")
    person.press("I agree and want to take part")
    _answers(watched, person)
    watched.unharmed("instructions")
    person.press("I am ready")
    _works(watched, person)
    watched.unharmed("beliefs")
    person.fill(1)
    watched.unharmed("debrief")
    page.get_by_role("button", name="Finish the study").click()
    expect(page.get_by_text("ATELIER-DEMO")).to_be_visible(timeout=WAIT)
    watched.unharmed("end")
    engine = open_database(server.database)
    row = by_token(engine, token)
    assert row is not None and row.platform_id == SHORT and row.status == "complete"
    engine.dispose()
    return row.id


def _answers(watched: Watched, person: Person) -> None:
    page, before = watched.page, person.number()
    for item in hostile_study().instrument("words").items:
        by_mouse(page, item, {"agree": 2, "which": "a"}.get(item.id, HARM))
    watched.unharmed("questionnaire")
    watched.shows(HARM, "questionnaire")
    page.locator("form").get_by_role("button").last.click()
    person.wait_past(before)


def _works(watched: Watched, person: Person) -> None:
    """The conversation and every panel beside it."""
    page = watched.page
    person.say(f"{HARM} Something cheap near the water, please.")
    watched.shows(f"{HARM} Something cheap near the water, please.", "message")
    _needs(watched)
    field = page.get_by_role("textbox", name="Always keep in mind")
    field.fill(HARM)
    field.press("Enter")
    person.settle()
    _profile(watched)
    area = page.locator(".st-key-list-memory_page-page").get_by_role("textbox")
    area.fill(HARM)
    page.locator(".st-key-list-memory_page-page").get_by_role("button", name="Save", exact=True).click()
    person.settle()
    person.say("And by train, please.")
    page.get_by_test_id("stFeedback").first.get_by_label("Thumbs up").click()
    page.get_by_role("button", name="Why?").first.click()
    why = page.get_by_role("textbox", name="Why this rating?")
    why.fill(HARM)
    why.press("Enter")
    page.keyboard.press("Escape")
    person.settle()
    for opened in page.get_by_role("button", name="Why this answer?").all():
        opened.click()
    watched.unharmed("task")
    page.reload()
    person.settle()
    expect(person.replies()).to_have_count(2, timeout=WAIT)
    watched.shows(HARM, "task, after a reload")
    watched.unharmed("task, after a reload")
    before = person.number()
    page.get_by_role("button", name="I am done with").click()
    person.wait_past(before)


def _needs(watched: Watched) -> None:
    """A need of one's own, one that is changed, and an answer that was not offered."""
    needs = watched.page.locator(".st-key-list-needs_panel-needs")
    needs.get_by_role("textbox", name="Add a need").fill(HARM)
    needs.get_by_role("button", name="Add", exact=True).click()
    expect(needs.get_by_role("button", name=HARM, exact=True)).to_be_visible(timeout=WAIT)
    needs.locator("ol button.text").first.click()
    needs.get_by_role("button", name="Edit", exact=True).first.click()
    needs.get_by_role("textbox", name="Change it to").fill(f"changed {SHORT}")
    watched.page.keyboard.press("Enter")
    expect(needs.get_by_role("button", name=f"changed {SHORT}", exact=True)).to_be_visible(timeout=WAIT)
    needs.get_by_role("button", name="Something else …").first.click()
    needs.get_by_role("textbox", name="Your answer").first.fill(f"other {SHORT}")
    watched.page.keyboard.press("Enter")
    expect(needs.get_by_text(f"other {SHORT}", exact=False).first).to_be_visible(timeout=WAIT)
    watched.unharmed("needs")


def _profile(watched: Watched) -> None:
    about = watched.page.locator(".st-key-list-inferred_profile-profile")
    about.locator("button.text").first.click(timeout=WAIT)
    about.get_by_role("button", name="Edit", exact=True).first.click()
    about.get_by_role("textbox", name="Change it to").fill(HARM)
    watched.page.keyboard.press("Enter")
    expect(about.locator("button.text", has_text=HARM).first).to_be_visible(timeout=WAIT)
    watched.unharmed("profile")


def test_what_a_participant_writes_is_text_on_their_own_screens(taken: Taken) -> None:
    """The walk itself looks at each screen; here: everything hostile is in the record, as it was typed."""
    engine = open_database(taken.server.database)
    every = events(engine, taken.session_id)
    holding = {
        one.kind for one in every if any(HARM in text or SHORT in text for text in _texts(one.event.model_dump()))
    }
    engine.dispose()
    assert holding >= {
        "session_started", "questionnaire_answered", "message_sent", "reply_rated", "control_changed", "belief_changed",
        "page_written", "belief_judged",
    }  # fmt: skip
    assert "Traceback" not in taken.server.output.read_text()


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, as it stands."""
    if isinstance(value, str):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inside:
        yield from _texts(one)


def _write_everywhere(server: Server, session: str) -> None:
    """What researchers write, by the calls that their pages make."""
    engine = open_database(server.database)
    researchers.set_password(engine, researchers.new_link(engine), "Ada", PASSWORD)
    message = next(one for one in events(engine, session, ("message_sent",)))
    code = define_code(engine, ID, HARM[:60], HARM, "Ada")
    rename_code(engine, ID, code, HARM[:60], f"again {HARM}", "Ada")
    set_codes(engine, ID, session, message.id, [code], "Ada")
    write_memo(engine, ID, session, message.id, HARM, "Ada")
    set_gone_through(engine, ID, session, True, "Ada")
    for number in range(2):
        enrol(engine, ID, Arrival({"PROLIFIC_PID": f"{number} {SHORT}"}))
    exclusion.mark(engine, ID, "P001", HARM, "Ada")
    rejection.reject(engine, ID, "P002", HARM, "Ada")
    session_acts.send_note(engine, ID, "P003", HARM, "Ada")
    session_acts.free_place(engine, ID, "P003", HARM, "Ada")
    make_links(engine, ID, [HARM, SHORT], "Ada")
    with pytest.raises(AtelierError, match="give a name of 1 to 60 letters"):
        standing.invite(engine, SHORT[:60], "Ada")
    with pytest.raises(AtelierError):
        standing.invite(engine, "Bo", "Ada", f"{SHORT}@b.example")
    revise(engine, ID, hostile_study().model_copy(update={"notes": f"again {HARM}"}), HARM, "Ada")
    add_files(engine, ID, {"tasks/harm.yaml": f"# {HARM}\nid: harm\ntitle: '{MARKUP}'\n"}, "Ada")
    with pytest.raises(AtelierError, match="no name of a task"):
        add_files(engine, ID, {f"tasks/{SHORT}.yaml": HARM}, "Ada")
    set_status(engine, ID, "closed", "Ada")
    set_status(engine, ID, "open", "Ada", HARM)
    sealing.unseal(engine, ID, HARM, "Ada")
    engine.dispose()


def _in_tabs(watched: Watched, name: str) -> None:
    """Every tab and everything folded of the page as it stands."""
    page = watched.page
    tabs = page.get_by_role("tab")
    for number in range(max(1, tabs.count())):
        if tabs.count():
            tabs.nth(number).click()
        Person(page).settle()
        for folded in page.locator("details:not([open]) > summary").all():
            if folded.is_visible():
                folded.click()
        Person(page).settle()
        watched.unharmed(f"{name} {number}")


def test_no_page_of_the_researchers_runs_what_was_written_there_or_by_participants(
    taken: Taken, new_context: NewContext, tmp_path: Path
) -> None:
    server = taken.server
    _write_everywhere(server, taken.session_id)
    context = new_context(viewport={"width": 1280, "height": 1400}, accept_downloads=True)
    watched = Watched(context, server.url)
    page = watched.page
    page.goto(f"{server.url}/researcher/sign-in")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=WAIT)
    title = hostile_study().title
    _in_tabs(watched, "studies")
    watched.shows(title, "studies")
    _uploads(watched)
    for name in ("configure", "pilot", "monitor", "sessions", "results", "data", "people", "audit"):
        page.goto(f"{server.url}/{name}?study={ID}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=WAIT)
        Person(page).settle()
        _in_tabs(watched, name)
        watched.shows(title, name) if name not in ("people", "audit") else None
    _one_participant(watched, server)
    _replay(watched, server, taken.session_id)
    _report(watched, server, tmp_path)
    assert "Traceback" not in server.output.read_text()


def _uploads(watched: Watched) -> None:
    """Names of files are shown before anything is made of them, and in what is refused."""
    page = watched.page
    name = f"{SHORT[:-1]}.yaml".replace("/", "")
    page.locator("input[type=file][accept*=yaml]").last.set_input_files(
        {"name": name, "mimeType": "text/yaml", "buffer": f"id: '{MARKUP}'".encode()}
    )
    page.get_by_role("button", name=re.compile("^Create from .*yaml")).click(timeout=WAIT)
    expect(page.get_by_role("alert").first).to_be_visible(timeout=WAIT)
    watched.unharmed("a protocol that was refused")


def _one_participant(watched: Watched, server: Server) -> None:
    page = watched.page
    page.goto(f"{server.url}/monitor")
    page.get_by_role("combobox", name="Study").click()
    page.get_by_role("option", name=f"({ID})", exact=False).click()
    page.get_by_role("combobox", name="Participant").click(timeout=WAIT)
    page.get_by_role("option", name="P001").click()
    watched.shows(f"Left out of the analysis: {HARM}", "monitor, P001")
    watched.unharmed("monitor, P001")


def _replay(watched: Watched, server: Server, session: str) -> None:
    """Every kind of event, once, with what is behind the screen."""
    page, engine = watched.page, open_database(server.database)
    every = events(engine, session)
    engine.dispose()
    moments = {one.kind: one.seq for one in every} | {"first answers": 1}
    for kind, seq in moments.items():
        page.goto(f"{server.url}/sessions?study={ID}&session={session}&event={seq}")
        expect(page.get_by_text(f"Event {seq} of", exact=False).first).to_be_visible(timeout=WAIT)
        Person(page).settle()
        watched.unharmed(f"replay of {kind}")
    said = next(one.seq for one in every if one.kind == "message_sent")
    page.goto(f"{server.url}/sessions?study={ID}&session={session}&event={said}")
    expect(page.get_by_text("Codes and memo")).to_be_visible(timeout=WAIT)
    watched.shows(HARM, "the message and the memo on it")
    page.get_by_text("Behind the screen", exact=False).click()
    Person(page).settle()
    _in_tabs(watched, "behind the screen")
    for parameter, value in (
        ("event", "' OR '1'='1"),
        ("t", "<script>"),
        ("session", "'; DROP TABLE session;--"),
        ("study", "%"),
    ):
        page.goto(f"{server.url}/sessions?" + urlencode({"study": ID, "session": session, parameter: value}))
        expect(page.get_by_text("All sessions")).to_be_visible(timeout=WAIT)
        Person(page).settle()
        expect(page.get_by_text("Something went wrong")).to_have_count(0)
        watched.unharmed(f"{parameter} of the address")


def _report(watched: Watched, server: Server, folder: Path) -> None:
    """Made by the button, read in its door, and as the file that was saved: there nothing but its own text keeps it harmless."""
    page = watched.page
    page.goto(f"{server.url}/results")
    page.get_by_role("combobox", name="Study").click()
    page.get_by_role("option", name=f"({ID})", exact=False).click()
    page.get_by_role("button", name="Make the report").click(timeout=WAIT)
    expect(page.get_by_role("link", name="Read", exact=True)).to_be_visible(timeout=240_000)
    expect(page.frame_locator("iframe").get_by_role("heading", name="Participants")).to_be_visible(timeout=240_000)
    watched.unharmed("results with the report in them")
    address = f"{server.url}{page.get_by_role('link', name='Read', exact=True).get_attribute('href')}"
    page.goto(address)
    watched.unharmed("the report")
    kept = folder / "report.html"
    kept.write_bytes(page.request.get(address).body())
    page.goto(kept.as_uri())
    expect(page.get_by_role("heading", name="Participants")).to_be_visible(timeout=WAIT)
    watched.shows(HARM, "the report that was saved")
    watched.unharmed("the report that was saved")
