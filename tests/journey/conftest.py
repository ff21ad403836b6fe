"""One browser for the journey tests; a server for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from find_chromium import find
from journey.server import Server
from playwright.sync_api import Browser, sync_playwright

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
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data").start()
    yield made
    made.stop()
