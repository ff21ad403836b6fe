"""The HTTP doors, as a browser, a stranger and somebody with bad intentions use them."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages import runtime as shared
from pages.bootstrap import prepare
from pages.participant import doors as participant
from pages.researcher import doors as researcher
from pages.researcher import downloads, who
from study import sign_ins
from study.act_log import acts, record_act
from study.acts import ReportMade
from study.database import writing
from study.enrolment import sitting
from study.errors import NotFound
from study.log import now, study_events
from study.personal_links import make_links, revoke, set_door
from study.progress import withdraw
from study.standing import link_again
from study.studies import set_status
from study.tables import Sitting

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
    app = Starlette(routes=[*participant.routes(), *researcher.routes(), *downloads.routes()])
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


def test_the_link_for_shared_computers_begins_somebody_new_each_time(client: TestClient) -> None:
    first = session_of(token_of(client.get(f"/s/{STUDY}")))
    second = session_of(token_of(client.get(f"/s/{STUDY}?new=1")))
    third = session_of(token_of(client.get(f"/s/{STUDY}?new=1")))
    assert len({first, second, third}) == 3
    assert session_of(token_of(client.get(f"/s/{STUDY}"))) == third, "who was interrupted goes on by the open link"
    assert session_of(token_of(client.get(f"/s/{STUDY}?new=0"))) == third


def test_nobody_from_a_panel_gets_another_session_by_asking_for_somebody_new(client: TestClient) -> None:
    first = session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1")))
    assert session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1&new=1"))) == first
    assert session_of(token_of(browser().get(f"/s/{STUDY}?new=1&PROLIFIC_PID=p1"))) == first
    assert session_of(token_of(client.get(f"/s/{STUDY}?new=1"))) == first, "nor by leaving out the id"


def test_the_door_hears_the_language_of_link_and_browser(client: TestClient) -> None:
    def language(query: str, accepts: str, visitor: TestClient | None = None) -> str:
        answer = (visitor or browser()).get(f"/s/{STUDY}?{query}", headers={"accept-language": accepts})
        return sitting(shared.runtime().engine, session_of(token_of(answer))).language

    assert language("", "de-DE,de;q=0.9,en;q=0.8") == "de"
    assert language("lang=en", "de") == "en"
    assert language("lang=de&PROLIFIC_PID=p1", "en", client) == "de"
    assert language("lang=en&PROLIFIC_PID=p1", "en") == "de", "who comes back keeps their language"
    assert language("lang=en", "en", client) == "de", "also by the cookie"
    assert language("lang=%00%ff&lang=../de", ";;q=x, ,*;q=") == "en"


def test_a_link_that_the_platform_did_not_fill_in_names_nobody(client: TestClient) -> None:
    """With the placeholder as an id, everybody would share one session."""
    path = f"/s/{STUDY}?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}&STUDY_ID={{{{%STUDY_ID%}}}}"
    first = session_of(token_of(client.get(path)))
    assert session_of(token_of(browser().get(path))) != first
    assert session_of(token_of(client.get(path))) == first, "the same browser comes back by its cookie"


def test_the_door_leads_to_the_study_and_the_cookie_alone_leads_back(client: TestClient) -> None:
    answer = client.get(f"/s/{STUDY}")
    assert answer.headers["location"] == f"/?p={client.cookies[participant.COOKIE]}"
    assert answer.headers["cache-control"] == "no-store"
    first = session_of(token_of(answer))
    assert session_of(token_of(client.get(f"/s/{STUDY}"))) == first
    set_status(shared.runtime().engine, STUDY, "closed")
    assert session_of(token_of(client.get(f"/s/{STUDY}"))) == first, "who is in may finish"
    stranger = browser()
    stranger.cookies.set(participant.COOKIE, "made-up")
    assert stranger.get(f"/s/{STUDY}").status_code == 403


def test_a_study_is_never_looked_up_by_what_no_database_can_hold(
    client: TestClient, setup_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL refuses NUL in a text; SQLite would not notice."""
    asked: list[str] = []
    monkeypatch.setattr(participant, "enrol", lambda _e, study_id, *_: asked.append(study_id) or _nothing())
    signed_in(client, setup_path)
    assert client.get("/s/a%00b").status_code == 404
    assert client.get("/researcher/study-file/a%00b").status_code == 404
    assert asked == ["ab"]


def _nothing() -> None:
    raise NotFound("There is nothing here.")


def test_a_damaged_database_closes_every_door_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    shared._make.cache_clear()
    (tmp_path / "atelier.db").write_bytes(b"no database " * 1000)
    ready, arriving = browser().get("/api/ready"), browser().get(f"/s/{STUDY}")
    assert (ready.status_code, arriving.status_code) == (503, 503)
    assert "atelier.db cannot be used" in ready.json()["why"]
    assert "The study cannot start" in arriving.text


def test_small_doors(client: TestClient) -> None:
    assert client.get("/api/ready").json() == {"ready": True}
    assert browser().get("/api/live").status_code == 404, "nobody's session"
    assert client.get("/pages/shell.py").headers["location"] == "/"
    assert client.get("/api/telemetry").status_code == 405


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


def test_telemetry_ends_with_the_session(client: TestClient) -> None:
    engine = shared.runtime().engine
    session_id = session_of(token_of(client.get(f"/s/{STUDY}")))
    assert client.post("/api/telemetry", json=reports(1)).status_code == 204
    withdraw(engine, session_id, None)
    assert client.post("/api/telemetry", json=reports(2)).status_code == 410
    kinds = [entry.kind for entry in study_events(engine, STUDY)]
    assert kinds == ["session_started", "client_reported", "session_ended"]


@pytest.mark.parametrize(
    ("status", "seconds", "answer"), [("complete", 50, 204), ("complete", 70, 410), ("rejected", 0, 410)]
)
def test_what_was_noticed_up_to_the_end_may_come_a_little_later_unless_somebody_has_left(
    client: TestClient, status: str, seconds: int, answer: int
) -> None:
    engine = shared.runtime().engine
    session_id = session_of(token_of(client.get(f"/s/{STUDY}")))
    seen = sitting(engine, session_id).seen_at
    with writing(engine) as db:
        ended = now() - timedelta(seconds=seconds)
        db.exec(update(Sitting).where(col(Sitting.id) == session_id).values(status=status, ended_at=ended))
    assert client.post("/api/telemetry", json=reports(1)).status_code == answer
    assert len(list(study_events(engine, STUDY, ("client_reported",)))) == (answer == 204)
    assert sitting(engine, session_id).seen_at == seen, "it is nothing that the participant does"


def test_reports_are_told_apart_by_tab_and_number_and_know_their_time(client: TestClient) -> None:
    client.get(f"/s/{STUDY}")
    two_tabs = [{**reports(1, 1, 2), "tab": "one"}, {**reports(1, detail={"length": 12}), "tab": "two"}]
    for body in two_tabs:
        assert client.post("/api/telemetry", json=body).status_code == 204
    stored = list(study_events(shared.runtime().engine, STUDY, ("client_reported",)))
    assert [(e.event.tab, e.event.tab_seq) for e in stored] == [("one", 1), ("one", 2), ("two", 1)]
    assert stored[2].event.detail == {"length": 12}
    assert stored[2].place.step == "x"
    assert stored[0].client_at is not None
    assert stored[0].client_at.timestamp() == 1_700_000_000


def test_a_tab_reports_for_the_session_in_its_address_not_for_that_of_the_cookie(client: TestClient) -> None:
    first = token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p1"))
    second = session_of(token_of(client.get(f"/s/{STUDY}?PROLIFIC_PID=p2")))
    assert client.post(f"/api/telemetry?p={first}", json=reports(1)).status_code == 204
    assert client.post("/api/telemetry", json=reports(2)).status_code == 204
    assert client.post("/api/telemetry?p=made-up", json=reports(3)).status_code == 404
    stored = list(study_events(shared.runtime().engine, STUDY, ("client_reported",)))
    assert {e.session_id: e.event.tab_seq for e in stored} == {session_of(first): 1, second: 2}


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
        "[" * 90_000,
        b"\xff\xfe{}",
        "",
        json.dumps(reports(*range(201))),
        json.dumps(reports(-1)),
        json.dumps(reports(1, at=-1e18)),
        json.dumps(reports(1, what=["focus"])),
    ],
)
def test_no_report_breaks_the_door(client: TestClient, body: str | bytes) -> None:
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


def test_a_fresh_one_time_link_lets_in_who_was_locked_out(client: TestClient, setup_path: str) -> None:
    """Somebody tried many passwords, also from where they sit."""
    signed_in(client, setup_path)
    for _ in range(6):
        browser().post("/researcher/sign-in", data={"name": "Ada", "password": "wrong password"})
    engine, form = shared.runtime().engine, {"name": "Ada", "password": "another long password"}
    answer = browser().post(f"/researcher/setup/{link_again(engine, 'Ada', 'Ada')}", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert who.name_in({who.COOKIE: answer.cookies[who.COOKIE]}) == "Ada"
    assert browser().post("/researcher/sign-in", data=form).status_code == 303


def test_a_wrong_password_opens_nothing(client: TestClient, setup_path: str) -> None:
    signed_in(client, setup_path)
    for form in ({"name": "Ada", "password": "wrong password"}, {"name": "Eve", "password": PASSWORD}, {}):
        stranger = browser()
        answer = stranger.post("/researcher/sign-in", data=form)
        assert answer.status_code == 400
        assert "Name or password is wrong." in answer.text
        assert "set-cookie" not in answer.headers
        assert stranger.get(f"/researcher/study-file/{STUDY}").status_code == 404


def test_the_researchers_cookie_cannot_be_read_by_scripts(client: TestClient, setup_path: str) -> None:
    answer = client.post(setup_path, data={"name": "Ada", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/"
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    form = {"name": "Ada", "password": PASSWORD}
    behind_tls = browser().post("/researcher/sign-in", data=form, headers={"x-forwarded-proto": "https"})
    assert "secure" in behind_tls.headers["set-cookie"].lower()


def test_a_form_of_another_site_is_refused(client: TestClient, setup_path: str) -> None:
    signed_in(client, setup_path)
    form = {"name": "Ada", "password": PASSWORD}
    assert (
        browser().post("/researcher/sign-in", data=form, headers={"origin": "https://evil.example"}).status_code == 403
    )
    same = {"origin": "http://testserver"}
    assert browser().post("/researcher/sign-in", data=form, headers=same).status_code == 303


def test_a_form_in_a_frame_that_hides_its_origin_is_refused(client: TestClient, setup_path: str) -> None:
    hidden = {"origin": "null", "sec-fetch-site": "cross-site"}
    form = {"name": "Ada", "password": PASSWORD}
    assert client.post(setup_path, data=form, headers=hidden).status_code == 403
    signed_in(client, setup_path)
    assert browser().post("/researcher/sign-in", data=form, headers=hidden).status_code == 403
    ours = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert browser().post("/researcher/sign-in", data=form, headers=ours).status_code == 303


def test_a_link_on_another_site_signs_nobody_out(client: TestClient, setup_path: str) -> None:
    signed_in(client, setup_path)
    held = client.cookies[researcher.COOKIE]
    client.get("/researcher/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert sign_ins.signed_in(shared.runtime().engine, held) == "Ada"
    client.get("/researcher/sign-out", headers={"sec-fetch-site": "same-origin"})
    assert sign_ins.signed_in(shared.runtime().engine, held) is None


def test_a_body_without_end_is_not_read(client: TestClient, setup_path: str) -> None:
    assert client.post("/researcher/sign-in", content=b"name=" + b"a" * 2_000_000).status_code == 403
    assert client.post("/researcher/sign-in", content=b"\xff\x00=%ff&name=%00").status_code == 400


def test_what_is_typed_into_the_form_comes_back_as_text(client: TestClient, setup_path: str) -> None:
    form = {"name": '"><script>alert(1)</script>', "password": PASSWORD}
    answer = client.post(setup_path, data=form)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


def test_only_researchers_get_the_data(client: TestClient, setup_path: str) -> None:
    person = browser()
    person.get(f"/s/{STUDY}")
    assert person.get(f"/researcher/study-file/{STUDY}").status_code == 404
    assert browser().get(f"/researcher/study-file/{STUDY}").status_code == 404
    pretender = browser()
    pretender.cookies.set(researcher.COOKIE, person.cookies[participant.COOKIE])
    assert pretender.get(f"/researcher/study-file/{STUDY}").status_code == 404, "a participant's token is none of ours"
    client = signed_in(client, setup_path)
    assert client.get("/researcher/study-file/unknown").status_code == 404
    assert client.get("/researcher/study-file/..%2F..%2Fetc").status_code == 404


def test_a_report_is_given_only_to_researchers_from_the_record_and_while_it_is_not_sealed(
    client: TestClient, setup_path: str, tmp_path: Path
) -> None:
    folder, engine = tmp_path / "results" / STUDY, shared.runtime().engine
    folder.mkdir(parents=True)
    for name, sealed in (("blind.html", True), ("open.html", False), ("gone.html", True)):
        (folder / name).write_text(f"<p>{name}")
        made = ReportMade(file=name, content_hash="", app_version="0", complete=0, sealed=sealed)
        record_act(engine, STUDY, "Ada", made)
    (folder / "gone.html").unlink()
    (folder / "stray.html").write_text("<p>nobody's")
    at = f"/researcher/reports/{STUDY}"
    assert client.get(f"{at}/blind.html").status_code == 404, "nobody is signed in"
    client = signed_in(client, setup_path)
    answer = client.get(f"{at}/blind.html")
    assert (answer.status_code, answer.text) == (200, "<p>blind.html")
    assert answer.headers["content-security-policy"].startswith("sandbox") and "attachment" not in str(answer.headers)
    assert "attachment" in client.get(f"{at}/blind.html?download=1").headers["content-disposition"]
    fetched = [(one.by, one.act.what, one.act.read) for one in acts(engine, STUDY, "file_fetched")]
    client.get(f"{at}/blind.html")
    assert fetched == [("Ada", "the report blind.html", True), ("Ada", "the report blind.html", False)]
    assert len(acts(engine, STUDY, "file_fetched")) == 2, "once for each"
    for name in ("gone.html", "stray.html", "..", "..%2F..%2Fatelier.db", "%00"):
        assert client.get(f"{at}/{name}").status_code == 404, name
    assert client.get("/researcher/reports/nope/blind.html").status_code == 404
    refused = client.get(f"{at}/open.html")
    assert refused.status_code == 404 and "are sealed" in refused.text
    assert len(acts(engine, STUDY, "file_fetched")) == 2, "what is refused was not fetched"
    set_status(engine, STUDY, "closed")
    assert client.get(f"{at}/open.html").text == "<p>open.html"
    (folder / "open.zip").write_bytes(b"tables")
    assert client.get(f"{at}/open.zip").content == b"tables"
    last = acts(engine, STUDY, "file_fetched")[-1].act
    assert (last.what, last.file, last.read) == ("the tables open.zip", "open.zip", False)


def test_the_study_as_a_file_is_a_zip_without_participants_and_ends_with_the_sign_in(
    client: TestClient, setup_path: str
) -> None:
    browser().get(f"/s/{STUDY}")
    client = signed_in(client, setup_path)
    answer = client.get(f"/researcher/study-file/{STUDY}")
    assert answer.status_code == 200
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "versions/1.json" in names and "sessions.jsonl" not in names
    assert acts(shared.runtime().engine, STUDY, "exported") == [], "no data left the record"
    held = dict(client.cookies)
    assert client.get("/researcher/sign-out").status_code == 303
    stolen = browser()
    stolen.cookies.update(held)
    assert stolen.get(f"/researcher/study-file/{STUDY}").status_code == 404, "the old cookie opens nothing"


@pytest.mark.parametrize(
    ("path", "accepts", "language", "title"),
    [
        ("/s/nothing", "de-AT,en;q=0.5", "de", "Diese Studie wurde nicht gefunden"),
        ("/s/nothing?lang=es", "de", "es", "No se ha encontrado este estudio"),
        ("/j/nothing", "es-MX", "es", "Este enlace no funciona"),
        ("/j/nothing", "fr", "en", "This link does not work"),
        ("/i/nothing", "de", "de", "Dieser Link funktioniert nicht"),
    ],
)
def test_what_is_not_there_is_said_in_the_language_of_link_or_browser(
    client: TestClient, path: str, accepts: str, language: str, title: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": accepts})
    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.text and f"<h1>{title}</h1>" in answer.text


def test_a_closed_study_says_so_in_a_language_of_its_own(client: TestClient) -> None:
    set_status(shared.runtime().engine, STUDY, "closed")
    said = {language: client.get(f"/s/{STUDY}", headers={"Accept-Language": language}) for language in ("de", "fr")}
    assert said["de"].status_code == 403 and "Diese Studie ist abgeschlossen." in said["de"].text
    assert '<html lang="en">' in said["fr"].text and "This study is closed." in said["fr"].text


def test_a_study_by_personal_link_says_so_in_a_language_of_its_own(client: TestClient) -> None:
    engine = shared.runtime().engine
    set_door(engine, STUDY, "personal", "Ada")
    ((_person, token),) = make_links(engine, STUDY, ["7"], "Ada")
    without = client.get(f"/s/{STUDY}?lang=de")
    assert without.status_code == 403 and "brauchen Sie einen persönlichen Link" in without.text
    revoke(engine, STUDY, "7", "Ada")
    revoked = client.get(f"/i/{token}?lang=es")
    assert revoked.status_code == 404 and "Se ha anulado." in revoked.text and '<html lang="es">' in revoked.text
