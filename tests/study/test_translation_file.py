"""The file of a translation: every mistake in it is named, and completing it loses nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from small_study import SHIPPED, write

from memory.mechanisms.registry import parameter_models
from study.difference import as_sentences, difference
from study.errors import AtelierError, Problem, ProtocolInvalid
from study.protocol import Protocol
from study.protocol_file import load_protocol, load_untranslated, parse_protocol
from study.translation import SourceText, in_language, texts
from study.translation_check import MOST_NAMED, TranslationFile
from study.translation_file import as_yaml, complete_file, completed, count_missing

MECHANISMS = parameter_models()
FILE = "translations/small.de.yaml"


@pytest.fixture
def both(folder: Path) -> Path:
    """The small study in two languages, each text translated by itself in angle brackets."""
    change(folder / "small.yaml", lambda raw: raw.update(languages=["de"]))
    change(folder / "instruments" / "everything.yaml", lambda raw: raw.update(instructions="About {task}."))
    sources = texts(load_untranslated(folder / "small.yaml", MECHANISMS), MECHANISMS)
    table = {source.text: f"«{source.text}»" for source in sources if source.needed}
    write(folder / FILE, {"language": "de", "texts": table})
    return folder


def change(file: Path, how: Callable[[Any], Any]) -> None:
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    how(raw)
    write(file, raw)


def load(folder: Path) -> Protocol:
    return load_protocol(folder / "small.yaml", MECHANISMS)


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(ProtocolInvalid) as refused:
        load(folder)
    return list(refused.value.problems)


def test_a_translation_is_part_of_the_protocol(both: Path) -> None:
    protocol = load(both)
    assert protocol.offered == ("en", "de")
    assert in_language(protocol, "de", MECHANISMS).consent.text == "«Yes?»"
    assert parse_protocol((both / "small.yaml").read_bytes(), "x.yaml", both, MECHANISMS) == protocol
    assert Protocol.model_validate_json(protocol.model_dump_json()) == protocol
    change(both / FILE, lambda raw: raw["texts"].update({"Yes?": "Ja?"}))
    other = load(both)
    assert other.content_hash() != protocol.content_hash()
    assert as_sentences(difference(protocol, other)) == ["translations.de.Yes?: “«Yes?»” → “Ja?”"]


def test_a_long_text_is_cut_in_the_difference(both: Path) -> None:
    long = "Do you agree to all of this, and to whatever else may come to our minds while you are here?"
    change(both / "small.yaml", lambda raw: raw["consent"].update(text=long))
    change(both / FILE, lambda raw: raw["texts"].update({long: "Ja?"}) or raw["texts"].pop("Yes?"))
    protocol = load(both)
    change(both / FILE, lambda raw: raw["texts"].update({long: "Doch?"}))
    (said,) = as_sentences(difference(protocol, load(both)))
    assert said == f"translations.de.“{long[:60]}…”: “Ja?” → “Doch?”"


def rename(raw: dict[str, Any], old: str, new: str) -> None:
    raw["texts"][new] = raw["texts"].pop(old)


@pytest.mark.parametrize(
    ("how", "path", "words"),
    [
        (lambda raw: raw["texts"].pop("Bye."), "texts", "“Bye.” has no translation. Write it, or run"),
        (lambda raw: raw["texts"].update({"Bye.": ""}), "texts", "“Bye.” has no translation."),
        (lambda raw: raw["texts"].update({"Bye.": " \n"}), "texts", "“Bye.” has no translation."),
        (lambda raw: raw["texts"].update({"Bye.": None}), "texts", "It stands at timeline[4].text."),
        (
            lambda raw: raw["texts"].update({"Hello there": "Hallo"}),
            "texts",
            "“Hello there” is no text of the protocol.",
        ),
        (lambda raw: raw["texts"].update({"Hello there": ""}), "texts", "Move it to outdated, or take it out."),
        (lambda raw: rename(raw, "How hard?", "How hart?"), "texts", "Did you mean “How hard?”?"),
        (lambda raw: raw["texts"].update({"Bye. ": "Bis bald."}), "texts", "“Bye.” stands twice"),
        (lambda raw: raw["texts"].update({"About {task}.": "Los."}), "texts", "does not hold {task} as often as the"),
        (lambda raw: raw["texts"].update({"Bye.": "{task}"}), "texts", "does not hold {task} as often as the text."),
        (lambda raw: raw["texts"].update({"A": "Eins", "B": "Eins"}), "texts", "design.labels: must differ from each"),
        (lambda raw: raw.update(language="fr"), "language", "is 'fr' in a file that is called small.de.yaml."),
        (lambda raw: raw.update(language="Deutsch"), "language", "a language as browsers name it"),
        (lambda raw: raw.pop("language"), "language", "is missing."),
        (lambda raw: raw.pop("texts"), "texts", "is missing."),
        (lambda raw: raw.update(text={}), "text", "'text' is not a known key. Did you mean 'texts'?"),
        (lambda raw: raw.update(texts=["Bye."]), "texts", "must be a mapping of keys to values."),
        (lambda raw: raw["texts"].update({"Bye.": 5}), "texts.Bye.", "must be a text."),
    ],
)
def test_what_is_wrong_in_the_file_is_named(both: Path, how: Callable[[Any], Any], path: str, words: str) -> None:
    change(both / FILE, how)
    found = [p for p in problems(both) if p.path == path and words in f"{p.message} {p.suggestion}"]
    assert [p.file for p in found] == [FILE], [str(p) for p in problems(both)]
    assert found[0].line or "is missing" in words or "design.labels" in words


def test_a_mistake_stands_at_its_line(both: Path) -> None:
    change(both / FILE, lambda raw: raw["texts"].update({"Hello there": "Hallo"}))
    (problem,) = problems(both)
    written = (both / FILE).read_text(encoding="utf-8").splitlines()
    assert problem.line == written.index("  Hello there: Hallo") + 1


def test_many_missing_texts_are_no_flood(both: Path) -> None:
    change(both / FILE, lambda raw: raw.update(texts={}))
    found = problems(both)
    assert len(found) == MOST_NAMED + 1
    missing = sum(source.needed for source in texts(load_untranslated(both / "small.yaml", MECHANISMS), MECHANISMS))
    assert found[-1].message == f"{missing - MOST_NAMED} more texts have no translation."


@pytest.mark.parametrize(
    ("languages", "path", "words"),
    [
        (["fr"], "languages[0]", "there is no translations/small.fr.yaml. “python manage.py translate small.yaml fr”"),
        (["de", "de"], "languages[1]", "'de' is there already"),
        (["de", "en"], "languages[1]", "'en' is there already"),
        (["../small"], "languages[0]", "must be a language as browsers name it, such as de or pt-BR."),
        (["de/../../small"], "languages[0]", "must be a language as browsers name it"),
        (["DE"], "languages[0]", "must be a language as browsers name it"),
        (["de\n"], "languages[0]", "must be a language as browsers name it"),
        ([5], "languages[0]", "must be a text."),
        ("de", "languages", "must be a list."),
        (["a" * 5_000], "languages[0]", "must be a"),
    ],
)
def test_what_is_wrong_about_the_languages_is_named(both: Path, languages: Any, path: str, words: str) -> None:
    change(both / "small.yaml", lambda raw: raw.update(languages=languages))
    found = [p for p in problems(both) if p.path == path and words in f"{p.message} {p.suggestion}"]
    assert [p.file for p in found] == ["small.yaml"], [str(p) for p in problems(both)]
    assert len(problems(both)) == 1


def test_a_link_out_of_the_folder_is_not_followed(both: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text((both / FILE).read_text(encoding="utf-8"), encoding="utf-8")
    (both / FILE).unlink()
    (both / FILE).symlink_to(outside)
    assert "leads out of its folder" in problems(both)[0].message


def test_the_same_limits_hold_as_for_every_file(both: Path) -> None:
    (both / FILE).write_text("language: de\ntexts: !!python/object:os.system {}\n", encoding="utf-8")
    assert "is not valid YAML" in problems(both)[0].message
    (both / FILE).write_text("language: de\ntexts:\n  a: b\n  a: c\n", encoding="utf-8")
    assert "stands twice" in problems(both)[0].message
    (both / FILE).write_text("# " + "x" * 600_000, encoding="utf-8")
    assert "is larger than" in problems(both)[0].message


# --- writing it --------------------------------------------------------------------------------


def test_a_new_file_lists_every_text_and_loads_once_it_is_filled_in(both: Path) -> None:
    (both / FILE).unlink()
    protocol = load_untranslated(both / "small.yaml", MECHANISMS)
    sources = texts(protocol, MECHANISMS)
    file = complete_file(both / FILE, "de", sources)
    assert list(file.texts) == [source.text for source in sources if source.needed]
    assert count_missing(file) == len(file.texts)
    assert {p.file for p in problems(both)} == {FILE}
    change(both / FILE, lambda raw: raw.update(texts={text: f"«{text}»" for text in raw["texts"]}))
    assert in_language(load(both), "de", MECHANISMS).title == "«A small study»"


def test_completing_keeps_what_is_there_and_sets_aside_what_is_outdated(both: Path) -> None:
    head = "# not a validated translation\n# of nothing\n\n"
    (both / FILE).write_text(head + (both / FILE).read_text(encoding="utf-8"), encoding="utf-8")
    change_title(both, "Another title")
    file = completed_on_disk(both)
    assert (file.texts["Another title"], file.texts["Bye."]) == ("", "«Bye.»")
    assert file.outdated == {"A small study": "«A small study»"}
    assert next(iter(file.texts)) == "Another title"
    assert (
        (both / FILE).read_text(encoding="utf-8").startswith(f"{head}language: de\ntexts:\n  # title\n  Another title:")
    )
    change_title(both, "A small study")
    back = completed_on_disk(both)
    assert back.texts["A small study"] == "«A small study»" and not back.outdated
    assert load(both)


def change_title(folder: Path, title: str) -> None:
    change(folder / "small.yaml", lambda raw: raw.update(title=title))


def completed_on_disk(folder: Path) -> TranslationFile:
    sources = texts(load_untranslated(folder / "small.yaml", MECHANISMS), MECHANISMS)
    file = complete_file(folder / FILE, "de", sources)
    assert TranslationFile.model_validate(yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))) == file
    return file


def test_a_file_that_cannot_be_read_or_written_stays_as_it_is(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = texts(load_untranslated(both / "small.yaml", MECHANISMS), MECHANISMS)
    before = (both / FILE).read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(AtelierError, match="cannot be written \\(No space left on device\\)"):
            complete_file(both / FILE, "de", sources)
    assert (both / FILE).read_bytes() == before
    assert [file.name for file in (both / "translations").iterdir()] == ["small.de.yaml"]
    for broken in (b"texts: {", b"language: fr\ntexts: {}\n", b"language: de\ntexts: [a]\n"):
        (both / FILE).write_bytes(broken)
        with pytest.raises(ProtocolInvalid):
            complete_file(both / FILE, "de", sources)
        assert (both / FILE).read_bytes() == broken


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=200)
TABLES = st.dictionaries(PRINTABLE.filter(str.strip), st.none() | PRINTABLE, max_size=6)


@given(said=TABLES, outdated=TABLES)
def test_every_text_comes_back_from_the_file_as_it_was(said: dict[str, str], outdated: dict[str, str]) -> None:
    file = TranslationFile(language="de", texts=said, outdated=outdated)
    sources = [SourceText(text, f"tasks[x].{n}") for n, text in enumerate(said)]
    read = TranslationFile.model_validate(yaml.safe_load(as_yaml(file, sources)))
    assert read.texts == {text: words or "" for text, words in said.items()}
    assert read.outdated == {text: words or "" for text, words in outdated.items()}


@given(said=TABLES, outdated=TABLES, now=st.lists(PRINTABLE.filter(str.strip), max_size=6), data=st.data())
def test_no_translation_is_lost(said: dict[str, str], outdated: dict[str, str], now: list[str], data: Any) -> None:
    kept = data.draw(st.lists(st.sampled_from([*said, *outdated]), max_size=5)) if said or outdated else []
    sources = [SourceText(text, "title") for text in dict.fromkeys([*now, *kept])]
    file = completed("de", sources, TranslationFile(language="de", texts=said, outdated=outdated))
    there = set(file.texts.values()) | set(file.outdated.values())
    keys = {" ".join(text.split()) for text in said if said[text] and said[text].strip()}
    newer = {text for text in outdated if " ".join(text.split()) in keys}
    several = len({" ".join(text.split()) for text in [*said, *outdated]}) < len({*said, *outdated})
    for table in (said, {text: words for text, words in outdated.items() if text not in newer}):
        for words in table.values():
            assert several or not (words and words.strip()) or words in there
    assert completed("de", sources, file) == file


def test_the_shipped_translations_are_written_as_they_would_be() -> None:
    """So that completing one changes only what changed."""
    for path in sorted((SHIPPED / "translations").glob("*.yaml")):
        name, language = path.stem.split(".")
        sources = texts(load_untranslated(SHIPPED / f"{name}.yaml", MECHANISMS), MECHANISMS)
        text = path.read_text(encoding="utf-8")
        file = TranslationFile.model_validate(yaml.safe_load(text))
        assert completed(language, sources, file) == file
        assert text.endswith(as_yaml(file, sources))
