"""Answers any item of a questionnaire with a given value: by mouse, or from the keyboard alone."""

from typing import Any

from journey.person import tab_to
from playwright.sync_api import Locator, Page

from study.instruments import Item


def group(page: Page, item: Item) -> Locator:
    """The item on the page."""
    return page.locator(f'[data-item="{item.id}"]')


def by_mouse(page: Page, item: Item, value: Any) -> None:
    """With clicks, and typing where something is written."""
    box = group(page, item)
    if item.type == "slider":
        track = box.locator("input")
        around = track.bounding_box() or {}
        share = (value - item.min) / (item.max - item.min)
        track.click(
            position={"x": 8 + share * (around["width"] - 16), "y": around["height"] / 2}
        )  # the thumb is 16 wide
    elif item.type == "ranking":
        for option, place in value.items():
            box.locator("select").nth(offered(item).index(option)).select_option(str(place))
    elif item.type in ("number", "date", "short_text", "long_text"):
        box.locator("input, textarea").fill(str(value or ""))
    else:
        for one in value if isinstance(value, list) else [value]:
            box.locator("label").filter(has=page.locator(f'input[value="{one}"]')).click()


def by_keyboard(page: Page, item: Item, value: Any) -> None:
    """With Tab, Space, arrows and letters."""
    within, press = f'[data-item="{item.id}"] ', page.keyboard.press
    if item.type == "slider":
        tab_to(page, within + "input")
        press("Home")
        for _ in range(item.scale().index(value)):
            press("ArrowRight")
    elif item.type == "ranking":
        for n, option in enumerate(offered(item)):
            tab_to(page, f"{within}label:nth-child({n + 1}) select")
            for _ in range(value[option]):
                press("ArrowDown")
    elif item.type == "multiple":
        for one in value:
            tab_to(page, f'{within}input[value="{one}"]')
            press("Space")
    elif item.type in ("number", "date", "short_text", "long_text"):
        tab_to(page, within + "input, " + within + "textarea")
        typed = value[5:7] + value[8:] + value[:4] if item.type == "date" else str(value or "")
        page.keyboard.type(typed)
    else:
        tab_to(page, within + "input")
        press("Space")
        points = list(item.scale()) if item.type in ("likert", "semantic") else offered(item)
        for _ in range(points.index(value)):
            press("ArrowRight")


def offered(item: Item) -> list[str]:
    """The values of an item with options, in their order on the page; the versions are `plain` and `steered`."""
    return ["plain", "steered"] if item.options == "conditions" else [option.value for option in item.options]  # type: ignore[union-attr]
