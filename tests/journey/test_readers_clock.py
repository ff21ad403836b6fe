"""A researcher in another time zone: every page says times by their clock, and names it once."""

from zoneinfo import ZoneInfo

import pytest
from journey.person import Person
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import expect

from study.database import open_database
from study.enrolment import Arrival, enrol
from study.studies import get_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO, ZONE = "active_vs_passive", "Asia/Tokyo"
PAGES = ("", "configure", "pilot", "monitor", "sessions", "results", "data", "people", "audit")


def test_times_are_those_of_the_readers_clock(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    row, _token = enrol(engine, DEMO, Arrival({}))
    created = get_study(engine, DEMO).created_at.astimezone(ZoneInfo(ZONE))
    engine.dispose()
    page = new_context(viewport={"width": 1280, "height": 1000}, timezone_id=ZONE).new_page()
    page.set_default_timeout(60_000)
    sign_up(page, server)
    for name in PAGES:
        page.goto(f"{server.url}/{name}")
        expect(page.get_by_text(f"Times are those of {ZONE}.")).to_have_count(1, timeout=60_000)
        Person(page).settle()
        expect(page.get_by_text("UTC", exact=True)).to_have_count(0)
        if not name:
            expect(page.get_by_text(f"created {created:%Y-%m-%d %H:%M}", exact=False)).to_be_visible()
    started = row.started_at.astimezone(ZoneInfo(ZONE))
    page.goto(f"{server.url}/sessions?study={DEMO}&session={row.id}")
    expect(page.get_by_text(f"started {started:%Y-%m-%d %H:%M:%S}", exact=False)).to_be_visible(timeout=60_000)
