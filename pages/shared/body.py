"""What a browser posts, read only as far as it may be long."""

from starlette.requests import Request


async def read_body(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is longer than `limit` bytes."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limit:
            return None
    return body
