"""The page of results in a real browser: sealed, unsealed with a reason, a report made by a job; and who sees nothing."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from memory.index import Index
from memory.simulated import Simulated
from memory.worker import Worker
from study.act_log import acts
from study.database import open_database, writing
from study.enrolment import Arrival, enrol
from study.settings import Settings
from study.studies import get_study, protocol_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"


def take_part(server: Server, people: int) -> Engine:
    """So many go through the whole study, and count as people."""
    engine = open_database(server.database)
    protocol = protocol_of(get_study(engine, DEMO))
    worker = Worker(engine, Settings(data_dir=server.data_dir, offline_delay=0.0), Index(None))
    for number in range(people):
        row, _token = enrol(engine, DEMO, Arrival({}))
        Simulated(engine, worker, protocol, row, np.random.default_rng(number)).take_part()
    return engine


def results(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/results")
    expect(page.get_by_role("heading", name="Reports")).to_be_visible(timeout=30_000)


def unseal(page: Page, reason: str) -> None:
    why = page.get_by_label("Why do the results have to be seen now?")
    if not why.is_visible():  # it stays open where the first reason was refused
        page.get_by_role("button", name="Unseal …").click()
    why.fill(reason)
    page.get_by_role("button", name="Unseal the results").click()


def test_results_are_sealed_unsealed_with_a_reason_reported_and_sealed_again(
    new_context: NewContext, server: Server
) -> None:
    engine = take_part(server, 2)
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    results(page, server)
    expect(page.get_by_text("2 people are complete", exact=False)).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Complete")).to_contain_text("2")
    expect(page.get_by_text("There is no report yet", exact=False)).to_be_visible()
    report = page.frame_locator("iframe")

    page.get_by_role("button", name="Make the report").click()
    expect(report.get_by_role("heading", name="Quality of the data")).to_be_visible(timeout=120_000)
    expect(report.get_by_text("Outcomes by condition are left out", exact=False)).to_be_visible()
    expect(report.get_by_role("heading", name="Measures by condition")).to_have_count(0)

    unseal(page, "  ")
    expect(page.get_by_role("alert").first).to_contain_text("give a reason")
    assert acts(engine, DEMO, "results_unsealed") == []
    unseal(page, "the *funder* asks")
    expect(page.get_by_text("Unsealed before the end")).to_be_visible(timeout=20_000)
    (act,) = acts(engine, DEMO, "results_unsealed")
    assert (act.by, act.act.reason, act.act.complete) == ("Ada", "the *funder* asks", 2)

    page.get_by_role("button", name="Make the report").click()
    expect(report.get_by_role("heading", name="Measures by condition")).to_be_visible(timeout=120_000)
    expect(report.get_by_text("“the *funder* asks”", exact=False)).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_count(2)
    address = page.get_by_role("link", name="Read").first.get_attribute("href")
    shown = page.request.get(f"{server.url}{address}")
    assert shown.ok and "sandbox" in shown.headers["content-security-policy"]
    kept = page.request.get(f"{server.url}{address}?download=1")
    assert "attachment" in kept.headers["content-disposition"] and kept.body() == shown.body()
    tables = page.get_by_role("link", name="Tables").first.get_attribute("href")
    archive = page.request.get(f"{server.url}{tables}")
    assert archive.ok and archive.body().startswith(b"PK")

    page.get_by_role("button", name="Seal again").click()
    expect(report.get_by_text("Outcomes by condition are left out", exact=False)).to_be_visible(timeout=20_000)
    for hidden in (address, tables):
        assert page.request.get(f"{server.url}{hidden}").status == 404, "what was shown is hidden again"
    did = [one for one in acts(engine, DEMO)[2:] if one.kind != "file_fetched"]
    assert [(one.by, one.kind) for one in did] == [
        ("Ada", kind) for kind in ("report_made", "results_unsealed", "report_made", "results_sealed")
    ]
    assert {(one.by, one.act.read) for one in acts(engine, DEMO, "file_fetched")} == {("Ada", True), ("Ada", False)}
    engine.dispose()


def test_a_participant_reaches_neither_page_nor_report(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    researcher = new_context().new_page()
    sign_up(researcher, server)
    results(researcher, server)
    researcher.get_by_role("button", name="Make the report").click()
    expect(researcher.get_by_role("link", name="Read")).to_be_visible(timeout=120_000)
    address = researcher.get_by_role("link", name="Read").get_attribute("href")

    person = visit(new_context(), server)
    person.page.goto(f"{server.url}/results")
    expect(person.page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    expect(person.page.get_by_text("Make the report")).to_have_count(0)
    assert person.page.request.get(f"{server.url}{address}").status == 404
    made_up = f"{server.url}/researcher/reports/{DEMO}/..%2F..%2F..%2Fatelier.db"
    for page in (person.page, researcher):
        assert page.request.get(made_up).status in (400, 404)
        assert page.request.get(f"{server.url}/researcher/reports/{DEMO}/.lock").status == 404
    engine.dispose()


def test_a_report_whose_process_died_is_shown_as_failed_and_can_be_made_again(
    new_context: NewContext, server: Server
) -> None:
    page = new_context().new_page()
    sign_up(page, server)
    results(page, server)
    engine = open_database(server.database)
    with writing(engine):  # so that the job cannot end before it is killed
        page.get_by_role("button", name="Make the report").click()
        expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=20_000)
        os.kill(_pid(server.data_dir), signal.SIGKILL)
    expect(page.get_by_text("The last report could not be made", exact=False)).to_be_visible(timeout=30_000)
    server.kill()
    server.start()
    results(page, server)
    expect(page.get_by_text("The last report could not be made", exact=False)).to_be_visible()
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Read")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("The last report could not be made", exact=False)).to_have_count(0)
    engine.dispose()


def _pid(data_dir: Path) -> int:
    file, deadline = data_dir / "jobs" / DEMO / "report" / "job.json", time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(json.loads(file.read_text())["pid"])
