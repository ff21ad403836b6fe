"""The stand-in model of the benchmark of recall, on 127.0.0.1: `python -m benchmarks.recall_model PORT`.

It reads a message as the preference that it is, for whichever system asks: for ours it fills the schema, and names the
held one that cannot stand beside it; for mem0 it gives what mem0's prompt allows, an addition. It answers at once.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.recall_data import every_preference

OPPOSITE = {p.taken_back: p.text for p in every_preference()} | {p.text: p.taken_back for p in every_preference()}
TOPIC = {text: p.topic for p in every_preference() for text in (p.text, p.taken_back)}
HELD = re.compile(r"^- \[([^\]]+)\] \(held; [^)]*\) (.*)$", re.MULTILINE)


def answer(prompt: str) -> dict[str, Any]:
    """What a model would find in this prompt."""
    if found := re.search(r"^## New Messages\n(?:user: )?(.*)$", prompt, re.MULTILINE):
        return {"memory": [{"id": "0", "text": found[1].strip(), "attributed_to": "user"}]}
    text = prompt.split("# Message\n", 1)[1].splitlines()[0].strip()
    held = HELD.findall(prompt)
    stated = {
        "text": text,
        "topic": TOPIC.get(text, ""),
        "quote": text,
        "same_as": next((i for i, t in held if t == text), ""),
        "replaces": [i for i, t in held if t == OPPOSITE.get(text)],
    }
    return {"preferences": [stated]}


class Handler(BaseHTTPRequestHandler):
    """One route: chat completions."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """No access log."""

    def do_GET(self) -> None:
        """Whether it is there."""
        self._send({})

    def do_POST(self) -> None:
        """One completion, not streamed."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = json.dumps(answer("\n".join(str(m["content"]) for m in body["messages"])))
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "c", "object": "chat.completion", "created": 0, "model": body["model"]}
        self._send({**head, "choices": [choice], "usage": usage})

    def _send(self, data: dict[str, Any]) -> None:
        raw = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def server(port: int) -> ThreadingHTTPServer:
    """The server, bound to this port (0: any that is free)."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    server(int(sys.argv[1])).serve_forever()
