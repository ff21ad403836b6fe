"""An item of every type in a real browser, by mouse and by keyboard, and the answers in the record afterwards."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from journey.filling import by_keyboard, by_mouse, group, offered
from journey.person import Person, fits, tab_to
from journey.server import ROOT, Server
from journey.test_study import NewContext
from playwright.sync_api import Page, expect

from memory.mechanisms.registry import parameter_models
from study.database import open_database
from study.enrolment import by_token
from study.instruments import Item
from study.log import events
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.studies import create_study, set_status

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

COLOURS = [{"value": value, "label": value.title()} for value in ("red", "green", "blue")]
EVERY_TYPE = {
    "id": "every_type",
    "version": "1",
    "title": "An item of every type",
    "source": {"citation": "written for the tests", "licence": "CC0-1.0"},
    "items": [
        {"id": "agree", "text": "I agree.", "type": "likert", "min": 1, "max": 7, "low": "Not at all", "high": "Fully"},
        {
            "id": "often",
            "text": "How often?",
            "type": "likert",
            "min": 1,
            "max": 3,
            "labels": ["Never", "Once", "Often"],
        },
        {"id": "bright", "type": "semantic", "min": 1, "max": 7, "low": "dull", "high": "bright"},
        {"id": "colour", "text": "Which colour?", "type": "single", "options": COLOURS},
        {"id": "colours", "text": "Which colours?", "type": "multiple", "options": COLOURS},
        {"id": "order", "text": "Rank the colours.", "type": "ranking", "options": COLOURS},
        {"id": "versions", "text": "Rank the versions.", "type": "ranking", "options": "conditions"},
        {"id": "either", "text": "Which of the two?", "type": "pairwise", "options": COLOURS[:2]},
        {"id": "years", "text": "How many years?", "type": "number", "min": 0, "max": 120},
        {"id": "day", "text": "Since when?", "type": "date", "earliest": "2020-01-01", "latest": "2026-12-31"},
        {"id": "word", "text": "In one word?", "type": "short_text"},
        {"id": "why", "text": "Why?", "type": "long_text", "required": False},
    ],
}
ASKED = ("every_type", "nasa_tlx_weighted", "sus", "affective_slider")
RATINGS = {"mental": 55, "physical": 0, "temporal": 40, "performance": 100, "effort": 60, "frustration": 5}


@dataclass(frozen=True)
class Asking:
    """A server with a study that asks one instrument of every type."""

    server: Server
    protocol: Protocol
    study: str

    def arrive(self, page: Page) -> Person:
        page.goto(f"{self.server.url}/s/{self.study}")
        person = Person(page)
        person.settle()
        page.locator("[data-item]").first.wait_for()
        return person

    def items(self, name: str) -> list[Item]:
        return list(self.protocol.instrument(name).items)

    def stored(self, page: Page) -> dict[str, dict[str, Any]]:
        """Instrument → answers of whoever this page belongs to, each instrument answered once."""
        engine = open_database(self.server.database)
        sitting = by_token(engine, parse_qs(urlsplit(page.url).query)["p"][0])
        assert sitting is not None
        answered = [e.event for e in events(engine, sitting.id, ("questionnaire_answered",))]
        assert len({event.instrument for event in answered}) == len(answered)
        return {event.instrument: event.answers for event in answered}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("asking")
    shutil.copytree(ROOT / "protocols", folder / "protocols")
    server = Server(folder / "data").start()
    protocol = load_protocol(_written(folder / "protocols"), parameter_models())
    engine = open_database(server.database)
    study = create_study(engine, protocol)
    set_status(engine, study.id, "open")
    yield Asking(server, protocol, study.id)
    server.stop()


def _written(folder: Path) -> Path:
    (folder / "instruments" / "every_type.yaml").write_text(yaml.safe_dump(EVERY_TYPE, sort_keys=False))
    raw = {
        "id": "asking",
        "version": "1",
        "title": "Instruments",
        "consent": {"version": "1", "text": "Yes?"},
        "conditions": [{"id": name, "mechanisms": [{"name": "none"}]} for name in ("plain", "steered")],
        "design": {"orders": "fixed"},  # plain is version A for everybody
        "tasks": ["weekend_trip", "present"],
        "timeline": [
            {"step": "questionnaire", "instruments": list(ASKED)},
            {"step": "debrief", "title": "Thanks", "text": "Bye."},
        ],
        "completion": {"code": "DONE"},
    }
    path = folder / "asking.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path


def answers(items: list[Item], pick: int) -> dict[str, Any]:
    """What somebody wants to answer; `pick` varies it."""
    written = {
        "years": 7 + pick,
        "day": f"2024-02-{28 + pick}",
        "word": "Fine",
        "why": "It was\nquick." if pick else None,
    }
    return {
        item.id: written[item.id] if item.id in written else _chosen(item, n + pick) for n, item in enumerate(items)
    }


def _chosen(item: Item, n: int) -> Any:
    if item.type == "slider":
        return RATINGS.get(item.id, round(0.37 + n / 10, 2))
    if points := item.scale() if item.type in ("likert", "semantic") else ():
        return points[n % len(points)]
    values = offered(item)
    if item.type in ("single", "pairwise"):
        return values[n % len(values)]
    if item.type == "ranking":  # once all apart, once two in one place
        return {value: [3, 2, 1][-len(values) :][k] if n % 2 else [1, 1, 3][k] for k, value in enumerate(values)}
    return [values[0], values[-1]]


def in_order_shown(page: Page, items: list[Item]) -> list[Item]:
    shown = page.locator("[data-item]").evaluate_all("(nodes) => nodes.map((node) => node.dataset.item)")
    return sorted(items, key=lambda item: shown.index(item.id))


def has_focus(page: Page, item: Item) -> None:
    expect(group(page, item).locator(":focus")).to_have_count(1)


def press_continue(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


def test_every_type_by_mouse_with_a_reload_and_what_is_missing_or_impossible(
    new_context: NewContext, asking: Asking
) -> None:
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    person = asking.arrive(page)
    items = asking.items("every_type")
    wanted = answers(items, 0)
    press_continue(page)
    expect(page.get_by_text("11 answers are still missing; they are marked above.")).to_be_visible()
    expect(page.get_by_text("This answer is still missing.")).to_have_count(11)
    has_focus(page, items[0])
    for item in items[:6]:
        by_mouse(page, item, wanted[item.id])
    expect(page.get_by_text("This answer is still missing.")).to_have_count(5)
    page.reload()
    person.settle()
    expect(page.locator("[data-item=colours] :checked")).to_have_count(2)
    for item in items[6:]:
        by_mouse(page, item, "2019-12-31" if item.id == "day" else wanted[item.id])
    press_continue(page)
    refused = group(page, items[9])
    expect(refused.get_by_text("Please enter a date from 1 January 2020 to 31 December 2026.")).to_be_visible()
    expect(page.get_by_text("One answer is not complete; it is marked above.")).to_be_visible()
    has_focus(page, items[9])
    by_mouse(page, items[9], wanted["day"])
    person.press("Continue")
    for name in ASKED[1:]:
        page.locator("[data-item]").first.wait_for()
        for item in asking.items(name):
            by_mouse(page, item, answers(asking.items(name), 0)[item.id])
        if name == "sus":
            expect(page.locator(".head")).to_have_count(1)
            expect(page.locator("[data-item=sus_4] .low")).to_be_hidden()
        person.press("Continue")
    assert asking.stored(page) == {name: answers(asking.items(name), 0) for name in ASKED}


def test_every_type_on_a_phone_from_the_keyboard_alone(new_context: NewContext, asking: Asking) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, locale="en-US").new_page()
    person = asking.arrive(page)
    for name in ASKED:
        page.locator("[data-item]").first.wait_for()
        fits(page)
        _big_enough_for_a_thumb(page)
        items = in_order_shown(page, asking.items(name))
        wanted = answers(asking.items(name), 1)
        middle = len(items) // 2
        for item in items[:middle]:
            by_keyboard(page, item, wanted[item.id])
        tab_to(page, "form button[type=submit]")
        page.keyboard.press("Enter")
        has_focus(page, items[middle])  # the first that is missing
        fits(page)
        if name == "every_type":
            page.reload()
            person.settle()
            page.locator("[data-item]").first.wait_for()
        for item in items[middle:]:
            by_keyboard(page, item, wanted[item.id])
        before = person.number()
        tab_to(page, "form button[type=submit]")
        page.keyboard.press("Enter")
        person.wait_past(before)
    assert asking.stored(page) == {name: answers(asking.items(name), 1) for name in ASKED}


def _big_enough_for_a_thumb(page: Page) -> None:
    heights = page.locator("form :is(label, select, button, input[type=range], input[type=date])").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44


def test_what_a_screen_reader_is_told(new_context: NewContext, asking: Asking) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    person = asking.arrive(page)
    for item in (items := asking.items("every_type")):
        by_mouse(page, item, answers(items, 0)[item.id])
    expect(page.get_by_role("radiogroup", name="dull – bright")).to_have_count(1)
    person.press("Continue")
    pair = page.get_by_role("radiogroup", name="Effort or Performance? 1 of 15")
    expect(pair.get_by_role("radio", name="Performance")).to_have_count(1)
    expect(page.get_by_role("heading", name="Now choose, in each pair")).to_have_count(1)
    expect(page.get_by_role("slider", name="Mental demand.")).to_have_attribute("aria-valuetext", "not answered yet")
    for item in (items := asking.items("nasa_tlx_weighted")):
        by_mouse(page, item, answers(items, 0)[item.id])
    person.press("Continue")
    statement = "I found the system unnecessarily complex."
    for name in ("1: Strongly disagree", "2", "5: Strongly agree"):
        expect(page.get_by_role("radio", name=f"{statement} {name}", exact=True)).to_have_count(1)
    row = page.get_by_role("radiogroup", name=statement)
    for anchor in ("Strongly disagree", "Strongly agree"):
        expect(row.get_by_text(anchor)).to_be_visible()
    press_continue(page)
    expect(row).to_have_accessible_description("This answer is still missing.")


def test_a_value_that_no_screen_offers_is_refused_by_the_server(new_context: NewContext, asking: Asking) -> None:
    page = new_context().new_page()
    asking.arrive(page)
    for item in (items := asking.items("every_type")):
        by_mouse(page, item, answers(items, 0)[item.id])
    page.evaluate(
        """() => Object.keys(localStorage).filter((key) => key.startsWith("atelier:")).forEach((key) =>
          localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), agree: 99 })))"""
    )
    page.reload()
    page.locator("[data-item]").first.wait_for()
    press_continue(page)
    expect(page.get_by_text("99 is not on the scale of “I agree.”.")).to_be_in_viewport()
    assert asking.stored(page) == {}
    by_mouse(page, items[0], 7)
    Person(page).press("Continue")
    assert asking.stored(page)["every_type"]["agree"] == 7
