"""What researchers get wrong, one thing at a time: each is refused at its place, with words that help."""

import time
from pathlib import Path

import pytest
from mistakes import BROKEN, FILES, FORM, MAIN, TASK, Broken
from small_study import SHIPPED

from memory.mechanisms.registry import parameter_models
from study.errors import ProtocolInvalid
from study.protocol_file import load_protocol

MECHANISMS = parameter_models()


def _first_change(old: str, new: str) -> int:
    pairs = zip(old.splitlines(), [*new.splitlines(), ""], strict=False)
    return next(n for n, (before, after) in enumerate(pairs, 1) if before != after)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def refusal(files: Path) -> ProtocolInvalid:
    """What was said, in no more than a few seconds of work whatever stands in the file."""
    begun = time.process_time()
    with pytest.raises(ProtocolInvalid) as refused:
        load_protocol(files / MAIN, MECHANISMS)
    assert time.process_time() - begun < 5
    for problem in refused.value.problems:
        assert problem.file and problem.message.endswith("."), problem
        str(problem).encode()
    return refused.value


def test_there_is_nothing_wrong_to_begin_with(files: Path) -> None:
    assert len(load_protocol(files / MAIN, MECHANISMS).conditions) == 4
    assert len(BROKEN) >= 100
    for one in BROKEN:
        assert FILES[one.file].count(one.before) >= 1, one


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_mistake_is_named_where_it_stands(files: Path, broken: Broken) -> None:
    old = FILES[broken.file]
    new = old.replace(broken.before, broken.after, 1)
    (files / broken.file).write_text(new, encoding="utf-8")
    told = refusal(files).problems
    found = [
        p
        for p in told
        if p.path == broken.place and p.file == broken.file and broken.words in f"{p.message} {p.suggestion}"
    ]
    assert found, [str(problem) for problem in told]
    if not broken.place.startswith("line"):
        line = _first_change(old, new) if broken.line is None else broken.line
        assert {problem.line or 0 for problem in found} == {line}, [str(problem) for problem in told]
    assert len(told) <= 3, "one mistake is no flood"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"", "", "must be a mapping"),
        (b"# nothing\n", "", "must be a mapping"),
        (b"- a\n- b\n", "", "must be a mapping"),
        (b"5", "", "must be a mapping"),
        (b"[" * 100_000, "line 1, column 41", "more than 40 levels deep"),
        (b"{" * 100_000, "line 1, column 41", "more than 40 levels deep"),
        (b"- " * 100_000, "line 1, column 81", "more than 40 levels deep"),
        (b"? " * 100_000, "line 1, column 81", "more than 40 levels deep"),
        (b"a: " * 100_000, "line 1, column 5", "mapping values are not allowed"),
        (b"x" * 600_000, "", "is larger than"),
        (b"\xff\xfei\0d\0", "line 1", "not UTF-8"),
        ("id: study\ntitle: Größe\n".encode("latin-1"), "line 2", "not UTF-8"),
        (b"id: study\n\0", "line 2", "a character that no text may hold"),
        (b"\x1f\x8b\x08\x00zip", "line 1", "cannot be read"),
        (b"n: " + b"9" * 5_000, "line 1, column 4", "a number that there cannot be"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file", [MAIN, TASK, FORM])
def test_what_is_no_protocol_at_all_is_refused(files: Path, file: str, content: bytes, place: str, words: str) -> None:
    (files / file).write_bytes(content)
    (problem,) = refusal(files).problems
    assert (problem.file, problem.path) == (file, place), problem
    assert words in problem.message


def test_a_byte_order_mark_and_windows_lines_do_no_harm(files: Path) -> None:
    before = load_protocol(files / MAIN, MECHANISMS).content_hash()
    (files / MAIN).write_bytes(b"\xef\xbb\xbf" + FILES[MAIN].replace("\n", "\r\n").encode())
    assert load_protocol(files / MAIN, MECHANISMS).content_hash() == before


def test_a_link_that_leads_out_of_the_folder_is_not_followed(files: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: 12345", encoding="utf-8")
    (files / TASK).unlink()
    (files / TASK).symlink_to(secret)
    (problem,) = refusal(files).problems
    assert problem.place == "tasks[0] (line 45)"
    assert "leads out of its folder" in problem.message
    assert "password" not in str(problem)


def test_a_folder_in_place_of_a_task_is_refused(files: Path) -> None:
    (files / TASK).unlink()
    (files / TASK).mkdir()
    (problem,) = refusal(files).problems
    assert (problem.file, problem.message) == (TASK, "cannot be read (Is a directory).")


def test_aliases_and_merged_keys_go_on_working(files: Path) -> None:
    before = load_protocol(files / MAIN, MECHANISMS).content_hash()
    text = FILES[TASK].replace("  - {id: inn, name: Inn,", "  - &inn {id: inn, name: Inn,")
    text = text.replace("{id: palace, name: Palace, section: stay,", "{<<: *inn, id: palace, name: Palace,")
    (files / TASK).write_text(text, encoding="utf-8")
    assert load_protocol(files / MAIN, MECHANISMS).content_hash() == before


def test_a_merged_key_is_named_where_it_was_written(files: Path) -> None:
    text = FILES[TASK].replace("- {id: inn, name: Inn, section: stay,", "- &inn {id: inn, name: 5, section: stay,")
    text = text.replace("{id: palace, name: Palace, section: stay,", "{<<: *inn, id: palace,")
    (files / TASK).write_text(text, encoding="utf-8")
    assert [p.place for p in refusal(files).problems] == ["catalogue[0].name (line 13)", "catalogue[1].name (line 13)"]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_shipped_holds_to_all_this(path: Path) -> None:
    load_protocol(path, MECHANISMS)
