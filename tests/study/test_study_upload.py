"""A protocol that is handed over as a ZIP: what belongs to a study is taken, everything else is refused in a sentence."""

import io
import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import AtelierError
from study.shelf import is_path
from study.study_upload import MAX_UPLOAD, read_upload
from study.yaml_file import MAX_BYTES

GOOD = {"protocol.yaml": b"id: x", "tasks/trip.yaml": b"id: trip", "translations/x.de.yaml": b"language: de"}


def zipped(members: dict[str, bytes], **entry: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in entry.items():
                setattr(info, key, value)
            file.writestr(info, data)
    return held.getvalue()


def test_a_protocol_comes_with_what_lies_beside_it() -> None:
    found = read_upload("s.zip", zipped(GOOD))
    assert (found.name, found.text) == ("protocol.yaml", "id: x")
    assert found.files == {"tasks/trip.yaml": "id: trip", "translations/x.de.yaml": "language: de"}


def test_one_yaml_of_any_name_at_the_top_is_the_protocol() -> None:
    found = read_upload("s.zip", zipped({"my study.yaml": b"id: x", "instruments/mine.yaml": b"id: mine"}))
    assert (found.text, list(found.files)) == ("id: x", ["instruments/mine.yaml"])
    assert read_upload("alone.yaml", b"id: x").text == "id: x" and read_upload("alone.yaml", b"id: x").files == {}


def test_a_folder_around_it_and_what_computers_put_in_do_not_matter() -> None:
    inner = {f"my study/{name}": data for name, data in GOOD.items()}
    extra = {
        "my study/": b"",
        "my study/tasks/": b"",
        "__MACOSX/my study/._protocol.yaml": b"\0",
        "my study/.DS_Store": b"\0",
    }
    assert read_upload("s.zip", zipped({**inner, **extra})) == read_upload("s.zip", zipped(GOOD))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"../protocol.yaml": b"id: x"}, "no plain file"),
        ({**GOOD, "tasks/../../x.yaml": b"id: x"}, "no plain file"),
        ({**GOOD, "/etc/passwd": b"x"}, "no plain file"),
        ({**GOOD, "C:\\x.yaml": b"x"}, "no plain file|none of its files"),
        ({**GOOD, "notes.txt": b"x"}, "which is no YAML"),
        ({**GOOD, "tasks/run.py": b"x"}, "which is no YAML"),
        ({**GOOD, "tasks/Big.yaml": b"x"}, "none of its files"),
        ({**GOOD, "elsewhere/x.yaml": b"x"}, "none of its files"),
        ({**GOOD, "other.yaml": b"id: y"}, "none of its files"),
        ({"one.yaml": b"id: x", "two.yaml": b"id: y"}, "has 2 YAML files at its top"),
        ({"tasks/trip.yaml": b"id: trip"}, "no YAML file at its top"),
        ({}, "no YAML file at its top"),
        ({**GOOD, "tasks/long.yaml": b"x" * (MAX_BYTES + 1)}, "larger than 500,000 bytes"),
        ({**GOOD, "tasks/odd.yaml": b"\xff\xfe"}, "not UTF-8"),
        ({"protocol.yaml": b"id: x", **{f"tasks/t{n}.yaml": b"x" for n in range(300)}}, "more than 200 files"),
        ({"protocol.yaml": b"id: x", **{f"tasks/t{n}.yaml": b"x" * MAX_BYTES for n in range(50)}}, "more than 20 MB"),
    ],
)  # fmt: skip
def test_what_does_not_belong_to_a_study_is_refused_in_a_sentence(members: dict[str, bytes], said: str) -> None:
    with pytest.raises(AtelierError, match=said):
        read_upload("s.zip", zipped(members))


def test_links_locks_twins_and_what_is_no_zip_are_refused() -> None:
    with pytest.raises(AtelierError, match="no plain file"):
        read_upload("s.zip", zipped({"protocol.yaml": b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16))
    locked = bytearray(zipped({"protocol.yaml": b"id: x"}))
    for at in (locked.index(b"PK\x03\x04") + 6, locked.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    with pytest.raises(AtelierError, match="locked with a password"):
        read_upload("s.zip", bytes(locked))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("protocol.yaml", "id: x")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("protocol.yaml", "id: y")
    with pytest.raises(AtelierError, match="two files of the same name"):
        read_upload("s.zip", held.getvalue())
    for data, said in (
        (b"PK\x03\x04nonsense", "cannot be read as a ZIP"),
        (b"x" * (MAX_UPLOAD + 1), "larger than 5 MB"),
    ):
        with pytest.raises(AtelierError, match=said):
            read_upload("S.ZIP", data)


def test_a_file_that_says_it_is_small_is_not_unpacked_beyond_its_limit() -> None:
    bomb = bytearray(zipped({"protocol.yaml": b"0" * 50_000_000}))
    assert len(bomb) < 100_000
    at = bomb.index(b"PK\x01\x02") + 24
    bomb[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(AtelierError):
        read_upload("s.zip", bytes(bomb))


@given(names=st.lists(st.text(alphabet="tasks/instrume.yl\\~-_ :", min_size=1, max_size=24), max_size=5, unique=True))
def test_whatever_is_in_it_only_files_of_a_study_come_out(names: list[str]) -> None:
    try:
        found = read_upload("s.zip", zipped({"protocol.yaml": b"id: x", **dict.fromkeys(names, b"id: x")}))
    except AtelierError:
        return
    assert all(is_path(path) for path in found.files)
