"""A study as one file, put in again elsewhere; a study once more; files that are no study."""

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sittings import arrive, opened, walk
from sqlalchemy import Engine
from sqlmodel import select

from memory.mechanisms.registry import parameter_models
from study.act_log import acts
from study.archive import ArchiveInvalid, writing_archive
from study.coding_log import define_code, set_codes, write_memo
from study.database import open_database, reading
from study.drafts import keep_text, text_of
from study.enrolment import Arrival, enrol
from study.errors import AtelierError, NotFound, ProtocolInvalid
from study.exclusion import mark
from study.log import events
from study.packing import KIND, duplicate, pack, unpack
from study.personal_links import make_links
from study.protocol import Protocol
from study.records import load_record
from study.studies import all_studies, get_study, protocol_of, set_model
from study.tables import SessionToken
from study.versions import protocols, revise

MODELS = parameter_models()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Any:
    made = open_database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    yield made
    made.dispose()


def two_versions(engine: Engine, small: Protocol) -> str:
    study = opened(engine, small)
    walk(engine, small, arrive(engine, study, url_params={"PROLIFIC_PID": "pid-1"}))
    revise(engine, study, small.model_copy(update={"title": "A smaller study"}), "a better title", "Ada")
    set_model(engine, study, "openai:test", "Ada")
    return study


def test_a_study_comes_back_with_its_versions_and_without_participants(
    any_engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = two_versions(any_engine, small)
    target = pack(any_engine, study, tmp_path / "s.zip", False, "Ada")
    assert acts(any_engine, study, "exported") == []
    assert b"pid-1" not in b"".join(zipfile.ZipFile(target).read(n) for n in zipfile.ZipFile(target).namelist())
    made = unpack(elsewhere, target, MODELS, "Bo")
    assert (made.id, made.status, made.model, made.version) == (study, "draft", "openai:test", 2)
    assert protocols(elsewhere, made.id) == protocols(any_engine, study)
    assert (protocol_of(made), made.seed) == (
        protocol_of(get_study(any_engine, study)),
        get_study(any_engine, study).seed,
    )
    again = unpack(elsewhere, io.BytesIO(target.read_bytes()), MODELS, "Bo")
    assert again.id == f"{study}_2", "the id is taken"
    assert [one.kind for one in acts(elsewhere, made.id)] == ["study_created", "study_copied"]
    assert arrive(elsewhere, made.id, preview=True).participant == "X001"


def test_with_sessions_everything_that_happened_comes_along_once(
    any_engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = two_versions(any_engine, small)
    enrol(any_engine, study, Arrival({}, preview=True))
    target = pack(any_engine, study, tmp_path / "s.zip", True, "Ada")
    (act,) = acts(any_engine, study, "exported")
    assert (act.by, "every session" in act.act.what) == ("Ada", True)
    made = unpack(elsewhere, target, MODELS, "Bo")
    old, new = load_record(any_engine, study), load_record(elsewhere, made.id)
    assert [row.model_dump(exclude={"lease"}) for row in new.sessions] == [
        row.model_dump(exclude={"lease"}) for row in old.sessions
    ]
    assert new.events == old.events and len(new.events) > 10
    assert events(elsewhere, new.sessions[0].id) == events(any_engine, old.sessions[0].id)
    with reading(elsewhere) as db:
        assert db.exec(select(SessionToken)).all() == [], "no link leads there"
    with pytest.raises(AtelierError, match="in the record already"):
        unpack(elsewhere, target, MODELS, "Bo")
    assert len(all_studies(elsewhere)) == 1, "all of it, or nothing"


def test_codes_memos_acts_and_the_texts_of_versions_come_along_with_sessions(
    any_engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = two_versions(any_engine, small)
    keep_text(any_engine, study, 1, "# a comment of ours\nid: small")
    preview, _token = enrol(any_engine, study, Arrival({}, preview=True))
    session = load_record(any_engine, study).sessions[0].id
    code = define_code(any_engine, study, "sweet", "when it is", "Ada")
    for where in (session, preview.id):
        first = events(any_engine, where)[0].id
        set_codes(any_engine, study, where, first, [code], "Ada")
        write_memo(any_engine, study, where, first, "a memo", "Bo")
    make_links(any_engine, study, ["somebody@example.org"], "Ada")
    mark(any_engine, study, "P001", "a colleague", "Ada")
    target = pack(any_engine, study, tmp_path / "s.zip", True, "Ada")
    made = unpack(elsewhere, target, MODELS, "Cy")
    old, new = load_record(any_engine, study), load_record(elsewhere, made.id)
    told = [(one.at, one.by, one.mark, one.session_id, one.event_id) for one in new.marks]
    assert told == [(one.at, one.by, one.mark, one.session_id, one.event_id) for one in old.marks]
    assert len(told) == 3 and preview.id not in str(told)
    first, *kept, last = new.acts
    assert [first.kind, *(one.kind for one in kept), last.kind] == [
        "study_created", "version_added", "model_changed", "exclusion_marked", "study_copied",
    ]  # fmt: skip
    assert {one.by for one in kept} == {"Ada"} and (first.by, last.by) == ("Cy", "Cy")
    assert text_of(elsewhere, made.id, 1) == "# a comment of ours\nid: small"
    assert [one.seq for one in new.acts] == list(range(1, 6))


def test_a_file_of_before_codes_were_in_it_is_taken(
    engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    source = pack(engine, two_versions(engine, small), tmp_path / "s.zip", True, "Ada")
    with zipfile.ZipFile(source) as archive, writing_archive(tmp_path / "t.zip", KIND, sessions=True) as made:
        for name in set(archive.namelist()) - {"manifest.json", "codes.jsonl", "acts.jsonl"}:
            made.add(name, [archive.read(name)])
    assert len(load_record(elsewhere, unpack(elsewhere, tmp_path / "t.zip", MODELS, "Bo").id).sessions) == 1


def test_a_duplicate_is_a_draft_of_what_newcomers_get(any_engine: Engine, small: Protocol) -> None:
    study = two_versions(any_engine, small)
    made = duplicate(any_engine, study, "Ada")
    source = get_study(any_engine, study)
    assert (made.id, made.status, made.version, made.model) == (f"{study}_2", "draft", 1, "openai:test")
    assert protocol_of(made) == protocol_of(source) and made.seed != source.seed
    assert list(load_record(any_engine, made.id).sessions) == []
    keep_text(any_engine, study, source.version, "# why\nid: small\n")
    again = duplicate(any_engine, study, "Ada")
    assert text_of(any_engine, again.id, 1) == "# why\nid: small\n", "with its comments"
    assert "# why" not in text_of(any_engine, made.id, 1), "which had none then"
    with pytest.raises(NotFound):
        duplicate(any_engine, "unknown'; --", "Ada")


def spoiled(source: Path, target: Path, name: str, change: Any) -> Path:
    """The same file with one member changed, under a manifest that says that all is well."""
    with zipfile.ZipFile(source) as archive:
        held = {n: archive.read(n) for n in archive.namelist() if n != "manifest.json"}
        sessions = json.loads(archive.read("manifest.json"))["sessions"]
    held[name] = change(held.get(name, b""))
    with writing_archive(target, KIND, sessions=sessions) as made:
        for member, data in held.items():
            made.add(member, [data])
    return target


def changed(**new: Any) -> Any:
    """One line of JSON with other values."""
    return lambda data: json.dumps({**json.loads(data.splitlines()[0]), **new}).encode()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("study.json", lambda _data: b"{", "cannot be read"),
        ("study.json", lambda _data: b"[" * 100_000, "cannot be read"),
        ("study.json", changed(version=3), "does not fit"),
        ("study.json", changed(version=10**9), "does not fit"),
        ("study.json", changed(version="x"), "cannot be read"),
        ("study.json", changed(seed=None), "cannot be read"),
        ("versions/1.json", changed(protocol={"id": "../../etc"}), "does not fit this version"),
        ("versions/1.json", changed(created_at="yesterday"), "does not fit this version"),
        ("versions/3.json", lambda _data: b"{}", "does not fit"),
        ("versions/../../evil", lambda _data: b"{}", "no plain file"),
        ("sessions.jsonl", changed(study_version=7), "is on version 7"),
        ("sessions.jsonl", changed(cell="many"), "does not fit this version"),
        ("sessions.jsonl", changed(id="another"), "a session that is not in it"),
        ("events.jsonl", changed(payload={"kind": "unheard_of"}), "does not fit this version"),
        ("events.jsonl", changed(at=None), "does not fit this version"),
        ("acts.jsonl", changed(payload={"kind": "unheard_of"}), "does not fit this version"),
        ("acts.jsonl", changed(payload={"kind": "member_added", "name": "Eve", "role": "owner"}), "does not go with"),
        ("acts.jsonl", changed(by=" "), "nobody has signed"),
        ("acts.jsonl", changed(at="yesterday"), "does not fit this version"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence_and_leaves_nothing(
    engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path, name: str, change: Any, said: str
) -> None:
    source = pack(engine, two_versions(engine, small), tmp_path / "s.zip", True, "Ada")
    with pytest.raises(ArchiveInvalid, match=said):
        unpack(elsewhere, spoiled(source, tmp_path / "t.zip", name, change), MODELS, "Bo")
    assert all_studies(elsewhere) == []
    assert not list(tmp_path.rglob("*evil*"))


def test_a_mechanism_that_is_not_here_is_named(
    engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    source = pack(engine, opened(engine, small), tmp_path / "s.zip", False, "Ada")

    def other(data: bytes) -> bytes:
        return data.replace(b'"retrieval"', b'"mind_reading"')

    with pytest.raises(ProtocolInvalid, match="mind_reading"):
        unpack(elsewhere, spoiled(source, tmp_path / "t.zip", "versions/1.json", other), MODELS, "Bo")
    assert all_studies(elsewhere) == []


def test_a_large_upload_is_refused_and_the_file_is_for_its_owner_alone(
    engine: Engine, elsewhere: Engine, small: Protocol, tmp_path: Path
) -> None:
    target = pack(engine, two_versions(engine, small), tmp_path / "s.zip", True, "Ada")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(ArchiveInvalid, match="more than 0 MB"):
        unpack(elsewhere, target, MODELS, "Bo", max_bytes=1_000)
