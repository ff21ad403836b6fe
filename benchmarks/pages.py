"""Starting, first page, page advances: `python -m benchmarks.pages`."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from find_chromium import find
from journey.conftest import FLAGS
from journey.server import Server
from playwright.sync_api import sync_playwright
from wire.participant import Participant
from wire.tab import Tab

from benchmarks.setting import ROOT, STUDY, cpu_seconds, megabytes

REPEATS, PEOPLE = 7, 30
NEVER = ("chromadb", "langchain", "langchain_openai", "scipy", "statsmodels", "nbformat", "nbclient")


def main() -> None:
    """Print one line per measure."""
    print("| measure | value |")
    print("|---|---|")
    begun = time.monotonic()
    server = Server(Path(tempfile.mkdtemp(prefix="atelier-pages-"))).start()
    try:
        ready = time.monotonic() - begun
        first, warm = _first_page(server)
        print(f"| server start to ready, fresh database | {ready:.1f} s |")
        print(f"| first page in headless Chromium, first visitor after the start | {first:.2f} s |")
        print(f"| first page in headless Chromium, warm (median of {REPEATS}) | {warm:.2f} s |")
        asyncio.run(_advances(server))
    finally:
        server.stop()
    print(f"| modules imported to show a questionnaire that should not be | {', '.join(_unwanted()) or 'none'} |")


def _first_page(server: Server) -> tuple[float, float]:
    """Seconds from opening the link to the welcome page's button, each in a fresh profile."""
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        for _ in range(REPEATS + 1):
            context = browser.new_context()
            page = context.new_page()
            begun = time.monotonic()
            page.goto(f"{server.url}/s/{STUDY}")
            page.get_by_role("button", name="Start").wait_for()
            times.append(time.monotonic() - begun)
            context.close()
        browser.close()
    return times[0], statistics.median(times[1:])


async def _advances(server: Server) -> None:
    """Runs and CPU per page advance, and memory per participant, over the pages before the first task."""
    assert server.process is not None
    pid = server.process.pid
    size = megabytes(pid)
    tabs = [await (await Tab(server.url).arrive(STUDY)).open() for _ in range(PEOPLE)]
    people = [Participant(tab, seed) for seed, tab in enumerate(tabs)]
    for person in people:
        await person.due()
    before, runs, advances = cpu_seconds(pid), sum(tab.runs for tab in tabs), 0
    for person in people:
        while not (step := await person.due()).startswith("task:"):
            await person.go_on(step)
            advances += 1
    await asyncio.sleep(0.5)
    used = (cpu_seconds(pid) - before) / advances
    print(f"| script runs per page advance | {(sum(tab.runs for tab in tabs) - runs) / advances:.2f} |")
    print(f"| CPU per page advance | {used * 1000:.0f} ms |")
    print(f"| memory per participant at the task | {(megabytes(pid) - size) / PEOPLE:.2f} MB over {size:.0f} MB |")
    for tab in tabs:
        await tab.close()


def _unwanted() -> list[str]:
    """Heavy modules that the pages before the task pull in."""
    code = (
        "import json, sys; import pages.participant.sitting, pages.shared.form, pages.participant.questionnaire;"
        f"print(json.dumps([m for m in {NEVER!r} if m in sys.modules]))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return list(json.loads(answer.stdout.strip().splitlines()[-1]))


if __name__ == "__main__":
    main()
