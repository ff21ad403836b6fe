"""From a YAML file on disk to a checked `Protocol`, or to every problem found at once."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from study.errors import Problem, ProtocolInvalid
from study.instruments import Instrument
from study.protocol import Protocol, Task

MAX_BYTES, MAX_VALUES = 2_000_000, 200_000
Mechanisms = Mapping[str, type[BaseModel]]
"""Name of a mechanism → model of its parameters; handed in, so that `study` imports nothing above it."""


def load_protocol(path: Path, mechanisms: Mechanisms) -> Protocol:
    """Read and check a protocol with its tasks and instruments.

    Tasks and instruments are named by id and read from `tasks/` and `instruments/` beside the file.
    Raises ProtocolInvalid with every problem found, each naming file, place and way out.
    """
    problems: list[Problem] = []
    raw = _read_yaml(path, problems)
    if raw is None:
        raise ProtocolInvalid(problems)
    tasks = raw.get("tasks") or []
    raw = {
        **raw,
        "tasks": _included(path, "tasks", tasks, Task, problems),
        "instruments": _included(path, "instruments", _instrument_ids(raw), Instrument, problems),
    }
    problems += _mechanism_problems(path, raw, mechanisms)
    try:
        protocol = Protocol.model_validate(raw)
    except ValidationError as error:
        problems += [p for p in _problems(path.name, error, Protocol) if not _follows_from_include(p, problems)]
    if problems:
        raise ProtocolInvalid(problems)
    return protocol


def check_mechanisms(protocol: Protocol, mechanisms: Mechanisms) -> None:
    """Raise ProtocolInvalid if a stored protocol uses a mechanism or parameter this version lacks."""
    if problems := _mechanism_problems(Path(protocol.id), protocol.model_dump(), mechanisms):
        raise ProtocolInvalid(problems)


def _read_yaml(path: Path, problems: list[Problem], folder: str = "") -> dict[str, Any] | None:
    name = folder + path.name
    try:
        size = path.stat().st_size
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) if size <= MAX_BYTES else None
    except FileNotFoundError:
        problems.append(Problem(name, "", "there is no such file.", f"Put it into {path.parent.name}/."))
        return None
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(name, "", f"cannot be read ({error}).", "Save it as UTF-8 text."))
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "not YAML"
        problems.append(Problem(name, place, f"is not valid YAML: {reason}.", "Check indentation and quotes there."))
        return None
    except (ValueError, RecursionError) as error:  # a date or number that cannot be, or brackets without end
        problems.append(Problem(name, "", f"is not valid YAML: {error}.", "Put texts into quotes."))
        return None
    if size > MAX_BYTES:
        problems.append(Problem(name, "", f"is larger than {MAX_BYTES} bytes.", "Split or shorten it."))
        return None
    if not isinstance(raw, dict):
        problems.append(Problem(name, "", "must be a mapping of keys to values.", "Start from a shipped protocol."))
        return None
    if not _bounded(raw):
        problems.append(Problem(name, "", f"holds more than {MAX_VALUES} values.", "Use fewer aliases (&name, *name)."))
        return None
    return raw


def _bounded(raw: Any) -> bool:
    """Whether a document stays small when its aliases are followed; one that holds itself does not."""
    pending, count = [raw], 0
    while pending and count <= MAX_VALUES:
        value = pending.pop()
        count += 1
        pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not pending


def _instrument_ids(raw: Mapping[str, Any]) -> list[str]:
    """Every instrument that the timeline names, once, in order."""
    ids: list[str] = []

    def visit(steps: Any) -> None:
        for step in steps if isinstance(steps, list) else []:
            if isinstance(step, dict):
                named = step.get("instruments")
                ids.extend(i for i in (named if isinstance(named, list) else []) if isinstance(i, str) and i not in ids)
                visit(step.get("steps"))

    visit(raw.get("timeline"))
    return ids


def _included(path: Path, folder: str, ids: Any, model: type[BaseModel], problems: list[Problem]) -> list[Any]:
    """The files an id list names, each checked on its own so that problems name that file."""
    loaded: list[Any] = []
    if not isinstance(ids, list):
        problems.append(Problem(path.name, folder, f"must be a list of ids, not {ids!r:.80}.", "Write [one, two]."))
        return loaded
    for index, name in enumerate(ids):
        if not isinstance(name, str) or len(name) > 60 or not name.replace("_", "a").isalnum():
            problems.append(
                Problem(path.name, f"{folder}[{index}]", f"'{name}' is not an id.", "Use letters, digits and _.")
            )
            continue
        file = path.parent / folder / f"{name}.yaml"
        if not file.exists():
            known = sorted(f.stem for f in file.parent.glob("*.yaml"))
            problems.append(Problem(path.name, folder, f"there is no {folder}/{name}.yaml.", _nearest(name, known)))
            continue
        raw = _read_yaml(file, problems, f"{folder}/")
        if raw is None:
            continue
        try:
            loaded.append(model.model_validate(raw))
            problems += _pasting_problems(f"{folder}/{name}.yaml", loaded[-1])
        except ValidationError as error:
            problems += _problems(f"{folder}/{name}.yaml", error, model)
    return loaded


def _pasting_problems(file: str, loaded: Any) -> list[Problem]:
    """Instruments whose wording may not be shipped are usable once the researcher has pasted it in."""
    lacking = loaded.unworded() if isinstance(loaded, Instrument) else []
    if not lacking:
        return []
    message = f"the wording of '{loaded.id}' is not shipped ({loaded.source.licence}); {len(lacking)} items lack it."
    place = f"items[{[item.id for item in loaded.items].index(lacking[0])}]"
    return [Problem(file, place, message, f"Paste the published texts and scale ends into {file}.")]


def _mechanism_problems(path: Path, raw: Mapping[str, Any], mechanisms: Mechanisms) -> list[Problem]:
    problems: list[Problem] = []
    for c, condition in enumerate(_list(raw.get("conditions"))):
        uses = condition.get("mechanisms") if isinstance(condition, dict) else None
        for m, use in enumerate(_list(uses)):
            if not isinstance(use, dict) or not isinstance(use.get("name"), str):
                continue  # the model of the protocol reports it
            place = f"conditions[{c}].mechanisms[{m}]"
            model = mechanisms.get(use["name"])
            if model is None:
                hint = _nearest(use["name"], list(mechanisms))
                problems.append(Problem(path.name, f"{place}.name", f"there is no mechanism '{use['name']}'.", hint))
                continue
            try:
                model.model_validate(use.get("params") or {})
            except ValidationError as error:
                problems += _problems(path.name, error, model, f"{place}.params")
    return problems


def _list(value: Any) -> list[Any]:
    """The value where it is a list (or tuple, in a stored protocol); the model reports anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def _problems(file: str, error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[Problem]:
    found: list[Problem] = []
    below = [item["loc"] for item in error.errors()]
    for item in error.errors():
        location = item["loc"]
        if item["type"] == "too_short" and any(
            len(b) > len(location) and b[: len(location)] == location for b in below
        ):
            continue  # only because what is in it is wrong, and that is said
        place = _place(prefix, location)
        if item["type"] == "extra_forbidden":
            key = str(location[-1])
            found.append(
                Problem(file, place, f"'{key}' is not a known key.", _nearest(key, _known_keys(model, location)))
            )
        elif item["type"] == "missing":
            found.append(Problem(file, place, "is missing.", "Add it."))
        elif item["type"] == "value_error":
            reasons = str(item["ctx"]["error"]).split("\n") if "ctx" in item else [item["msg"]]
            found += [Problem(file, place, reason + ".") for reason in reasons]
        else:
            found.append(Problem(file, place, item["msg"] + ".", f"Found: {str(item['input'])[:80]!r}."))
    return found


def _place(prefix: str, location: tuple[int | str, ...]) -> str:
    text = prefix
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand at this place."""
    here = [model]
    for part in location[:-1]:
        fields = [m.model_fields[part] for m in here if isinstance(part, str) and part in m.model_fields]
        if fields:
            here = [inner for field in fields for inner in _models_in(field.annotation)]
        elif isinstance(part, str):  # the tag of a union, or the key of a mapping
            here = [
                m for m in here if any(f.default == part or _is_tag(f, part) for f in m.model_fields.values())
            ] or here
    return list(dict.fromkeys(name for m in here for name in m.model_fields))


def _is_tag(field: FieldInfo, part: str) -> bool:
    return (
        part in getattr(field.annotation, "__args__", ()) and getattr(field.annotation, "__origin__", None) is Literal
    )


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in getattr(annotation, "__args__", ()) for model in _models_in(arg)]


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(sorted(known))}." if len(known) <= 12 else "See protocols/active_vs_passive.yaml."


def _follows_from_include(problem: Problem, earlier: list[Problem]) -> bool:
    """A missing include is reported once, not again by everything that refers to it."""
    broken = any(p.path in ("tasks", "instruments") or p.file.startswith(("tasks/", "instruments/")) for p in earlier)
    return broken and (
        "is not loaded" in problem.message
        or problem.path.startswith(("tasks", "instruments"))
        or "as many tasks" in problem.message
    )
