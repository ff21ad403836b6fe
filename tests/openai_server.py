"""A small OpenAI-compatible server on 127.0.0.1 that misbehaves on request.

    with OpenAIServer() as server:
        server.script(Fails(429), Says("Hello there."))

Streamed requests (replies) take the answers of `script`, one each; all others (structured output) those of
`script_structured`. When a script is used up its last answer is repeated if `forever`, else the default is given:
a short text, and for structured output what `shapes` has for the name of its schema (a value, what makes one of
the system message, or an answer such as Fails), or the emptiest value that fits the schema.

Embeddings are vectors of `dimensions` numbers: how often each letter stands in a text. `no_embeddings` makes them
fail, or leaves requests for more than one text at once without an answer.
"""

import base64
import json
import re
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEFAULT_TEXT = "The hillside hostel would suit you."


@dataclass(frozen=True)
class Says:
    """A complete answer: after `delay` seconds, or word by word where it is streamed, so many seconds apart."""

    text: str = DEFAULT_TEXT
    delay: float = 0.0
    usage: bool = True
    finish: str = "stop"
    refusal: str = ""


@dataclass(frozen=True)
class Fails:
    """An HTTP error; `message` may hold {key}, which is filled with the key that was sent."""

    status: int
    message: str = "no"


@dataclass(frozen=True)
class Cuts:
    """The connection is closed after so many words."""

    text: str = DEFAULT_TEXT
    words: int = 2


@dataclass(frozen=True)
class Silent:
    """After so many words nothing more is said; with 0 not even the headers come."""

    text: str = DEFAULT_TEXT
    words: int = 0


Answer = Says | Fails | Cuts | Silent


class OpenAIServer:
    """Runs in threads from `with` to its end; `requests` holds what was asked, headers included."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.embedded: list[dict[str, Any]] = []
        self.dimensions = 26
        self.no_embeddings: Fails | Silent | None = None
        self.shapes: dict[str, dict[str, Any] | Answer | Callable[[str], dict[str, Any]]] = {}
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._scripts: dict[bool, tuple[deque[Answer], bool]] = {True: (deque(), False), False: (deque(), False)}
        server = self

        class Handler(_Handler):
            owner = server

        self._http = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> "OpenAIServer":
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True, name="openai-server").start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()

    def script(self, *answers: Answer, forever: bool = False) -> None:
        """What the next streamed requests get."""
        with self._lock:
            self._scripts[True] = (deque(answers), forever)

    def script_structured(self, *answers: Answer, forever: bool = False) -> None:
        """What the next requests for structured output get."""
        with self._lock:
            self._scripts[False] = (deque(answers), forever)

    def prompts(self, streamed: bool = True) -> list[list[dict[str, Any]]]:
        """The messages of every request so far."""
        return [r["body"]["messages"] for r in self.requests if bool(r["body"].get("stream")) == streamed]

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        """The answer that is due for this request."""
        streamed = bool(body.get("stream"))
        with self._lock:
            self.requests.append({"body": body, "headers": headers})
            answers, forever = self._scripts[streamed]
            if answers:
                return answers[0] if forever and len(answers) == 1 else answers.popleft()
        if streamed:
            return Says()
        answer = self.shapes.get(_shape(body)) or emptiest(_schema(body))
        answer = answer(body["messages"][0]["content"]) if callable(answer) else answer
        return Says(json.dumps(answer)) if isinstance(answer, dict) else answer

    def asked_for(self, shape: str) -> list[str]:
        """The system messages of the requests for this shape so far."""
        bodies = [r["body"] for r in self.requests if not r["body"].get("stream")]
        return [body["messages"][0]["content"] for body in bodies if _shape(body) == shape]


def emptiest(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The emptiest value that fits a JSON schema, as far as ours go."""
    root = root or schema
    if reference := schema.get("$ref"):
        return emptiest(root["$defs"][reference.rsplit("/", 1)[1]], root)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: emptiest(inner, root) for name, inner in schema.get("properties", {}).items()}
    return {"array": [], "string": "", "integer": 1, "number": 1.0, "boolean": False}[kind]


def _shape(body: dict[str, Any]) -> str:
    if shape := body.get("response_format"):
        return str(shape["json_schema"]["name"])
    return str(body["tools"][0]["function"]["name"])


def _schema(body: dict[str, Any]) -> dict[str, Any]:
    if shape := body.get("response_format"):
        return dict(shape["json_schema"]["schema"])
    return dict(body["tools"][0]["function"]["parameters"])


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    owner: OpenAIServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read outcomes, not an access log."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            return self._embed(body)
        answer = self.owner.take(body, dict(self.headers))
        with suppress(ConnectionError):
            if isinstance(answer, Fails):
                key = self.headers.get("Authorization", "").removeprefix("Bearer ")
                error = {"message": answer.message.replace("{key}", key), "type": "error", "code": None}
                self._json(answer.status, {"error": error})
            elif body.get("stream"):
                self._stream(answer, body)
            else:
                self._whole(answer, body)

    def _embed(self, body: dict[str, Any]) -> None:
        self.owner.embedded.append({"body": body, "headers": dict(self.headers)})
        wrong = self.owner.no_embeddings
        if isinstance(wrong, Fails):
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            return self._json(wrong.status, {"error": {"message": wrong.message.replace("{key}", key)}})
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if wrong and len(texts) > 1:
            return self._wait_for_the_end()
        letters = [chr(ord("a") + n % 26) for n in range(self.owner.dimensions)]
        rows = [[float(text.lower().count(letter)) for letter in letters] for text in texts]
        packed = body.get("encoding_format") == "base64"
        data = [
            {
                "object": "embedding",
                "index": number,
                "embedding": base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() if packed else row,
            }
            for number, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": sum(len(text.split()) for text in texts), "total_tokens": 0}
        self._json(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})

    def _whole(self, answer: Says | Cuts | Silent, body: dict[str, Any]) -> None:
        if isinstance(answer, Silent):
            self._wait_for_the_end()
        elif isinstance(answer, Cuts) or self.owner.over.wait(answer.delay):
            self._close()
        else:
            message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal or None}
            choice = {"index": 0, "message": message, "finish_reason": answer.finish}
            usage = _usage(body, answer.text) if answer.usage else None
            self._json(200, {**_head(body, "chat.completion"), "choices": [choice], "usage": usage})

    def _stream(self, answer: Says | Cuts | Silent, body: dict[str, Any]) -> None:
        if isinstance(answer, Silent) and not answer.words:
            return self._wait_for_the_end()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        head = _head(body, "chat.completion.chunk")
        pieces = re.findall(r"\s+|\S+\s*", answer.text)
        stop = len(pieces) if isinstance(answer, Says) else answer.words
        for chunk in _deltas(answer, pieces[:stop]):
            self._event({**head, "choices": [chunk], "usage": None})
            if isinstance(answer, Says) and self.owner.over.wait(answer.delay):
                return self._close()
        if isinstance(answer, Silent):
            return self._wait_for_the_end()
        if isinstance(answer, Cuts):
            return self._close()
        if answer.usage and body.get("stream_options", {}).get("include_usage"):
            self._event({**head, "choices": [], "usage": _usage(body, answer.text)})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")
        return None

    def _event(self, data: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(data)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, data: dict[str, Any]) -> None:
        raw = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _wait_for_the_end(self) -> None:
        self.owner.over.wait(60)
        self._close()

    def _close(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)


def _deltas(answer: Says | Cuts | Silent, pieces: list[str]) -> Iterator[dict[str, Any]]:
    yield {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    for piece in pieces:
        yield {"index": 0, "delta": {"content": piece}, "finish_reason": None}
    if isinstance(answer, Says):
        yield {"index": 0, "delta": {}, "finish_reason": answer.finish}


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": body["model"]}


def _usage(body: dict[str, Any], text: str) -> dict[str, int]:
    asked = sum(len(str(message["content"]).split()) for message in body["messages"])
    said = len(text.split())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
