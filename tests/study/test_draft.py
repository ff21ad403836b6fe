"""Each problem of a draft is said at the line it is about, whatever the text holds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mistakes import FILES, MAIN
from small_study import SHIPPED

from memory.mechanisms.registry import parameter_models
from study.draft import ChangedMeanwhile, Checked, check, decoded, is_too_long, path_of, with_items, with_value
from study.errors import AtelierError, Problem
from study.protocol import Protocol
from study.yaml_edit import value_at
from study.yaml_file import MAX_BYTES

DEMO = (SHIPPED / "active_vs_passive.yaml").read_text(encoding="utf-8")
MECHANISMS = parameter_models()


def looked_at(text: str) -> Checked:
    return check(text, "active_vs_passive", SHIPPED, MECHANISMS)


def noted(old: str, new: str) -> list[tuple[str, str]]:
    """(text of the line, what is said) of each problem after a change of the demo."""
    text = DEMO.replace(old, new, 1)
    assert text != DEMO
    found = looked_at(text)
    assert found.protocol is None
    return [(text.splitlines()[note.line - 1].strip() if note.line else "", note.said) for note in found.notes]


def test_a_text_in_order_is_a_protocol_without_notes() -> None:
    found = looked_at(DEMO)
    assert found.notes == () and found.protocol is not None and found.protocol.id == "active_vs_passive"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("orders: all", "orders: al", "orders: al", "Did you mean 'all'?"),
        ("{top_k: 3}", "{top_k: 300}", "params: {top_k: 300}", "top_k"),
        ("planned_participants: 24", "planned_participants: many", "planned_participants: many", "number"),
        ("[background, tipi]", "[background, tippi]", "instruments: [background, tippi]", "instruments/tippi.yaml"),
        ("tasks: [weekend_trip", "tasks: [week_trip", "tasks: [week_trip, week_of_dinners, present]", "weekend_trip"),
        ("title: Welcome", "title: [", "text: |", "YAML"),
        ("id: active_vs_passive", "id: another_one", "id: another_one", "the study runs 'active_vs_passive'"),
        ("language: en", "language: en\nlanguage: de", "language: de", "stands twice"),
        ("contrasts:\n    - [active, passive]", "contrasts:\n    - [active, passif]", "- [active, passif]", "passif"),
        ("title: Welcome", "title: Good morning", "languages: [de, es]", "translations/active_vs_passive.de.yaml"),
    ],
)  # fmt: skip
def test_a_problem_stands_at_its_line(old: str, new: str, line: str, said: str) -> None:
    assert [one for one in noted(old, new) if one[0] == line and said in one[1]], noted(old, new)


def test_a_problem_of_a_file_beside_is_said_where_the_file_is_named(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("title: ", "titel: ") if name.startswith("tasks/trip") else text)
    found = check(FILES[MAIN], "study", tmp_path, MECHANISMS)
    lines = {FILES[MAIN].splitlines()[note.line - 1] for note in found.notes if note.said.startswith("tasks/trip.yaml")}
    assert lines == {"tasks: [trip, dinner]"}


def test_problems_of_one_place_are_those_in_it() -> None:
    found = looked_at(DEMO.replace("{top_k: 3}", "{top_k: 300, unit: paragraph}"))
    place = "conditions[2].mechanisms[1].params"
    assert len(found.at(place)) == 2 and len(found.at(f"{place}.top_k")) == 1
    assert found.at("conditions[2].mechanisms[1].param") == [] and found.at("conditions[2].mechanisms[10]") == []


def test_further_checks_count_only_for_what_is_in_order_otherwise() -> None:
    def further(protocol: Protocol, name: str) -> list[Problem]:
        return [Problem(name, "analysis.primary[1]", f"{protocol.id} has none.", "Name one.")]

    found = check(DEMO, "active_vs_passive", SHIPPED, MECHANISMS, further)
    (note,) = found.notes
    assert DEMO.splitlines()[note.line - 1].strip() == "primary: [personalisation, control]"
    assert note.said == "analysis.primary[1]: active_vs_passive has none. Name one." and found.protocol is None
    broken = check(DEMO.replace("orders: all", "orders: al"), "active_vs_passive", SHIPPED, MECHANISMS, further)
    assert [one.place for one in broken.notes] == ["design.orders"]


HOSTILE = {
    "a path out of the folder": ("tasks: [weekend_trip", "tasks: [../../../etc/passwd", "is not an id"),
    "an absolute path": ("tasks: [weekend_trip", "tasks: [/etc/passwd", "is not an id"),
    "a path in an instrument": ("[background, tipi]", "[background, ../tasks/present]", "is not an id"),
    "a language with a path": ("languages: [de, es]", "languages: [../de]", "languages"),
    "a tag": ("model: offline", "model: !!python/object/apply:os.system [id]", "tag"),
    "an own tag": ("model: offline", "model: !include /etc/passwd", "tag"),
    "aliases that multiply": (
        "model: offline",
        "model: offline\nb: &b [x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(f"{n}: &{n} [{','.join([f'*{chr(ord(n) - 1)}'] * 9)}]" for n in "cdefghij"),
        "holds more than",
    ),
    "nothing but depth": ("model: offline", "model: " + "[" * 5000, "levels deep"),
    "ten megabytes": ("model: offline", "model: offline\n" + "# x\n" * 2_500_000, f"larger than {MAX_BYTES} bytes"),
    "half a character": ("title: Planning", "title: \ud800 Planning", "UTF-8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_gets_a_sentence(name: str) -> None:
    old, new, said = HOSTILE[name]
    found = looked_at(DEMO.replace(old, new, 1))
    assert found.protocol is None
    assert any(said in note.said for note in found.notes), found.notes
    assert not any("root:" in note.said for note in found.notes), "nothing of the file is shown"


def test_a_form_changes_its_own_line() -> None:
    place = ("design", "planned_participants")
    fewer = with_value(DEMO, place, 24, 12)
    assert fewer == DEMO.replace("planned_participants: 24", "planned_participants: 12")
    assert "planned_participants: 12\n  quota: 5\n" in with_value(fewer, ("design", "quota"), None, 5)
    assert path_of(("conditions", 0, "mechanisms", 1)) == "conditions[0].mechanisms[1]"
    assert "planned_participants" not in with_value(DEMO, place, 24, None)
    for shown in (23, None, "24", 24.5):
        with pytest.raises(ChangedMeanwhile, match=r"design.planned_participants was changed meanwhile"):
            with_value(DEMO, place, shown, 12)


def test_no_key_gets_into_a_draft_in_the_place_of_its_name() -> None:
    place = ("model_key",)
    for pasted in ("sk-1234567890", "DATABASE_URL", "lab_api_key"):
        with pytest.raises(AtelierError, match="no name of a secret") as refused:
            with_value(DEMO, place, None, pasted)
        assert pasted not in str(refused.value)
    named = with_value(DEMO, place, None, "LAB_API_KEY")
    assert "model: offline\nmodel_key: LAB_API_KEY\n" in named and looked_at(named).protocol is not None
    assert with_value(named, place, "LAB_API_KEY", "") == DEMO


def test_a_list_changes_by_names() -> None:
    conditions = ("conditions", 1, "mechanisms")
    shown = value_at(looked_at(DEMO).document.content, conditions)  # type: ignore[union-attr]
    made = with_items(DEMO, conditions, shown, ["preference_controls", "critic"], "name")
    protocol = looked_at(made).protocol
    assert protocol is not None
    assert [use.name for use in protocol.condition("active").mechanisms] == ["preference_controls", "critic"]
    assert protocol.condition("active").mechanisms[0].params["controls"], "what was there keeps its parameters"
    assert with_items(DEMO, ("tasks",), ["weekend_trip", "week_of_dinners", "present"], ["present"]).count(
        "tasks: [present]"
    )
    with pytest.raises(ChangedMeanwhile):
        with_items(DEMO, ("tasks",), ["weekend_trip"], ["present"])
    assert looked_at(with_items(DEMO, conditions, shown, [], "name")).at("conditions[1].mechanisms")


def test_a_file_that_is_no_text_is_refused_by_name() -> None:
    assert decoded("x.yaml", b"\xef\xbb\xbfid: x") == "id: x"
    with pytest.raises(AtelierError, match=r"x.yaml cannot be read: it is not UTF-8"):
        decoded("x.yaml", b"\xff\xfe")
    with pytest.raises(AtelierError, match=r"x.yaml is larger than"):
        decoded("x.yaml", b"x" * (MAX_BYTES + 1))


def test_what_is_too_long_is_known_without_reading_it() -> None:
    assert is_too_long("é" * (MAX_BYTES // 2 + 1)) and not is_too_long("e" * MAX_BYTES)


@given(
    at=st.integers(0, len(DEMO) - 1),
    cut=st.integers(0, 60),
    put=st.sampled_from(["", " ", ":", "- ", "\n", "[", "é", "#", "'", "&a "]),
)
def test_any_slip_gives_notes_within_the_text_or_a_protocol(at: int, cut: int, put: str) -> None:
    text = DEMO[:at] + put + DEMO[at + cut :]
    found = looked_at(text)
    assert (found.protocol is None) == bool(found.notes)
    assert all(0 <= note.line <= text.count("\n") + 1 and note.said for note in found.notes)
