"""A researcher watches two people take part, and acts; each act is seen by them and stands in the record."""

import pytest
from journey.person import Person
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import BrowserContext, Page, expect

from study import progress
from study.act_log import acts
from study.database import open_database
from study.enrolment import Arrival, enrol, sitting
from study.log import events
from study.studies import get_study, protocol_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"
SCRIPT = "Take your <script>document.title = 'taken'</script> *time*"
WAIT = 120_000


def patient(context: BrowserContext) -> Page:
    """A page on which nothing is given up because the machine is busy."""
    context.set_default_timeout(WAIT)
    return context.new_page()


def come(server: Server, context: NewContext) -> tuple[Person, str]:
    """Somebody at the first page, and their session."""
    engine = open_database(server.database)
    row, token = enrol(engine, DEMO, Arrival({}))
    page = patient(context())
    page.goto(f"{server.url}/j/{token}")
    expect(page.get_by_role("button", name="Start")).to_be_visible(timeout=WAIT)
    return Person(page), row.id


def choose(page: Page, server: Server, participant: str) -> None:
    page.goto(f"{server.url}/monitor")
    box = page.get_by_role("combobox", name="Participant")
    expect(box).to_be_visible(timeout=WAIT)
    box.click()
    page.get_by_role("option", name=participant).click()
    expect(page.get_by_role("radio", name="Send a note")).to_be_visible(timeout=WAIT)


def act(page: Page, opens: str, field: str, text: str, press: str) -> None:
    Person(page).settle()
    page.get_by_role("radio", name=opens, exact=True).click()
    button = page.get_by_role("button", name=press, exact=True)
    expect(button).to_be_visible(timeout=WAIT)  # until then the form of the last act may still stand there
    page.get_by_label(field, exact=False).fill(text)
    button.click()


def test_what_the_researcher_does_is_seen_by_the_participant_and_in_the_record(
    new_context: NewContext, server: Server
) -> None:
    one, first = come(server, new_context)
    two, second = come(server, new_context)
    engine = open_database(server.database)
    page = patient(new_context(viewport={"width": 1280, "height": 1000}))
    sign_up(page, server)
    choose(page, server, "P001")
    expect(page.get_by_text("Nothing needs you now", exact=False)).to_be_visible(timeout=WAIT)

    page.get_by_role("radio", name="Send a note").click()
    field = page.get_by_label("What P001 reads", exact=False)
    field.fill(SCRIPT)
    drawn = page.get_by_test_id("stMetric").filter(has_text="Running")
    expect(drawn).to_contain_text("2", timeout=WAIT)
    enrol(engine, DEMO, Arrival({}))
    expect(drawn).to_contain_text("3", timeout=WAIT)  # the numbers were drawn anew
    expect(field).to_have_value(SCRIPT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(one.page.get_by_text(SCRIPT)).to_be_visible(timeout=WAIT)
    assert one.page.title() != "taken"
    expect(two.page.get_by_text("A note from the researchers")).to_have_count(0)
    one.page.get_by_role("button", name="I have read it").click()
    expect(one.page.get_by_text(SCRIPT)).to_have_count(0, timeout=WAIT)
    assert [e.kind for e in events(engine, first, ["note_sent", "note_read"])] == ["note_sent", "note_read"]

    expect(page.get_by_text("The note stands on the page of P001.")).to_be_visible(timeout=WAIT)
    act(page, "Move on", "Why", "the *page* hangs", "Finish this step for them")
    expect(one.page.get_by_text("Step 2 of", exact=False)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("P001 is at the next step.")).to_be_visible(timeout=WAIT)
    act(page, "Leave out of the analysis", "Why", "a colleague", "Mark")
    expect(page.get_by_text("P001 is marked for exclusion.")).to_be_visible(timeout=WAIT)
    act(page, "Reject", "Why", "  ", "Reject them")
    expect(page.get_by_role("alert").filter(has_text="needs a reason")).to_be_visible(timeout=WAIT)
    assert sitting(engine, first).status == "running"

    choose(page, server, "P002")
    act(page, "Reject", "Why", "answers by script", "Reject them")
    expect(two.page.get_by_role("button", name="Start")).to_have_count(0, timeout=WAIT)
    assert (sitting(engine, second).status, sitting(engine, first).status) == ("rejected", "running")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("The study is paused", exact=False).first).to_be_visible(timeout=WAIT)
    kinds = [(one.by, one.kind) for one in acts(engine, DEMO) if one.by == "Ada"]
    assert kinds == [
        ("Ada", name)
        for name in ("note_sent", "moved_on", "exclusion_marked", "participant_rejected", "status_changed")
    ]
    assert progress.position(engine, protocol_of(get_study(engine, DEMO)), first).number == 2

    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 361  # tables keep hidden buttons further out
