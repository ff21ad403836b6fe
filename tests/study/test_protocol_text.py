"""A stored protocol written as a file says the same again, and reads as somebody would have written it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_study import SHIPPED, write
from some_protocols import raw_protocols

from memory.mechanisms.registry import parameter_models
from study.protocol import Protocol
from study.protocol_file import load_protocol, parse_protocol
from study.protocol_text import WIDTH, as_text, as_value

MECHANISMS = parameter_models()


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_shipped_protocol_comes_back_with_the_same_hash(file: Path) -> None:
    protocol = load_protocol(file, MECHANISMS)
    text = as_text(protocol)
    assert parse_protocol(text.encode(), file.name, SHIPPED, MECHANISMS).content_hash() == protocol.content_hash()
    assert text.startswith(f"id: {protocol.id}\n") and "!!" not in text and "&id" not in text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=raw_protocols())
def test_any_protocol_comes_back_as_it_was(tmp_path: Path, raw: dict[str, Any]) -> None:
    protocol = Protocol.model_validate(raw)
    for kind in ("tasks", "instruments"):
        for part in raw[kind]:
            write(tmp_path / kind / f"{part['id']}.yaml", part)
    again = parse_protocol(as_text(protocol).encode(), "any.yaml", tmp_path, MECHANISMS)
    used = {one.id for one in again.instruments}
    named = tuple(one for one in protocol.instruments if one.id in used)
    assert {**dict(again), "instruments": set(again.instruments)} == {**dict(protocol), "instruments": set(named)}


AWKWARD = st.one_of(
    st.sampled_from(["no", "on", "1", "0x1F", "12:30", "1_000", "~", "", " ", "# x", "a: b", "- a", "&a", "*a", "!x", "%", "'", '"', "|",
                     "2026-01-02", "<<", "=", "é\u2028x", "a\n\nb\n", "a \nb", "\ta", "🙂", "]", "{", ", ", "a, b", "a}", "a]"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
)  # fmt: skip
VALUES = st.recursive(
    AWKWARD | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(AWKWARD, inner, max_size=4),
    max_leaves=10,
)


@given(value=VALUES)
def test_a_value_stands_on_one_line_and_is_read_as_it_was(value: Any) -> None:
    written = as_value(value)
    assert "\n" not in written
    assert yaml.safe_load(f"key: {written}\n") == {"key": value}
    assert yaml.safe_load(f"key: [{written}, {written}]\n") == {"key": [value, value]}


@given(consent=AWKWARD.filter(bool), title=AWKWARD)
def test_texts_come_back_whatever_they_hold(small: Protocol, consent: str, title: str) -> None:
    protocol = small.model_copy(update={"title": title, "consent": small.consent.model_copy(update={"text": consent})})
    read = yaml.safe_load(as_text(protocol))
    assert (read["title"], read["consent"]["text"]) == (title, consent)


def test_long_texts_are_blocks_and_short_lists_stand_on_one_line() -> None:
    text = as_text(load_protocol(SHIPPED / "active_vs_passive.yaml", MECHANISMS))
    assert "tasks: [weekend_trip, week_of_dinners, present]\n" in text
    assert "\n  text: |\n    **What this is about.** We study" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH + 20
