"""What a participant is called is nowhere left in what researchers wrote, and nothing else of the record is changed by it."""

from pathlib import Path

import pytest
from sittings import arrive, opened
from sqlalchemy import JSON, Engine, String
from sqlmodel import AutoString

from study.act_log import acts
from study.acts import ACT_CLASSES
from study.blotting import BY_RESEARCHERS, GONE, WRITTEN
from study.coding import MARK_CLASSES
from study.database import reading, writing
from study.drafts import keep_text, open_draft, save, text_of
from study.erasing import erase, find, warnings
from study.errors import AtelierError
from study.events import EVENT_CLASSES
from study.exclusion import mark
from study.log import now
from study.protocol import Protocol
from study.protocol_text import as_text
from study.studies import set_status
from study.tables import Base, StudyFile, VersionFile
from study.versions import revise, versions
from study.watched import exclusions
from study.yaml_comments import in_comments

PERSON = "5f0c-prolific-9304"


def erased(engine: Engine, folder: Path, study: str) -> None:
    erase(engine, folder, find(engine, study, "P001"), "Ada", lambda _session: None)


def test_notes_on_versions_and_comments_in_their_texts_name_them_no_longer(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    arrive(any_engine, study, url_params={"PROLIFIC_PID": PERSON})
    revise(any_engine, study, small.model_copy(update={"title": "Clearer"}), f"{PERSON} said item 3 is unclear", "Ada")
    keep_text(any_engine, study, 2, f"# as {PERSON} and P001 said\n{as_text(small)}")
    seen = open_draft(any_engine, study).seen
    seen = save(any_engine, study, f"{as_text(small)}# {PERSON} again\n", seen, "Ada")
    erased(any_engine, tmp_path, study)
    assert [one.row.note for one in versions(any_engine, study)][-1] == f"{GONE} said item 3 is unclear"
    assert text_of(any_engine, study, 2).startswith(f"# as {GONE} and {GONE} said\n")
    draft = open_draft(any_engine, study)
    assert draft.text.endswith(f"# {GONE} again\n")
    with pytest.raises(AtelierError, match="Nothing was overwritten"):
        save(any_engine, study, f"# {PERSON} from a page that was open all the time", seen, "Ada")


def test_comments_in_files_of_the_study_name_them_no_longer(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    arrive(any_engine, study, url_params={"PROLIFIC_PID": PERSON})
    with writing(any_engine) as db:
        db.add(
            StudyFile(
                study_id=study, path="tasks/trip.yaml", text=f"# {PERSON}\nid: trip", revision=3, by="Ada", at=now()
            )
        )
        db.add(StudyFile(study_id=study, path="tasks/gone.yaml", text=None, revision=2, by="Ada", at=now()))
        db.add(VersionFile(study_id=study, number=1, path="tasks/trip.yaml", text=f"id: trip  # for {PERSON}"))
    erased(any_engine, tmp_path, study)
    with reading(any_engine) as db:
        gone, trip = (db.get_one(StudyFile, (study, f"tasks/{name}.yaml")) for name in ("gone", "trip"))
        assert (trip.text, trip.revision, gone.text, gone.revision) == (f"# {GONE}\nid: trip", 4, None, 2)
        assert db.get_one(VersionFile, (study, 1, "tasks/trip.yaml")).text == f"id: trip  # for {GONE}"


def test_an_id_that_is_a_word_of_the_record_changes_nothing_in_it(
    engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    """Anybody can come with any id, and erase their own data: that must not take a mark off somebody else."""
    study = opened(engine, small)
    arrive(engine, study, url_params={"PROLIFIC_PID": "P002"})
    arrive(engine, study, url_params={"PROLIFIC_PID": "closed"})
    mark(engine, study, "P002", "was P002 before?", "Ada")
    set_status(engine, study, "closed", "Ada")
    before = [one.act for one in acts(engine, study, "status_changed")]
    erased(engine, tmp_path, study)
    assert exclusions(acts(engine, study)) == {"P002": f"was {GONE} before?"}
    erase(engine, tmp_path, find(engine, study, "P002"), "Ada", lambda _session: None)
    assert [one.act for one in acts(engine, study, "status_changed")] == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# P001\na: 1", "# X\na: 1"),
        ("a: P001 # P001", "a: P001 # X"),
        ("a: 'P001 # P001' # P001\n", "a: 'P001 # P001' # X\n"),
        ("a: b#P001", "a: b#P001"),
        ("a: | # P001\n  # P001\n  P001\n# P001\nb: 1", "a: | # X\n  # P001\n  P001\n# X\nb: 1"),
        ("a: >-\n  # P001\n\n  # P001\n\nb: 1 # P001", "a: >-\n  # P001\n\n  # P001\n\nb: 1 # X"),
        ('a: "one\n  # P001" # P001', 'a: "one\n  # P001" # X'),
        ("a: [P001, # P001\n P001]", "a: [P001, # X\n P001]"),
        ("a: 'never closed # P001", "a: 'never closed # X"),
        ("a: 1\r\n# P001\r\nb: 2", "a: 1\r\n# X\r\nb: 2"),
    ],
)
def test_only_comments_are_changed(text: str, expected: str) -> None:
    assert in_comments(text, lambda comment: comment.replace("P001", "X")) == expected


def test_the_server_log_and_the_protocol_are_named_among_what_is_not_reached(engine: Engine, small: Protocol) -> None:
    said = " ".join(warnings(engine, arrive(engine, opened(engine, small))))
    assert "logs of the server" in said and "the protocol itself" in said


BLOTTED = {
    "study_version.note", "version_text.text", "draft.text", "study_file.text", "version_file.text",
    "act.payload", "event.payload", "coding.payload",
}  # fmt: skip
GIVEN = {"study.title", "study.protocol", "study_version.protocol"}
"""The protocol: a hash says that it is what participants were given. Erasing says that it is not reached."""
GONE_WITH_THEM = {"session", "session_token", "event", "personal_link"}
MADE = {
    "study": "id protocol_hash model status",
    "study_version": "study_id protocol_hash",
    "version_text": "study_id",
    "draft": "study_id by",
    "study_file": "study_id path by",  # a path is made of small letters, as ids of tasks are
    "version_file": "study_id path",
    "act": "id study_id by kind",
    "coding": "id study_id session_id event_id by kind",
    "researcher": "name password_hash",
    "researcher_standing": "name email",
    "membership": "study_id name role",
    "sign_in": "token_hash name",
    "installation_act": "id by kind payload",  # signing in and who works here; nobody writes there freely
    "study_door": "study_id kind",
    "study_keeping": "study_id",
    "tombstone": "id study_id by status",
    "deleted_study": "id by",
    "secret": "token_hash purpose subject",  # of researchers' own links
}
"""Ids, hashes, names of researchers, and what is chosen from a list."""


def test_every_column_of_text_is_decided() -> None:
    """A new one has to be: is it written freely (then it is blotted), or does nobody write there?"""
    texts = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, (String, AutoString, JSON)) and table.name not in GONE_WITH_THEM
    }
    made = {f"{table}.{name}" for table, names in MADE.items() for name in names.split()}
    assert texts == (BLOTTED - {"event.payload"}) | GIVEN | made


CHOSEN = {
    "protocol_hash", "content_hash", "participant", "step", "note_id", "message_id", "turn_id", "code", "by", "role",
    "old_role", "new_role", "source", "path", "what", "model", "file", "app_version", "status", "old_delete_after", "new_delete_after",
}  # fmt: skip
OF_KIND = {("model_changed", "old"), ("model_changed", "new"),
           ("status_changed", "old"), ("status_changed", "new"), ("door_changed", "old"), ("door_changed", "new"),
           ("member_added", "name"), ("member_changed", "name"), ("member_removed", "name")}  # fmt: skip


def test_every_text_that_researchers_leave_is_decided() -> None:
    written = ACT_CLASSES | MARK_CLASSES | {kind: EVENT_CLASSES[kind] for kind in BY_RESEARCHERS}
    kinds = [*ACT_CLASSES.items(), *MARK_CLASSES.items(), *((kind, EVENT_CLASSES[kind]) for kind in BY_RESEARCHERS)]
    assert len(written) >= 30
    for kind, of in kinds:
        for name, field in of.model_fields.items():
            assert field.annotation in (str, int, float, bool) or name == "kind", f"{kind}.{name} may hold text as well"
            if field.annotation is str:
                chosen = name in CHOSEN or (kind, name) in OF_KIND
                assert chosen != ((kind, name) in WRITTEN), f"{kind}.{name}: written or chosen?"
