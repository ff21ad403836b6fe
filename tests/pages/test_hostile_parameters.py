"""SQL, patterns, NUL, very long and broken texts in every parameter of every HTTP door: a refusal, and nothing changed.

The table names every door and whatever the code of the doors reads; what is not in it fails the test.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from test_doors import PASSWORD, STUDY, browser, session_of, token_of
from test_hostile_doors import as_, engine, everything  # noqa: F401 (a fixture)

from pages import runtime as shared
from pages.participant import doors as participant
from pages.researcher import doors as researcher
from pages.researcher import downloads, who
from study.enrolment import Arrival, enrol
from study.events import MessageSent
from study.log import Entry, append
from study.personal_links import make_links
from study.settings import ROOT
from study.standing import invite

HOSTILE = {
    "true in SQL": b"' OR '1'='1",
    "end of a table": b"'; DROP TABLE session;--",
    "union": b"x' UNION SELECT token_hash FROM secret --",
    "any": b"%",
    "one": b"_",
    "any session": b"P%",
    "NUL": b"\x00",
    "NUL in a name": STUDY.encode() + b"\x00",
    "very long": b"A" * 20_000,
    "not UTF-8": b"\xff\xfe\xc3\x28",
    "lone surrogate": b"\xed\xa0\x80",
    "a path": b"..%2f..%2fetc%2fpasswd",
    "nothing": b"",
}
FORM = {b"content-type": b"application/x-www-form-urlencoded"}
IN_HEADERS = (HOSTILE["true in SQL"], HOSTILE["very long"], HOSTILE["not UTF-8"])
OTHERS = ("zebrafish", "pid-of-somebody")
"""What somebody else wrote and is called; it is in no answer."""


@dataclass(frozen=True)
class Door:
    """A door: what of its path and query, which cookies and which fields of its body can be given."""

    methods: tuple[str, ...]
    path: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


OPEN = ("lang", "PROLIFIC_PID", "workerId", "anything")
DOORS = {
    "/s/{study_id}": Door(("GET",), ("study_id",), OPEN, ("atelier_session",)),
    "/i/{token}": Door(("GET",), ("token",), OPEN),
    "/j/{token}": Door(("GET",), ("token",), ("lang",)),
    "/api/live": Door(("GET",), query=("p",), cookies=("atelier_session",)),
    "/api/telemetry": Door(
        ("POST",), query=("p",), cookies=("atelier_session",), fields=("tab", "step", "reports", "what", "detail")
    ),
    "/api/ready": Door(("GET",)),
    "/pages/{rest:path}": Door(("GET",), ("rest",)),
    "/researcher/setup/{token}": Door(("GET", "POST"), ("token",), fields=("name", "password")),
    "/researcher/sign-in": Door(("GET", "POST"), fields=("name", "password")),
    "/researcher/sign-out": Door(("GET",), cookies=("atelier_researcher",)),
    "/researcher/enter/{ticket}": Door(("GET",), ("ticket",)),
    "/researcher/exports/{study_id}/{name}": Door(("GET",), ("study_id", "name"), cookies=("atelier_researcher",)),
    "/researcher/study-file/{study_id}": Door(("GET",), ("study_id",), cookies=("atelier_researcher",)),
    "/researcher/power/{study_id}/{digest}": Door(("GET",), ("study_id", "digest"), cookies=("atelier_researcher",)),
    "/researcher/preregistration/{study_id}/preregistration.{kind}": Door(
        ("GET",), ("study_id", "kind"), ("of",), ("atelier_researcher",)
    ),
    "/researcher/reports/{study_id}/{name}": Door(
        ("GET",), ("study_id", "name"), ("download",), ("atelier_researcher",)
    ),
}
OF_PAGES = {"p", "lang", "sso", "study", "session", "event", "t"}
"""Parameters of the address that Streamlit's pages read; tests/journey/test_hostile_texts.py gives them hostile values."""
HEADERS = {"accept-language", "user-agent", "sec-fetch-site", "origin", "host", "x-forwarded-proto"}
NAMES = {"LANGUAGE_PARAMETER": "lang", "PARAMETER": "sso", "COOKIE": "a cookie of ours", "name": "user-agent"}
"""Names in the code that stand for a parameter."""


def _routes() -> dict[str, tuple[str, ...]]:
    every = [*participant.routes(), *researcher.routes(), *downloads.routes()]
    return {one.path: tuple(sorted((one.methods or set()) - {"HEAD"})) for one in every}


def _read(attribute: str) -> Iterator[tuple[str, str]]:
    """(file, parameter) for whatever the pages read of a request by this attribute."""
    for file in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and _is(node.value, attribute):
                yield file.name, _named(node.slice)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                if _is(node.func.value, attribute):
                    yield file.name, _named(node.args[0])
            elif isinstance(node, ast.Compare) and any(_is(one, attribute) for one in node.comparators):
                yield file.name, _named(node.left)


def _is(node: ast.expr, attribute: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == attribute


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return NAMES[node.attr if isinstance(node, ast.Attribute) else node.id]  # type: ignore[attr-defined]


def test_every_door_and_every_parameter_is_in_the_table() -> None:
    """A new door, or a new parameter of one, says here what it is given."""
    assert _routes() == {path: door.methods for path, door in DOORS.items()}
    of_doors = {name for door in DOORS.values() for name in door.query}
    assert {name for _file, name in _read("query_params")} <= of_doors | OF_PAGES
    assert {name for _file, name in _read("path_params")} <= {n for door in DOORS.values() for n in door.path}
    assert {name for _file, name in _read("headers")} <= HEADERS | {"Accept-Language"}
    assert {name for _file, name in _read("query_params")} >= {"p", "lang", "download"}, "it finds what there is"


@dataclass
class House:
    """A record with somebody else in it, and what opens its doors."""

    engine: Engine
    good: dict[str, str]
    secrets: tuple[str, ...]

    def before(self) -> dict[str, list[tuple[object, ...]]]:
        return everything(self.engine)


FIELDS = {
    "researcher/arms.py": 2,
    "researcher/codebook.py": 4,
    "researcher/coding.py": 1,
    "researcher/colleagues.py": 3,
    "researcher/copies.py": 1,
    "researcher/data.py": 3,
    "researcher/everybody.py": 1,
    "researcher/files_new.py": 2,
    "researcher/forms/field.py": 3,
    "researcher/links.py": 1,
    "researcher/people.py": 2,
    "researcher/publishing.py": 1,
    "researcher/reopening.py": 1,
    "researcher/results.py": 1,
    "researcher/session_forms.py": 1,
    "researcher/starting.py": 2,
    "researcher/studies.py": 1,
    "researcher/travel.py": 2,
    "shared/chat.py": 1,
    "shared/controls.py": 1,
}
"""How many fields for text or files each page draws itself; tests/journey/test_hostile_texts.py writes into them, or stores
what they store. Components draw their own (needs, notes, the page about oneself, questionnaires, messages, the editor)."""


def test_every_field_for_text_is_known() -> None:
    """A new field is first given hostile texts there, and then counted here."""
    drawn = re.compile(r"\bst\.(text_input|text_area|file_uploader|chat_input|data_editor)\b")
    pages = ROOT / "pages"
    found = {
        str(file.relative_to(pages)): len(met)
        for file in pages.rglob("*.py")
        if (met := drawn.findall(file.read_text(encoding="utf-8")))
    }
    assert found == FIELDS


@dataclass(frozen=True)
class Request:
    """What is sent to a door, in bytes as a stranger may choose them."""

    method: str
    path: str
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    def ask(self, client: TestClient) -> httpx.Response:
        return client.request(self.method, self.path, content=self.body, headers=[*self.headers.items()])


@pytest.fixture
def house(engine: Engine) -> House:  # noqa: F811
    row, token = enrol(engine, STUDY, Arrival({"PROLIFIC_PID": OTHERS[1]}))
    append(engine, row.id, [Entry(MessageSent(message_id="m", text=OTHERS[0]))])
    ((_id, personal),) = make_links(engine, STUDY, ["one-of-a-list"], "Ada")
    good = {
        "study_id": STUDY, "token": "no-token", "ticket": "no-ticket", "name": "x.html", "rest": "x",
        "anything": "x", "lang": "en", "PROLIFIC_PID": "", "digest": "0" * 12,
        "kind": "pdf", "of": "draft",  # there is no such kind, so no document is written dozens of times
        "workerId": "", "p": "nobody", "download": "",
    }  # fmt: skip
    return House(engine, good, (row.id, token, personal, *OTHERS))


def _requests(path: str, door: Door, house: House, value: bytes) -> Iterator[tuple[str, Request]]:
    """Each parameter of the door with this value, all others as they should be: what it was, and how to ask."""
    given, hostile = house.good, quote_from_bytes(value, safe="")
    whole, first = _filled(path, given), door.methods[0]
    for name in door.path:
        yield f"path {name}", Request(first, _filled(path, {**given, name: hostile}))
    for name in door.query:
        yield f"query {name}", Request(first, f"{whole}?{name}={hostile}")
    yield "query, unheard of", Request(first, f"{whole}?{hostile}={hostile}&{hostile}")
    for name in door.cookies:
        cookie = f"{name}=".encode() + value.replace(b"\x00", b"%00")[:4000]
        yield f"cookie {name}", Request(first, whole, {b"cookie": cookie})
    for name in door.fields:
        fields = {**dict.fromkeys(door.fields, "x"), name: hostile}
        body = "&".join(f"{one}={said}" for one, said in fields.items()).encode()
        yield f"field {name}", Request("POST", whole, FORM, body)
        yield f"field {name}, raw", Request("POST", whole, FORM, body.replace(hostile.encode(), value))
    for name in sorted(HEADERS - {"host"}) if value in IN_HEADERS else ():
        yield f"header {name}", Request(first, whole, {name.encode(): value[:4000]})


def _filled(path: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        path = path.replace("{" + name + "}", value).replace("{" + name + ":path}", value)
    return path


@pytest.mark.parametrize("path", [path for path in DOORS if path != "/api/live"])
def test_no_parameter_of_a_door_does_more_than_name_nothing(house: House, path: str) -> None:
    """As a stranger and as an owner: never a failure of ours, nobody else's data, no row touched; newcomers aside."""
    ada, before = as_(house.engine, "Ada"), house.before()
    clients = (browser(), ada) if path.startswith("/researcher/") else (browser(),)
    for kind, value in HOSTILE.items():
        for client in clients:
            for what, request in _requests(path, DOORS[path], house, value):
                answer = request.ask(browser() if "cookie" in what else client)
                said, asked = f"{answer.text} {answer.headers}", f"{kind} as {what}: {answer.status_code}"
                assert answer.status_code < 500, f"{asked}, {said[:300]}"
                assert [one for one in house.secrets if one in said] == [], asked
                assert "Traceback" not in said and "sqlalchemy" not in said.lower(), asked
    _nothing_is_changed(path, before, house.before())


GROWS = {"sign_in", "installation_act", "secret"}
ARRIVALS = {"session", "session_token", "event"}


def _nothing_is_changed(
    path: str, before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]
) -> None:
    """Nothing is gone or other than it was; only a newcomer's own rows, and notes of failed sign-ins, are new."""
    may_grow = GROWS | (ARRIVALS if path.startswith("/s/") else set())
    for table, rows in before.items():
        if table == "sign_in":
            continue  # when somebody was last seen
        assert set(map(str, rows)) <= set(map(str, after[table])), f"{table} lost or changed a row"
        assert table in may_grow or len(after[table]) == len(rows), f"{table} has new rows"


def test_the_live_channel_is_opened_by_a_token_alone(house: House) -> None:
    """Asked apart from the others, as an open channel has no end."""
    for raw in HOSTILE.values():
        value = quote_from_bytes(raw, safe="")
        before = house.before()
        assert browser().get(f"/api/live?p={value}").status_code == 404
        assert browser().get("/api/live", headers={"cookie": f"atelier_session={value[:3000]}"}).status_code == 404
        assert house.before() == before


def test_a_hostile_id_in_a_link_is_a_text_and_its_bearer_somebody_new(house: House) -> None:
    for raw in HOSTILE.values():
        value = quote_from_bytes(raw, safe="")
        first = session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID={value}")))
        assert first != house.secrets[0]
        again = session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID={value}")))
        assert again != house.secrets[0]
        other = session_of(token_of(browser().get(f"/s/{STUDY}?PROLIFIC_PID=someone")))
        assert other not in (first, again)


def test_hostile_telemetry_is_stored_as_text_or_refused(house: House) -> None:
    """By somebody with a session of their own: what they send stays in it."""
    for raw in HOSTILE.values():
        client = browser()
        client.cookies.set("atelier_session", token_of(browser().get(f"/s/{STUDY}")))
        text = raw.decode("utf-8", "replace")
        before = house.before()
        for change in ({"tab": text}, {"step": text}):
            batch = {
                "tab": "t",
                "step": "s",
                "reports": [{"seq": 1, "what": "focus", "at": 0, "detail": {"a": text}}],
                **change,
            }
            assert client.post("/api/telemetry", json=batch).status_code in (204, 400)
        report = {"seq": 2, "what": text, "at": 0}
        assert client.post("/api/telemetry", json={"tab": "t", "reports": [report]}).status_code == 400
        assert client.post("/api/telemetry", content=raw).status_code == 400
        after = house.before()
        assert set(map(str, before["event"])) <= set(map(str, after["event"]))
        assert len(after["session"]) == len(before["session"]), "their own was seen just now, and no other is there"
        for table in set(before) - {"event", "session"}:
            assert after[table] == before[table], table


def test_a_hostile_name_sets_nobody_elses_password(house: House) -> None:
    for number, raw in enumerate(HOSTILE.values()):
        path = f"/researcher/setup/{invite(house.engine, f'New{number}', 'Ada')}"
        body = urlencode({"password": "quite another password"}).encode() + b"&name=" + quote_from_bytes(raw).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert browser().post(path, content=body, headers=form).status_code in (400, 403)
        known = browser()
        assert known.post("/researcher/sign-in", data={"name": "Ada", "password": PASSWORD}).status_code == 303
        assert who.name_in({who.COOKIE: known.cookies[who.COOKIE]}) == "Ada"
        assert shared.runtime().engine is house.engine
