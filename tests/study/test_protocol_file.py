"""From a YAML file to a checked protocol, or to every problem at once: which file, where, what, and the way out."""

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_study import EVERYTHING, SHIPPED, SMALL, TASK, write

from memory.mechanisms.registry import parameter_models
from study.errors import Problem, ProtocolInvalid
from study.protocol import Protocol
from study.protocol_file import check_mechanisms, load_protocol
from study.yaml_file import MAX_BYTES

MECHANISMS = parameter_models()


def load(folder: Path) -> Protocol:
    return load_protocol(folder / "small.yaml", MECHANISMS)


def problems(folder: Path, name: str = "small.yaml") -> list[Problem]:
    with pytest.raises(ProtocolInvalid) as refused:
        load_protocol(folder / name, MECHANISMS)
    assert str(refused.value).splitlines() == [str(problem) for problem in refused.value.problems]
    return list(refused.value.problems)


def edited(file: Path, change: Callable[[Any], None]) -> None:
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(raw)
    write(file, raw)


def test_the_shipped_study_loads_with_the_mechanisms_there_are(demo: Protocol) -> None:
    assert [condition.id for condition in demo.conditions] == ["baseline", "active", "passive"]
    assert [[use.name for use in condition.mechanisms] for condition in demo.conditions] == [
        ["none"],
        ["needs_panel", "preference_controls"],
        ["inferred_profile", "retrieval"],
    ]
    assert [task.id for task in demo.tasks] == ["weekend_trip", "week_of_dinners", "present"]
    shipped = {path.stem for path in (SHIPPED / "instruments").glob("*.yaml")}
    assert {instrument.id for instrument in demo.instruments} < shipped


@pytest.mark.parametrize("task", ["weekend_trip", "week_of_dinners", "present"])
def test_a_shipped_task_offers_enough_to_choose_from(demo: Protocol, task: str) -> None:
    found = demo.task(task)
    assert len(found.catalogue) >= 40
    for section in found.sections:
        assert sum(option.section == section.id for option in found.catalogue) >= 5, section.id
    for name, attribute in found.attributes.items():
        used = {option.attributes[name] for option in found.catalogue if name in option.attributes}
        assert used == set(attribute.values), f"every value of '{name}' is held by some option"


def test_a_good_folder_loads(folder: Path, small: Protocol) -> None:
    assert load(folder) == small


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "protocols"
    shutil.copytree(SHIPPED, folder)
    (folder / "instruments" / "tipi.yaml").unlink()
    edited(folder / "instruments" / "comfort.yaml", lambda raw: raw["items"][0].update(min=7))
    edited(folder / "tasks" / "present.yaml", lambda raw: raw["catalogue"][2].update(section="cellar"))

    def several(raw: Any) -> None:
        raw["compleshun"] = {"code": "X"}
        raw["consent"]["versoin"] = "2"
        raw["reply_timeout"] = "soon"
        raw["conditions"][1]["mechanisms"][0]["name"] = "need_panel"
        raw["conditions"][2]["mechanisms"][1]["params"] = {"top_q": 3}
        raw["conditions"][2]["mechanisms"][0]["params"] = {"visibility": "secret"}
        del raw["completion"]

    edited(folder / "active_vs_passive.yaml", several)
    found = {(p.file, p.path): p for p in problems(folder, "active_vs_passive.yaml")}
    main = "active_vs_passive.yaml"
    expected = {
        (main, "compleshun"): ("'compleshun' is not a known key.", "Did you mean 'completion'?"),
        (main, "consent.versoin"): ("'versoin' is not a known key.", "Did you mean 'version'?"),
        (main, "reply_timeout"): ("must be a number.", "Found: 'soon'."),
        (main, "completion"): ("is missing.", "Add it."),
        (main, "conditions[1].mechanisms[0].name"): (
            "there is no mechanism 'need_panel'.",
            "Did you mean 'needs_panel'?",
        ),
        (main, "conditions[2].mechanisms[1].params.top_q"): (
            "'top_q' is not a known key.",
            "Did you mean 'top_k'?",
        ),
        (main, "conditions[2].mechanisms[0].params.visibility"): ("must be 'hidden'", "Found: 'secret'."),
        (main, "timeline[2].instruments[1]"): ("there is no instruments/tipi.yaml.", ""),
        ("instruments/comfort.yaml", "items[0]"): ("item 'comfortable' (likert) needs min < max.", ""),
        ("tasks/present.yaml", ""): ("names the unknown section 'cellar'.", ""),
    }
    assert set(found) == set(expected)
    for place, (message, suggestion) in expected.items():
        assert message in found[place].message, place
        assert suggestion in found[place].suggestion, place


def test_a_problem_reads_as_file_place_reason_and_way_out() -> None:
    assert (
        str(Problem("a.yaml", "consent.text", "is missing.", "Add it.")) == "a.yaml: consent.text: is missing. Add it."
    )
    assert str(Problem("a.yaml", "", "is not UTF-8.")) == "a.yaml: is not UTF-8."


def bad(path: str, message: str, **keys: Any) -> Any:
    return pytest.param(keys, path, message, id=f"{next(iter(keys))}={str(next(iter(keys.values())))[:20]}")


BLOCK = {"step": "block", "steps": [{"step": "task"}]}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        bad("title", "must be a text", title=5),
        bad("reply_timeout", "must be at most 600", reply_timeout=601),
        bad("reply_timeout", "a finite number", reply_timeout=float("nan")),
        bad("id", "an id: small letters", id="Not An Id"),
        bad("tasks", "must be a list of ids", tasks="trip"),
        bad("tasks", "must be a list of ids", tasks={"trip": 1}),
        bad("tasks[0]", "is not an id", tasks=["../secret", "dinner"]),
        bad("tasks[0]", "is not an id", tasks=["t" * 300, "dinner"]),
        bad("tasks[1]", "is not an id", tasks=["trip", 5]),
        bad("tasks[0]", "there is no tasks/trop.yaml", tasks=["trop", "dinner"]),
        bad("tasks", "ids must be unique", tasks=["trip", "trip"]),
        bad("tasks", "2 conditions need at least as many tasks", tasks=["trip"]),
        bad("design.labels", "2 conditions need as many labels", design={"labels": ["A"]}),
        bad("timeline", "at most one block", timeline=[BLOCK, BLOCK]),
        bad("timeline", "a list of at least 1", timeline=[]),
        bad("timeline", "a step that everybody takes", timeline=[{"step": "beliefs", "conditions": ["steered"]}]),
        bad("timeline[0].step", "'dance' is not known here", timeline=[{"step": "dance"}]),
        bad("timeline", "must be a list", timeline="consent"),
        bad(
            "timeline[0].instruments",
            "must be a list",
            timeline=[{"step": "questionnaire", "instruments": "x"}],
        ),
        bad(
            "timeline[0].conditions",
            "unknown condition 'third'",
            timeline=[{"step": "beliefs", "conditions": ["third"]}],
        ),
        bad("analysis.contrasts[0]", "unknown condition 'third'", analysis={"contrasts": [["plain", "third"]]}),
        bad("conditions", "must be a list", conditions=5),
        bad("conditions", "must be a list", conditions={"a": 1}),
        bad("conditions[0]", "must be a mapping", conditions=["plain"]),
        bad("conditions[0].mechanisms", "must be a list", conditions=[{"id": "plain", "mechanisms": 5}]),
        bad(
            "conditions[0].mechanisms[0].name", "must be a text", conditions=[{"id": "a", "mechanisms": [{"name": 5}]}]
        ),
        bad(
            "completion.redirect_url",
            "an address that begins with",
            completion={"code": "X", "redirect_url": "javascript:alert(1)"},
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_place(folder: Path, keys: dict[str, Any], path: str, message: str) -> None:
    write(folder / "small.yaml", {**SMALL, **keys})
    found = [p for p in problems(folder) if p.path == path]
    assert any(message in p.message for p in found), problems(folder)
    assert {p.file for p in found} == {"small.yaml"}


def test_a_reference_that_leads_nowhere_is_named_whatever_else_is_wrong(folder: Path) -> None:
    ids = [{"id": "a", "mechanisms": [{"name": "none"}]}, {"id": "a", "mechanisms": [{"name": "none"}]}]
    write(folder / "small.yaml", {**SMALL, "conditions": ids, "design": {"labels": ["A"]}})
    messages = {p.message for p in problems(folder)}
    assert messages == {
        "ids must be unique.",
        "2 conditions need as many labels.",
        "unknown condition 'steered'.",
    }


def test_a_missing_include_is_said_once_and_not_again_by_what_refers_to_it(folder: Path) -> None:
    (folder / "instruments" / "everything.yaml").rename(folder / "instruments" / "everythin.yaml")
    (found,) = problems(folder)
    assert found.place == "timeline[1].instruments[0] (line 23)"
    assert found.suggestion == "Did you mean 'everythin'?"


RAW: dict[str, tuple[bytes, str, str]] = {
    "broken at a line": (b"id: small\ntitle: [one\nversion: 1\n", "line 3, column", "is not valid YAML"),
    "broken by a tab": (b"id: small\nconsent:\n\ttext: x\n", "line 3, column 1", "is not valid YAML"),
    "a Python object": (
        b"id: !!python/object/apply:os.system ['touch pwned']\n",
        "line 1, column 5",
        "is not valid YAML",
    ),
    "a Python name": (b"id: !!python/name:os.system\n", "line 1, column 5", "is not valid YAML"),
    "not UTF-8": ("title: Größe".encode("latin-1"), "line 1", "cannot be read"),
    "a list": (b"- one\n- two\n", "", "must be a mapping of keys to values"),
    "a text": (b"hello", "", "must be a mapping of keys to values"),
    "empty": (b"", "", "must be a mapping of keys to values"),
    "too large": (b"#" * (MAX_BYTES + 1), "", "is larger than"),
    "a date that cannot be": (b"version: 2026-13-45\n", "line 1, column 10", "is a date that there cannot be"),
    "brackets without end": (b"[" * 800, "line 1, column 41", "is nested more than 40 levels deep"),
    "a document that holds itself": (b"consent: &a {text: *a}\n", "line 1, column 20", "stands inside what"),
    "aliases that multiply": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 10)) for n in range(ord("b"), ord("k"))),
        "line 6, column 4",
        "holds more than",
    ),
    "NUL bytes": (b"\x00\x00\x00", "line 1", "is not valid YAML"),
}


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("file", ["small.yaml", "tasks/trip.yaml", "instruments/everything.yaml"])
def test_a_file_that_is_no_document_is_refused_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, name: str
) -> None:
    content, place, message = RAW[name]
    monkeypatch.chdir(folder)
    (folder / file).write_bytes(content)
    (found,) = problems(folder)
    assert found.file == file
    assert found.path.startswith(place) and bool(found.path) == bool(place)
    assert message in found.message
    assert found.suggestion
    assert not (folder / "pwned").exists(), "nothing in a file is ever run"


def test_a_file_that_is_not_there_is_said_in_one_sentence(folder: Path) -> None:
    (found,) = problems(folder, "smal.yaml")
    assert str(found) == "smal.yaml: there is no such file. Put it into protocols/."


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "other.yaml").mkdir()
    (found,) = problems(folder, "other.yaml")
    assert "cannot be read" in found.message


def test_a_stored_protocol_is_checked_against_the_mechanisms_of_this_version(small: Protocol) -> None:
    check_mechanisms(small, MECHANISMS)
    without = {name: model for name, model in MECHANISMS.items() if name != "retrieval"}
    with pytest.raises(
        ProtocolInvalid, match=r"conditions\[1\].mechanisms\[0\].name: there is no mechanism 'retrieval'"
    ):
        check_mechanisms(small, without)


# --- the content hash --------------------------------------------------------------------------


def backwards(value: Any) -> Any:
    """The same mapping with its keys in the opposite order, all the way down."""
    if isinstance(value, dict):
        return {key: backwards(inner) for key, inner in reversed(list(value.items()))}
    return [backwards(inner) for inner in value] if isinstance(value, list) else value


def test_the_content_hash_does_not_depend_on_the_order_of_keys(folder: Path) -> None:
    before = load(folder).content_hash()
    assert re.fullmatch(r"[0-9a-f]{64}", before)
    files = sorted(folder.rglob("*.yaml"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        write(file, backwards(yaml.safe_load(text)))
        assert file.read_text(encoding="utf-8") != text
    assert len(files) == 4
    assert load(folder).content_hash() == before


def test_the_content_hash_does_not_depend_on_how_it_is_written(folder: Path) -> None:
    before = load(folder).content_hash()
    for file in folder.rglob("*.yaml"):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        text = yaml.safe_dump(raw, default_flow_style=True, width=30, indent=6, allow_unicode=False, sort_keys=True)
        file.write_text(f"# Written otherwise.\n\n{text}\n", encoding="utf-8")
    assert load(folder).content_hash() == before


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("small.yaml", lambda raw: raw.update(title="Another")),
        ("small.yaml", lambda raw: raw["conditions"][1]["mechanisms"][0]["params"].update(top_k=3)),
        ("small.yaml", lambda raw: raw["conditions"].reverse()),
        ("small.yaml", lambda raw: raw["consent"].update(text="Yes!")),
        ("tasks/trip.yaml", lambda raw: raw.update(brief="Plan it well.")),
        ("tasks/dinner.yaml", lambda raw: raw["catalogue"][0].update(name="An inn")),
        ("instruments/everything.yaml", lambda raw: raw["items"][0].update(text="How hard was it?")),
        ("instruments/everything.yaml", lambda raw: raw["scoring"][0].update(direction="higher")),
    ],
)
def test_the_content_hash_changes_with_every_file_that_is_included(
    folder: Path, file: str, change: Callable[[Any], None]
) -> None:
    before = load(folder).content_hash()
    edited(folder / file, change)
    assert load(folder).content_hash() != before


def test_a_file_that_is_not_included_does_not_change_the_content_hash(folder: Path) -> None:
    before = load(folder).content_hash()
    write(folder / "tasks" / "present.yaml", {"id": "present", **TASK})
    assert load(folder).content_hash() == before


# --- whatever stands in a file -----------------------------------------------------------------

JUNK: list[Any] = [None, 5, -1.5, True, "", "x" * 400, "a/b", [], {}, [None], [[]], {"a": 1}, {1: 2}, 10**30]
JUNK += [
    float("nan"),
    float("inf"),
    "\0",
    ["everything"],
    "everything",
    [5],
    {"name": 5},
    [{"name": "none"}],
    {"step": []},
]
DOCUMENTS = {"small.yaml": SMALL, "tasks/trip.yaml": {"id": "trip", **TASK}, "instruments/everything.yaml": EVERYTHING}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*path, key))


SPOTS = [(file, path) for file, document in DOCUMENTS.items() for path in places(document)]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spot=st.sampled_from(SPOTS), junk=st.sampled_from(JUNK))
def test_whatever_stands_in_a_file_it_loads_or_its_problems_are_told(
    folder: Path, spot: tuple[str, tuple[Any, ...]], junk: Any
) -> None:
    file, path = spot
    document = copy.deepcopy(DOCUMENTS[file])
    if path:
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = junk
    write(folder / file, document if path else junk)
    loaded, told = None, ()
    try:
        loaded = load(folder)
    except ProtocolInvalid as refused:
        told = refused.problems
    finally:
        write(folder / file, DOCUMENTS[file])
    if loaded is None:
        assert told
        assert [p for p in told if not (p.file and p.message.endswith("."))] == []
    else:
        assert Protocol.model_validate(loaded.model_dump(mode="json")) == loaded
