"""Photographs every screen into `docs/screens`: `make screens`."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from find_chromium import find
from journey.conftest import FLAGS
from journey.person import SAID, Person
from journey.server import ROOT, Server
from journey.test_researcher import sign_up
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from study.database import open_database
from study.design import cells
from study.enrolment import Arrival, enrol
from study.studies import get_study, protocol_of

TARGET = ROOT / "docs" / "screens"
ORDER = ("active", "passive", "baseline")


def participant(browser: Browser, server: Server, eye: Callable[[Page], Person]) -> Person:
    """One participant through every screen of the demo study; `eye` looks at each."""
    engine = open_database(server.database)
    protocol = protocol_of(get_study(engine, "active_vs_passive"))
    cell = next(cell.index for cell in cells(protocol) if cell.conditions == ORDER)
    _row, token = enrol(engine, "active_vs_passive", Arrival({"PROLIFIC_PID": "demo"}, cell=cell))
    page = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light").new_page()
    page.goto(f"{server.url}/j/{token}")
    person = eye(page)
    person.settle()
    for name, button in (("welcome", "Start"), ("consent", "I agree and want to take part")):
        person.shot(name)
        person.press(button)
    for name in ("background", "tipi"):
        person.shot(name)
        person.fill(2)
    for number, condition in enumerate(ORDER):
        person.shot("instructions")
        person.press("I am ready")
        title = page.get_by_role("heading", level=3).first.inner_text().split(" · ")[1]
        first, second, third = SAID[title]
        person.say(first)
        person.say(second)
        if condition == "active":
            _steer(page)
        page.set_viewport_size({"width": 1280, "height": 1480})
        person.shot(f"task-{condition}")
        page.set_viewport_size({"width": 1280, "height": 860})
        if number == 0:
            page.set_viewport_size({"width": 360, "height": 3500})
            person.shot("task-small")
            page.set_viewport_size({"width": 1280, "height": 860})
        person.say(third)
        person.press("I am done with this plan")
        for name in ("nasa_tlx", "ueq_s", "control", "personalisation", "comfort"):
            person.shot(name)
            person.fill(number + 2)
    for name in ("preference", "beliefs"):
        person.shot(name)
        person.fill(1)
    person.shot("debrief")
    person.page.get_by_role("button", name="Finish the study").click()
    page.get_by_text("This is your completion code").wait_for()
    person.shot("completion")
    return person


def _steer(page: Page) -> None:
    """A need of one's own, put first and opened, as somebody does who uses the panel."""
    needs = page.locator(".st-key-list-needs_panel-needs")
    needs.get_by_role("textbox", name="Add a need").fill("somewhere quiet")
    needs.get_by_role("button", name="Add", exact=True).click()
    needs.get_by_role("button", name="Move up: somewhere quiet").click()
    needs.locator("ol button.text").first.click()
    page.wait_for_timeout(4000)


def researcher(browser: Browser, server: Server, look: Callable[[Page], Person]) -> Person:
    """The researcher's pages, with a study that has begun; `look` makes the eye that looks at each."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light").new_page()
    eye = look(page)
    page.goto(server.url)
    page.get_by_role("heading", name="Welcome").wait_for()
    eye.shot("landing")
    sign_up(page, server)
    page.wait_for_timeout(2500)
    eye.shot("studies")
    _configure(page, server, eye)
    page.goto(f"{server.url}/pilot")
    page.get_by_role("heading", name="Simulated participants").wait_for()
    page.wait_for_timeout(1500)
    eye.shot("pilot")
    _monitor(page, server, eye)
    page.goto(f"{server.url}/data")
    for tab in ("Export", "Keep and erase", "The study as a file"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(1000)
        eye.shot(f"data-{tab.split()[0].lower()}")
    _more_pages(page, server, eye)
    page.goto(f"{server.url}/results")
    page.get_by_role("button", name="Make the report").click()
    page.frame_locator("iframe").get_by_role("heading", name="Participants").wait_for(timeout=120_000)
    eye.shot("results")
    return eye


def _monitor(page: Page, server: Server, eye: Person) -> None:
    """Somebody has just come; what can be done about them."""
    row, _token = enrol(open_database(server.database), "active_vs_passive", Arrival({}))
    page.goto(f"{server.url}/monitor")
    page.get_by_role("heading", name="Sessions").wait_for()
    page.wait_for_timeout(1500)
    eye.shot("monitor")
    page.reload()
    page.get_by_role("combobox", name="Participant").click()
    page.get_by_role("option", name=row.participant).click()
    page.get_by_role("radio", name="Send a note").click(force=True)
    page.wait_for_timeout(1500)
    eye.shot("monitor-one")


def _more_pages(page: Page, server: Server, eye: Person) -> None:
    """Sessions and the replay of one; people; the log."""
    page.goto(f"{server.url}/sessions")
    page.get_by_role("heading", name="Sessions").wait_for()
    page.wait_for_timeout(1500)
    eye.shot("sessions")
    page.get_by_role("combobox", name="Open a session").click()
    page.get_by_role("option").last.click()  # who came first has done most
    page.get_by_text("What happened").first.wait_for()
    page.wait_for_timeout(1500)
    eye.shot("replay")
    page.goto(f"{server.url}/people")
    for tab in ("On a study", "Researchers", "You"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(1000)
        eye.shot(f"people-{tab.split()[0].lower()}")
    page.goto(f"{server.url}/audit")
    page.get_by_role("button", name="Download the log (CSV)").wait_for()
    page.wait_for_timeout(1000)
    eye.shot("audit")


def _configure(page: Page, server: Server, eye: Person) -> None:
    """The draft with a mistake in it, as text, by forms, planned and before it is used."""
    page.goto(f"{server.url}/configure")
    field = page.get_by_role("textbox", name="Protocol of")
    field.wait_for()
    text = field.input_value()
    field.fill(text.replace("orders: all", "orders: al"))
    page.get_by_text("Saved. 1 problem.").wait_for(timeout=20_000)
    page.get_by_role("button", name="Line 51").click()
    eye.shot("configure-text")
    page.get_by_role("tab", name="Use").click()
    page.get_by_text("Line 51: design.orders", exact=False).first.wait_for()
    eye.shot("configure-problems")
    page.get_by_role("tab", name="Text").click()
    field.fill(text.replace("planned_participants: 24", "planned_participants: 36"))
    page.get_by_text("Saved. Every check passes.").wait_for(timeout=20_000)
    for tab, wanted in (
        ("Forms", "Title"),
        ("Plan", "Orders and balance"),
        ("Files", "tasks/"),
        ("Use", "24 → 36"),
        ("Versions", "Version 1"),
    ):
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(wanted, exact=False).first.wait_for()
        page.wait_for_timeout(1000)
        eye.shot(f"configure-{tab.lower()}")
    page.get_by_role("tab", name="Arms").click()
    page.get_by_role("button", name="Send it to every condition").click()
    page.get_by_role("textbox", name="Another message").wait_for(timeout=90_000)
    page.wait_for_timeout(1000)
    eye.shot("configure-arms")
    page.get_by_role("tab", name="Power").click()
    page.get_by_role("textbox", name="Participants who begin").fill("6,12")
    page.get_by_role("spinbutton", name="Runs of each size").fill("2")
    page.get_by_role("button", name="Simulate the power").click()
    page.locator(".js-plotly-plot").first.wait_for(timeout=180_000)
    page.wait_for_timeout(1000)
    eye.shot("configure-power")
    page.get_by_role("tab", name="Forms").click()
    for part in ("Model", "Conditions", "Tasks", "Questionnaires", "Links"):
        page.get_by_test_id("stRadio").get_by_text(part, exact=True).click()
        page.wait_for_timeout(2000)
        eye.shot(f"configure-{part.lower()}")


def photographer(page: Page) -> Person:
    """Keeps a picture of each screen."""
    return Person(page, TARGET)


def make_small(picture: Path) -> None:
    """The same picture with 128 colours, which is a third of the bytes."""
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


def main() -> None:
    """A fresh server, one participant, one researcher."""
    TARGET.mkdir(parents=True, exist_ok=True)
    server = Server(Path(tempfile.mkdtemp(prefix="atelier-screens-"))).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            participant(browser, server, photographer)
            researcher(browser, server, photographer)
            browser.close()
    finally:
        server.stop()
    for picture in TARGET.glob("*.png"):
        make_small(picture)
    print(f"{len(list(TARGET.glob('*.png')))} screens in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
