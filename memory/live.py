"""What a participant's open pages hear while a worker is busy: text as it comes, and that it is done.

One channel per session. Publishing threads never wait for a browser; a browser that connects late
gets what was said so far.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

BATCH_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
Signal = dict[str, Any]
CLOSED: Signal = {"type": "closed"}


@dataclass
class _Channel:
    turn: str = ""
    text: str = ""
    busy: bool = False
    listeners: dict[int, Callable[[Signal], None]] = field(default_factory=dict)


class Live:
    """All channels of a process, thread-safe."""

    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, session_id: str, turn: str) -> Callable[[str], None]:
        """A turn starts; returns where its text goes, sent on in batches of 0.1 s."""
        self._send(session_id, {"type": "begin", "turn": turn}, turn=turn, text="", busy=True)
        pending: list[str] = []
        sent = time.monotonic()

        def on_text(piece: str) -> None:
            nonlocal sent
            pending.append(piece)
            if time.monotonic() - sent >= BATCH_SECONDS:
                sent = time.monotonic()
                self._say(session_id, turn, "".join(pending))
                pending.clear()

        return on_text

    def done(self, session_id: str, turn: str, text: str) -> None:
        """The reply is in the record; the whole text once more, as shown for good."""
        self._send(session_id, {"type": "done", "turn": turn, "text": text}, text=text, busy=False)

    def changed(self, session_id: str, what: str) -> None:
        """Something on the page is no longer true: draw it again."""
        self._send(session_id, {"type": "changed", "what": what})

    def moved(self, session_id: str, lease: str) -> None:
        """The study goes on in the tab that holds this lease."""
        self._send(session_id, {"type": "moved", "lease": lease})

    def listening(self) -> frozenset[str]:
        """The sessions of which a page is open at this process right now."""
        with self._lock:
            return frozenset(name for name, channel in self._channels.items() if channel.listeners)

    def close(self) -> None:
        """The process goes down: every listener is let go, so that no open page holds it up; later ones at once."""
        with self._lock:
            self._closed = True
            for channel in self._channels.values():
                self._tell(channel, CLOSED)

    async def listen(self, session_id: str) -> AsyncIterator[Signal]:
        """Signals of one session for one browser, beginning with what is being said right now."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Signal]()
        key = id(queue)

        def hear(signal: Signal) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, signal)

        with self._lock:
            if self._closed:  # a page that was let go comes back faster than a server stops
                return
            channel = self._channels.setdefault(session_id, _Channel())
            channel.listeners[key] = hear
            if channel.busy:
                queue.put_nowait({"type": "begin", "turn": channel.turn, "text": channel.text})
        try:
            while True:
                try:
                    signal = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    signal = {"type": "alive"}
                if signal is CLOSED:
                    return
                yield signal
        finally:
            with self._lock:
                channel.listeners.pop(key, None)
                if not channel.listeners and not channel.busy:
                    self._channels.pop(session_id, None)

    def _say(self, session_id: str, turn: str, piece: str) -> None:
        with self._lock:
            channel = self._channels.setdefault(session_id, _Channel())
            channel.text += piece
            self._tell(channel, {"type": "text", "turn": turn, "text": piece})

    def _send(self, session_id: str, signal: Signal, **state: Any) -> None:
        with self._lock:
            channel = self._channels.setdefault(session_id, _Channel())
            for name, value in state.items():
                setattr(channel, name, value)
            self._tell(channel, signal)
            if not channel.listeners and not channel.busy:
                self._channels.pop(session_id, None)

    @staticmethod
    def _tell(channel: _Channel, signal: Signal) -> None:
        for key, listener in list(channel.listeners.items()):
            try:
                listener(signal)
            except RuntimeError:  # the browser's event loop is gone
                channel.listeners.pop(key, None)
