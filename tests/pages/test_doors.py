"""The HTTP doors, as a browser, a stranger and somebody with bad intentions use them."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages import runtime as shared
from pages.bootstrap import prepare
from pages.participant import doors as participant
from pages.researcher import doors as researcher
from study.log import study_events
from study.studies import set_status

STUDY = "active_vs_passive"
PASSWORD = "a long enough password"


@pytest.fixture
def setup_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh record with the demo study; the path of the one-time link."""
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for cached in (shared._make, shared._make_worker, shared.protocol_for):
        cached.cache_clear()
    path = prepare(shared.runtime().engine)
    assert path is not None
    yield path
    shared.runtime().engine.dispose()
    for cached in (shared._make, shared._make_worker, shared.protocol_for):
        cached.cache_clear()


@pytest.fixture
def client(setup_path: str) -> TestClient:
    return browser()


def browser() -> TestClient:
    """Another browser: its own cookies."""
    app = Starlette(routes=[*participant.routes(), *researcher.routes()])
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def token_of(answer) -> str:  # type: ignore[no-untyped-def]
    assert answer.status_code == 303
    return str(answer.headers["location"]).split("p=")[1]


def signed_in(client: TestClient, path: str) -> TestClient:
    answer = client.post(path, data={"name": "Ada", "password": PASSWORD})
    assert answer.status_code == 303
    return client


def session_of(token: str) -> str:
    from study.enrolment import by_token

    row = by_token(shared.runtime().engine, token)
    assert row is not None
    return row.id


def test_arriving_gives_a_session_and_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    answer = client.get(f"/s/{STUDY}?PROLIFIC_PID=p1&utm=x")
    cookie = answer.headers["set-cookie"].lower()
    assert token_of(answer) in answer.headers["set-cookie"]
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    behind_tls = browser().get(f"/s/{STUDY}", headers={"x-forwarded-proto": "https"})
    assert "secure" in behind_tls.headers["set-cookie"].lower()


def test_coming_back_leads_to_the_same_session(client: TestClient) -> None:
    first = session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1")))
    assert session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1"))) == first, "by the cookie"
    again = token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID=p1"))
    assert session_of(again) == first, "by the platform's id, in another browser"
    assert session_of(token_of(browser().get(f"/j/{again}"))) == first, "by the personal link"
    assert session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID=p2"))) != first
    assert session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p3"))) != first, "another id is another person"


@pytest.mark.parametrize("path", ["/s/unknown", "/s/' OR 1=1 --", "/j/x", "/j/" + "a" * 500, "/s/%3Cscript%3E"])
def test_what_leads_nowhere_is_said_plainly(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert "Traceback" not in answer.text
    assert "link" in answer.text


@pytest.mark.parametrize(("status", "words"), [("paused", "try again later"), ("closed", "closed"), ("draft", "later")])
def test_a_study_that_is_not_open_takes_nobody_new(client: TestClient, status: str, words: str) -> None:
    known = session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1")))
    set_status(shared.runtime().engine, STUDY, status)
    refused = browser().get(f"/s/{STUDY}")
    assert refused.status_code == 403
    assert words in refused.text
    assert session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID=p1"))) == known


def reports(*numbers: object, **more: object) -> dict[str, object]:
    at = more.pop("at", 1_700_000_000_000)
    return {"tab": "t", "step": "x", "reports": [{"seq": n, "what": "focus", "at": at, **more} for n in numbers]}


def test_telemetry_is_stored_once_however_often_it_is_sent(client: TestClient) -> None:
    client.get(f"/s/{STUDY}")
    for _ in range(3):
        assert client.post("/api/telemetry", json=reports(1, 2)).status_code == 204
    stored = [e.event.tab_seq for e in study_events(shared.runtime().engine, STUDY, ("client_reported",))]
    assert stored == [1, 2]
    assert browser().post("/api/telemetry", json=reports(3)).status_code == 404, "a stranger"


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "null",
        '{"tab": 1}',
        json.dumps(reports("x")),
        json.dumps(reports(1, at="x")),
        json.dumps(reports(1, at=1e300)),
        json.dumps(reports(10**40)),
        '{"tab": "t", "reports": [{"seq": Infinity, "what": "focus", "at": 0}]}',
        '{"tab": "t", "reports": [{"seq": 1, "what": "focus", "at": NaN}]}',
        json.dumps({"tab": "t", "reports": {"a": 1}}),
        json.dumps(reports(1, detail="text")),
        json.dumps(reports(1, detail={"length": 1e308, "x": None, "y": ["z"], "s": "a" * 10_000})),
        json.dumps(reports(1, what="keystroke")),
        json.dumps({"tab": "t\x00\ud800", "reports": [{"seq": 1, "what": "blur", "at": 0}]}),
        "x" * 2_000_000,
    ],
)
def test_no_report_breaks_the_door(client: TestClient, body: str) -> None:
    client.get(f"/s/{STUDY}")
    assert client.post("/api/telemetry", content=body).status_code in (204, 400)
    assert client.post("/api/telemetry", json=reports(77)).status_code == 204


def test_the_one_time_link_works_once(client: TestClient, setup_path: str) -> None:
    assert client.get(setup_path).status_code == 200
    short = client.post(setup_path, data={"name": "Ada", "password": "short"})
    assert short.status_code == 400
    assert "at least" in short.text
    signed_in(client, setup_path)
    assert browser().get(setup_path).status_code == 404
    assert browser().post(setup_path, data={"name": "Eve", "password": PASSWORD}).status_code == 404


def test_guessing_a_password_is_slowed_down(client: TestClient, setup_path: str) -> None:
    signed_in(client, setup_path)
    stranger = browser()
    for _ in range(5):
        wrong = stranger.post("/researcher/sign-in", data={"name": "Ada", "password": "wrong password"})
        assert wrong.status_code == 400
        assert "wrong" in wrong.text
    right = stranger.post("/researcher/sign-in", data={"name": "Ada", "password": PASSWORD})
    assert right.status_code == 400
    assert "Too many attempts" in right.text


def test_a_form_of_another_site_is_refused(client: TestClient, setup_path: str) -> None:
    signed_in(client, setup_path)
    form = {"name": "Ada", "password": PASSWORD}
    assert (
        browser().post("/researcher/sign-in", data=form, headers={"origin": "https://evil.example"}).status_code == 403
    )
    same = {"origin": "http://testserver"}
    assert browser().post("/researcher/sign-in", data=form, headers=same).status_code == 303


def test_what_is_typed_into_the_form_comes_back_as_text(client: TestClient, setup_path: str) -> None:
    form = {"name": '"><script>alert(1)</script>', "password": PASSWORD}
    answer = client.post(setup_path, data=form)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


def test_only_researchers_get_the_data(client: TestClient, setup_path: str) -> None:
    person = browser()
    person.get(f"/s/{STUDY}")
    assert person.get(f"/researcher/export/{STUDY}").status_code == 404
    assert browser().get(f"/researcher/export/{STUDY}").status_code == 404
    client = signed_in(client, setup_path)
    assert client.get("/researcher/export/unknown").status_code == 404
    assert client.get("/researcher/export/..%2F..%2Fetc").status_code == 404


@pytest.mark.slow
def test_the_export_is_a_zip_and_ends_with_the_sign_in(client: TestClient, setup_path: str) -> None:
    browser().get(f"/s/{STUDY}")
    client = signed_in(client, setup_path)
    answer = client.get(f"/researcher/export/{STUDY}")
    assert answer.status_code == 200
    assert any(name.endswith("events.csv") for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    held = dict(client.cookies)
    assert client.get("/researcher/sign-out").status_code == 303
    stolen = browser()
    stolen.cookies.update(held)
    assert stolen.get(f"/researcher/export/{STUDY}").status_code == 404, "the old cookie opens nothing"
