"""Every screen is audited by axe-core, in light and in dark: nothing serious or critical."""

import pytest
from journey.accessible import Audited
from journey.screens import participant, researcher
from journey.server import Server
from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_no_screen_of_a_participant_has_a_serious_finding(browser: Browser, server: Server) -> None:
    person = participant(browser, server, Audited)
    assert isinstance(person, Audited) and len(person.seen) > 15
    assert not person.found, "\n".join(person.found)


def test_no_screen_of_a_researcher_has_a_serious_finding(browser: Browser, server: Server) -> None:
    eye = researcher(browser, server, Audited)
    assert isinstance(eye, Audited) and len(eye.seen) >= 21
    assert not eye.found, "\n".join(eye.found)
