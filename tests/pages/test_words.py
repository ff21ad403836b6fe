"""Every word of the interface goes through `say`, and every catalogue says all of them."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from spoken import BELOW, ROOT, SCREENS, spoken, spoken_constants

from study import sentence
from study.sentence import BLANK, Sentence, catalogues, has_catalogue, in_language, recognised

SPOKEN = {text for file in [*SCREENS, *BELOW] for text in spoken(file) if text}
WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]")
"""What reads like words: two in a row, or one with a capital."""
NO_WORDS = re.compile(r"[<{]|[A-Z][a-z]+-[A-Z][a-z]+")
"""HTML, CSS, scripts and the names of HTTP headers."""
OF_RESEARCHERS = {
    ("serving.py", "\n  Take part in the demo study:  "),
    ("serving.py", "  Set the researcher's password (this link works once):  "),
    ("serving.py", "something failed that should not"),
    ("serving.py", "  (python manage.py retention)"),
    ("plain.py", "Set password"),
    ("chat.py", "Being written. How far is reckoned from the times of its first and last word."),
    ("task.py", " minutes were left."),
}
ONLY_TO_LOOK_AT = ROOT / "memory/past.py"
"""What it refuses, it refuses a researcher."""
COMPONENTS = sorted(file for file in ROOT.glob("pages/shared/components/*") if file.stem != "editor")
"""Those a participant may meet: only researchers edit protocols."""
REFUSALS = ("AnswerRefused", "StudyClosed")
"""Errors that only participants meet."""


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", SCREENS, ids=name_of)
def test_no_words_of_a_screen_are_said_in_english_alone(file: Path) -> None:
    module = ast.parse(file.read_text(encoding="utf-8"))
    comments = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    said = spoken_constants(module)
    names = {
        key
        for node in ast.walk(module)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if value in said
    }
    loose = {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node not in comments | said | names
        if WORDS.search(node.value) and not NO_WORDS.search(node.value)
    }
    assert {text for text in loose if (file.name, text) not in OF_RESEARCHERS} == set()


@pytest.mark.parametrize("file", sorted({*SCREENS, *BELOW} - {ONLY_TO_LOOK_AT}), ids=name_of)
def test_what_a_participant_is_refused_is_a_sentence(file: Path) -> None:
    for call in (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in REFUSALS:
            assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), f"line {call.lineno}"


@pytest.mark.parametrize("file", sorted(ROOT.glob("memory/**/*.py")), ids=name_of)
def test_what_a_control_says_of_its_own_is_a_sentence(file: Path) -> None:
    for call in (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "Control":
            named = [k.value for k in call.keywords if k.arg in ("label", "help", "low", "high")]
            for said in [*call.args[3:4], *named]:
                assert not isinstance(said, ast.Constant | ast.JoinedStr), f"line {said.lineno}"


@pytest.mark.parametrize("file", COMPONENTS, ids=name_of)
def test_components_have_no_words_of_their_own(file: Path) -> None:
    text = re.sub(r"(?m)(^|\s)//.*$", "", file.read_text(encoding="utf-8"))
    if file.suffix == ".html":
        assert re.findall(r">\s*\w[^<]*<|aria-label|placeholder|title=", text) == []
    if file.suffix == ".js":
        literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', text)
        said = {re.sub(r"\$\{[^}]*\}", "", one or other) for one, other in literals}
        names = {"Content-Type", "Enter", "InputInstructions", "POST"}
        assert {
            one for one in said - names if re.search(r"^[A-Z][a-z]|[a-z]{2,} [a-z]{2,}.*[.?]$|^[a-z]+ [a-z]+ ", one)
        } == set()


def test_there_is_something_to_say() -> None:
    assert len(SPOKEN) > 200
    assert {"Start", "Step {number} of {total}", "Your needs", "The assistant gave no answer.", "Edit"} <= SPOKEN


def test_german_and_spanish_stand_beside_english() -> None:
    assert catalogues() == ("de", "es")


@pytest.mark.parametrize("language", catalogues())
def test_a_catalogue_says_every_sentence_and_no_other(language: str) -> None:
    said = yaml.safe_load((sentence.CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8"))
    assert set(said) == {"language", "decimal", "texts"} and said["language"] == language
    assert set(said["texts"]) - SPOKEN == set(), "sentences that nobody says"
    assert SPOKEN - set(said["texts"]) == set(), "sentences that are missing"
    for text, translation in said["texts"].items():
        assert isinstance(translation, str) and translation.strip() == translation != "", text
        assert Counter(BLANK.findall(text)) == Counter(BLANK.findall(translation)), text
        assert not re.search(r"[\"“”]" if language == "es" else r"\"", translation), f"other quotation marks: {text}"


@pytest.mark.parametrize("language", catalogues())
def test_no_sentence_stands_twice_in_a_catalogue(language: str) -> None:
    node = yaml.compose((sentence.CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8"))
    texts = next(value for key, value in node.value if key.value == "texts")
    assert [text for text, count in Counter(key.value for key, _ in texts.value).items() if count > 1] == []


def test_the_next_more_general_catalogue_is_taken_and_else_english() -> None:
    assert [in_language(language, "Start") for language in ("de", "de-AT", "es-MX", "fr", "en-GB")] == [
        "Beginnen", "Beginnen", "Empezar", "Start", "Start",
    ]  # fmt: skip
    assert [has_catalogue(language) for language in ("en-GB", "de-CH", "fr")] == [True, True, False]


def test_blanks_are_filled_in_with_the_decimal_mark_of_the_language() -> None:
    made = Sentence("You can finish after {minutes} minutes.", minutes=2.5)
    assert made == "You can finish after 2.5 minutes."
    assert in_language("de", made) == "Nach 2,5 Minuten können Sie abschließen."


def test_one_is_said_in_its_own_sentence() -> None:
    made = [Sentence("{count} answers", "one answer", count=count) for count in (0, 1, 2)]
    assert made == ["0 answers", "one answer", "2 answers"]


def test_a_value_with_braces_is_left_as_it_is() -> None:
    made = Sentence("“{item}” needs a number.", item="{item} {other}")
    assert made == "“{item} {other}” needs a number."
    assert in_language("de", made) == "„{item} {other}“ braucht eine Zahl."
    assert in_language("de", "A protocol's own {text}") == "A protocol's own {text}"


@pytest.mark.parametrize(
    ("recorded", "german"),
    [
        ("does not bear on the message", "hat mit der Nachricht nichts zu tun"),
        (
            "does not bear on the message: relevance 0.31, below 0.40",
            "hat mit der Nachricht nichts zu tun: Relevanz 0.31, unter 0.40",
        ),
        ("does not bear on the message: es geht um Katzen", "hat mit der Nachricht nichts zu tun: es geht um Katzen"),
        (
            "reliance level 2: inferred with confidence 0.40, used from level 4",
            "Stufe 2: vermutet (Sicherheit 0.40), genutzt ab Stufe 4",
        ),
        ("something else", "something else"),
    ],
)
def test_a_recorded_sentence_is_recognised_with_its_values(recorded: str, german: str) -> None:
    assert in_language("de", recognised(recorded, "de")) == german
