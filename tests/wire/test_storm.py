"""Participants acting wildly on a server that dies: everything they did is in the record exactly once."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import own_loop
import pytest
from journey.server import Server
from websockets.exceptions import WebSocketException
from wire.participant import Participant
from wire.tab import Tab

from study.database import open_database
from study.log import Logged
from study.records import load_record

PEOPLE, ACTIONS, KILLS = 6, 30, 3
GAP_SECONDS = 0.3
PATIENCE_SECONDS = 600
"""After so long somebody is stuck; a slow machine that is shared with others needs minutes."""
LOST = (ConnectionError, OSError, WebSocketException, asyncio.TimeoutError, KeyError)
"""What sends a participant to the reload button; KeyError: a stopped script left half a page."""
SLIDER = ["not set", "not at all", "1", "2", "3", "very much"]


@dataclass
class Storm:
    """One participant in the storm, and what they did."""

    participant: Participant
    step: str
    random: random.Random
    slider: str = ""
    slid: list[str] = field(default_factory=list)
    shown: str = ""
    suffered: Counter[str] = field(default_factory=Counter)

    @property
    def tab(self) -> Tab:
        return self.participant.tab

    async def rage(self) -> None:
        """Act again and again with gaps of 0 to 0.3 seconds."""
        for _ in range(ACTIONS):
            act = self.random.choices([self.say, self.slide, self.twice, self.halt, self.cut], [5, 5, 2, 2, 1])[0]
            try:
                await act()
            except LOST:
                await self.back()
            await asyncio.sleep(self.random.uniform(0, GAP_SECONDS))

    async def say(self) -> None:
        await self.participant.say(self.step, "Something cheap near the water, please.")

    async def slide(self) -> None:
        if self.slider:
            self.slid.append(self.random.choice(SLIDER[1:]))
            await self.tab.change(self.slider, "string_array_value", [self.slid[-1]])

    async def twice(self) -> None:
        self.suffered["duplicate posts"] += 1
        await self.participant.post(self.step)
        await self.participant.post(self.step)

    async def halt(self) -> None:
        self.suffered["script stops"] += 1
        await self.tab.stop_script()

    async def cut(self) -> None:
        self.suffered["cut sockets"] += 1
        await self.tab.cut()
        await self.back()

    async def back(self) -> None:
        """Reconnect as often as it takes, as a page does."""
        while True:
            try:
                await self.tab.cut()
                await self.tab.open()
                await self.tab.until(lambda tab: bool(tab.find("composer-")), 5)
                return
            except LOST:
                self.suffered["failed reconnects"] += 1
                await asyncio.sleep(0.2)

    async def reload(self) -> None:
        """The page anew, drawn to its end with every value that this one holds; taken over where another has the study."""
        while True:
            try:
                await self.tab.cut()
                self.tab.forget()
                await self.tab.open()
                await self.tab.settle()
                if self.tab.find("continue-here"):
                    self.suffered["taken over by a run cut off before"] += 1
                    await self.tab.press("continue-here")
                    await self.tab.until(lambda tab: not tab.find("continue-here"))
                return
            except LOST:
                self.suffered["failed reconnects"] += 1
                await asyncio.sleep(0.2)

    async def calm(self) -> None:
        """After the storm: the page's own timers send what is left until the server has it."""
        await self.reload()
        while True:
            try:
                await self.participant.post(self.step)
                await self.tab.settle()
                if not self.participant.outbox:
                    await self.participant.answered(self.step)
                    self.shown = self.tab.slider_shows(self.slider) if self.slider else ""
                    return
                await asyncio.sleep(0.2)
            except LOST:
                await self.reload()

    async def finish(self) -> None:
        """Take the rest of the study; where a page does not come, it is loaded anew."""
        while True:
            try:
                if (step := await self.participant.due()) == "end":
                    return
                kind, _, where = step.partition(":")
                if kind == "task":
                    await self.participant.work(where, messages=0 if where == self.step else 3)
                else:
                    await self.participant.go_on(step)
            except LOST:
                await self.reload()


async def _ready(url: str, seed: int) -> Storm:
    tab = await (await Tab(url).arrive("active_vs_passive", PROLIFIC_PID=f"storm-{seed}")).open()
    participant = Participant(tab, seed)
    step = await participant.to_task(1 + seed % 3 if seed % 2 else 3, until="budget_care")
    return Storm(participant, step, random.Random(seed), tab.find("budget_care") or "")


async def _kill_now_and_then(server: Server) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(2.0)
        server.kill()
        await asyncio.to_thread(server.start)


async def _storm(server: Server) -> list[Storm]:
    storms = await asyncio.gather(*(_ready(server.url, seed) for seed in range(PEOPLE)))
    killing = asyncio.create_task(_kill_now_and_then(server))
    await asyncio.gather(*(storm.rage() for storm in storms))
    await killing
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(storm.calm() for storm in storms))
        await asyncio.gather(*(storm.finish() for storm in storms))
    for storm in storms:
        with contextlib.suppress(*LOST):
            await storm.tab.close()
    return storms


@pytest.mark.slow
def test_everything_is_in_the_record_exactly_once_after_a_storm(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", ATELIER_OFFLINE_DELAY="0.005").start()
    try:
        storms = own_loop.run(_storm(server))
    finally:
        server.stop()
    record = load_record(open_database(server.database), "active_vs_passive")
    assert len(record.sessions) == PEOPLE
    assert {row.status for row in record.sessions} == {"complete"}
    by_person = {row.platform_id: [e for e in record.events if e.session_id == row.id] for row in record.sessions}
    for seed, storm in enumerate(storms):
        events = by_person[f"storm-{seed}"]
        _messages_once(events, storm)
        _controls_once(events, storm)
        _answers_once(events)
    suffered = sum((storm.suffered for storm in storms), Counter())
    assert any(storm.slid for storm in storms)
    assert suffered["script stops"] > 0
    assert suffered["cut sockets"] > 0
    assert suffered["duplicate posts"] > 0
    assert "Traceback" not in server.output.read_text(), server.output.read_text()[-3000:]


def _messages_once(events: list[Logged], storm: Storm) -> None:
    sent = Counter(e.event.message_id for e in events if e.kind == "message_sent")
    given = Counter(e.event.message_id for e in events if e.kind == "reply_given")
    learned = Counter(e.event.turn_id for e in events if e.kind == "turn_learned")
    assert sent == Counter(storm.participant.said), "every message once, and no other"
    assert given == sent, "every message has one reply"
    assert learned == Counter(e.event.turn_id for e in events if e.kind == "reply_given"), "learned from once"
    assert not [e for e in events if e.kind == "reply_failed" and e.event.outcome != "interrupted"]


def _controls_once(events: list[Logged], storm: Storm) -> None:
    changes = [e.event for e in events if e.kind == "control_changed" and e.event.control == "budget_care"]
    words = [SLIDER[1:][change.new] for change in changes]
    assert all(change.old != change.new for change in changes), "a change is stored once"
    assert [c.old for c in changes] == [None, *(c.new for c in changes)][: len(changes)], "each follows the one before"
    left = iter(storm.slid)
    assert all(word in left for word in words), "in the order in which they were made"
    if storm.slider:  # a change sent to a dying server may be lost, but then the page says so
        seen = [] if storm.shown == SLIDER[0] else [storm.shown]
        assert words[-1:] == seen, "what the person sees last is what the record holds"


def _answers_once(events: list[Logged]) -> None:
    answered = Counter((e.place.step, e.event.instrument) for e in events if e.kind == "questionnaire_answered")
    finished = Counter(e.place.step for e in events if e.kind == "step_finished")
    assert set(answered.values()) == {1}
    assert len(answered) == 18
    assert set(finished.values()) == {1}
    assert len(finished) == 28
    seqs = [e.seq for e in events]
    assert seqs == list(range(1, len(seqs) + 1)), "no gap in the record"
