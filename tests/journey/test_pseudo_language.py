"""Every word of interface and protocol is marked: none is left on a screen that is not. The demo study, panels, endings."""

import re
from collections.abc import Iterator

import pytest
from journey.person import SAID, Person
from journey.pseudo import without_marks
from journey.server import Server
from journey.stand_ins import study_with
from journey.test_study import NewContext, walk
from playwright.sync_api import Page, expect

from memory.mechanisms.registry import parameter_models
from study.database import open_database
from study.enrolment import Arrival, enrol
from study.log import events
from study.protocol import MechanismUse, Protocol
from study.protocol_file import load_protocol
from study.settings import ROOT
from study.studies import create_study, set_status
from study.translation import in_language, texts

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
SHOWN = """() => {
  const found = []
  const seen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return void found.push(node.textContent)
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["STYLE", "SCRIPT", "NOSCRIPT"].includes(node.tagName) || !seen(node)) return
      if (getComputedStyle(node).fontFamily.includes("Material")) return
      for (const name of ["aria-label", "aria-valuetext", "placeholder", "title", "alt"])
        if (node.getAttribute(name)) found.push("\\n" + node.getAttribute(name) + "\\n")
    }
    for (const child of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) visit(child)
  }
  visit(document.body)
  return document.title + "\\n" + found.join(" ")
}"""


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("pseudo"), module="journey.pseudo").start()
    yield made
    made.stop()


def marked(protocol: Protocol) -> Protocol:
    """The protocol with each of its texts marked; the words that an attribute is found by are left as they are."""
    sources = [one for one in texts(protocol, parameter_models()) if one.needed and ".values" not in one.place]
    table = {one.key: f"⟦{one.text}⟧" for one in sources}
    told = protocol.model_copy(update={"languages": ("xx",), "translations": {"xx": table}})
    return in_language(told, "xx", parameter_models()).model_copy(update={"language": "en"})


def wait_for_names(page: Page) -> None:
    """Until what Streamlit itself says is said in the page's language, which a component of ours sees to."""
    page.locator("a[href='#stMain']", has_text="⟦").wait_for(state="attached", timeout=60_000)


class Reader(Person):
    """Somebody who reads every screen for words that are not marked."""

    def __init__(self, page: Page, server: Server, protocol: Protocol) -> None:
        super().__init__(page)
        page.set_default_timeout(120_000)
        self.engine = open_database(server.database)
        self.left: dict[str, set[str]] = {}
        set_status(self.engine, create_study(self.engine, marked(protocol)).id, "open")
        row, token = enrol(self.engine, protocol.id, Arrival({}))
        self.session_id = row.id
        page.goto(f"{server.url}/j/{token}")
        self.settle()

    def reads(self, sentence: str, **values: object) -> str:
        return f"⟦{super().reads(sentence, **values)}⟧"

    def press(self, name: str) -> None:
        self.read(name)
        super().press(name)

    def fill(self, pick: int = 0) -> None:
        form = self.page.locator("form")
        form.get_by_role("button").last.click()  # with nothing answered: what is missing is said
        form.locator(".complaint").first.wait_for()
        self.read(f"questionnaire {self.number()}")
        super().fill(pick)

    def task(self, name: str) -> None:
        for text in SAID[name.strip("⟦⟧")]:
            self.say(text)
        self.open_all()
        self.page.get_by_text("⟦Leave the study⟧").click()
        self.page.get_by_text("⟦Leave for good⟧").wait_for()
        self.read("task")
        self.page.keyboard.press("Escape")
        self.press("I am done with this plan")

    def open_all(self) -> None:
        """Open whatever a panel has folded."""
        closed = self.page.locator(".panel button[aria-expanded=false]")
        while closed.count():
            closed.first.click()

    def read(self, screen: str) -> None:
        """Note what is on the screen without a mark, apart from what the two said to each other."""
        wait_for_names(self.page)
        text = self.page.evaluate(SHOWN)
        for own in sorted(self.said(), key=len, reverse=True):
            text = text.replace(own, " ")
        if words := set(re.findall(r"[^\W\d_]{2,}", without_marks(text))):
            self.left.setdefault(screen, set()).update(words)

    def said(self) -> set[str]:
        """What the person wrote and the assistant replied, noted or planned, line by line as a screen shows it."""
        texts: list[str] = []
        for entry in events(self.engine, self.session_id):
            event = entry.event
            if entry.kind == "message_sent":
                texts.append(event.text)
            elif entry.kind == "reply_given":
                texts += re.split(r"\n|\*+", event.text)
            elif entry.kind == "belief_changed":
                texts += [event.belief.text, *event.belief.answers, event.belief.area]
            elif entry.kind == "page_written":
                texts += event.text.splitlines()
            elif entry.kind == "solution_updated":
                texts += [part for section in event.sections for part in re.split(r"\s*\n\s*", section.text)]
        return {text.strip() for text in texts if text.strip()}


def test_every_word_of_the_demo_study_is_in_the_catalogue(new_context: NewContext, pseudo: Server) -> None:
    context = new_context()
    demo = load_protocol(ROOT / "protocols" / "active_vs_passive.yaml", parameter_models())
    person = Reader(context.new_page(), pseudo, demo.model_copy(update={"id": "pseudo"}))
    person.press("Start")
    second = context.new_page()
    second.goto(person.page.url)
    expect(person.page.get_by_text("⟦Continue here⟧")).to_be_visible(timeout=20_000)
    person.read("another tab")
    person.page.get_by_text("⟦Continue here⟧").click()
    second.close()  # a page in the background is drawn once a second
    walk(person, 900)
    expect(person.page.get_by_text("ATELIER-DEMO")).to_be_visible()
    text = person.page.evaluate(SHOWN).replace("ATELIER-DEMO", "")
    person.left["the end"] = set(re.findall(r"[^\W\d_]{2,}", without_marks(text)))
    assert {screen: words for screen, words in person.left.items() if words} == {}


PANELS = {
    "notes": {"inferred_profile": {"visibility": "editable"}, "explanation": {}, "reliance_dial": {}},
    "choices": {"inferred_profile": {"visibility": "hidden"}, "opt_in": {}, "explanation": {"set_aside": False}},
    "page": {"memory_page": {}, "ask_and_correct": {}},
}
"""Studies with the mechanisms that the demo study does not have, and that a participant sees."""


@pytest.mark.parametrize("name", PANELS)
def test_every_word_of_a_panel_is_in_the_catalogue(new_context: NewContext, pseudo: Server, name: str) -> None:
    mechanisms = [MechanismUse(name=one, params=params) for one, params in PANELS[name].items()]
    person = Reader(new_context().new_page(), pseudo, study_with(name, *mechanisms))
    person.read("before the first message")
    for text in ("Something cheap near the water, please.", "We go by train and want to relax."):
        person.say(text)
    person.open_all()
    person.read("after two")
    person.page.get_by_text("⟦Leave the study⟧").click()
    person.page.get_by_text("⟦Leave for good⟧").click()
    expect(person.page.get_by_text("⟦You have left the study.", exact=False)).to_be_visible()
    person.read("left")
    assert person.left == {}


@pytest.mark.parametrize("path", ["/", "/s/nothing", "/j/nothing", "/i/nothing"])
def test_every_word_said_to_who_has_no_session_is_in_the_catalogue(
    new_context: NewContext, pseudo: Server, path: str
) -> None:
    page = new_context().new_page()
    page.goto(pseudo.url + path)
    expect(page.get_by_role("heading", name="⟦", exact=False)).to_be_visible(timeout=60_000)
    if path == "/":
        wait_for_names(page)
    assert re.findall(r"[^\W\d_]{2,}", without_marks(page.evaluate(SHOWN))) == []


def test_every_word_of_streamlit_is_in_the_catalogue(new_context: NewContext, pseudo: Server) -> None:
    preference = {"id": "always", "label": "Always keep in mind", "type": "text"}
    shown = MechanismUse(name="preference_controls", params={"controls": [preference]})
    person = Reader(new_context().new_page(), pseudo, study_with("fields", shown))
    person.say("Something cheap near the water, please.")
    person.page.get_by_role("radio", name="⟦Thumbs up⟧").first.check(force=True)
    person.page.get_by_text("⟦Why?⟧").click()
    person.page.get_by_role("textbox", name="⟦Why this rating? (optional)⟧").fill("7")
    expect(person.page.get_by_text("⟦Press Enter to save⟧")).to_be_visible()
    person.read("a field that is typed into")
    pseudo.kill()
    expect(person.page.get_by_role("dialog", name="⟦The connection is interrupted⟧")).to_be_visible(timeout=60_000)
    person.read("a connection that is lost")
    pseudo.start()
    assert person.left == {}
