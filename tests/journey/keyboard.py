"""A keyboard and nothing else: Tab leads to what is wanted, which is known by the name a screen reader says."""

from typing import NamedTuple

from journey.person import READY
from playwright.sync_api import Page

MOST = 200
"""More stops than any screen has."""
INNERMOST = """(() => {
  let node = document.activeElement
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  return node
})()"""


class Focus(NamedTuple):
    """What has the focus, as the browser tells it to a screen reader."""

    role: str
    name: str


class Keyboard:
    """Somebody without a mouse. Nothing here clicks, fills or puts the focus anywhere: there are only keys."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.browser = page.context.new_cdp_session(page)

    def focus(self) -> Focus:
        """Role and name of what has the focus, also inside a component."""
        found = self.browser.send("Runtime.evaluate", {"expression": INNERMOST})["result"]
        if found.get("subtype") != "node":
            return Focus("", "")
        asked = {"objectId": found["objectId"], "fetchRelatives": False}
        node = self.browser.send("Accessibility.getPartialAXTree", asked)["nodes"][0]
        return Focus(*(str(node.get(key, {}).get("value", "")).strip() for key in ("role", "name")))

    def reach(self, role: str, name: str) -> None:
        """Press Tab until the focus is on the first of this role whose name begins so; it must be there within `MOST`."""
        passed: list[Focus] = []
        for _ in range(MOST):
            here = self.focus()
            if here.role == role and here.name.startswith(name):
                return
            passed.append(here)
            self.page.keyboard.press("Tab")
        seen = ", ".join(dict.fromkeys(f"{one.role} {one.name!r}" for one in passed))
        raise AssertionError(f"Tab does not lead to the {role} {name!r}, but to: {seen}")

    def press(self, *keys: str) -> None:
        """One key after the other, for whatever has the focus."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Letters, for whatever has the focus."""
        self.page.keyboard.type(text)

    def settle(self) -> None:
        """Until the page has been drawn."""
        self.page.locator(READY).wait_for(timeout=60_000)
