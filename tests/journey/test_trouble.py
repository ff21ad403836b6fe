"""What people see when something is broken or time is up: a sentence, never a traceback."""

import re
from pathlib import Path

import pytest
from journey.person import Person
from journey.server import Server
from journey.test_study import NewContext, record_of, to_task, visit
from openai_server import Fails, OpenAIServer, Says
from playwright.sync_api import expect

from memory.mechanisms.registry import parameter_models
from study.database import open_database
from study.protocol import TaskRule
from study.protocol_file import load_protocol
from study.settings import ROOT
from study.studies import create_study, set_model, set_status

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_a_broken_database_is_one_sentence_in_the_browser(new_context: NewContext, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.data_dir.mkdir()
    (server.data_dir / "atelier.db").write_bytes(b"this is no database" * 500)
    server.start(ready=503)
    try:
        page = new_context().new_page()
        for path in ("/", "/s/active_vs_passive", "/j/some-token", "/researcher/setup/x"):
            page.goto(server.url + path)
            expect(page.get_by_text("restore it from a backup")).to_be_visible(timeout=20_000)
            assert "Traceback" not in page.inner_text("body")
        assert "Traceback" not in server.output.read_text()
    finally:
        server.stop()


def test_time_runs_out_visibly_and_the_study_goes_on(new_context: NewContext, server: Server) -> None:
    protocol = load_protocol(ROOT / "protocols" / "active_vs_passive.yaml", parameter_models())
    short = protocol.model_copy(update={"id": "short", "task_rule": TaskRule(max_minutes=0.15)})
    engine = open_database(server.database)
    study = create_study(engine, short)
    set_status(engine, study.id, "open")
    page = new_context().new_page()
    page.goto(f"{server.url}/s/{study.id}")
    person = Person(page)
    person.settle()
    to_task(person)
    expect(page.get_by_text(re.compile(r"\d seconds left"))).to_be_visible()
    expect(page.get_by_role("heading", name="Making this plan")).to_be_visible(timeout=40_000)


def test_a_model_that_fails_is_tried_again(new_context: NewContext, tmp_path: Path) -> None:
    with OpenAIServer() as model:
        server = Server(tmp_path / "data", ATELIER_MODEL_BASE_URL=model.url, ATELIER_MODEL_RETRIES="0").start()
        try:
            set_model(open_database(server.database), "active_vs_passive", "openai:test-model")
            person = visit(new_context(), server)
            to_task(person)
            page = person.page
            model.script(Fails(500), forever=True)
            person.say("Something cheap near the water, please.", wait=False)
            expect(page.get_by_text("The assistant could not answer just now.")).to_be_visible(timeout=30_000)
            model.script(Says("Stay at the lake."), forever=True)
            page.get_by_role("button", name="Try again").click()
            expect(person.replies()).to_have_count(1, timeout=30_000)
        finally:
            server.stop()
        kinds = [e.kind for e in record_of(server).events]
        assert kinds.count("message_sent") == 1
        assert kinds.count("reply_failed") == 1
        assert kinds.count("reply_given") == 1
