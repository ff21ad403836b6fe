"""How many participants one process holds: `python -m benchmarks.load [N …]`.

Every participant is at the task of the condition with needs panel and controls, sends a message
every 10 s (the stand-in model answers over HTTP with 80 pieces in 2 s) and changes one control. The
driver speaks Streamlit's websocket protocol and listens to the live channel, as a page does, and
shares the machine with the server and the model.
"""

import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from journey.server import Server
from websockets.exceptions import WebSocketException
from wire.participant import Participant
from wire.tab import Tab

from benchmarks.setting import STUDY, at_their_task, cpu_seconds, megabytes, percentile, stand_in_model
from study.database import open_database
from study.studies import set_model

LEVELS = (20, 40, 60, 80, 100)
TURN_SECONDS, WARM_SECONDS, MEASURED_SECONDS = 10.0, 15.0, 40.0
GONE = (TimeoutError, OSError, KeyError, WebSocketException, httpx.HTTPError)
WORDS = ("not at all", "1", "2", "3", "very much")


@dataclass
class Seen:
    """What one level showed; times in seconds."""

    controls: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    failures: int = 0
    measuring: bool = False


class Loader:
    """One participant who chats and moves a slider for as long as the level lasts."""

    def __init__(self, url: str, token: str, seed: int, seen: Seen) -> None:
        self.tab = Tab(url)
        self.tab.token = token
        self.participant = Participant(self.tab, seed)
        self.random = random.Random(seed)
        self.seen = seen
        self.done = asyncio.Event()
        self.wanted: set[str] = set()
        self.drawing: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """The page's live channel: draw again when the server says so."""
        async with (
            httpx.AsyncClient(timeout=None) as client,
            client.stream("GET", f"{self.tab.url}/api/live", params={"p": self.tab.token}) as stream,
        ):
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    signal = json.loads(line[6:])
                    if signal["type"] == "done":
                        self.done.set()
                    if signal["type"] == "changed":
                        self.wanted.add(signal["what"])
                        if self.drawing is None or self.drawing.done():
                            self.drawing = asyncio.create_task(self.redraw())

    async def redraw(self) -> None:
        """As the page does: a moment later, and for a new plan only the side of the screen."""
        await asyncio.sleep(0.3)
        wanted, self.wanted = self.wanted, set()
        with contextlib.suppress(*GONE):
            if wanted == {"plan"}:
                side = self.tab.find("side-") or ""
                await self.tab.change(side, "json_value", json.dumps({"seen": time.time()}))
            else:
                await self.tab.rerun()

    async def act(self, until: float) -> None:
        """A message every ten seconds and a control in between."""
        await self.tab.open()
        step = (await self.participant.due()).removeprefix("task:")
        listening = asyncio.create_task(self.live())
        await asyncio.sleep(self.random.uniform(0, TURN_SECONDS))
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                await self._turn(step)
            except GONE:
                self.seen.failures += 1
            await asyncio.sleep(max(0.0, TURN_SECONDS - (time.monotonic() - begun)))
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError, *GONE):
            await listening
        await self.tab.close()

    async def _turn(self, step: str) -> None:
        self.done.clear()
        sent = time.monotonic()
        await self.participant.say(step, "Something cheap near the water, please.")
        await asyncio.sleep(self.random.uniform(0.5, 2))
        moved = time.monotonic()
        slider = self.tab.find("budget_care") or ""
        await self.tab.change(slider, "string_array_value", [self.random.choice(WORDS)])
        await self.tab.settle(30)
        answered = time.monotonic()
        await asyncio.wait_for(self.done.wait(), 30)
        if self.seen.measuring:
            self.seen.controls.append(answered - moved)
            self.seen.replies.append(time.monotonic() - sent)


async def level(server: Server, tokens: list[str]) -> tuple[Seen, float, float]:
    """One number of participants: what was seen, share of a core used, megabytes."""
    seen = Seen()
    end = time.monotonic() + WARM_SECONDS + MEASURED_SECONDS
    tasks = [asyncio.create_task(Loader(server.url, t, n, seen).act(end)) for n, t in enumerate(tokens)]
    assert server.process is not None
    await asyncio.sleep(WARM_SECONDS)
    seen.measuring, before = True, cpu_seconds(server.process.pid)
    await asyncio.sleep(MEASURED_SECONDS)
    used = (cpu_seconds(server.process.pid) - before) / MEASURED_SECONDS
    size = megabytes(server.process.pid)
    seen.measuring = False
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen, used, size


def main() -> None:
    """Print one line for each number of participants."""
    levels = [int(word) for word in sys.argv[1:]] or list(LEVELS)
    print(
        "| participants | control p50 ms | control p95 ms | reply p95 s | failures | CPU of a core | CPU ms per turn | MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with stand_in_model(0.5, 2.0) as model:
        for number in levels:
            folder = Path(tempfile.mkdtemp(prefix="atelier-load-"))
            server = Server(folder, ATELIER_MODEL_BASE_URL=model).start()
            try:
                engine = open_database(server.database)
                set_model(engine, STUDY, "openai:stand-in")
                tokens = at_their_task(engine, number, "active")
                seen, used, size = asyncio.run(level(server, tokens))
            finally:
                server.stop()
            turns = max(1, len(seen.controls))
            print(
                f"| {number} | {percentile(seen.controls, 0.5) * 1000:.0f} | {percentile(seen.controls, 0.95) * 1000:.0f} "
                f"| {percentile(seen.replies, 0.95):.1f} | {seen.failures} | {used:.0%} "
                f"| {used * MEASURED_SECONDS / turns * 1000:.0f} | {size:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
