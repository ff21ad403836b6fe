"""A body is read as far as it may be long, and not at all once who sends it has gone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request

from pages.shared.body import read_body


def request_of(*parts: dict[str, Any]) -> Request:
    left = iter(parts)

    async def receive() -> dict[str, Any]:
        return next(left)

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def part(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        ([part(b"ab", True), part(b"cd", False)], b"abcd"),
        ([part(b"abcd", True), part(b"e", False)], None),
        ([part(b"ab", True), {"type": "http.disconnect"}], None),
    ],
)
def test_what_is_too_long_or_broken_off_is_nothing(parts: list[dict[str, Any]], read: bytes | None) -> None:
    # In a thread of its own: Playwright keeps a running loop in the thread of the tests.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, read_body(request_of(*parts), 4)).result() == read
