"""An OpenAI-compatible server for measurements: says 80 pieces in 2 s, or as fast as it can.

`python -m benchmarks.stand_in_model PORT FIRST_SECONDS TOTAL_SECONDS`. A structured call gets the
smallest answer that fits the schema it asks for.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

PIECES = 80


def smallest(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """The smallest value that a JSON schema allows."""
    if "$ref" in schema:
        return smallest(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return smallest(schema["anyOf"][-1], defs)
    kind = schema.get("type")
    if kind == "object":
        return {name: smallest(part, defs) for name, part in schema.get("properties", {}).items()}
    return {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False, "null": None}[kind or "null"]


def app(first: float, total: float) -> Starlette:
    """The server's one route."""

    async def complete(request: Request) -> Response:
        body = await request.json()
        if not body.get("stream"):
            schema = body["response_format"]["json_schema"]["schema"]
            return JSONResponse(_whole(json.dumps(smallest(schema, schema.get("$defs", {})))))
        return StreamingResponse(_pieces(), media_type="text/event-stream")

    async def _pieces() -> AsyncIterator[str]:
        await asyncio.sleep(first)
        for number in range(PIECES):
            yield _line({"content": f"word{number} "}, None)
            if total:
                await asyncio.sleep(total / PIECES)
        yield _line({}, "stop")
        yield "data: [DONE]\n\n"

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


def _line(delta: dict[str, str], reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "stand-in", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def _whole(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "stand-in"}
    return {**answer, "choices": [choice], "usage": usage}


if __name__ == "__main__":
    port, begin, whole = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    uvicorn.run(app(begin, whole), port=port, log_level="error")
