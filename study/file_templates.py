"""What a new task, questionnaire or translation begins as: a short one that passes every check, or an existing one under a new id."""

from study.draft import Checked
from study.errors import AtelierError, Problem, ProtocolInvalid
from study.protocol import Mechanisms
from study.protocol_file import in_own_language
from study.shelf import Kind, Shelf, is_path
from study.translation import texts
from study.translation_check import read_translation
from study.translation_file import SCHEMA, as_yaml, completed
from study.yaml_edit import put
from study.yaml_file import parse_yaml

TASK = """\
# A conversation. A task in which a plan is made has `sections`, `attributes` and a `catalogue` as well:
# begin with weekend_trip to see one.
id: {id}
title: A title
brief: |
  What the participant is asked to do with the assistant, and when it is done.
opening: What the assistant says first.
"""
INSTRUMENT = """\
# A questionnaire of two items and one score. All types of items stand in CONTRIBUTING.md.
id: {id}
version: "1"
title: A title
instructions: Please answer for yourself; there is no right or wrong.
source: {{citation: "Own items", licence: CC0-1.0}}
items:
  - {{id: first, text: A statement., type: likert, min: 1, max: 7, low: Not at all, high: Very much}}
  - {{id: second, text: Another statement., type: likert, min: 1, max: 7, low: Not at all, high: Very much}}
scoring:
  - {{id: score, name: Score, method: mean, items: [first, second], range: [1, 7], direction: higher}}
"""
EMPTY: dict[Kind, str] = {"tasks": TASK, "instruments": INSTRUMENT}


def begun(kind: Kind, name: str, like: str | None, shelf: Shelf) -> str:
    """The text of a new task or questionnaire `name`; `like`: the id of one that is there. Raises AtelierError."""
    if not like:
        return EMPTY[kind].format(id=name)
    text = shelf.text(f"{kind}/{like}.yaml")
    if text is None:
        raise AtelierError(f"There is no {kind}/{like}.yaml to begin with. Choose another; nothing was added.")
    return text if name == like else put(text, ("id",), name)


def translated(language: str, of: Checked, shelf: Shelf, mechanisms: Mechanisms, path: str) -> str:
    """A translation with every text of the draft in order: what is known stays, new texts are empty.

    Raises AtelierError for a draft that has other problems than its translations.
    """
    try:
        protocol = in_own_language(of.document, shelf, mechanisms)
    except ProtocolInvalid as invalid:
        raise AtelierError(
            f"Mend the draft first, for its texts are listed in the file: {invalid.problems[0]}"
        ) from None
    sources, before = texts(protocol, mechanisms), None
    if (text := shelf.text(path)) is not None:
        problems: list[Problem] = []
        document = parse_yaml(text.encode("utf-8", "surrogatepass"), path, problems)
        before, more = read_translation(document, language) if document else (None, [])
        if before is None:
            raise ProtocolInvalid([*problems, *more])
    return SCHEMA + as_yaml(completed(language, sources, before), sources)


def path_in(name: str, text: str, own_id: str) -> str:
    """Where an uploaded file belongs, by what it holds and the id that it says. Raises AtelierError, ProtocolInvalid."""
    problems: list[Problem] = []
    document = parse_yaml(text.encode(), name, problems)
    if document is None:
        raise ProtocolInvalid(problems)
    held = document.content
    if "texts" in held:
        path = f"translations/{own_id}.{held.get('language')}.yaml"
    else:
        path = f"{'instruments' if 'items' in held else 'tasks'}/{held.get('id')}.yaml"
    if not is_path(path) or "timeline" in held:
        raise AtelierError(
            f"{name} is no task, questionnaire or translation of this study: those say their id (or language) and hold a brief, "
            "items or texts. A protocol goes in under Text. Nothing was added."
        )
    return path
