"""Pages on which time runs: a break, a limited page, the end of a day; in a real browser."""

from collections.abc import Callable

from journey.person import Person
from journey.server import ROOT, Server
from playwright.sync_api import BrowserContext, expect

from memory.mechanisms.registry import parameter_models
from study.database import open_database
from study.log import events
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.records import load_record
from study.studies import create_study, set_status

TIMELINE = [
    {"step": "break", "title": "A short break", "text": "Look out of the window.", "min_seconds": 5},
    {"step": "questionnaire", "instruments": ["control"], "time_limit": {"minutes": 0.2, "then": "submit"}},
    {"step": "next_session", "text": "Thank you for today.", "after_hours": 0.003, "within_hours": 1},
    {"step": "questionnaire", "instruments": ["comfort"], "time_limit": {"minutes": 0.05, "then": "warn"}},
    {"step": "debrief", "title": "The end", "text": "Bye.", "time_limit": {"minutes": 0.05, "then": "end"}},
]


def test_time_on_pages_is_seen_and_kept(new_context: Callable[..., BrowserContext], server: Server) -> None:
    demo = load_protocol(ROOT / "protocols" / "active_vs_passive.yaml", parameter_models())
    protocol = Protocol.model_validate(
        {**demo.model_dump(), "id": "timed", "conditions": demo.conditions[:2], "analysis": {}, "timeline": TIMELINE}
    )
    engine = open_database(server.database)
    study = create_study(engine, protocol)
    set_status(engine, study.id, "open")
    page = new_context().new_page()
    page.goto(f"{server.url}/s/{study.id}")
    person = Person(page)
    person.settle()

    go_on = page.get_by_role("button", name="Go on", exact=True)
    expect(go_on).to_be_disabled()
    expect(page.get_by_role("timer")).to_have_text("4 seconds left", timeout=4_000)
    expect(go_on).to_be_enabled(timeout=12_000)
    go_on.click()

    expect(page.get_by_role("timer")).to_contain_text("seconds left", timeout=15_000)
    first = page.locator("fieldset input[type=radio]").nth(5)
    first.check(force=True)
    expect(page.get_by_role("heading", name="That is all for today")).to_be_visible(timeout=40_000)  # by itself
    expect(page.get_by_role("timer")).to_contain_text("You can go on from")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible(timeout=40_000)
    page.get_by_role("button", name="Go on with the study").click()

    expect(page.get_by_text("Please come to an end.")).to_be_visible(timeout=30_000)
    page.locator("fieldset input[type=radio]").nth(2).check(force=True)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="The study ends here")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("The time for this study is over")).to_be_visible()

    (row,) = load_record(engine, study.id).sessions
    assert row.status == "timed_out"
    answered = {e.event.instrument: e.event.answers for e in events(engine, row.id, ["questionnaire_answered"])}
    assert sum(value is not None for value in answered["control"].values()) == 1, "what was there"
    assert list(answered["comfort"].values()) == [3]
