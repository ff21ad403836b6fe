"""Doors and buttons in the hands of somebody with bad intentions: SQL, guessed tokens, forged sessions, borrowed roles."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from test_doors import PASSWORD, STUDY, browser, session_of, token_of

from pages import runtime as shared
from pages.bootstrap import prepare
from pages.researcher import acts, configure_acts, people_acts, who
from pages.shared import visit
from study import researchers
from study.access import access
from study.act_log import acts as acts_of
from study.database import reading
from study.errors import AtelierError, NotAllowed, NotFound
from study.members import set_member
from study.personal_links import make_links
from study.researchers import set_password, sign_in
from study.sign_ins import hashed
from study.standing import invite
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
        f"/researcher/export/{part}",
        f"/researcher/reports/{part}/x.html",
        f"/researcher/reports/{STUDY}/{part}",
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
    for path in (f"/researcher/export/{STUDY}", f"/researcher/reports/{STUDY}/x.html"):
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
        refused = client.get(f"/researcher/export/{STUDY}")
        assert refused.status_code == export and acts_of(engine, STUDY, "exported") == []
    else:
        assert access(engine, name, STUDY).may("export")


ON_A_STUDY = {
    name: act
    for module in (acts, configure_acts, people_acts)
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
        "set_door", "make_links", "make_numbered_links", "revoke_link",
    },
    "owner": {"unseal", "seal_again", "set_member", "add_member", "remove_member"},
}  # fmt: skip
ON_THE_INSTALLATION = {
    "create",
    "create_uploaded",
    "invite",
    "link_again",
    "set_standing",
    "remove",
    "sign_out_everywhere",
}


def test_every_button_is_in_this_test() -> None:
    """A new act on a study says here which role may do it."""
    assert set(ON_A_STUDY) == MAY["editor"] | MAY["owner"]


@pytest.mark.parametrize("name", sorted(ON_A_STUDY))
@pytest.mark.parametrize("person", ["Ed", "Vi", "Bo", "Eve", None])
def test_no_button_does_more_than_the_role_whatever_the_page_showed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, person: str | None, name: str
) -> None:
    if person == "Ed" and name in MAY["editor"]:
        return  # he may
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
    before, act = everything(engine), vars(acts).get(name) or vars(people_acts)[name]
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
