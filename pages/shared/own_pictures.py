"""Pictures come from this server alone. One that a model's reply names elsewhere would tell that place who reads it, and what."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "img-src 'self' data: blob:"
NAME = "Content-Security-Policy"


class OwnPictures:
    """Says so with every page that has no stricter policy of its own; browsers keep to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an answer that is a page gets the header."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault(NAME, POLICY)
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)
