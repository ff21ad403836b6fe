"""Several researchers in real browsers: invited, with roles, blinded, signed out by time; what the audit page says."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from journey.harm import until
from journey.person import READY, fits
from journey.server import Server
from journey.test_researcher import PASSWORD, sign_up
from journey.test_study import NewContext, visit
from playwright.sync_api import BrowserContext, Page, expect
from sqlmodel import select

from study.access import studies_of
from study.act_log import acts
from study.database import open_database, writing
from study.enrolment import Arrival, enrol
from study.installation_log import installation_acts
from study.members import Member, members, set_member
from study.personal_links import links, make_links, revoke
from study.researchers import new_link_in
from study.standing import invite
from study.studies import get_study, protocol_of, set_status
from study.tables import SignIn

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEMO = "active_vs_passive"
NAMES = re.compile(r"\b(active|passive|baseline)\b", re.IGNORECASE)


def settled(page: Page) -> None:
    page.locator(READY).wait_for(timeout=30_000)


def goto(page: Page, server: Server, path: str, heading: str) -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=30_000)
    settled(page)


def enter(context: BrowserContext, link: str) -> Page:
    """Set a password through a one-time link that names its researcher."""
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_label("Name")).to_have_attribute("readonly", "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def second(new_context: NewContext, server: Server, name: str, role: str, blind: bool = False) -> Page:
    """Another researcher of the demo study, signed in."""
    engine = open_database(server.database)
    token = invite(engine, name, "Ada")
    set_member(engine, DEMO, name, role, "Ada", blind)  # type: ignore[arg-type]
    engine.dispose()
    return enter(new_context(viewport={"width": 1280, "height": 1000}), f"{server.url}/researcher/setup/{token}")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).last.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_somebody_is_invited_sets_a_password_and_sees_only_their_study(new_context: NewContext, server: Server) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text(f"{DEMO}_2", exact=False).first).to_be_visible(timeout=20_000)
    goto(page, server, "people", "People")
    page.get_by_role("tab", name="Researchers").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Grace")
    page.get_by_role("combobox", name="Study").last.click()
    page.get_by_role("option", name=DEMO, exact=True).click()
    page.get_by_role("button", name="Make the link").click()
    code = page.get_by_text(re.compile(r"/researcher/setup/"))
    expect(code).to_be_visible(timeout=20_000)
    link = code.inner_text().strip()
    page.reload()
    expect(page.get_by_role("heading", name="People")).to_be_visible(timeout=20_000)
    expect(page.get_by_text(re.compile(r"/researcher/setup/"))).to_have_count(0)

    grace = enter(new_context(viewport={"width": 1280, "height": 1000}), link)
    assert grace.request.get(link).status == 404, "the link works once"
    expect(grace.get_by_text(f"{DEMO} · version", exact=False)).to_have_count(1)
    expect(grace.get_by_text(f"{DEMO}_2", exact=False)).to_have_count(0)
    expect(grace.get_by_role("button", name="Create", exact=True)).to_have_count(0)
    for other in (f"{DEMO}_2", "nothing"):
        assert grace.request.get(f"{server.url}/researcher/study-file/{other}").status == 404
    goto(grace, server, "people", "People")
    expect(grace.get_by_role("tab", name="Researchers")).to_have_count(0)
    expect(grace.get_by_role("button", name="Remove")).to_have_count(0)

    engine = open_database(server.database)
    assert [study.id for study in studies_of(engine, "Grace")] == [DEMO]
    assert members(engine, DEMO) == [Member("Ada", "owner"), Member("Grace", "viewer")]
    page.get_by_role("tab", name="On a study").click()
    choose(page, "Study", f"Planning with an assistant ({DEMO})")
    row = page.locator(f".st-key-member-{DEMO}-Grace")
    row.get_by_role("combobox").click()
    page.get_by_role("option", name="editor", exact=True).click()
    expect(row.get_by_role("combobox")).to_have_value("editor", timeout=20_000)
    assert until(page, lambda: members(engine, DEMO)[1] == Member("Grace", "editor"))  # chosen at once, kept soon after
    page.locator(f".st-key-member-{DEMO}-Ada").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("left without an owner", exact=False)).to_be_visible(timeout=20_000)
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0, timeout=20_000)
    grace.reload()
    expect(grace.get_by_text("There is no study that you may see", exact=False)).to_be_visible(timeout=20_000)
    kinds = [(one.by, one.kind) for one in acts(engine, DEMO)[2:]]
    assert kinds == [("Ada", "member_added"), ("Ada", "member_changed"), ("Ada", "member_removed")]
    engine.dispose()


def test_a_viewer_looks_and_cannot_act_and_who_was_an_editor_is_refused_in_a_page_left_open(
    new_context: NewContext, server: Server
) -> None:
    sign_up(new_context().new_page(), server)
    page = second(new_context, server, "Ed", "editor")
    engine = open_database(server.database)
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=20_000)
    set_member(engine, DEMO, "Ed", "viewer", "Ada")
    page.get_by_role("button", name="Pause").click()
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("Only an owner or editor may open, pause or close", timeout=20_000)
    expect(alert).to_contain_text("ask Ada (owner)")
    assert get_study(engine, DEMO).status == "open"
    page.reload()
    expect(page.get_by_role("link", name="Export", exact=True)).to_be_visible(timeout=20_000)
    for name in ("Pause", "Close", "Preview as participant", "Create"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(0)
    goto(page, server, "results", "Results")
    expect(page.get_by_role("heading", name="Reports")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Make the report")).to_have_count(0)
    expect(page.get_by_role("button", name="Unseal …")).to_have_count(0)
    assert page.request.get(f"{server.url}/researcher/study-file/{DEMO}").status == 200
    set_member(engine, DEMO, "Ed", "viewer", "Ada", blind=True)
    refused = page.request.get(f"{server.url}/researcher/study-file/{DEMO}")
    assert refused.status == 403 and "blinded to conditions" in refused.text() and "ask Ada" in refused.text()
    engine.dispose()


def test_who_is_blinded_meets_no_name_of_a_condition(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    protocol = protocol_of(get_study(engine, DEMO))
    assert {one.id for one in protocol.conditions} == {"active", "passive", "baseline"}
    for number in range(3):
        enrol(engine, DEMO, Arrival({}, cell=number))
    sign_up(new_context().new_page(), server)
    page = second(new_context, server, "Bo", "viewer", blind=True)
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(str(data))))
    for path, heading, wait in (
        ("monitor", "Monitor", page.get_by_role("heading", name="Sessions")),
        ("results", "Results", page.get_by_text("You are blinded to conditions", exact=False)),
        ("people", "People", page.get_by_text("viewer, blinded to conditions")),
        ("audit", "Audit", page.get_by_text("nothing here that you may see", exact=False)),
    ):
        goto(page, server, path, heading)
        expect(wait).to_be_visible(timeout=30_000)
        shown = page.locator("[data-testid=stMain]").inner_text().replace(f"({DEMO})", "")
        assert not NAMES.search(shown), (path, shown)
    frames = " ".join(sent).replace(DEMO, "")
    assert "→" in frames or "\\xe2\\x86\\x92" in frames, "the orders were sent"
    assert not re.search(r"\b(passive|baseline)\b|active (→|\\\\xe2)", frames), (
        "not in what the table is drawn from either"
    )
    assert page.request.get(f"{server.url}/researcher/study-file/{DEMO}").status == 403
    assert page.request.get(f"{server.url}/researcher/reports/{DEMO}/any.html").status == 403
    engine.dispose()


@pytest.fixture
def brief(tmp_path: Path) -> Iterator[Server]:
    """A server on which nobody may be idle for long."""
    made = Server(tmp_path / "data", ATELIER_IDLE_MINUTES="90").start()
    yield made
    made.stop()


def test_who_does_nothing_is_signed_out_and_told_so_also_where_a_page_refreshes_itself(
    new_context: NewContext, brief: Server
) -> None:
    page = new_context().new_page()
    sign_up(page, brief)
    goto(page, brief, "monitor", "Monitor")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible(timeout=20_000)
    engine = open_database(brief.database)
    with writing(engine) as db:  # as if the last click had been long ago
        row = db.exec(select(SignIn)).one()
        row.seen_at -= timedelta(minutes=91)
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("nothing was done for 1.5 hours", exact=False)).to_be_visible()
    assert page.request.get(f"{brief.url}/researcher/study-file/{DEMO}").status == 404
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=20_000)
    engine.dispose()


def test_the_own_password_and_the_audit_page(new_context: NewContext, server: Server) -> None:
    page, other = (new_context(viewport={"width": 1280, "height": 1000}).new_page() for _ in range(2))
    sign_up(page, server)
    other.goto(f"{server.url}/researcher/sign-in")
    for wrong in ("not the password", PASSWORD):
        other.get_by_label("Name").fill("Ada")
        other.get_by_label("Password").fill(wrong)
        other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Studies")).to_be_visible(timeout=20_000)
    goto(page, server, "people", "People")
    page.get_by_role("tab", name="You").click()
    for present in ("not the password", PASSWORD):
        page.get_by_label("Present password").fill(present)
        page.get_by_label("New password", exact=False).fill("=a quite different one")
        page.get_by_role("button", name="Change password").click()
        said = "present password is wrong" if present != PASSWORD else "Your password is changed"
        expect(page.get_by_text(said, exact=False)).to_be_visible(timeout=20_000)
    other.reload()
    expect(other.get_by_role("heading", name="Studies")).to_have_count(0, timeout=20_000)
    engine = open_database(server.database)
    set_status(engine, DEMO, "paused", "=Eve")

    goto(page, server, "audit", "Audit")
    expect(page.get_by_role("button", name="Download the log (CSV)")).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the log (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert rows[0]["who"] == "'=Eve" and rows[0]["what"] == "changed the status from open to paused"
    assert rows[0]["where"] == DEMO
    kinds = [row["kind"] for row in rows]
    assert {"password_set", "signed_in", "sign_in_failed", "study_created"} <= set(kinds)
    assert [row["when (UTC)"] for row in rows] == sorted((row["when (UTC)"] for row in rows), reverse=True)
    page.get_by_role("combobox", name="What").click()
    page.get_by_role("option", name="study_created", exact=True).click()
    expect(page.get_by_text("1 of ", exact=False)).to_be_visible(timeout=20_000)
    assert PASSWORD not in str([one.act for one in installation_acts(engine)])
    engine.dispose()


def test_personal_links_let_each_person_in_once(new_context: NewContext, server: Server, tmp_path: Path) -> None:
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    page.get_by_text("Personal links").click()
    twice, ids = tmp_path / "twice.csv", tmp_path / "ids.csv"
    twice.write_text("id\n7\n7\n", encoding="utf-8")
    ids.write_text("name;id\nAda L.;7\nGrace H.;=8\n", encoding="utf-8")
    upload = page.locator("input[type=file]").first
    upload.set_input_files(twice)
    page.get_by_role("button", name="Make the links of twice.csv").click()
    expect(page.get_by_text("“7” stands on line 2 already", exact=False)).to_be_visible(timeout=20_000)
    upload.set_input_files(ids)
    page.get_by_role("button", name="Make the links of ids.csv").click()
    button = page.get_by_role("button", name="Download 2 links")
    expect(button).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        button.click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert [row["id"] for row in rows] == ["7", "'=8"]
    page.get_by_text("Only who was sent a personal link").click()
    expect(page.get_by_text("Participants come in by personal links only.")).to_be_visible(timeout=20_000)

    stranger = new_context().new_page()
    stranger.goto(f"{server.url}/s/{DEMO}?PROLIFIC_PID=7")
    expect(stranger.get_by_text("needs a personal link", exact=False)).to_be_visible()
    seven = new_context().new_page()
    seven.goto(rows[0]["link"])
    expect(seven.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    seven.get_by_role("button", name="Start").click()
    expect(seven.get_by_text(re.compile("^Step 2 of"))).to_be_visible(timeout=20_000)
    elsewhere = new_context().new_page()
    elsewhere.goto(rows[0]["link"])
    expect(elsewhere.get_by_text(re.compile("^Step 2 of"))).to_be_visible(timeout=20_000)
    engine = open_database(server.database)
    assert [(one.person, one.state) for one in links(engine, DEMO)] == [("7", "started"), ("=8", "unused")]

    page.reload()
    page.get_by_text("Personal links", exact=True).click()
    page.get_by_role("button", name="Revoke a link …").click()
    page.get_by_role("combobox", name="Whose link").click()
    page.get_by_role("option", name="=8").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("1 revoked", exact=False)).to_be_visible(timeout=20_000)
    stranger.goto(rows[1]["link"])
    expect(stranger.get_by_text("It was taken back", exact=False)).to_be_visible()
    engine.dispose()


def test_links_that_were_lost_before_they_were_saved_are_renewed(
    new_context: NewContext, server: Server, tmp_path: Path
) -> None:
    page = new_context(viewport={"width": 1280, "height": 1100}).new_page()
    sign_up(page, server)
    engine = open_database(server.database)
    (_one, came), (_two, lost) = make_links(engine, DEMO, ["7", "8"], "Ada")  # and nobody kept them
    person = new_context().new_page()
    person.goto(f"{server.url}/i/{came}")
    expect(person.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    revoke(engine, DEMO, "7", "Ada")
    page.reload()

    def renew(button: str, offered: str) -> dict[str, str]:
        page.get_by_role("button", name=button).click()
        download = page.get_by_role("button", name=offered, exact=True)
        with page.expect_download(timeout=30_000) as fetched:
            download.click(timeout=30_000)
        with Path(fetched.value.path()).open(encoding="utf-8") as file:
            return {row["id"]: row["link"] for row in csv.DictReader(file)}

    page.get_by_text("Personal links", exact=True).click()
    page.get_by_role("button", name="Renew links …").click()
    fresh = renew("Renew all unused links (1)", "Download 1 link")
    assert list(fresh) == ["8"]
    page.get_by_role("button", name="Renew links …").click()
    page.get_by_role("combobox", name="Who gets another link").click()
    page.get_by_role("option", name="7", exact=True).click()
    settled(page)
    page.screenshot(path=tmp_path / "renew.png", full_page=True)
    both = renew("Renew this link", "Download 2 links")
    assert both == {"7": both["7"], **fresh}, "what this tab made before is not lost either"
    for link, works in ((f"{server.url}/i/{lost}", False), (both["8"], True), (both["7"], True)):
        answer = new_context().new_page().goto(link)
        assert answer is not None and answer.ok == works
    assert [(one.person, one.state) for one in links(engine, DEMO)] == [("7", "started"), ("8", "started")]
    assert [one.act.used for one in acts(engine, DEMO, "links_renewed")] == [0, 1]
    engine.dispose()


def test_the_pages_fit_a_phone(new_context: NewContext, server: Server) -> None:
    context = new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_up(page, server)
    for path, heading in (("", "Studies"), ("people", "People"), ("audit", "Audit")):
        goto(page, server, path, heading)
        fits(page)
    page.goto(f"{server.url}/researcher/sign-in")
    fits(page)


def test_a_participant_and_a_stranger_reach_no_page_of_researchers(new_context: NewContext, server: Server) -> None:
    engine = open_database(server.database)
    with writing(engine) as db:
        forged = [new_link_in(db, "Ada"), "made-up", "' OR 1=1 --"]
    person = visit(new_context(), server)
    token = next(c["value"] for c in person.page.context.cookies() if c["name"] == "atelier_session")
    for value in (*forged, token):
        context = new_context()
        context.add_cookies([{"name": "atelier_researcher", "value": value, "url": server.url}])
        page = context.new_page()
        for path in ("people", "audit", "monitor", "results", "studies"):
            page.goto(f"{server.url}/{path}")
            expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
        assert page.request.get(f"{server.url}/researcher/study-file/{DEMO}").status == 404
    engine.dispose()
