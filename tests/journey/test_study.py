"""The whole demo study in a real browser, with what goes wrong in real life, and the record afterwards."""

import re
import time
from collections import Counter
from collections.abc import Callable

import pytest
from journey.harm import until
from journey.person import SAID, Person
from journey.server import Server
from playwright.sync_api import BrowserContext, Page, expect

from study.database import open_database
from study.log import Logged
from study.records import Record, load_record

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
NewContext = Callable[..., BrowserContext]
WORK = {"welcome": "Start", "instructions": "I am ready", "debrief": "Finish the study"}


def walk(person: Person, seconds: float = 200) -> None:
    """From wherever the person is to the completion code."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        person.settle()
        if person.page.get_by_text(person.reads("All your answers are stored. This is your completion code:")).count():
            return
        if not _one_step(person):
            person.page.wait_for_timeout(100)  # between two pages
    raise AssertionError(f"the study does not end: {person.page.inner_text('body')[:500]}")


def _one_step(person: Person) -> bool:
    """Do what the page asks for, if it can be told yet."""
    page = person.page
    version = person.reads("Version {version}", version=r"\w")
    task = re.search(rf"{version} · (.*)", page.inner_text("body"))
    if page.get_by_role("button", name=person.reads("I agree and want to take part")).count():
        person.press("I agree and want to take part")
    elif task and page.get_by_role("textbox", name=person.reads("Your message")).count():
        person.task(task.group(1))
    elif page.locator("form fieldset").count():
        person.fill(person.number())
    elif names := [n for n in WORK.values() if page.get_by_role("button", name=person.reads(n), exact=True).count()]:
        person.press(names[0])
    else:
        return False
    return True


def to_task(person: Person) -> None:
    """To the first task screen."""
    person.press("Start")
    person.press("I agree and want to take part")
    person.fill(1)
    person.fill(2)
    person.press("I am ready")


def visit(context: BrowserContext, server: Server, query: str = "", language: str = "en") -> Person:
    page = context.new_page()
    page.goto(f"{server.url}/s/active_vs_passive{query}")
    person = Person(page, language=language)
    person.settle()
    return person


def record_of(server: Server) -> Record:
    return load_record(open_database(server.database), "active_vs_passive")


def check(record: Record, number: int = 0) -> list[Logged]:
    """A complete sitting: every step once, every message answered once, nothing twice."""
    row = record.sessions[number]
    events = [e for e in record.events if e.session_id == row.id]
    assert row.status == "complete"
    finished = Counter(e.place.step for e in events if e.kind == "step_finished")
    assert len(finished) == 28
    assert set(finished.values()) == {1}
    sent = Counter(e.event.message_id for e in events if e.kind == "message_sent")
    given = Counter(e.event.message_id for e in events if e.kind == "reply_given")
    assert sent == given
    assert set(sent.values()) == {1}
    answered = Counter((e.place.step, e.event.instrument) for e in events if e.kind == "questionnaire_answered")
    assert len(answered) == 18
    assert set(answered.values()) == {1}
    return events


def test_two_participants_take_the_study_in_different_orders(new_context: NewContext, server: Server) -> None:
    orders = []
    for number in range(2):
        context = new_context()
        person = visit(context, server, f"?PROLIFIC_PID=person-{number}&STUDY_ID=s1&SESSION_ID=x&source=mail")
        walk(person)
        expect(person.page.get_by_text("ATELIER-DEMO")).to_be_visible()
        context.close()
        record = record_of(server)
        events = check(record, number)
        orders.append(tuple(record.sessions[number].conditions))
        started = next(e.event for e in events if e.kind == "session_started")
        assert started.url_params == {
            "PROLIFIC_PID": f"person-{number}",
            "STUDY_ID": "s1",
            "SESSION_ID": "x",
            "source": "mail",
        }
        judged = [e.event.belief_id for e in events if e.kind == "belief_judged"]
        held = {e.event.belief.id for e in events if e.kind == "belief_changed" and e.place.condition == "passive"}
        assert judged
        assert set(judged) <= held
    assert orders[0] != orders[1]


def test_a_reload_in_mid_stream_neither_loses_nor_doubles_the_reply(
    new_context: NewContext, slow_server: Server
) -> None:
    person = visit(new_context(), slow_server)
    to_task(person)
    person.say("Something cheap near the water, please.", wait=False)
    live = person.page.get_by_role("group", name="The assistant's reply")
    expect(live).to_contain_text(re.compile(r"\w+ \w+"), timeout=20_000)
    person.page.reload()
    person.settle()
    expect(live).to_contain_text(re.compile(r"\w+"), timeout=10_000)  # the reply goes on where it is
    expect(person.replies()).to_have_count(1, timeout=60_000)
    person.page.get_by_role("button", name="Send").wait_for()
    kinds = Counter(e.kind for e in record_of(slow_server).events)
    assert [kinds[k] for k in ("message_sent", "reply_started", "reply_given", "reply_failed")] == [1, 1, 1, 0]


def test_the_server_dies_in_mid_stream_and_the_study_goes_on(new_context: NewContext, slow_server: Server) -> None:
    person = visit(new_context(), slow_server)
    to_task(person)
    person.say("Something cheap near the water, please.", wait=False)
    live = person.page.get_by_role("group", name="The assistant's reply")
    expect(live).to_contain_text(re.compile(r"\w+ \w+"), timeout=20_000)
    slow_server.kill()
    slow_server.start()
    expect(person.replies()).to_have_count(1, timeout=90_000)  # the page reconnects and the reply is made again
    events = record_of(slow_server).events
    kinds = Counter(e.kind for e in events)
    assert [kinds[k] for k in ("message_sent", "reply_started", "reply_given")] == [1, 2, 1]
    assert [e.event.outcome for e in events if e.kind == "reply_failed"] == ["interrupted"]


LISTEN = """node => {
  window.heard = []
  new MutationObserver(() => window.heard.push(node.textContent)).observe(node, { childList: true })
}"""


def test_a_reply_is_read_aloud_once_and_not_while_it_grows(new_context: NewContext, slow_server: Server) -> None:
    person = visit(new_context(), slow_server)
    to_task(person)
    person.page.locator(".told").evaluate(LISTEN)
    person.say("Something cheap near the water, please.")
    (given,) = (entry.event.text for entry in record_of(slow_server).events if entry.kind == "reply_given")
    assert person.page.evaluate("window.heard") == ["The assistant is writing.", given]


def test_what_is_noticed_on_a_step_is_reported_of_it(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(), server)
    to_task(person)
    task = person.number()
    for said in SAID[person.page.get_by_role("heading", level=3).first.inner_text().split(" · ")[1]]:
        person.say(said)
    field = person.page.get_by_role("textbox", name="Your message")
    field.press_sequentially("half a thought")
    field.evaluate("""node => node.dispatchEvent(new ClipboardEvent("paste", {
        bubbles: true, composed: true, clipboardData: Object.assign(new DataTransfer(), {}) }))""")
    person.press("I am done with this plan")
    assert person.number() == task + 1
    person.page.locator("input").first.press("ArrowRight")
    assert until(person.page, lambda: any(step.endswith("nasa_tlx") for step, _ in reported(server)))
    (pasted,) = (step for step, what in reported(server) if what == "paste")
    assert pasted.endswith("task")
    assert [step for step, what in reported(server) if what == "typing"][-1].endswith("nasa_tlx")


def reported(server: Server) -> list[tuple[str, str]]:
    """Step and kind of what the browser reported, in order."""
    return [(e.place.step, e.event.what) for e in record_of(server).events if e.kind == "client_reported"]


def test_a_second_tab_is_told_where_the_study_goes_on(new_context: NewContext, server: Server) -> None:
    context = new_context()
    first = visit(context, server)
    first.press("Start")
    second = visit(context, server)
    expect(second.page.get_by_role("heading", name="Before you decide")).to_be_visible()
    told = first.page.get_by_role("heading", name="This study goes on in another tab")
    expect(told).to_be_visible()  # without a click
    first.page.get_by_role("button", name="Continue here").click()
    expect(first.page.get_by_role("heading", name="Before you decide")).to_be_visible()
    expect(second.page.get_by_role("heading", name="This study goes on in another tab")).to_be_visible()
    first.press("I agree and want to take part")
    kinds = [e.kind for e in record_of(server).events]
    assert kinds.count("consent_given") == 1
    assert kinds.count("tab_changed") == 3


def test_coming_back_in_another_browser_by_platform_id_or_link(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(), server, "?PROLIFIC_PID=abc")
    to_task(person)
    person.say("Something cheap near the water, please.")
    link = person.page.url
    person.page.close()  # left open, it would take the study back as soon as it found the server again
    server.kill()
    server.start()
    other = visit(new_context(), server, "?PROLIFIC_PID=abc")
    assert other.number() == 6
    expect(other.page.get_by_text("Something cheap near the water, please.").first).to_be_visible()
    page = new_context().new_page()
    page.goto(link)
    third = Person(page)
    third.settle()
    assert third.number() == 6
    expect(third.replies()).to_have_count(1)
    assert len(record_of(server).sessions) == 1


def test_no_address_skips_a_step_or_opens_a_researchers_page(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(), server)
    person.press("Start")
    for path in ("/task", "/questionnaire", "/debrief", "/studies", "/monitor", "/pages/participant/task.py", "/app"):
        person.page.goto(f"{server.url}{path}")
        expect(person.page.get_by_role("heading", name="Before you decide")).to_be_visible(timeout=15_000)
    _nothing_of_the_researchers(person.page)
    answer = person.page.request.get(f"{server.url}/researcher/study-file/active_vs_passive")
    assert answer.status == 404


def test_a_deep_link_on_a_fresh_server_shows_no_screen(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    page.goto(f"{server.url}/monitor")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=15_000)
    _nothing_of_the_researchers(page)


def _nothing_of_the_researchers(page: Page) -> None:
    for name in ("Studies", "Monitor"):
        assert page.get_by_role("heading", name=name).count() == 0
