"""What a browser posts, read only as far as it may be long."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is longer than `limit` bytes, or when who sent it has gone before it was whole."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > limit:
                return None
    except ClientDisconnect:  # a page that was closed: nobody waits for an answer
        return None
    return body
