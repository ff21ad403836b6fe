"""A screen without a mouse and in a small window: what cannot be reached, is not seen, or does not fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

ZOOMED = (640, 512)
"""CSS pixels of a window of 1280 × 1024 at 200 % (WCAG 1.4.4)."""
NARROW = (320, 512)
"""Where a page still reflows instead of scrolling sideways (WCAG 1.4.10)."""
MOST = 300
"""More stops than any screen has: who presses Tab as often and is not round is caught."""
SCRIPT = (Path(__file__).parent / "reach.js").read_text(encoding="utf-8")


def with_tab(page: Page) -> list[str]:
    """Walk round the page with Tab: what is not reached, shows no focus, is covered, or holds the focus for good."""
    page.evaluate(SCRIPT)
    page.evaluate("reach.reset()")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        end = page.evaluate("reach.stop()")
        if end:
            break
    found: list[str] = page.evaluate("reach.verdict()")
    return found if end == "round" else [*found, "Tab leads round no more, but stays where it is"]


def at(page: Page, size: tuple[int, int]) -> list[str]:
    """What does not fit into a window of this size; there, too, with Tab."""
    with _window(page, *size):
        page.evaluate(SCRIPT)
        found: list[str] = page.evaluate("reach.fits()")
        return found + (with_tab(page) if size == ZOOMED else [])


@contextmanager
def _window(page: Page, width: int, height: int) -> Iterator[None]:
    """The same page in another window, in which a pixel of the page is two of the screen in each direction."""
    before = page.viewport_size
    assert before
    screen = page.context.new_cdp_session(page)
    scale = {"deviceScaleFactor": 2, "mobile": False}
    screen.send("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, **scale})
    page.wait_for_timeout(500)  # tables and figures are drawn anew
    yield
    screen.send("Emulation.clearDeviceMetricsOverride")
    screen.detach()
    page.set_viewport_size({"width": before["width"], "height": before["height"] - 1})
    page.set_viewport_size(before)
    page.wait_for_timeout(300)
