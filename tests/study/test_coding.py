"""Codes and memos: only ever added, each coder's own, and what stands is a fold."""

import pytest
from sittings import arrive, opened
from sqlalchemy import Engine

from study.act_log import acts
from study.act_sentences import sentence
from study.coding import SIGNS, Code, codebook, coded, gone_through
from study.coding_log import (
    define_code,
    marks,
    offer_again,
    rename_code,
    retire_code,
    set_codes,
    set_gone_through,
    write_memo,
)
from study.errors import AtelierError, NotFound
from study.log import events
from study.protocol import Protocol


def test_two_coders_code_one_event_and_nothing_is_overwritten(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    event = events(engine, row.id)[0].id
    trust, doubt = (define_code(engine, study, name, "", "Ada") for name in ("trust", "doubt"))
    set_codes(engine, study, row.id, event, [trust, doubt], "Ada")
    set_codes(engine, study, row.id, event, [trust], "Ada")
    set_codes(engine, study, row.id, event, [trust], "Ada")  # nothing new
    set_codes(engine, study, row.id, event, [doubt], "Bo")
    write_memo(engine, study, row.id, event, " says *so*\0 ", "Bo")
    write_memo(engine, study, row.id, event, "", "Ada")  # there was none
    every = marks(engine, study)
    assert [(one.coder, one.codes, one.memo) for one in coded(every)] == [
        ("Ada", (trust,), ""),
        ("Bo", (doubt,), "says *so*\ufffd"),
    ]
    assert [(one.by, one.kind) for one in every][2:] == [
        ("Ada", "code_applied"), ("Ada", "code_applied"), ("Ada", "code_removed"),
        ("Bo", "code_applied"), ("Bo", "memo_written"),
    ]  # fmt: skip
    assert [one.seq for one in every] == list(range(1, 8))
    write_memo(engine, study, row.id, event, "", "Bo")
    set_codes(engine, study, row.id, event, [], "Bo")
    assert [one.coder for one in coded(marks(engine, study))] == ["Ada"]
    assert len(marks(engine, study)) == 9


def test_a_codebook_keeps_retired_codes_and_their_place(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    event = events(engine, row.id)[0].id
    trust = define_code(engine, study, "trust", "", "Ada")
    doubt = define_code(engine, study, "doubt", "Not sure", "Ada")
    set_codes(engine, study, row.id, event, [trust], "Ada")
    retire_code(engine, study, trust, "Ada")
    define_code(engine, study, "doubts", "Not sure", "Bo", doubt)
    book = codebook(marks(engine, study))
    assert list(book.values()) == [
        Code(trust, "trust", "", 0, retired=True), Code(doubt, "doubts", "Not sure", 1)
    ]  # fmt: skip
    assert [one.sign for one in book.values()] == list(SIGNS[:2])
    assert Code("x", "x", "", len(SIGNS) + 1).sign == SIGNS[1] + "2"
    set_codes(engine, study, row.id, event, [trust], "Ada")  # it stands, so that nothing is to be done
    with pytest.raises(NotFound, match="codebook"):
        set_codes(engine, study, row.id, event, [trust], "Bo")
    with pytest.raises(AtelierError, match="already"):
        define_code(engine, study, "Doubts", "", "Ada")
    for name in ("  ", "x" * 61):
        with pytest.raises(AtelierError, match="name"):
            define_code(engine, study, name, "", "Ada")


def test_what_is_not_of_the_study_cannot_be_coded(engine: Engine, small: Protocol) -> None:
    study, other = opened(engine, small), opened(engine, small)
    row, elsewhere = arrive(engine, study), arrive(engine, other)
    event, foreign = events(engine, row.id)[0].id, events(engine, elsewhere.id)[0].id
    for session, coded_event in ((elsewhere.id, foreign), (row.id, foreign), (row.id, "none"), ("none", event)):
        with pytest.raises(NotFound, match="record"):
            write_memo(engine, study, session, coded_event, "memo", "Ada")
    with pytest.raises(NotFound):
        set_gone_through(engine, study, elsewhere.id, True, "Ada")
    assert marks(engine, study) == []


def test_a_session_is_gone_through_until_the_coder_says_otherwise(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    for done in (True, True, False, True):
        set_gone_through(engine, study, row.id, done, "Ada")
    assert gone_through(marks(engine, study)) == {(row.id, "Ada")}
    set_gone_through(engine, study, row.id, False, "Ada")
    assert gone_through(marks(engine, study)) == set()
    assert len(marks(engine, study)) == 4


def test_a_renamed_code_is_the_same_code_and_a_retired_one_comes_back(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    event = events(engine, row.id)[0].id
    trust, doubt = (define_code(engine, study, name, "", "Vi") for name in ("trust", "doubt"))
    set_codes(engine, study, row.id, event, [trust], "Vi")
    rename_code(engine, study, trust, " reliance ", "Goes along", "Ada")
    rename_code(engine, study, trust, "reliance", "Goes along", "Ada")  # nothing new
    assert codebook(marks(engine, study))[trust] == Code(trust, "reliance", "Goes along", 0)
    assert coded(marks(engine, study))[0].codes == (trust,), "what was coded stays, under the new name"
    with pytest.raises(AtelierError, match="There is a code 'Reliance' already"):
        rename_code(engine, study, doubt, "Reliance", "", "Ada")
    retire_code(engine, study, trust, "Ada")
    with pytest.raises(NotFound, match="not in the codebook any more"):
        rename_code(engine, study, trust, "trust", "", "Ada")
    with pytest.raises(NotFound, match="not retired"):
        offer_again(engine, study, doubt, "Ada")
    rename_code(engine, study, doubt, "reliance", "", "Ada")
    with pytest.raises(AtelierError, match="already"):
        offer_again(engine, study, trust, "Ada")
    rename_code(engine, study, doubt, "doubt", "", "Ada")
    offer_again(engine, study, trust, "Ed")
    assert codebook(marks(engine, study))[trust] == Code(trust, "reliance", "Goes along", 0)
    said = [(one.by, sentence(one.act)) for one in acts(engine, study) if one.kind.startswith("code_")]
    assert (said[0], said[-1]) == (
        ("Ada", "renamed the code “trust” to “reliance”"), ("Ed", "offered the code again: “reliance”")
    )  # fmt: skip
    assert said[1] == ("Ada", "retired the code: “reliance”") and len(said) == 5
