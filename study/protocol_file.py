"""From a YAML file on disk to a checked `Protocol`, or to every problem found at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from study.cross_check import cross_check
from study.errors import Problem, ProtocolInvalid
from study.instruments import Instrument
from study.languages import ENGLISH, is_language
from study.problems import Location, nearest, problems_of
from study.protocol import Mechanisms, Protocol, Task
from study.shelf import Kind, Shelf, is_path, kind_of, language_of, shelf_of
from study.translation import in_language, table_of, texts
from study.translation_check import file_name, read_translation, text_problems
from study.yaml_file import Document, Spot, parse_yaml, read_yaml

Named = tuple[Any, Location]
"""An id, or what stands in place of one, and where."""
ID = re.compile(r"[a-z][a-z0-9_]*")
MODELS: dict[Kind, type[BaseModel]] = {"tasks": Task, "instruments": Instrument}
UNTRANSLATED = "the translation into"
"""Said by the protocol of a language whose file is reported already."""


def load_protocol(path: Path, mechanisms: Mechanisms) -> Protocol:
    """Read and check a protocol with its tasks and instruments.

    Tasks and instruments are named by id and read from `tasks/` and `instruments/` beside the file.
    Raises ProtocolInvalid with every problem found, each naming file, place and way out.
    """
    problems: list[Problem] = []
    return protocol_in(read_yaml(path, path.name, problems), path.parent, mechanisms, problems)


def load_untranslated(path: Path, mechanisms: Mechanisms) -> Protocol:
    """As `load_protocol`, in its own language alone, whatever there is of translations."""
    problems: list[Problem] = []
    return in_own_language(read_yaml(path, path.name, problems), path.parent, mechanisms, problems)


def in_own_language(
    document: Document | None, beside: Shelf | Path, mechanisms: Mechanisms, problems: Sequence[Problem] = ()
) -> Protocol:
    """As `protocol_in`, in its own language alone."""
    if document is not None:
        content = {key: value for key, value in document.content.items() if key != "languages"}
        document = replace(document, content=content)
    return protocol_in(document, beside, mechanisms, list(problems))


def translation_path(path: Path, protocol: Protocol, language: str) -> Path:
    """Where the translation of the protocol in a file stands."""
    return path.parent / "translations" / f"{file_name(protocol.id, language)}.yaml"


def parse_protocol(data: bytes, name: str, beside: Shelf | Path, mechanisms: Mechanisms) -> Protocol:
    """As `load_protocol`, for a file that was handed over as bytes; `beside` holds its tasks and instruments."""
    problems: list[Problem] = []
    return protocol_in(parse_yaml(data, name, problems), beside, mechanisms, problems)


def check_mechanisms(protocol: Protocol, mechanisms: Mechanisms) -> None:
    """Raise ProtocolInvalid if a stored protocol uses a mechanism or parameter this version lacks."""
    if problems := _mechanism_problems(Document(protocol.id, protocol.model_dump()), mechanisms):
        raise ProtocolInvalid(problems)


def named_files(document: Document) -> list[str]:
    """The paths of all files that a protocol names and that may be called so, in order."""
    own, languages = document.content.get("id"), _list(document.content.get("languages"))
    tasks = _tasks(document, []) if "tasks" in document.content else []
    named = [
        *(f"tasks/{name}.yaml" for name, _ in tasks),
        *(f"instruments/{name}.yaml" for name, _ in _instruments(document.content)),
        *(f"translations/{own}.{language}.yaml" for language in languages),
    ]
    return [path for path in dict.fromkeys(named) if is_path(path)]


def file_problems(path: str, text: str) -> list[Problem]:
    """What is wrong with a task, an instrument or a translation by itself."""
    problems: list[Problem] = []
    document = parse_yaml(text.encode("utf-8", "surrogatepass"), path, problems)
    if document is None:
        return problems
    if kind_of(path) == "translations":
        return read_translation(document, language_of(path))[1]
    _included_model(Path(path).stem, document, MODELS[kind_of(path)], problems)
    return problems


def protocol_in(
    document: Document | None, beside: Shelf | Path, mechanisms: Mechanisms, problems: list[Problem]
) -> Protocol:
    """As `parse_protocol`, for what was read already; `problems` are those of reading it."""
    if document is None:
        raise ProtocolInvalid(problems)
    raw, before, shelf = document.content, len(problems), shelf_of(beside)
    included: dict[str, Any] = {"instruments": _included(document, shelf, "instruments", _instruments(raw), problems)}
    if "tasks" in raw:
        included["tasks"] = _included(document, shelf, "tasks", _tasks(document, problems), problems)
    all_there = len(problems) == before
    translated = _translations(document, shelf, problems)
    included["translations"] = {language: table_of(inner.content["texts"]) for language, inner in translated.items()}
    problems += _mechanism_problems(document, mechanisms)
    try:
        protocol = Protocol.model_validate({**raw, **included})
    except ValidationError as error:
        found = [p for p in problems_of(error, document, Protocol) if UNTRANSLATED not in p.message]
        problems += [problem for problem in found if all_there or not _follows_from_include(problem)]
    if not problems and translated:
        problems += _text_problems(protocol, translated, mechanisms)
    if problems:
        raise ProtocolInvalid(problems)
    return protocol


def _tasks(document: Document, problems: list[Problem]) -> list[Named]:
    """Every task that the protocol lists, in order."""
    ids = document.content["tasks"]
    if isinstance(ids, list):
        return [(name, ("tasks", n)) for n, name in enumerate(ids)]
    line = document.spot(("tasks",)).line
    problems.append(
        Problem(document.file, "tasks", f"must be a list of ids, not {ids!r:.80}.", "Write [one, two].", line)
    )
    return []


def _instruments(raw: Mapping[str, Any]) -> list[Named]:
    """Every instrument that the timeline names, once, in order, with the first place that names it."""
    found: dict[str, Location] = {}

    def visit(steps: Any, above: Location) -> None:
        for n, step in enumerate(_list(steps)):
            if isinstance(step, dict):
                for i, name in enumerate(_list(step.get("instruments"))):
                    if isinstance(name, str):
                        found.setdefault(name, (*above, n, "instruments", i))
                visit(step.get("steps"), (*above, n, "steps"))

    visit(raw.get("timeline"), ("timeline",))
    return list(found.items())


def _included(document: Document, shelf: Shelf, kind: Kind, named: list[Named], problems: list[Problem]) -> list[Any]:
    """The files that ids name, each checked on its own so that problems name that file."""
    loaded: list[Any] = []
    for name, location in named:
        spot = document.spot(location)
        if not isinstance(name, str) or len(name) > 60 or not ID.fullmatch(name):
            hint = "Use small letters, digits and _."
            problems.append(Problem(document.file, spot.path, f"'{str(name)[:60]}' is not an id.", hint, spot.line))
            continue
        hint, path = nearest(name, shelf.stems(kind)), f"{kind}/{name}.yaml"
        if inner := _beside(document, shelf, path, (spot, hint), problems):
            loaded += _included_model(name, inner, MODELS[kind], problems)
    return loaded


def _beside(
    document: Document, shelf: Shelf, path: str, said: tuple[Spot, str], problems: list[Problem]
) -> Document | None:
    """A file beside the protocol, and nowhere else; None after adding what is wrong to `problems`.

    `said`: where it is named, and what to do if there is none.
    """
    spot, hint = said
    if shelf.source(path) == "nowhere":
        problems.append(Problem(document.file, spot.path, f"there is no {path}.", hint, spot.line))
    elif shelf.leads_out(path):
        message = f"{path} leads out of its folder."
        problems.append(Problem(document.file, spot.path, message, "Put the file itself there.", spot.line))
    else:
        return shelf.document(path, problems)
    return None


def _translations(document: Document, shelf: Shelf, problems: list[Problem]) -> dict[str, Document]:
    """Language → the file with its texts, for every further language that the protocol names."""
    own, spoken = document.content.get("id"), document.content.get("language", ENGLISH)
    found: dict[str, Document] = {}
    if not isinstance(own, str) or not ID.fullmatch(own):
        return {}  # the model of the protocol reports it
    for n, language in enumerate(_list(document.content.get("languages"))):
        if not is_language(language) or language == spoken or language in found:
            continue  # the model of the protocol reports it
        hint = f"“python manage.py translate {document.file} {language}” writes one to fill in; so does the tab Files."
        path = f"translations/{file_name(own, language)}.yaml"
        inner = _beside(document, shelf, path, (document.spot(("languages", n)), hint), problems)
        if inner:
            read, wrong = read_translation(inner, language)
            problems += wrong
            if read:
                found[language] = inner
    return found


def _text_problems(protocol: Protocol, translated: dict[str, Document], mechanisms: Mechanisms) -> list[Problem]:
    """What the texts of each language lack, and what does not fit together in their words."""
    sources, found = texts(protocol, mechanisms), []
    for language, inner in translated.items():
        wrong = cross_check(in_language(protocol, language, mechanisms))
        found += text_problems(inner, inner.content["texts"], sources)
        found += [Problem(inner.file, "texts", f"{sentence}.", "Translate them otherwise.") for sentence in wrong]
    return found


def _included_model(name: str, document: Document, model: type[BaseModel], problems: list[Problem]) -> list[Any]:
    """The task or instrument in a file of its own; none after adding what is wrong with it."""
    try:
        loaded = model.model_validate(document.content)
    except ValidationError as error:
        problems += problems_of(error, document, model)
        return []
    if (own := document.content["id"]) != name:
        message = f"is '{own}' in a file that is called '{name}'."
        problems.append(Problem(document.file, "id", message, "Give both one name.", document.spot(("id",)).line))
        return []
    problems += _pasting_problems(document, loaded)
    return [loaded]


def _pasting_problems(document: Document, loaded: Any) -> list[Problem]:
    """Instruments whose wording may not be shipped are usable once the researcher has pasted it in."""
    lacking = loaded.unworded() if isinstance(loaded, Instrument) else []
    if not lacking:
        return []
    message = f"the wording of '{loaded.id}' is not shipped ({loaded.source.licence}); {len(lacking)} items lack it."
    spot = document.spot(("items", [item.id for item in loaded.items].index(lacking[0])))
    hint = f"Paste the published texts and scale ends into {document.file}."
    return [Problem(document.file, spot.path, message, hint, spot.line)]


def _mechanism_problems(document: Document, mechanisms: Mechanisms) -> list[Problem]:
    problems: list[Problem] = []
    for c, condition in enumerate(_list(document.content.get("conditions"))):
        uses = condition.get("mechanisms") if isinstance(condition, dict) else None
        for m, use in enumerate(_list(uses)):
            if not isinstance(use, dict) or not isinstance(use.get("name"), str):
                continue  # the model of the protocol reports it
            place: Location = ("conditions", c, "mechanisms", m)
            model = mechanisms.get(use["name"])
            if model is None:
                spot, message = document.spot((*place, "name")), f"there is no mechanism '{use['name'][:60]}'."
                hint = nearest(use["name"], list(mechanisms))
                problems.append(Problem(document.file, spot.path, message, hint, spot.line))
                continue
            try:
                model.model_validate(use.get("params") or {})
            except ValidationError as error:
                problems += problems_of(error, document, model, (*place, "params"))
    return problems


def _list(value: Any) -> list[Any]:
    """The value where it is a list (or tuple, in a stored protocol); the model reports anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def _follows_from_include(problem: Problem) -> bool:
    """A missing include is reported once, not again by everything that refers to it."""
    return (
        "is not loaded" in problem.message
        or problem.path.startswith(("tasks", "instruments"))
        or "as many tasks" in problem.message
    )
