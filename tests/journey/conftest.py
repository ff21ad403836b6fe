"""One browser for the journey tests; a server for each test that asks for one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from find_chromium import find
from journey.server import Server
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

expect.set_options(timeout=20_000)  # on a machine with much else to do; what is there at once is not waited for
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = find()
        made = (
            playwright.chromium.launch(executable_path=found, args=FLAGS)
            if found
            else playwright.chromium.launch(args=FLAGS)
        )
        yield made
        made.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Fresh browser profiles, closed again at the end."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**options))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def slow_server(tmp_path: Path) -> Iterator[Server]:
    """A server whose replies take seconds, so that there is a middle of a stream."""
    made = Server(tmp_path / "data", ATELIER_OFFLINE_DELAY="0.5").start()
    yield made
    made.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data").start()
    yield made
    made.stop()
