"""The demo study in German and Spanish, in a real browser: from the browser's language to the last page."""

import re
from collections.abc import Callable

import pytest
from journey.person import Person, fits
from journey.server import Server
from journey.test_researcher import sign_up
from journey.test_study import check, record_of, to_task, visit, walk
from playwright.sync_api import BrowserContext, expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
NewContext = Callable[..., BrowserContext]


def heading(person: Person, name: str) -> None:
    expect(person.page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=20_000)


class OnPhone(Person):
    """Somebody who looks at every screen whether something on it is cut off."""

    def press(self, name: str) -> None:
        fits(self.page)
        super().press(name)

    def fill(self, pick: int = 0) -> None:
        fits(self.page)
        super().fill(pick)


def test_a_whole_sitting_in_german_on_a_phone(new_context: NewContext, server: Server) -> None:
    page = new_context(locale="de-AT", viewport={"width": 360, "height": 740}).new_page()
    person = OnPhone(page, language="de")
    page.goto(f"{server.url}/s/active_vs_passive")
    heading(person, "Willkommen")
    expect(person.page.locator("html")).to_have_attribute("lang", "de", timeout=20_000)
    walk(person)
    expect(person.page.get_by_text("ATELIER-DEMO")).to_be_visible()
    record = record_of(server)
    events = check(record)
    assert record.sessions[0].language == "de"
    calls = [e.event for e in events if e.kind == "model_called"]
    assert calls and all("Answer in German (de)." in call.messages[0].content for call in calls)
    plans = [e.event for e in events if e.kind == "solution_updated"]
    assert {section.title for plan in plans for section in plan.sections} & {"Wo Sie essen", "Für das Wochenende"}


def test_the_language_is_changed_on_the_first_page_and_never_after(new_context: NewContext, server: Server) -> None:
    context = new_context(locale="fr-FR")
    person = visit(context, server, language="de")
    heading(person, "Welcome")
    expect(person.page.get_by_role("button", name="English", exact=True)).to_be_disabled()
    person.page.get_by_role("button", name="Deutsch", exact=True).click()
    heading(person, "Willkommen")
    expect(person.page.locator("html")).to_have_attribute("lang", "de", timeout=20_000)
    person.page.reload()
    heading(person, "Willkommen")
    person.press("Start")
    expect(person.page.get_by_text("Worum es geht.")).to_be_visible()
    expect(person.page.get_by_role("button", name="English", exact=True)).to_have_count(0)
    back = visit(context, server, "?lang=en")
    expect(back.page.get_by_text("Worum es geht.")).to_be_visible()
    chosen = [e.event for e in record_of(server).events if e.kind == "language_chosen"]
    assert [(event.old, event.new) for event in chosen] == [("en", "de")]


def test_the_link_decides_whatever_the_browser_says(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(locale="de-DE"), server, "?lang=en&PROLIFIC_PID=one")
    heading(person, "Welcome")
    other = visit(new_context(locale="en-US"), server, "?lang=de&PROLIFIC_PID=two")
    heading(other, "Willkommen")
    expect(other.page).to_have_title(re.compile("Planen mit einem Assistenten"))


def test_a_task_in_spanish(new_context: NewContext, server: Server) -> None:
    person = visit(new_context(locale="es-MX"), server, language="es")
    expect(person.page.locator("html")).to_have_attribute("lang", "es", timeout=20_000)
    to_task(person)
    title = person.page.get_by_role("heading", level=3).first.inner_text().split(" · ")[1]
    expect(person.page.get_by_text("Podrá terminar después de 3 mensajes más.")).to_be_visible()
    person.task(title)
    assert record_of(server).sessions[0].language == "es"


def test_a_replay_shows_the_language_of_the_session_to_a_researcher_who_reads_english(
    new_context: NewContext, server: Server
) -> None:
    person = visit(new_context(locale="de-DE"), server, language="de")
    to_task(person)
    record = record_of(server)
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_up(page, server)
    page.goto(f"{server.url}/sessions?study={record.sessions[0].study_id}&session={record.sessions[0].id}")
    expect(page.get_by_text("Nothing here can be operated.", exact=False)).to_be_visible(timeout=60_000)
    screen = page.locator(".st-key-replayed")
    expect(screen.get_by_text("Ihre Aufgabe")).to_be_visible(timeout=60_000)
    expect(screen.get_by_role("textbox", name="Ihre Nachricht")).to_be_disabled()
    expect(screen.get_by_role("button", name="Ich bin mit diesem Plan fertig")).to_be_disabled()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_who_has_no_session_is_spoken_to_in_the_language_of_link_or_browser(
    new_context: NewContext, server: Server
) -> None:
    page = new_context(locale="de-DE").new_page()
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Willkommen")).to_be_visible(timeout=20_000)
    expect(page.locator("html")).to_have_attribute("lang", "de", timeout=20_000)
    page.goto(f"{server.url}/?lang=es")
    expect(page.get_by_role("heading", name="Le damos la bienvenida")).to_be_visible(timeout=20_000)
    page.goto(f"{server.url}/j/nothing")
    expect(page.get_by_role("heading", name="Dieser Link funktioniert nicht")).to_be_visible()
    page.goto(f"{server.url}/s/nothing?lang=es")
    expect(page.get_by_role("heading", name="No se ha encontrado este estudio")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "es")
