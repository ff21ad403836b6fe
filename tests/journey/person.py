"""Somebody who takes part, in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from study.sentence import Sentence, in_language

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
SAID = {
    "A weekend trip": [
        "Something cheap near the water, please.",
        "We go by train and want to relax.",
        "Rather outdoors with the kids.",
    ],
    "A week of dinners": [
        "Cheap and vegetarian dinners.",
        "They must be quick, I have little time.",
        "My kids eat with us, so mild please.",
    ],
    "A present for somebody": [
        "Not expensive, she likes books and music.",
        "Something sustainable and playful.",
        "I have an evening to prepare it.",
    ],
    "Un viaje de fin de semana": [
        "Algo barato cerca del agua, por favor.",
        "Vamos en tren y queremos descansar.",
        "Mejor al aire libre, con los niños.",
    ],
    "Una semana de cenas": [
        "Que sea barato y vegetariano.",
        "Tiene que ser rápido, tengo poco tiempo.",
        "Mi familia come con nosotros, así que suave.",
    ],
    "Un regalo para alguien": [
        "Le gustan los libros y la música.",
        "Algo sostenible y divertido.",
        "Tengo unas horas para prepararlo.",
    ],
    "Ein Wochenendausflug": [
        "Etwas Günstiges am Wasser, bitte: nicht viel Geld.",
        "Wir fahren mit dem Zug und möchten entspannen.",
        "Lieber draußen, mit den Kindern.",
    ],
    "Eine Woche Abendessen": [
        "Bitte billig und vegetarisch.",
        "Es muss schnell gehen, ich habe wenig Zeit.",
        "Meine Familie isst mit, also bitte mild.",
    ],
    "Ein Geschenk für jemanden": [
        "Sie mag Bücher und Musik.",
        "Etwas, das nachhaltig und verspielt ist.",
        "Ich habe ein paar Stunden für die Vorbereitung.",
    ],
}


class Person:
    """Walks through the study; each method does what one screen asks for."""

    def __init__(self, page: Page, shots: Path | None = None, language: str = "en") -> None:
        self.page = page
        self.language = language
        self.shots = shots
        self.seen: set[str] = set()

    def shot(self, name: str) -> None:
        """A screenshot, once per name."""
        if self.shots and name not in self.seen:
            self.seen.add(name)
            self.page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollTo(0, 0)")
            self.page.wait_for_timeout(600)
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def reads(self, sentence: str, **values: object) -> str:
        """How the interface says this sentence to the person."""
        return in_language(self.language, Sentence(sentence, **values) if values else sentence)

    def settle(self) -> None:
        """Until the script has run."""
        self.page.locator(READY).wait_for(timeout=20_000)

    def number(self) -> int:
        """The step that the progress line shows."""
        line = re.escape(self.reads("Step {number} of {total}", number="NUMBER", total="TOTAL"))
        form = line.replace("NUMBER", r"(\d+)").replace("TOTAL", r"\d+")
        text = self.page.get_by_text(re.compile(f"^{form}$")).first.inner_text()
        return int(re.fullmatch(form, text)[1])  # type: ignore[index]

    def press(self, name: str) -> None:
        """Click a button and wait for the next step."""
        before = self.number()
        self.page.get_by_role("button", name=self.reads(name), exact=True).click()
        self.wait_past(before)

    def wait_past(self, number: int) -> None:
        """Until the progress line no longer shows this step."""
        line = self.reads("Step {number} of {total}", number=number, total="TOTAL").split("TOTAL")[0]
        expect(self.page.get_by_text(line, exact=False)).to_have_count(0, timeout=20_000)
        self.settle()

    def fill(self, pick: int = 0) -> None:
        """Answer the questionnaire on screen; `pick` varies the answers."""
        before = self.number()
        form = self.page.locator("form")
        form.get_by_role("button").wait_for()
        for n, group in enumerate(form.locator("fieldset").all()):
            self._answer(group, n + pick)
        form.get_by_role("button").click()
        self.wait_past(before)

    def _answer(self, group: Locator, n: int) -> None:
        radios = group.locator("input[type=radio]")
        if count := radios.count():
            radios.nth(n % count).check()
        elif group.locator("input[type=range]").count():
            group.locator("input[type=range]").fill(str((n * 15) % 101 // 5 * 5))
        elif selects := group.locator("select").all():
            for place, select in enumerate(selects):
                select.select_option(str(place + 1))
        elif group.locator("textarea").count():
            group.locator("textarea").fill("It understood me best.")

    def say(self, text: str, wait: bool = True) -> None:
        """Send a message; wait for the reply to be in the record and on screen."""
        replies = self.replies().count()
        box = self.page.get_by_role("textbox", name=self.reads("Your message"))
        box.fill(text)
        box.press("Enter")
        if wait:
            expect(self.replies()).to_have_count(replies + 1, timeout=30_000)
            self.settle()

    def replies(self) -> Locator:
        """Replies in the conversation, those that can be rated."""
        return self.page.get_by_test_id("stFeedback")

    def task(self, name: str) -> None:
        """Talk three times and finish."""
        for text in SAID[name]:
            self.say(text)
        self.shot("task")
        self.press("I am done with this plan")


def fits(page: Page) -> None:
    """Nothing reaches beyond a screen of 360 pixels."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 361, f"the page is {wide} pixels wide"
    beyond = page.locator("button, input, select, textarea, label, legend, p, h1, h2, h3").evaluate_all(
        """(nodes) => nodes.filter((node) => node.offsetParent && node.getBoundingClientRect().right > 362)
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert beyond == []


def tab_to(page: Page, selector: str, text: str = "") -> None:
    """Press Tab until what has the focus is what is wanted, as somebody without a mouse does."""
    wanted = """([selector, text]) => {
      let node = document.activeElement
      while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
      return Boolean(node?.matches?.(selector) && node.textContent.includes(text) && !node.disabled)
    }"""
    for _ in range(200):
        if page.evaluate(wanted, [selector, text]):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} {text!r} cannot be reached with Tab")
