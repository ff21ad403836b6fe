"""Single sign-on in a real browser, through a provider over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey
from journey.oidc_provider import Provider
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import NewContext
from playwright.sync_api import Page, expect

from study.database import open_database
from study.installation_log import installation_acts
from study.standing import invite

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider().start()
    yield made
    made.stop()


@pytest.fixture
def with_sign_on(tmp_path: Path, provider: Provider) -> Iterator[Server]:
    """A server whose operator has named a provider in secrets.toml."""
    made = Server(tmp_path / "data", HOME=str(tmp_path))
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(provider.secrets_file(made.url), encoding="utf-8")
    yield made.start()
    made.stop()


def come(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/researcher/sign-in")
    page.get_by_role("link", name="Sign in with University").click()


def test_who_is_invited_comes_in_by_single_sign_on_and_nobody_else(
    new_context: NewContext, with_sign_on: Server, provider: Provider
) -> None:
    server = with_sign_on
    sign_up(new_context().new_page(), server)
    engine = open_database(server.database)
    invite(engine, "Grace", "Ada", "grace@lab.org", administrator=True)

    context = new_context()
    page = context.new_page()
    for claims, said in (
        ({"email": "eve@lab.org", "email_verified": True}, "Nobody was invited as eve@lab.org"),
        ({"email": "grace@lab.org", "email_verified": False}, "has not verified that grace@lab.org is yours"),
        ({"email": "grace@lab.org"}, "has not verified"),
        ({}, "has not verified that your e-mail address"),
    ):
        provider.claims = claims
        come(page, server)
        expect(page.get_by_text(said, exact=False)).to_be_visible(timeout=30_000)
        assert "atelier_researcher" not in {cookie["name"] for cookie in context.cookies()}
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)

    provider.claims = {"email": "Grace@lab.org", "email_verified": True}
    provider.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})  # an id token that somebody forged
    come(page, server)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=30_000)
    provider.key = provider.published
    come(page, server)
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Signed in as Grace")).to_be_visible(timeout=20_000)
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["atelier_researcher"]["httpOnly"] and cookies["atelier_researcher"]["sameSite"] == "Lax"
    assert not [name for name in cookies if name.startswith("_streamlit_user")], "nothing brings them back for 30 days"

    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    entries = [(one.by, one.kind) for one in installation_acts(engine)]
    assert entries[0] == ("Grace", "signed_in") and entries.count(("nobody", "sign_in_failed")) == 4
    assert installation_acts(engine)[0].act.how == "single sign-on"
    engine.dispose()


def test_without_a_provider_nothing_of_it_is_offered(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    page.goto(f"{server.url}/researcher/sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in with", exact=False)).to_have_count(0)
    page.goto(f"{server.url}/?sso=default")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=20_000)
    assert page.request.get(f"{server.url}/researcher/enter/made-up").status == 400
