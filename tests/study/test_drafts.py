"""A draft is kept with every word, never overwritten unseen, and becomes a version exactly as it was read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_study import SHIPPED
from sqlalchemy import Engine

from memory.mechanisms.registry import parameter_models
from study.act_log import acts
from study.database import open_database
from study.draft import check
from study.drafts import DraftMoved, OpenDraft, Seen, discard, keep_text, open_draft, publish, save, text_of
from study.errors import AtelierError, NotFound
from study.protocol import Protocol
from study.protocol_file import parse_protocol
from study.protocol_text import as_text
from study.studies import create_study, get_study, protocol_of, set_model
from study.versions import revise
from study.yaml_file import MAX_BYTES

DEMO = (SHIPPED / "active_vs_passive.yaml").read_text(encoding="utf-8")
STUDY = "active_vs_passive"
FEWER = DEMO.replace("planned_participants: 24", "planned_participants: 12")


def read(text: str) -> Protocol:
    found = check(text, STUDY, SHIPPED, parameter_models())
    assert found.protocol is not None, found.notes
    return found.protocol


@pytest.fixture
def study(any_engine: Engine, demo: Protocol) -> Engine:
    """A database with the demo study, made from its file."""
    create_study(any_engine, demo)
    keep_text(any_engine, STUDY, 1, DEMO)
    return any_engine


def test_a_draft_begins_as_the_text_of_the_version_with_its_comments(study: Engine) -> None:
    assert open_draft(study, STUDY) == OpenDraft(DEMO, Seen(1, 0))
    assert text_of(study, STUDY, 1) == DEMO
    with pytest.raises(NotFound):
        open_draft(study, "nope")


def test_a_version_of_which_no_text_is_known_is_written_from_its_protocol(any_engine: Engine, demo: Protocol) -> None:
    create_study(any_engine, demo)
    found = open_draft(any_engine, STUDY)
    assert found == OpenDraft(as_text(demo), Seen(1, 0))
    assert parse_protocol(found.text.encode(), "x", SHIPPED, parameter_models()).content_hash() == demo.content_hash()


def test_what_is_saved_is_there_for_everybody_however_wrong(study: Engine) -> None:
    seen = save(study, STUDY, "id: [", Seen(1, 0), "Ada")
    found = open_draft(study, STUDY)
    assert (found.text, found.seen, found.by, found.is_changed) == ("id: [", seen, "Ada", True)
    assert get_study(study, STUDY).version == 1 and protocol_of(get_study(study, STUDY)) == read(DEMO)
    assert save(study, STUDY, "id: [", Seen(1, 0), "Ada") == seen, "the same once more, as after a lost answer"


def test_the_last_to_save_does_not_overwrite_unseen(study: Engine) -> None:
    opened = open_draft(study, STUDY).seen
    save(study, STUDY, FEWER, opened, "Bo")
    with pytest.raises(DraftMoved, match=r"Bo saved this draft 0 min ago, after you had opened it. Nothing was"):
        save(study, STUDY, DEMO + "# mine\n", opened, "Ada")
    with pytest.raises(DraftMoved):
        discard(study, STUDY, opened, "Ada")
    assert open_draft(study, STUDY).text == FEWER
    save(study, STUDY, DEMO + "# mine\n", open_draft(study, STUDY).seen, "Ada")  # having read it
    assert open_draft(study, STUDY).by == "Ada"


def test_going_back_in_whichever_way_leaves_nothing_changed(study: Engine) -> None:
    seen = save(study, STUDY, FEWER, Seen(1, 0), "Bo")
    assert discard(study, STUDY, seen, "Bo") == Seen(1, 2)
    assert open_draft(study, STUDY) == OpenDraft(DEMO, Seen(1, 2))
    seen = save(study, STUDY, FEWER, Seen(1, 2), "Bo")
    save(study, STUDY, DEMO, seen, "Bo")
    assert not open_draft(study, STUDY).is_changed
    with pytest.raises(DraftMoved):
        save(study, STUDY, "id: x", Seen(1, 0), "Ada")  # a tab from before all this


def test_a_draft_becomes_a_version_with_its_text(study: Engine) -> None:
    save(study, STUDY, FEWER, Seen(1, 0), "Ada")
    opened = open_draft(study, STUDY)
    row = publish(study, STUDY, read(FEWER), opened, " fewer ", "Ada")
    assert (row.number, row.note, row.protocol_hash) == (2, "fewer", read(FEWER).content_hash())
    assert text_of(study, STUDY, 2) == FEWER and text_of(study, STUDY, 1) == DEMO
    assert open_draft(study, STUDY) == OpenDraft(FEWER, Seen(2, 2))
    assert [(one.by, one.kind) for one in acts(study, STUDY)][-1] == ("Ada", "version_added")
    with pytest.raises(DraftMoved, match="New participants get version 2 since you opened"):
        save(study, STUDY, DEMO, opened.seen, "Bo")


def test_only_what_was_read_is_published(study: Engine) -> None:
    save(study, STUDY, FEWER, Seen(1, 0), "Ada")
    opened = open_draft(study, STUDY)
    save(study, STUDY, DEMO + "# other\n", opened.seen, "Bo")
    with pytest.raises(DraftMoved, match="Bo saved"):
        publish(study, STUDY, read(FEWER), opened, "", "Ada")
    assert get_study(study, STUDY).version == 1


def test_a_comment_alone_is_no_version(study: Engine) -> None:
    save(study, STUDY, DEMO + "# why\n", Seen(1, 0), "Ada")
    with pytest.raises(AtelierError, match="nothing changed"):
        publish(study, STUDY, read(DEMO), open_draft(study, STUDY), "", "Ada")


def test_a_version_from_elsewhere_leaves_the_draft_and_says_so(study: Engine) -> None:
    save(study, STUDY, DEMO + "# mine\n", Seen(1, 0), "Ada")
    revise(study, STUDY, read(FEWER), by="terminal:bo")
    found = open_draft(study, STUDY)
    assert found.text == DEMO + "# mine\n" and found.seen == Seen(1, 1) and get_study(study, STUDY).version == 2
    discard(study, STUDY, found.seen, "Ada")
    assert open_draft(study, STUDY).text == as_text(read(FEWER))
    revise(study, STUDY, read(DEMO), by="terminal:bo")
    assert open_draft(study, STUDY).seen.version == 3, "an untouched draft goes with the versions"


def test_a_model_that_a_version_names_anew_answers_from_now_on(study: Engine) -> None:
    set_model(study, STUDY, "openai:one")
    save(study, STUDY, FEWER, Seen(1, 0), "Ada")
    publish(study, STUDY, read(FEWER), open_draft(study, STUDY), "", "Ada")
    assert get_study(study, STUDY).model == "openai:one", "the protocol says about the model what it said before"
    other = FEWER.replace("model: offline", "model: openai:two")
    save(study, STUDY, other, open_draft(study, STUDY).seen, "Ada")
    publish(study, STUDY, read(other), open_draft(study, STUDY), "", "Ada")
    assert get_study(study, STUDY).model == "openai:two"
    last = acts(study, STUDY)[-1]
    assert (last.kind, last.act.old, last.act.new) == ("model_changed", "openai:one", "openai:two")


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: b\nc: \0", "Line 2 holds a character that cannot be stored"), ("a: \ud800", "Line 1"),
     ("x" * (MAX_BYTES + 1), "at most 500,000 bytes")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_a_sentence(study: Engine, text: str, said: str) -> None:
    with pytest.raises(AtelierError, match=said):
        save(study, STUDY, text, Seen(1, 0), "Ada")
    assert open_draft(study, STUDY).text == DEMO


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('drafts') / 'record.db'}")


@settings(max_examples=25)
@given(steps=st.lists(st.tuples(st.sampled_from(["Ada", "Bo"]), st.booleans()), max_size=12))
def test_nobody_replaces_what_they_have_not_seen(record: Engine, demo: Protocol, steps: list[tuple[str, bool]]) -> None:
    """Two people write and look in any order: whoever did not look last is refused."""
    study = create_study(record, demo).id
    seen = {name: open_draft(record, study).seen for name in ("Ada", "Bo")}
    for number, (name, looks) in enumerate(steps):
        before = open_draft(record, study)
        if looks:
            seen[name] = before.seen
            continue
        try:
            seen[name] = save(record, study, f"# {number} of {name}\n", seen[name], name)
        except DraftMoved:
            assert seen[name] != before.seen and open_draft(record, study) == before
        else:
            assert open_draft(record, study).text == f"# {number} of {name}\n"
