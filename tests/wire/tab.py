"""A browser tab at the wire: Streamlit's websocket protocol, without a browser.

It keeps what a real tab keeps (widget values, the session id for reconnecting) and can do what a
real tab suffers: sockets cut in mid-run, the same values sent twice, a server that dies.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState


class Tab:
    """One participant's tab. `arrive` first; then `open` the socket, act, look at `elements`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = ""
        self.elements: dict[str, Any] = {}
        self.fragments: dict[str, str] = {}
        self.texts: list[str] = []
        self.runs = 0
        self.bytes = 0
        self._values: dict[str, WidgetState] = {}
        self._session = ""
        self._script = ""
        self._socket: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._cached: dict[str, ForwardMsg] = {}
        self._finished = asyncio.Event()
        self._fresh: set[str] = set()
        self._fresh_texts: list[str] = []

    async def arrive(self, study: str, **params: str) -> "Tab":
        """Open the study's link and keep the personal token."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(f"{self.url}/s/{study}", params=params)
        self.token = answer.headers["location"].split("p=")[1]
        return self

    async def open(self) -> "Tab":
        """Connect (again) and have the page drawn."""
        await self.connect()
        await self.rerun()
        return self

    async def connect(self) -> None:
        """Only the socket; the same session as before, if the server still has it."""
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        protocols = ["streamlit", "PLACEHOLDER_AUTH_TOKEN", *([self._session] if self._session else [])]
        cookie = {"Cookie": f"atelier_session={self.token}"}
        self._socket = await websockets.connect(
            address,
            subprotocols=protocols,  # type: ignore[arg-type]
            additional_headers=cookie,
            max_size=None,
            open_timeout=20,
        )
        self._cached = {}
        self._reader = asyncio.create_task(self._read(self._socket))

    async def cut(self) -> None:
        """The connection breaks, without goodbye."""
        if self._reader:
            self._reader.cancel()
        if self._socket:
            self._socket.transport.abort()
        self._socket = None

    def forget(self) -> None:
        """A session of its own at the next connection, and nothing drawn yet; the values of the fields are kept."""
        self._session, self.elements, self.texts = "", {}, []

    async def close(self) -> None:
        """The tab is closed."""
        if self._reader:
            self._reader.cancel()
        if self._socket:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._socket.close(), 2)
        self._socket = None

    @property
    def connected(self) -> bool:
        """Whether the socket is usable."""
        return self._socket is not None and self._reader is not None and not self._reader.done()

    def set(self, key: str, field: str, value: Any) -> str:
        """Set a widget's value as the page keeps it, without sending; returns the widget's id."""
        widget = self.elements[key].id
        state = WidgetState(id=widget)
        if field.endswith("array_value"):
            getattr(state, field).data.extend(value)
        else:
            setattr(state, field, value)
        self._values[widget] = state
        return widget

    async def press(self, key: str) -> None:
        """Click a button: a value that is sent once."""
        await self.rerun(trigger=self.elements[key].id, fragment=self.fragments.get(key, ""))

    async def change(self, key: str, field: str, value: Any) -> None:
        """Change a field and send."""
        self.set(key, field, value)
        await self.rerun(fragment=self.fragments.get(key, ""))

    async def component(self, key: str, state: dict[str, Any]) -> None:
        """Set a component's whole state and send."""
        self.set(key, "json_value", json.dumps(state))
        await self.rerun()

    async def rerun(self, trigger: str = "", fragment: str = "") -> None:
        """Send every widget value, as a page does with each message."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = f"p={self.token}"
        state.page_script_hash = self._script
        state.fragment_id = fragment
        for value in self._values.values():
            state.widget_states.widgets.append(value)
        if trigger:
            state.widget_states.widgets.append(WidgetState(id=trigger, trigger_value=True))
        self._finished.clear()
        await self._send(message)

    async def stop_script(self) -> None:
        """The Stop of Streamlit's own toolbar."""
        message = BackMsg()
        message.stop_script = True
        await self._send(message)

    async def settle(self, seconds: float = 20.0) -> None:
        """Until a run has come to its end, other than to make room for the next."""
        await asyncio.wait_for(self._finished.wait(), seconds)

    async def until(self, ready: Callable[["Tab"], bool], seconds: float = 30.0) -> None:
        """Until the page shows what is waited for."""
        async with asyncio.timeout(seconds):
            while not ready(self):
                await asyncio.sleep(0.02)

    def shows(self, text: str) -> bool:
        """Whether the page of the last run has this text."""
        return any(text in line for line in self.texts)

    def data(self, key: str) -> dict[str, Any]:
        """What the server handed to a component."""
        found: dict[str, Any] = json.loads(self.elements[key].json or self.elements[key].mixed.json)
        return found

    def slider_shows(self, key: str) -> str:
        """What a select slider shows: what was chosen in this tab, else what the server drew it with."""
        element = self.elements[key]
        if element.id in self._values:
            return str(self._values[element.id].string_array_value.data[0])
        return str(element.options[int(element.default[0])])

    def find(self, part: str) -> str | None:
        """The key of an element on the page that contains this text."""
        return next((key for key in self.elements if part in key), None)

    async def _send(self, message: BackMsg) -> None:
        if self._socket is None:
            raise ConnectionError("not connected")
        await self._socket.send(message.SerializeToString())

    async def _read(self, socket: Any) -> None:
        async for raw in socket:
            self.bytes += len(raw)
            message = ForwardMsg.FromString(raw)
            if message.WhichOneof("type") == "ref_hash":
                message = self._cached[message.ref_hash]
            elif message.hash:
                self._cached[message.hash] = message
            self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = message.new_session.initialize.session_id
            self._script = message.new_session.page_script_hash
            self._fresh, self._fresh_texts = set(), []
        elif kind == "delta":
            self._element(message.delta)
        elif kind == "script_finished":
            self.runs += 1
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:  # not of a fragment alone
                self.texts = self._fresh_texts
                self.elements = {key: element for key, element in self.elements.items() if key in self._fresh}
            if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._finished.set()

    def _element(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        inner = getattr(element, kind)
        if kind in ("markdown", "heading", "alert", "progress"):
            self._fresh_texts.append(str(getattr(inner, "body", "") or getattr(inner, "text", "")))
        widget = getattr(inner, "id", "")
        if isinstance(widget, str) and widget.startswith("$$ID-"):
            key = widget.split("-", 2)[2]
            self.elements[key] = inner
            self.fragments[key] = delta.fragment_id
            self._fresh.add(key)
