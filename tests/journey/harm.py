"""Texts that mean harm, and a browser that notices when one of them did any."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

MARKUP = "<script>window.__harmed=1</script><img src=x onerror=window.__harmed=2>\"'><svg onload=window.__harmed=3>"
MARKDOWN = (
    "**b** `c` $x^2$ :red[r] [l](javascript:window.__harmed=4) ![i](http://elsewhere.invalid/i.png) {x} \\z & <b>h</b>"
)
HARM = f"{MARKUP} {MARKDOWN}"
SHORT = "<img src=x onerror=window.__harmed=5>**b**[l](javascript:window.__harmed=6)"
"""For fields that hold no more than a name."""

_SIGNS = """() => {
  const found = []
  if (window.__harmed !== undefined) found.push("a script ran: " + window.__harmed)
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.hasAttribute("onerror") || node.hasAttribute("onload")) found.push("planted: " + node.outerHTML.slice(0, 200))
      for (const name of ["href", "src", "action"])
        if (/^\\s*javascript:/i.test(node.getAttribute(name) ?? "")) found.push("a link that is a script: " + node.outerHTML.slice(0, 200))
      if (node.shadowRoot) look(node.shadowRoot)
    }
  }
  look(document)
  return found
}"""
_SHOWN = """() => {
  const found = []
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return void found.push(node.textContent)
    if (["STYLE", "SCRIPT", "NOSCRIPT"].includes(node.tagName)) return
    if (node.nodeType === Node.ELEMENT_NODE && "value" in node && typeof node.value === "string") found.push(node.value)
    for (const child of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) walk(child)
  }
  walk(document.body)
  return found.join(" ")
}"""


class Watched:
    """Pages of one browser profile in which every sign of harm is kept: scripts, dialogs, requests to elsewhere."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.found: list[str] = []
        self._home = urlsplit(host).netloc
        context.on("page", self._page)
        context.on("request", lambda request: self._request(request.url))
        self.page = context.new_page()

    def _page(self, page: Page) -> None:
        page.set_default_timeout(120_000)

        def refused(dialog) -> None:  # type: ignore[no-untyped-def]
            self.found.append(f"a dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", refused)

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._home:
            self.found.append(f"asked elsewhere: {url[:200]}")

    def unharmed(self, screen: str) -> None:
        """Nothing happened, in any frame of the page as it stands, nor before."""
        signs = [sign for frame in self.page.frames for sign in frame.evaluate(_SIGNS)]
        assert signs + self.found == [], f"{screen}: {signs + self.found}"

    def shown(self) -> str:
        """Every text of the page and what its fields hold, without white space: elements may break a line anywhere."""
        return "".join(self.page.evaluate(_SHOWN).split())

    def shows(self, text: str, screen: str) -> None:
        """The text is there as it was written."""
        wanted = "".join(text.split())
        if not until(self.page, lambda: wanted in self.shown()):
            raise AssertionError(f"{screen} does not show {wanted!r}, but {_near(self.shown())}")


def until(page: Page, holds: Callable[[], bool], seconds: int = 30) -> bool:
    """Wait for a condition; whether it came to hold."""
    for _ in range(seconds * 5):
        if holds():
            return True
        page.wait_for_timeout(200)
    return False


def _near(shown: str) -> str:
    """Where something hostile stands, as far as it can be told."""
    found = [at.start() for at in re.finditer("harmed=2", shown)]
    return " … ".join(shown[max(0, at - 60) : at + 200] for at in found[-4:]) or shown[:600]
