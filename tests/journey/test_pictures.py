"""A picture that a reply names on another server is not fetched: nobody elsewhere learns who reads what."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from journey.server import Server
from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow
LOADS = """(from) => new Promise((done) => {
  const picture = new Image()
  picture.onload = () => done(true)
  picture.onerror = () => done(false)
  picture.src = from
})"""
DRAWN = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


class Elsewhere(BaseHTTPRequestHandler):
    """Gives a picture to whoever asks, and remembers who did."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/svg+xml")
        self.end_headers()
        self.wfile.write(b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')

    def log_message(self, *_args: object) -> None:
        pass


def test_pictures_of_others_are_not_fetched(new_context: Callable[..., BrowserContext], server: Server) -> None:
    Elsewhere.asked = []
    other = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    theirs = f"http://127.0.0.1:{other.server_port}/who-reads-this.svg"
    try:
        page = new_context().new_page()
        assert page.evaluate(LOADS, theirs), "a page without a policy would fetch it"
        assert Elsewhere.asked == ["/who-reads-this.svg"]
        for address in ("/s/active_vs_passive", "/", "/researcher/sign-in"):
            page.goto(server.url + address)
            assert page.evaluate(LOADS, DRAWN), "a page draws its own"
            assert not page.evaluate(LOADS, theirs), address
        assert len(Elsewhere.asked) == 1
    finally:
        other.shutdown()
