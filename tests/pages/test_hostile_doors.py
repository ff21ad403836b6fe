"""Doors and buttons in the hands of somebody with bad intentions: SQL, guessed tokens, forged sessions, borrowed roles."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient
from test_doors import PASSWORD, STUDY, browser, session_of, token_of

from pages import runtime as shared
from pages.bootstrap import prepare
from pages.researcher import (
    acts,
    arms_acts,
    configure_acts,
    data_acts,
    files_acts,
    link_acts,
    people_acts,
    planning_door,
    power_acts,
    who,
)
from pages.shared import visit
from study import researchers
from study.access import access
from study.act_log import acts as acts_of
from study.act_log import record_act
from study.acts import Exported
from study.database import reading
from study.drafts import open_draft, save
from study.errors import AtelierError, NotAllowed, NotFound
from study.exports_folder import exports_folder
from study.members import set_member
from study.personal_links import make_links
from study.power_folder import power_folder
from study.researchers import set_password, sign_in
from study.sign_ins import hashed
from study.standing import invite
from study.studies import get_study
from study.tables import Base

SQL = [
    "' OR 1=1 --", "'; DROP TABLE study; --", '" OR ""="', "1) UNION SELECT token_hash FROM secret --", "%' OR '%'='",
    "\\'; DELETE FROM session --", "${jndi:x}", "../../etc/passwd", "<script>alert(1)</script>", "a\x00b", "\u202ename", "x" * 5000,
]  # fmt: skip
CACHED = (shared._make, shared._make_worker, shared.protocol_for)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A fresh record: Ada, who looks after it, Ed, Vi and blinded Bo in the demo study, and Eve in nothing."""
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(researchers, "_hasher", quick)
    monkeypatch.setattr(researchers, "_nobody", quick.hash("nobody has this password"))
    for cached in CACHED:
        cached.cache_clear()
    path = prepare(shared.runtime().engine)
    made = shared.runtime().engine
    set_password(made, str(path).rsplit("/", 1)[1], "Ada", PASSWORD)
    for name in ("Ed", "Vi", "Bo", "Eve"):
        set_password(made, invite(made, name, "Ada"), name, PASSWORD)
    set_member(made, STUDY, "Ed", "editor", "Ada")
    set_member(made, STUDY, "Vi", "viewer", "Ada")
    set_member(made, STUDY, "Bo", "viewer", "Ada", blind=True)
    yield made
    made.dispose()
    for cached in CACHED:
        cached.cache_clear()


def everything(engine: Engine, but: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table; without those in which failures are noted."""
    with reading(engine) as db:
        names = [name for name in Base.metadata.tables if name not in but]
        return {
            name: [tuple(row) for row in db.connection().execute(text(f'SELECT * FROM "{name}"'))] for name in names
        }


def as_(engine: Engine, name: str) -> TestClient:
    made = browser()
    made.cookies.set(who.COOKIE, sign_in(engine, name, PASSWORD))
    return made


@pytest.mark.parametrize("value", SQL)
def test_sql_in_every_parameter_of_every_door_changes_nothing_and_opens_nothing(engine: Engine, value: str) -> None:
    stranger, part = browser(), quote(value, safe="")
    own = session_of(token_of(stranger.get(f"/s/{STUDY}?PROLIFIC_PID=p1")))
    before = everything(engine, ("secret", "installation_act"))
    ada = as_(engine, "Ada")
    for path in (f"/s/{part}", f"/j/{part}", f"/i/{part}", f"/researcher/setup/{part}"):
        assert browser().get(path).status_code == 404, path
    for path in (
        f"/researcher/reports/{part}/x.html",
        f"/researcher/reports/{STUDY}/{part}",
        f"/researcher/exports/{part}/x.zip",
        f"/researcher/exports/{STUDY}/{part}",
        f"/researcher/study-file/{part}",
    ):
        assert ada.get(path).status_code in (403, 404), path
    assert browser().get(f"/researcher/enter/{part}").status_code in (400, 404)  # a slash leads to no door at all
    for fields in ({"name": value, "password": PASSWORD}, {"name": "Ada", "password": value}):
        answer = browser().post("/researcher/sign-in", data=fields)
        assert answer.status_code == 400 and "Name or password is wrong." in answer.text
        assert "<script>alert" not in answer.text
    assert browser().get(f"/api/live?p={part}").status_code == 404
    batch = {"tab": "t", "reports": [{"seq": 1, "what": "focus", "at": 0}]}
    assert browser().post(f"/api/telemetry?p={part}", json=batch).status_code == 404
    thief = browser()
    thief.cookies.set("atelier_session", quote(value, safe="")[:3000])
    assert thief.post("/api/telemetry", json=batch).status_code == 404
    after = everything(engine, ("secret", "installation_act"))
    after["sign_in"] = before["sign_in"]  # Ada's own, above
    assert after == before
    newcomer = session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID={part}&lang={part}&sex={part}")))
    assert newcomer != own, "a parameter is a text and leads to nobody else's session"


def test_tokens_of_one_kind_open_no_door_of_another(engine: Engine) -> None:
    participant = token_of(browser().get(f"/s/{STUDY}"))
    ((_person, personal),) = make_links(engine, STUDY, ["7"], "Ada")
    setup, cookie = invite(engine, "New", "Ada"), sign_in(engine, "Ada", PASSWORD)
    tokens = {"j": participant, "i": personal, "setup": setup, "cookie": cookie}
    for kind, token in tokens.items():
        for held in (token, hashed(token), token[:-1], token.swapcase()):
            right = held == token
            assert (browser().get(f"/j/{held}").status_code == 303) == (right and kind == "j")
            assert (browser().get(f"/researcher/setup/{held}").status_code == 200) == (right and kind == "setup")
            assert browser().get(f"/researcher/enter/{held}").status_code == 400
            thief = browser()
            thief.cookies.set(who.COOKIE, held)
            assert (thief.get(f"/researcher/reports/{STUDY}/x.html").status_code, kind) in ((404, kind),)
            assert (who.name_in({who.COOKIE: held}) == "Ada") == (right and kind == "cookie")
    assert browser().get(f"/i/{hashed(personal)}").status_code == 404
    assert browser().get(f"/i/{personal}").status_code == 303


def test_a_participant_reaches_the_data_of_no_other(engine: Engine) -> None:
    mine, theirs = (token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID={name}")) for name in ("p1", "p2"))
    person = browser()
    person.cookies.set("atelier_session", mine)
    other = session_of(theirs)
    for guess in (other, other[:8], hashed(theirs), "P002", "p2"):
        assert person.post(f"/api/telemetry?p={guess}", json={"tab": "t", "reports": []}).status_code == 404
        assert person.get(f"/j/{guess}").status_code == 404
    for end in (f"reports/{STUDY}/x.html", f"exports/{STUDY}/x.zip", f"study-file/{STUDY}"):
        path = f"/researcher/{end}"
        assert person.get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "export", "report"), [("Vi", 200, 404), ("Bo", 403, 403), ("Eve", 404, 404), ("Ed", 200, 404)]
)
def test_the_downloads_ask_the_role(engine: Engine, name: str, export: int, report: int) -> None:
    """404 of a report: it may be seen, and there is none of this name."""
    client = as_(engine, name)
    answer = client.get(f"/researcher/reports/{STUDY}/x.html")
    assert answer.status_code == report
    assert ("This report cannot be shown" in answer.text) == (name in ("Vi", "Ed"))
    if export != 200:
        refused = client.get(f"/researcher/study-file/{STUDY}")
        assert refused.status_code == export and acts_of(engine, STUDY, "exported") == []
    else:
        assert access(engine, name, STUDY).may("export")


@pytest.mark.parametrize(("name", "plain", "with_ids", "study"), [
    ("Ada", 200, 200, 200), ("Ed", 200, 403, 200), ("Vi", 200, 403, 200), ("Bo", 403, 403, 403), ("Eve", 404, 404, 404),
])  # fmt: skip
def test_an_export_that_says_who_participants_are_is_for_owners(
    engine: Engine, name: str, plain: int, with_ids: int, study: int
) -> None:
    client, folder = as_(engine, name), exports_folder(shared.runtime().settings.data_dir, STUDY)
    folder.mkdir(parents=True)
    for identifiers, expected in ((False, plain), (True, with_ids)):
        (folder / f"{identifiers}.zip").write_bytes(b"data")
        act = Exported(what="all", rows=1, file=f"{identifiers}.zip", identifiers=identifiers)
        record_act(engine, STUDY, "Ada", act)
        answer = client.get(f"/researcher/exports/{STUDY}/{identifiers}.zip")
        assert (answer.status_code, answer.content == b"data") == (expected, expected == 200)
        fetched = [(one.by, one.act.file) for one in acts_of(engine, STUDY, "file_fetched")]
        assert ((name, f"{identifiers}.zip") in fetched) == (expected == 200)
    answer = client.get(f"/researcher/study-file/{STUDY}")
    assert (answer.status_code, answer.content[:2] == b"PK") == (study, study == 200)


@pytest.mark.parametrize(("name", "status"), [("Ada", 200), ("Vi", 200), ("Bo", 403), ("Eve", 404)])
def test_what_a_study_is_planned_with_names_its_conditions(engine: Engine, name: str, status: int) -> None:
    client, study = as_(engine, name), get_study(engine, STUDY)
    folder = power_folder(shared.runtime().settings.data_dir, STUDY, study.protocol_hash)
    folder.mkdir(parents=True)
    for file in ("power.csv", "power.json"):
        (folder / file).write_text("data", encoding="utf-8")
    answer = client.get(f"/researcher/power/{STUDY}/{folder.name}")
    assert (answer.status_code, answer.text == "data") == (status, status == 200)
    for forged in ("0" * 12, "..", "%2e%2e", "power.json"):
        assert client.get(f"/researcher/power/{STUDY}/{forged}").status_code in (404, status)
        assert client.get(f"/researcher/power/{STUDY}/{forged}").status_code != 200
    refused = client.get(f"/researcher/preregistration/{STUDY}/preregistration.exe")
    assert refused.status_code == (404 if status == 200 else status)


def test_one_preregistration_is_made_at_a_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a process of its own, on the machine that serves participants."""
    client, address = as_(engine, "Vi"), f"/researcher/preregistration/{STUDY}/preregistration.md"
    inner: list[tuple[int, str]] = []

    async def written(_study: str, _of_draft: bool, _digest: str, target: Path) -> str:
        if not inner:
            meanwhile = await run_in_threadpool(as_(engine, "Ada").get, address)
            inner.append((meanwhile.status_code, meanwhile.text))
        target.write_text("text", encoding="utf-8")
        return ""

    monkeypatch.setattr(planning_door, "_written", written)
    assert client.get(address).text == "text"
    assert inner[0][0] == 503 and "load this page again" in inner[0][1]
    assert client.get(address).text == "text", "and then the next one"


@pytest.mark.slow
def test_a_preregistration_is_written_of_the_version_in_use_and_of_a_draft_in_order(engine: Engine) -> None:
    client, address = as_(engine, "Vi"), f"/researcher/preregistration/{STUDY}/preregistration.md"
    text = client.get(address).text
    digest = get_study(engine, STUDY).protocol_hash
    assert digest in text and "simulate the power of this very text" in text
    opened = open_draft(engine, STUDY)
    save(engine, STUDY, opened.text.replace("planned_participants: 24", "planned_participants: 0"), opened.seen, "Ada")
    answer = client.get(f"{address}?of=draft")
    assert answer.status_code == 409 and "The draft has problems" in answer.text
    opened = open_draft(engine, STUDY)
    save(engine, STUDY, opened.text.replace("planned_participants: 0", "planned_participants: 36"), opened.seen, "Ada")
    text = client.get(f"{address}?of=draft").text
    assert "36 complete participants are planned." in text and digest not in text


def test_only_an_owner_asks_for_who_participants_are(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"who": "all", "status": ["nonsense"], "identifiers": True}
    monkeypatch.setattr(visit, "value_of", chosen.get)
    keys = {name: name for name in ("status", "who", "since", "until", "version", "identifiers")}
    for name, said in (("Vi", "take out or see who participants are"), ("Ada", "no status of a session")):
        cookies = {who.COOKIE: sign_in(engine, name, PASSWORD)}
        monkeypatch.setattr(visit, "cookies", lambda cookies=cookies: cookies)
        with pytest.raises(AtelierError, match=said):
            data_acts.start_export(STUDY, keys)


ON_A_STUDY = {
    name: act
    for module in (acts, arms_acts, configure_acts, data_acts, files_acts, link_acts, people_acts, power_acts)
    for name, act in vars(module).items()
    if inspect.isfunction(act)
    and not name.startswith("_")
    and act.__module__ == module.__name__
    and "study_id" in inspect.signature(act).parameters
}
MAY = {
    "editor": {
        "set_model", "set_status", "save_text", "discard", "publish", "change",
        "change_item", "choose", "begin_with_shipped", "begin_with_file", "preview", "start_report", "stop_report",
        "preview_from", "start_simulation", "stop_simulation", "start_power", "stop_power",
        "begin_file", "add_file", "upload_file", "save_file", "list_texts", "delete_file",
        "begin_arms", "say_to_arms", "retry_arm", "end_arms",
        "set_door", "make_links", "make_numbered_links", "renew_link", "renew_unused_links", "revoke_link",
    },
    "viewer": {"start_export", "stop_export"},
    "owner": {"unseal", "seal_again", "set_member", "add_member", "remove_member", "look_for", "erase", "erase_everybody",
              "set_keeping", "delete_study"},
    "administrator": {"duplicate"},
}  # fmt: skip
ON_THE_INSTALLATION = {
    "create",
    "create_uploaded",
    "unpack",
    "invite",
    "link_again",
    "set_standing",
    "remove",
    "sign_out_everywhere",
}


def test_every_button_is_in_this_test() -> None:
    """A new act on a study says here which role may do it."""
    assert set(ON_A_STUDY) == set().union(*MAY.values())


@pytest.mark.parametrize("name", sorted(ON_A_STUDY))
@pytest.mark.parametrize("person", ["Ed", "Vi", "Bo", "Eve", None])
def test_no_button_does_more_than_the_role_whatever_the_page_showed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, person: str | None, name: str
) -> None:
    if (person == "Ed" and name in MAY["editor"]) or (person in ("Ed", "Vi") and name in MAY["viewer"]):
        return  # they may
    token = sign_in(engine, person, PASSWORD) if person else "made-up"
    monkeypatch.setattr(visit, "cookies", lambda: {who.COOKIE: token})
    monkeypatch.setattr(visit, "value_of", lambda key: {"role": "owner", "name": person}.get(key, "Ada"))
    monkeypatch.setattr(visit, "keep", lambda *_: pytest.fail("something was done"))
    before = everything(engine)
    given = {"study_id": STUDY, "data": b"id: x", "role_key": "role", "name_key": "name", "status": "closed"}
    arguments = [given.get(p, person or "Ada") for p in inspect.signature(ON_A_STUDY[name]).parameters]
    expected = AtelierError if person is None else NotFound if person == "Eve" else NotAllowed
    with pytest.raises(expected):
        ON_A_STUDY[name](*arguments)
    assert everything(engine) == before


@pytest.mark.parametrize("person", ["Ed", "Vi", None])
@pytest.mark.parametrize("name", sorted(ON_THE_INSTALLATION))
def test_only_an_administrator_acts_on_the_installation(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, person: str | None, name: str
) -> None:
    token = sign_in(engine, person, PASSWORD) if person else "made-up"
    monkeypatch.setattr(visit, "cookies", lambda: {who.COOKIE: token})
    monkeypatch.setattr(visit, "value_of", lambda _key: "active_vs_passive")
    before, act = everything(engine), vars(acts).get(name) or vars(data_acts).get(name) or vars(people_acts)[name]
    arguments = {"keys": ["k"] * 6, "data": b"id: x"}
    given = [arguments.get(p, "Ada") for p in inspect.signature(act).parameters]
    with pytest.raises(AtelierError, match="administrator" if person else "signed out"):
        act(*given)
    assert everything(engine) == before


def test_an_invitation_cannot_be_turned_against_somebody_else(engine: Engine) -> None:
    path = f"/researcher/setup/{invite(engine, 'New', 'Ada')}"
    shown = browser().get(path).text
    assert 'value="New"' in shown and "readonly" in shown
    for other in ("Ada", "new", "' OR 1=1 --"):
        answer = browser().post(path, data={"name": other, "password": "quite another one"})
        said = ("sets the password of New", "Please give a name")
        assert answer.status_code == 400 and any(part in answer.text for part in said)
    assert who.name_in({who.COOKIE: sign_in(engine, "Ada", PASSWORD)}) == "Ada"
    signed = browser().post(path, data={"name": "New", "password": PASSWORD})
    assert signed.status_code == 303


def test_who_is_erased_is_shown_by_no_page_of_this_process(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(token_of(browser().get(f"/s/{STUDY}")))
    shared.whole_sessions.cache_clear()
    assert shared.whole_sessions().of_step(session, None), "somebody replays it"
    cookies = {who.COOKIE: sign_in(engine, "Ada", PASSWORD)}
    monkeypatch.setattr(visit, "cookies", lambda: cookies)
    monkeypatch.setattr(visit, "value_of", lambda _key: "p001")
    kept: dict[str, object] = {}
    monkeypatch.setattr(visit, "keep", kept.__setitem__)
    data_acts.erase(STUDY, "P001", "typed")
    assert kept[f"erased-{STUDY}"] == "P001 is erased."
    assert shared.whole_sessions().of_step(session, None) == ()
    with pytest.raises(NotFound, match="P001 was erased already"):
        data_acts.look_for(STUDY, "who")
    shared.worker().index.close()
    shared.whole_sessions.cache_clear()
