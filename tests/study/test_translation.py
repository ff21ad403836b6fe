"""Every text that participants read is translated, and nothing else changes."""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given, settings
from pydantic import BaseModel
from small_study import EVERYTHING, SMALL, TASK
from some_protocols import protocols

from memory.mechanisms.registry import parameter_models
from study.design import cells
from study.flow import Assignment
from study.plan import plan
from study.protocol import Mechanisms, Protocol
from study.sentence import in_language as interface
from study.text import is_marked
from study.timeline import TextStep, walk
from study.translation import SourceText, in_language, lost_placeholders, texts

MECHANISMS = parameter_models()
ALIKE = {
    "Aquarium", "Budget", "Kimchi", "design", "elegant", "kids", "mild", "modern", "museum", "outdoor", "partner",
    "regional", "sport", "vegan", "veggie",
}  # fmt: skip
"""Words that are the same in both languages of the demo."""
NOT_READ = {
    "Protocol": "id version authors paper notes language languages translations model instruments model_key",
    "Consent": "version",
    "Privacy": "keep names",
    "AllBeliefsParams": "visibility",
    "AskAndCorrectParams": "doubt visibility",
    "CriticParams": "mode",
    "PageParams": "visibility",
    "NeedsParams": "scope",
    "FilterParams": "judge",
    "DialParams": "set_by",
    "RetrievalParams": "unit compression",
    "MechanismUse": "name params",
    "Condition": "id levels plan_panel",
    "TaskSection": "id",
    "Attribute": "",
    "CatalogueOption": "id section attributes",
    "Task": "id",
    "Factor": "id levels",
    "Design": "kind between nested_in orders tasks strata",
    "Prices": "currency",
    "Recruitment": "id_parameter",
    "Completion": "code redirect_url",
    "EarlyEnding": "code redirect_url",
    "When": "instrument item equals any_of",
    "Check": "instrument answers on_fail",
    "TimeLimit": "then",
    "Option": "value",
    "Item": "id type options right",
    "Source": "citation doi licence",
    "Instrument": "id version language wording order",
    "Scale": "id name items method pairs weighs missing direction",
    "Band": "label citation",
    "Hypothesis": "id text measure factor given contrast direction test family",
    "Interaction": "factor contrast",
    "Exclusion": "text measure",
    "AnalysisPlan": "primary contrasts missing moderators",
    "Stopping": "note",
    "ControlParams": "id type",
    "ProfileParams": "visibility",
    "SetupFormParams": "instruments items",
    "SystemPromptParams": "parts",
}
"""Model → fields with strings that no participant reads. Steps: their kind, and what they name by id."""
OF_STEPS = {"step", "for_conditions", "for_tasks", "instruments", "occasion", "conditions", "sources", "over"}


def models_in(part: Any) -> Iterator[type[BaseModel]]:
    if isinstance(part, type) and issubclass(part, BaseModel):
        yield part
    for inner in get_args(part):
        yield from models_in(inner)


def reachable(*roots: type[BaseModel]) -> set[type[BaseModel]]:
    found, waiting = set(), list(roots)
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [inner for field in model.model_fields.values() for inner in models_in(field.annotation)]
    return found


def holds_strings(part: Any) -> bool:
    if isinstance(part, type) and issubclass(part, BaseModel):
        return False
    if get_origin(part) is dict:  # keys are ids
        return holds_strings(get_args(part)[1])
    return part is str or part is Any or isinstance(part, str) or any(map(holds_strings, get_args(part)))


@pytest.mark.parametrize("model", sorted(reachable(Protocol, *MECHANISMS.values()), key=str), ids=lambda m: m.__name__)
def test_of_every_string_it_is_said_whether_participants_read_it(model: type[BaseModel]) -> None:
    """A new field with strings is marked as a text, or named here."""
    marked = {
        name
        for name, field in model.model_fields.items()
        if is_marked(field.annotation) or any(map(is_marked, field.metadata))
    }
    others = {name for name, f in model.model_fields.items() if holds_strings(f.annotation)} - marked
    if "show_if" in model.model_fields:
        assert others <= OF_STEPS
    else:
        assert others <= set(NOT_READ.get(model.__name__, "").split())


# --- translating -------------------------------------------------------------------------------


READ = re.compile(
    r"^(?!\.analysis).*(\.(title|text|brief|opening|label|question|instructions|low|high|payment|description)"
    r"|\.items\[\d+\]\.section|\.catalogue\[\d+\]\.name|\.(labels|values\.\w+|remarks)\[\d+\])$"
)
"""Places of texts, as they are called in the files."""


def marker(text: str) -> str:
    return f"«{text}»"


def translated(protocol: Protocol, turn: Any = marker, mechanisms: Mechanisms = MECHANISMS) -> Protocol:
    """The protocol with a made-up translation, in German."""
    table = {source.key: turn(source.text) for source in texts(protocol, mechanisms)}
    both = protocol.model_copy(update={"languages": ("de",), "translations": {"de": table}})
    return in_language(both, "de", mechanisms)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        parts = [(f"{path}.{key}", inner) for key, inner in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{n}]", inner) for n, inner in enumerate(value)]
    else:
        return {path: value}
    return {place: leaf for inner_path, inner in parts for place, leaf in leaves(inner, inner_path).items()}


def named_by_ends(protocol: Protocol) -> set[str]:
    return {
        f".instruments[{i}].items[{n}].text"
        for i, instrument in enumerate(protocol.instruments)
        for n, item in enumerate(instrument.items)
        if item.type == "semantic" and item.only_names_its_ends()
    }


@settings(max_examples=60)
@given(protocol=protocols())
def test_every_text_changes_and_nothing_else(protocol: Protocol) -> None:
    before = leaves(protocol.model_dump(mode="json"))
    by_ends = named_by_ends(protocol)
    expected = {
        place: marker(value) if value and READ.search(place) and place not in by_ends else value
        for place, value in before.items()
    }
    after = leaves(translated(protocol).model_dump(mode="json"))
    assert after == expected | {".language": "de"} | {place: after[place] for place in by_ends}


@settings(max_examples=60)
@given(protocol=protocols())
def test_what_a_study_does_is_the_same_in_every_language(protocol: Protocol) -> None:
    german = translated(protocol)
    assert Protocol.model_validate(german.model_dump(mode="json")) == german
    assert cells(german) == cells(protocol)
    for cell in cells(protocol)[:2]:
        assignment = Assignment(cell.conditions, cell.tasks)
        ours, theirs = plan(protocol, assignment), plan(german, assignment)
        assert [(s.id, s.kind, s.instrument, s.condition, s.task, s.show_if, s.screen_out) for s in ours] == [
            (s.id, s.kind, s.instrument, s.condition, s.task, s.show_if, s.screen_out) for s in theirs
        ]
    for instrument, other in zip(protocol.instruments, german.instruments, strict=True):
        assert instrument.scoring == other.scoring
        assert [item.offers() for item in instrument.items] == [item.offers() for item in other.items]


@settings(max_examples=60)
@given(protocol=protocols())
def test_the_same_words_give_the_same_protocol(protocol: Protocol) -> None:
    same = translated(protocol, lambda text: text)
    assert same.model_copy(update={"language": protocol.language}) == protocol
    assert in_language(protocol, protocol.language, MECHANISMS) is protocol


def small(**changes: Any) -> Protocol:
    tasks = [{"id": name, **TASK} for name in ("trip", "dinner")]
    return Protocol.model_validate({**SMALL, "tasks": tasks, "instruments": [EVERYTHING], **changes})


def test_texts_stand_in_order_once_each_with_their_first_place() -> None:
    found = texts(small(), MECHANISMS)
    assert len({source.key for source in found}) == len(found)
    places = {source.text: source.place for source in found}
    assert list(places.items())[:6] == [
        ("A small study", "title"),
        ("Yes?", "consent.text"),
        ("A", "design.labels[0]"),
        ("B", "design.labels[1]"),
        ("C", "design.labels[2]"),
        ("A trip", "tasks[trip].title"),
    ]
    assert places["Red"] == "instruments[everything].items[colour].options[red].label"
    assert places["cheap"] == "tasks[trip].attributes.price.values.low[0]"
    assert places["Bye."] == "timeline[4].text"
    for unread in ("trip", "low", "red", "Agreement", "DONE", "retrieval", "written for the tests"):
        assert unread not in places


def test_a_letter_or_a_number_needs_no_translation() -> None:
    needed = {text: SourceText(text, "").needed for text in ("A", "7", "10 %", "–", "OK", "A trip", "18 to 24", "é")}
    assert needed == {
        "A": False, "7": False, "10 %": False, "–": False, "OK": True, "A trip": True, "18 to 24": True, "é": False,
    }  # fmt: skip


def test_parameters_of_mechanisms_are_translated_where_they_are_read() -> None:
    controls = [
        {"id": "cost", "type": "slider", "label": "Cost", "low": "less", "says": {"4": "cheap"}},
        {"id": "many", "type": "choice", "label": "How many", "options": {"few": "One", "some": "Several"}},
    ]
    uses = [
        {"name": "preference_controls", "params": {"controls": controls}},
        {"name": "setup_form", "params": {"instruments": ["everything"], "says": {"word": "Calls it {answer}."}}},
        {"name": "system_prompt", "params": {"parts": {"identity": "You are a pirate."}}},
    ]
    protocol = small(conditions=[{"id": "plain", "mechanisms": uses}, SMALL["conditions"][1]])
    german = translated(protocol).condition("plain").mechanisms
    assert german[0].params == {
        "controls": [
            {"id": "cost", "type": "slider", "label": "«Cost»", "low": "«less»", "says": {"4": "«cheap»"}},
            {"id": "many", "type": "choice", "label": "«How many»", "options": {"few": "«One»", "some": "«Several»"}},
        ]
    }
    assert german[1].params["says"] == {"word": "«Calls it {answer}.»"}
    assert german[2] == protocol.condition("plain").mechanisms[2]


def test_a_pair_of_words_is_called_by_its_ends_in_every_language() -> None:
    ends = {"id": "dull", "type": "semantic", "min": 1, "max": 7, "low": "dull", "high": "bright"}
    german = translated(small(instruments=[{**EVERYTHING, "items": [ends, *EVERYTHING["items"]]}]))
    item = german.instrument("everything").item("dull")
    assert (item.low, item.high, item.text) == ("«dull»", "«bright»", "«dull» – «bright»")
    assert item.only_names_its_ends()


def test_white_space_of_a_folded_text_does_not_count() -> None:
    protocol = small(consent={"version": "1", "text": "Do you\n  agree?\n"})
    both = protocol.model_copy(update={"languages": ("de",), "translations": {"de": {"Do you agree?": "Ja?\n\nNein?"}}})
    assert in_language(both, "de", {}).consent.text == "Ja?\n\nNein?"
    with pytest.raises(KeyError):
        in_language(both, "fr", {})


def test_placeholders_are_counted() -> None:
    assert lost_placeholders("About {task}.", "Über {task}.") == []
    assert lost_placeholders("About {task}.", "Über die Aufgabe.") == ["{task}"]
    assert lost_placeholders("{a} and {a}", "{a} und {b}") == ["{a}", "{b}"]
    assert lost_placeholders("{{participant}}", "{participant}") == ["{participant}", "{{participant}}"]


def test_the_demo_is_put_into_german(demo: Protocol) -> None:
    german = in_language(demo, "de", MECHANISMS)
    assert (german.language, german.languages, german.translations) == ("de", (), {})
    assert german.consent.text.startswith("**Worum es geht.**")
    alike = {text for text, said in demo.translations["de"].items() if text.lower() == said.lower()}
    assert alike == ALIKE, "anything else was not translated"


def test_the_demo_is_put_into_spanish(demo: Protocol) -> None:
    spanish = in_language(demo, "es", MECHANISMS)
    assert (spanish.language, spanish.languages, spanish.translations) == ("es", (), {})
    assert spanish.consent.text.startswith("**De qué trata.**")
    alike = {text for text, said in demo.translations["es"].items() if text.lower() == said.lower()}
    assert alike == {"Kimchi", "local", "regional"}, "anything else was not translated"


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_button_is_named_in_the_instructions_as_it_is_called(demo: Protocol, language: str) -> None:
    step = next(s for _, s, _ in walk(in_language(demo, language, MECHANISMS).timeline) if s.step == "instructions")
    assert isinstance(step, TextStep)
    assert f"**{interface(language, 'I am done with this plan')}**" in step.text
