"""A study's own files: kept with every word, never overwritten unseen, part of a version, gone with the study."""

from pathlib import Path

import pytest
from small_study import SHIPPED
from sqlalchemy import Engine

from memory.mechanisms.registry import parameter_models
from study.act_log import acts
from study.database import open_database, reading
from study.draft import Checked, check, check_file
from study.drafts import DraftMoved, OpenDraft, Seen, discard, keep_text, open_draft, publish, save
from study.errors import AtelierError, ProtocolInvalid
from study.file_rows import of_version_in
from study.file_templates import begun, path_in, translated
from study.packing import duplicate, pack, unpack
from study.protocol import Protocol
from study.protocol_file import file_problems, named_files
from study.shelf import Shelf
from study.studies import create_study, get_study, protocol_of
from study.study_files import MOST_FILES, add_files, begin_study, own_files, remove_file, save_file
from study.yaml_file import MAX_BYTES

DEMO = (SHIPPED / "active_vs_passive.yaml").read_text(encoding="utf-8").replace("languages: [de, es]\n", "")
STUDY, TRIP = "active_vs_passive", "tasks/weekend_trip.yaml"
MODELS = parameter_models()
SHORT = begun("tasks", "weekend_trip", None, Shelf(SHIPPED))


def read(draft: OpenDraft) -> Checked:
    return check(draft.text, STUDY, Shelf(SHIPPED, draft.files), MODELS)


@pytest.fixture
def study(any_engine: Engine) -> Engine:
    """A database with a study of the demo in one language."""
    found = check(DEMO, STUDY, SHIPPED, MODELS).protocol
    assert found is not None
    create_study(any_engine, found)
    keep_text(any_engine, STUDY, 1, DEMO)
    return any_engine


def test_an_own_file_goes_before_that_of_the_installation_and_is_published_without_a_change_of_the_text(
    study: Engine,
) -> None:
    used = protocol_of(get_study(study, STUDY))
    before = open_draft(study, STUDY)
    assert not before.differs(read(before).protocol, used)
    own = (SHIPPED / TRIP).read_text(encoding="utf-8").replace("title: A weekend trip", "title: My own trip")
    add_files(study, STUDY, {TRIP: own}, "Ada")
    draft = open_draft(study, STUDY)
    found = read(draft).protocol
    assert found is not None and found.task("weekend_trip").title == "My own trip"
    assert not draft.is_changed and draft.differs(found, used), (
        "the text is as it was, and there is something to publish"
    )
    with pytest.raises(DraftMoved, match="A file of the study was changed since"):
        publish(study, STUDY, found, before, "", "Ada")
    publish(study, STUDY, found, draft, "my trip", "Ada")
    assert protocol_of(get_study(study, STUDY)).task("weekend_trip").title == "My own trip"
    with reading(study) as db:
        assert (of_version_in(db, STUDY, 1), of_version_in(db, STUDY, 2)) == ({}, {TRIP: own})
    assert [(one.by, one.kind) for one in acts(study, STUDY)][-2:] == [("Ada", "file_added"), ("Ada", "version_added")]


def test_a_file_that_was_changed_on_the_server_can_be_published(study: Engine, tmp_path: Path) -> None:
    other = check(DEMO, STUDY, Shelf(SHIPPED, {TRIP: SHORT}), MODELS).protocol  # as if the folder held it
    draft = open_draft(study, STUDY)
    assert not draft.is_changed and draft.differs(other, protocol_of(get_study(study, STUDY)))


def test_the_last_to_save_a_file_does_not_overwrite_unseen(study: Engine) -> None:
    add_files(study, STUDY, {TRIP: SHORT}, "Ada")
    opened = own_files(study, STUDY)[TRIP].seen
    assert save_file(study, STUDY, TRIP, SHORT, Seen(9, 9), "Bo") == opened, "the same text is nothing new"
    seen = save_file(study, STUDY, TRIP, "id: [", opened, "Bo")
    for refused in (
        lambda: save_file(study, STUDY, TRIP, "mine", opened, "Ada"),
        lambda: remove_file(study, STUDY, TRIP, opened, "Ada"),
        lambda: add_files(study, STUDY, {TRIP: "mine"}, "Ada", {TRIP: opened}),
    ):
        with pytest.raises(DraftMoved, match=r"Bo saved tasks/weekend_trip.yaml 0 min ago.*Nothing was overwritten"):
            refused()
    with pytest.raises(AtelierError, match="has a file tasks/weekend_trip.yaml already"):
        add_files(study, STUDY, {"tasks/new.yaml": "id: new", TRIP: "mine"}, "Ada")
    assert own_files(study, STUDY).keys() == {TRIP}, "all or none"
    remove_file(study, STUDY, TRIP, seen, "Ada")
    with pytest.raises(DraftMoved, match="Ada deleted tasks/weekend_trip.yaml"):
        save_file(study, STUDY, TRIP, "mine", seen, "Bo")
    add_files(study, STUDY, {TRIP: SHORT}, "Ada")
    with pytest.raises(DraftMoved):
        save_file(study, STUDY, TRIP, "of a tab from before", opened, "Bo")
    assert own_files(study, STUDY)[TRIP].text == SHORT


def test_who_did_what_to_a_file_is_an_act_once_for_one_piece_of_work(study: Engine) -> None:
    add_files(study, STUDY, {TRIP: SHORT}, "Ada")
    seen = own_files(study, STUDY)[TRIP].seen
    for number in range(3):
        seen = save_file(study, STUDY, TRIP, f"{SHORT}# {number}\n", seen, "Ada")
    for number in range(3):
        seen = save_file(study, STUDY, TRIP, f"{SHORT}# of Bo {number}\n", seen, "Bo")
    remove_file(study, STUDY, TRIP, seen, "Ada")
    said = [(one.by, one.kind, one.act.path) for one in acts(study, STUDY) if one.kind.startswith("file_")]
    assert said == [("Ada", "file_added", TRIP), ("Bo", "file_changed", TRIP), ("Ada", "file_removed", TRIP)]


def test_discarding_goes_back_to_the_files_of_the_version(study: Engine) -> None:
    add_files(study, STUDY, {TRIP: SHORT.replace("A title", "The first")}, "Ada")
    draft = open_draft(study, STUDY)
    published = read(draft).protocol
    if published is None:  # a conversation does not fit every mechanism of the demo
        pytest.fail(str(read(draft).notes))
    publish(study, STUDY, published, draft, "", "Ada")
    save_file(study, STUDY, TRIP, "other", own_files(study, STUDY)[TRIP].seen, "Ada")
    add_files(study, STUDY, {"instruments/mine.yaml": "x"}, "Ada")
    opened = open_draft(study, STUDY)
    save_file(study, STUDY, TRIP, "another", own_files(study, STUDY)[TRIP].seen, "Bo")
    with pytest.raises(DraftMoved):
        discard(study, STUDY, opened.seen, "Ada", opened.files)
    opened = open_draft(study, STUDY)
    discard(study, STUDY, opened.seen, "Ada", opened.files)
    assert open_draft(study, STUDY).files == draft.files


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [("../x.yaml", "id: x", "no name of a task"), ("tasks/x.yaml", "x" * (MAX_BYTES + 1), "at most 500,000 bytes"),
     ("tasks/x.yaml", "a: \0", "Line 1 holds a character"), ("protocol.yaml", "id: x", "no name")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_a_sentence(study: Engine, path: str, text: str, said: str) -> None:
    with pytest.raises(AtelierError, match=said):
        add_files(study, STUDY, {path: text}, "Ada")
    assert own_files(study, STUDY) == {} and open_draft(study, STUDY).files == {}


def test_a_study_has_only_so_many_files(study: Engine) -> None:
    with pytest.raises(AtelierError, match="at most 200 files"):
        add_files(study, STUDY, {f"tasks/t{n}.yaml": "x" for n in range(MOST_FILES + 1)}, "Ada")
    assert own_files(study, STUDY) == {}


def test_a_file_has_its_problems_at_its_own_lines(study: Engine) -> None:
    broken = SHORT.replace("title:", "titel:")
    add_files(study, STUDY, {TRIP: broken, "tasks/spare.yaml": "id: other\n"}, "Ada")
    found = read(open_draft(study, STUDY))
    notes = check_file(TRIP, broken, found)
    assert found.protocol is None and [note.line for note in notes] == [3, 4]
    assert "Did you mean 'title'?" in notes[1].said
    spare = [note.said for note in check_file("tasks/spare.yaml", "id: other\n", found)]
    assert "title: is missing. Add it." in spare, "also a file that the draft does not name"
    assert [note.line for note in check_file(TRIP, "id: [", found)] != [0]


def test_what_a_new_file_begins_as_passes_every_check() -> None:
    shelf = Shelf(SHIPPED)
    for kind in ("tasks", "instruments"):
        path = f"{kind}/mine.yaml"
        assert file_problems(path, begun(kind, "mine", None, shelf)) == []
        like = shelf.stems(kind)[0]
        copy = begun(kind, "mine", like, shelf)
        assert "\nid: mine\n" in f"\n{copy}"
        wordless = "is not shipped"
        assert [p for p in file_problems(path, copy) if wordless not in p.message] == []
    with pytest.raises(AtelierError, match="There is no tasks/none.yaml"):
        begun("tasks", "mine", "none", shelf)


def test_a_translation_begins_with_every_text_and_is_brought_up_to_date() -> None:
    text = DEMO.replace("language: en\n", "").replace(
        "id: active_vs_passive\n", "id: active_vs_passive\nlanguages: [fr]\n"
    )
    path = f"translations/{STUDY}.fr.yaml"
    found = check(text, STUDY, Shelf(SHIPPED), MODELS)
    first = translated("fr", found, Shelf(SHIPPED), MODELS, path)
    assert "  Welcome: ''" in first and file_problems(path, first) == []
    filled = first.replace("  Welcome: ''", "  Welcome: Bienvenue").replace("  A weekend trip: ''\n", "")
    again = translated("fr", found, Shelf(SHIPPED, {path: filled}), MODELS, path)
    assert "  Welcome: Bienvenue" in again and "  A weekend trip: ''\n" in again
    with pytest.raises(AtelierError, match="Mend the draft first"):
        translated("fr", check("id: x", STUDY, SHIPPED, MODELS), Shelf(SHIPPED), MODELS, path)
    with pytest.raises(ProtocolInvalid):
        translated("fr", found, Shelf(SHIPPED, {path: "texts: ["}), MODELS, path)


@pytest.mark.parametrize(
    ("text", "path"),
    [("id: mine\nbrief: x", "tasks/mine.yaml"), ("id: mine\nitems: []", "instruments/mine.yaml"),
     ("language: de\ntexts: {}", f"translations/{STUDY}.de.yaml")],
)  # fmt: skip
def test_an_upload_belongs_where_it_says(text: str, path: str) -> None:
    assert path_in("any.yaml", text, STUDY) == path


@pytest.mark.parametrize(
    "text", [DEMO, "id: ../../x", "id: [a]", "brief: x", "language: ../x\ntexts: {}", "texts: {}", "- a", "id: ["]
)
def test_an_upload_that_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(AtelierError):
        path_in("any.yaml", text, STUDY)


def test_the_files_that_a_draft_names_are_listed_however_wrong_it_is() -> None:
    found = check(DEMO.replace("tasks: [", "tasks: [../x, 3, "), STUDY, SHIPPED, MODELS)
    assert found.document is not None
    paths = named_files(found.document)
    assert TRIP in paths and not any(".." in path for path in paths)


def test_files_go_along_when_a_study_is_copied_or_packed(study: Engine, tmp_path: Path) -> None:
    add_files(study, STUDY, {TRIP: SHORT}, "Ada")
    draft = open_draft(study, STUDY)
    found = read(draft).protocol
    assert found is not None, read(draft).notes
    publish(study, STUDY, found, draft, "", "Ada")
    add_files(study, STUDY, {"tasks/later.yaml": "not in use yet"}, "Ada")
    copy = duplicate(study, STUDY, "Ada")
    assert open_draft(study, copy.id).files == {TRIP: SHORT}
    assert not open_draft(study, copy.id).differs(
        check(open_draft(study, copy.id).text, STUDY, Shelf(SHIPPED, {TRIP: SHORT}), MODELS).protocol, protocol_of(copy)
    )
    target = pack(study, STUDY, tmp_path / "s.zip", False, "Ada")
    elsewhere = open_database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    made = unpack(elsewhere, target, MODELS, "Bo")
    assert open_draft(elsewhere, made.id).files == {TRIP: SHORT}
    with reading(elsewhere) as db:
        assert (of_version_in(db, made.id, 1), of_version_in(db, made.id, 2)) == ({}, {TRIP: SHORT})
    elsewhere.dispose()


def test_a_study_begins_with_its_files_or_not_at_all(any_engine: Engine, demo: Protocol) -> None:
    with pytest.raises(AtelierError, match="no name of a task"):
        begin_study(any_engine, demo, DEMO, {"../x.yaml": "id: x"}, "Ada")
    made = begin_study(any_engine, demo, DEMO, {TRIP: SHORT}, "Ada")
    assert made.id == STUDY and open_draft(any_engine, STUDY).files == {TRIP: SHORT}
    seen = save(any_engine, STUDY, DEMO + "# more\n", open_draft(any_engine, STUDY).seen, "Ada")
    discard(any_engine, STUDY, seen, "Ada", {TRIP: SHORT})
    assert open_draft(any_engine, STUDY).files == {TRIP: SHORT}, "they are those of the first version"
