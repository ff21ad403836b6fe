"""A session is played, then seen again and coded, in a real browser; by an owner, an editor and a blinded viewer."""

import pytest
from journey.person import READY
from journey.server import Server
from journey.test_researcher import PASSWORD, sign_up
from journey.test_results import DEMO
from journey.test_study import NewContext, to_task, visit
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from analysis.code_agreement import agreement, judgements
from analysis.frames import frames
from study import researchers
from study.database import open_database
from study.event_lines import HIDDEN_FROM_BLIND, name_of, visible
from study.log import Logged, events
from study.members import set_member
from study.records import load_record

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
HOSTILE = "<script>document.title='taken'</script><b id=planted>Something cheap near the water, please."
LONG = 60_000
"""Milliseconds that a busy machine may need."""


def test_a_session_is_seen_again_and_coded_by_two(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(), server, "?PROLIFIC_PID=5f3a-panel")
    to_task(person)
    person.say(HOSTILE)
    person.say("By train, and relaxed.")
    engine = open_database(server.database)
    (row,) = load_record(engine, DEMO).sessions
    every = events(engine, row.id)
    first, second = (one for one in every if one.kind == "message_sent")

    ada = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(ada, server)
    ada.goto(f"{server.url}/sessions")
    ada.get_by_role("combobox", name="Open a session").click(timeout=LONG)
    ada.get_by_role("option", name=row.participant).click()
    expect(ada.get_by_text("As the participant saw it", exact=False)).to_be_visible(timeout=LONG)
    expect(ada.get_by_text(" → ".join(row.conditions), exact=False).first).to_be_visible()
    _steps_and_filters(ada, server, row.id, every, first, second)
    _shows_what_is_behind(ada, server, row.id, next(one for one in every if one.kind == "reply_given"))
    expect(ada.locator("body")).not_to_contain_text("5f3a-panel")

    _codes(engine, ada, new_context, server, first)
    record = load_record(engine, DEMO)
    data = frames(record)
    assert sorted(data.codes["coder"]) == ["Ada", "Bo"]
    assert data.codes["event_id"].unique().tolist() == [first.id]
    (found,) = agreement(data).to_dict("records")
    assert (found["coders"], found["used"]) == (2, 2)
    assert (
        judgements(data, found["code"]).sum(axis=1) == [2 if e == first.id else 0 for e in _units(data, found)]
    ).all()

    _is_blind(engine, new_context().new_page(), server, row.id, row.conditions, every)
    assert [one.id for one in events(engine, row.id)][: len(every)] == [one.id for one in every]
    assert {one.kind for one in events(engine, row.id)[len(every) :]} <= {"client_reported"}, "a replay adds nothing"
    engine.dispose()


def _units(data, found):  # type: ignore[no-untyped-def]
    return judgements(data, found["code"]).index


def at(page: Page, server: Server, session: str, seq: int) -> None:
    page.goto(f"{server.url}/sessions?study={DEMO}&session={session}&event={seq}")
    expect(page.get_by_text(f"Event {seq} of", exact=False).first).to_be_visible(timeout=LONG)
    page.locator(READY).wait_for(timeout=LONG)


def _steps_and_filters(
    page: Page, server: Server, session: str, every: list[Logged], first: Logged, second: Logged
) -> None:
    at(page, server, session, first.seq)
    screen = page.locator(".st-key-replayed")
    expect(screen.get_by_text("<script>", exact=False)).to_be_visible(timeout=LONG)
    assert page.locator("#planted").count() == 0 and page.title() != "taken"
    expect(screen.get_by_text("By train, and relaxed.")).to_have_count(0)
    expect(screen.get_by_role("textbox", name="Your message")).to_be_disabled(timeout=LONG)
    expect(screen.get_by_role("button", name="I am done", exact=False)).to_be_disabled(timeout=LONG)

    page.get_by_role("textbox", name="Search").fill("relaxed")
    page.get_by_role("textbox", name="Search").press("Enter")
    page.get_by_role("button", name=f"{second.seq} · ", exact=False).click(timeout=LONG)
    expect(screen.get_by_text("By train, and relaxed.").first).to_be_visible(timeout=LONG)
    page.get_by_role("textbox", name="Search").fill("")
    page.get_by_role("textbox", name="Search").press("Enter")
    page.get_by_role("button", name="Step back").click(timeout=LONG)
    entered = max(one.seq for one in every if one.kind == "step_entered" and one.seq < second.seq)
    expect(page.get_by_text(f"Event {entered} of", exact=False).first).to_be_visible(timeout=LONG)
    page.locator(READY).wait_for(timeout=LONG)
    page.locator("body").press("n")
    expect(page.get_by_text(f"Event {entered + 1} of", exact=False).first).to_be_visible(timeout=LONG)

    answered = next(one for one in every if one.kind == "questionnaire_answered")
    at(page, server, session, answered.seq)
    expect(screen.locator("input:checked").first).to_be_disabled(timeout=LONG)


def _shows_what_is_behind(page: Page, server: Server, session: str, reply: Logged) -> None:
    at(page, server, session, reply.seq)
    page.get_by_text("Behind the screen", exact=False).click()
    page.get_by_text("Final prompt", exact=False).click(timeout=LONG)
    expect(page.get_by_text("# About the participant", exact=False).first).to_be_visible(timeout=LONG)


def _codes(engine: Engine, ada: Page, new_context: NewContext, server: Server, message: Logged) -> None:
    """The owner makes a code and gives it; an editor, who does not see that, gives it too."""
    at(ada, server, message.session_id, message.seq)
    ada.get_by_text("Codes and memo").wait_for()
    ada.get_by_text("Codebook (0)").click()
    ada.get_by_role("textbox", name="New code").fill("a *wish*")
    ada.get_by_role("button", name="Add the code").click()
    _give(ada)
    researchers.set_password(engine, researchers.new_link(engine), "Bo", PASSWORD)
    set_member(engine, DEMO, "Bo", "editor", "Ada")
    bo = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    _sign_in(bo, server, "Bo")
    at(bo, server, message.session_id, message.seq)
    expect(bo.get_by_text("Ada", exact=True)).to_have_count(0)
    _give(bo)
    bo.get_by_text("Show the others’ codes").click()
    expect(bo.get_by_text("Ada", exact=True)).to_be_visible(timeout=LONG)
    _renames_and_retires(bo)


def _renames_and_retires(page: Page) -> None:
    """An editor renames the code that both gave, retires it, and offers it again."""
    page.get_by_text("Codebook (1)").click()
    page.get_by_role("button", name="Change …").click()
    page.get_by_role("textbox", name="Name").fill("a hope")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("button", name="● a hope")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("Codebook (0)")).to_be_visible(timeout=LONG)
    page.locator(READY).wait_for(timeout=LONG)
    if not page.get_by_role("button", name="Offer again").is_visible():
        page.get_by_text("Codebook (0)").click()  # its label changed, and it is folded
    page.get_by_role("button", name="Offer again").click()
    expect(page.get_by_text("Codebook (1)")).to_be_visible(timeout=LONG)
    page.locator(READY).wait_for(timeout=LONG)
    if not page.get_by_role("button", name="Change …").is_visible():
        page.get_by_text("Codebook (1)").click()
    page.get_by_role("button", name="Change …").click()
    page.get_by_role("textbox", name="Name").fill("a *wish*")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("button", name="● a *wish*")).to_be_visible(timeout=LONG)


def _give(page: Page) -> None:
    page.get_by_role("button", name="● a *wish*").click(timeout=LONG)
    page.locator(READY).wait_for(timeout=LONG)
    page.get_by_text("I have coded this whole session").click()
    page.locator(READY).wait_for(timeout=LONG)


def _is_blind(
    engine: Engine, page: Page, server: Server, session: str, conditions: list[str], every: list[Logged]
) -> None:
    researchers.set_password(engine, researchers.new_link(engine), "Cy", PASSWORD)
    set_member(engine, DEMO, "Cy", "viewer", "Ada", blind=True)
    _sign_in(page, server, "Cy")
    seen = visible(every, True)
    for place, one in enumerate(seen, start=1):
        after = every[one.seq] if one.seq < len(every) else one
        if after.kind in HIDDEN_FROM_BLIND:  # whoever asks for it gets the moment before it, and hears nothing of it
            page.goto(f"{server.url}/sessions?study={DEMO}&session={session}&event={after.seq}")
            expect(page.get_by_text(f"Event {place} of", exact=False).first).to_be_visible(timeout=LONG)
            expect(page.locator("body")).not_to_contain_text(name_of(after.kind))
            break
    else:
        raise AssertionError("nothing was hidden")
    expect(page.get_by_text("What happened")).to_be_visible(timeout=LONG)
    for condition in conditions:
        if condition != "active":  # an option of the task is called so as well
            expect(page.locator("body")).not_to_contain_text(condition)
        expect(page.get_by_text(f"in {condition}", exact=False)).to_have_count(0)
        expect(page.get_by_text(f"{condition} →", exact=False)).to_have_count(0)
    expect(page.get_by_text("Behind the screen", exact=False)).to_have_count(0)
    _give(page)  # who does not know the condition can code


def _sign_in(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/researcher/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=LONG)


def test_a_study_without_sessions_says_what_to_do(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    page.goto(f"{server.url}/sessions")
    expect(page.get_by_text("Nobody has taken part yet", exact=False)).to_be_visible(timeout=LONG)
    page.goto(f"{server.url}/sessions?study={DEMO}&session=made-up")
    expect(page.get_by_text("no longer in the record", exact=False)).to_be_visible(timeout=LONG)
