"""Every screen is audited by axe-core in light and in dark, walked through with Tab, and looked at in small windows."""

from collections.abc import Iterator

import pytest
from journey import reachable
from journey.accessible import Audited, AuditedParticipant
from journey.screens import participant, researcher
from journey.server import Server
from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for both: who took part first is who the researcher looks at."""
    made = Server(tmp_path_factory.mktemp("audited") / "data").start()
    yield made
    made.stop()


def test_every_screen_of_a_participant_can_be_seen_reached_and_read(browser: Browser, server: Server) -> None:
    person = participant(browser, server, AuditedParticipant)
    assert isinstance(person, Audited) and len(person.seen) > 15
    assert not person.found, "\n".join(person.found)


def test_every_screen_of_a_researcher_can_be_seen_reached_and_read(browser: Browser, server: Server) -> None:
    eye = researcher(browser, server, Audited)
    assert isinstance(eye, Audited) and len(eye.seen) >= 27
    assert not eye.found, "\n".join(eye.found)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<div style='cursor:pointer'>press</div>", "can be clicked, not pressed"),
        ("<button style='outline:none'>unseen</button>", "looks no different with the focus"),
        ("<button tabindex='-1'>unreached</button>", "is not reached with Tab"),
        ("<button onkeydown='event.preventDefault()'>trap</button>", "stays where it is"),
        ("<button style='position:absolute;top:400px'>low</button><button>high</button>", "stands below it"),
        ("<button>under</button><p style='position:fixed;inset:0;background:red'>bar</p>", "is covered by"),
        ("<p style='width:900px'>wide</p>", "pixels wide"),
        ("<p style='width:90px;overflow:hidden;white-space:nowrap'>much longer than its box</p>", "cut at the side"),
        ("<button>one</button><button style='margin-left:-30px'>two</button>", "lie upon each other"),
    ],
)
def test_the_audit_finds_what_is_wrong(browser: Browser, planted: str, found: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.set_content(f"<main style='position:relative'><a href='#'>first</a>{planted}<button>last</button></main>")
    assert any(found in one for one in reachable.with_tab(page) + reachable.at(page, reachable.ZOOMED))
    page.set_content("<main><a href='#'>first</a> <button>last</button></main>")
    assert reachable.with_tab(page) + reachable.at(page, reachable.ZOOMED) == []
    page.close()
