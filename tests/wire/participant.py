"""A participant at the wire: takes the steps of the demo study as the pages ask for them."""

import asyncio
import itertools
import random
import time
import uuid
from typing import Any

from wire.tab import Tab


class Participant:
    """Knows what each page wants; sends again until the page shows that it was taken."""

    def __init__(self, tab: Tab, seed: int = 0) -> None:
        self.tab = tab
        self.random = random.Random(seed)
        self.said: list[str] = []
        self.outbox: list[dict[str, Any]] = []
        self._count = itertools.count(1)

    async def to_task(self, number: int = 1, until: str = "") -> str:
        """Go on until the task screen of the nth block, or an earlier one that has `until`; returns its step id."""
        tasks: list[str] = []
        while True:
            step = await self.due()
            if step.startswith("task:"):
                if step not in tasks:
                    tasks.append(step)
                if len(tasks) == number or (until and self.tab.find(until)):
                    return step.removeprefix("task:")
                await self.work(step.removeprefix("task:"))
            else:
                await self.go_on(step)

    async def due(self) -> str:
        """What the page shows now: `next:<key>`, `form:<step>`, `task:<step>` or `end`."""

        def known(tab: Tab) -> bool:
            return bool(self._screen())

        await self.tab.until(known)
        return self._screen()

    def _screen(self) -> str:
        tab = self.tab
        if key := tab.find("composer-"):
            return f"task:{key.removeprefix('composer-')}"
        if key := tab.find("form-"):
            return f"form:{key.removeprefix('form-')}"
        if tab.find("agree"):
            return "next:agree"
        if key := tab.find("next-"):
            return f"next:{key}"
        return "end" if tab.shows("You are done") else ""

    async def go_on(self, step: str) -> None:
        """Do what this page asks for and wait for the next one."""
        kind, _, where = step.partition(":")
        if kind == "next":
            await self.tab.press(where)
        elif kind == "form":
            answers = {item["id"]: self._answer(item) for item in self.tab.data(f"form-{where}")["items"]}
            state = {"answers": {"step": where, "values": answers, "n": time.time()}}
            await self.tab.component(f"form-{where}", state)
        await self.tab.until(lambda tab: self._screen() not in ("", step))

    async def work(self, step: str, messages: int = 3) -> None:
        """Say something a few times, then finish the task."""
        for _ in range(messages):
            await self.say(step, "Something cheap near the water, please.")
            await self.answered(step)
        self.outbox = []
        await self.tab.press("finish-task")
        await self.tab.until(lambda tab: self._screen() not in ("", f"task:{step}"))

    async def say(self, step: str, text: str) -> str:
        """Put a message into the outbox and send it; returns its id."""
        message_id = str(uuid.uuid4())
        self.said.append(message_id)
        self.outbox = [*self.outbox, {"id": message_id, "text": text}]
        await self.post(step)
        return message_id

    async def post(self, step: str) -> None:
        """Send the outbox (again), as the page's timer does: what the server has listed as stored is left out."""
        stored = self.tab.data(f"composer-{step}")["acked"]
        self.outbox = [message for message in self.outbox if message["id"] not in stored]
        state = {"outbox": {"step": step, "messages": self.outbox, "n": next(self._count)}}
        await self.tab.component(f"composer-{step}", state)

    async def answered(self, step: str) -> None:
        """Until every message has its reply; the page is drawn again now and then, as the live channel asks for."""
        while True:
            data = self.tab.data(f"composer-{step}")
            if set(self.said[-1:]) <= set(data["acked"]) and not data["busy"]:
                return
            await asyncio.sleep(0.1)
            await self.tab.rerun()
            await self.tab.settle()

    def _answer(self, item: dict[str, Any]) -> Any:
        if item["type"] in ("likert", "semantic"):
            return self.random.choice(item["points"])
        if item["type"] == "slider":
            steps = round((item["max"] - item["min"]) / item["step"])
            return round(item["min"] + item["step"] * self.random.randint(0, steps), 9)
        values = [option["value"] for option in item["options"]]
        if item["type"] in ("single", "pairwise"):
            return self.random.choice(values)
        if item["type"] == "ranking":
            return {value: self.random.randint(1, len(values)) for value in values}
        if item["type"] == "multiple":
            return self.random.sample(values, len(values))
        if item["type"] == "date":
            return item["latest"] or item["earliest"] or "2026-03-31"
        return 30 if item["type"] == "number" else "It suited me."
