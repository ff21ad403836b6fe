"""What researchers do is in the record: every kind of act can be written and read back, and every act is written."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sittings import arrive, at_once, opened
from sqlalchemy import Engine, text
from test_events import events

from study.act_log import LoggedAct, acts, record_act
from study.acts import ACT, ACT_CLASSES, APP, ActBase, Exported, ResultsSealed
from study.database import open_database, writing
from study.errors import AtelierError, NotFound
from study.protocol import Protocol
from study.records import load_record
from study.rejection import reject
from study.signature import SIGNED_IN, signature
from study.studies import create_study, get_study, set_model, set_status
from study.tables import ActRow
from study.versions import revise

each_kind = pytest.mark.parametrize("kind", sorted(ACT_CLASSES))


@each_kind
@settings(max_examples=25)
@given(data=st.data())
def test_every_kind_comes_back_from_json_as_it_was_written(kind: str, data: st.DataObject) -> None:
    act = data.draw(events(ACT_CLASSES[kind]))
    again = ACT.validate_python(json.loads(json.dumps(act.model_dump(mode="json"), allow_nan=False)))
    assert (type(again), again) == (ACT_CLASSES[kind], act)


@each_kind
@settings(max_examples=5)
@given(data=st.data())
def test_an_act_is_frozen_knows_its_fields_and_loads_when_it_is_older(kind: str, data: st.DataObject) -> None:
    act = data.draw(events(ACT_CLASSES[kind]))
    payload = act.model_dump(mode="json")
    with pytest.raises(ValidationError, match="frozen"):
        act.v = 2
    with pytest.raises(ValidationError, match="not_a_field"):
        ACT.validate_python({**payload, "not_a_field": 1})
    needed = {n: payload[n] for n, field in ACT_CLASSES[kind].model_fields.items() if field.is_required()}
    assert ACT.validate_python({**needed, "kind": kind, "v": 0}).v == 0


@each_kind
def test_every_kind_says_what_it_is(kind: str) -> None:
    cls = ACT_CLASSES[kind]
    assert get_args(cls.model_fields["kind"].annotation) == (kind,)
    assert kind == "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    assert cls.__doc__ and cls.__doc__ != ActBase.__doc__


def test_every_kind_comes_back_from_the_database(any_engine: Engine, small: Protocol) -> None:
    """Whatever a researcher writes into it; the one character that no database holds is replaced."""
    study = create_study(any_engine, small).id

    @settings(max_examples=30)
    @given(data=st.data())
    def round_trip(data: st.DataObject) -> None:
        act = data.draw(st.one_of(*map(events, ACT_CLASSES.values())))
        stored = record_act(any_engine, study, "Ada", act)
        found = acts(any_engine, study)[-1]
        assert found == stored
        kept = {n: v.replace("\0", "\ufffd") if isinstance(v, str) else v for n, v in act.model_dump().items()}
        assert found.act.model_dump() == kept

    round_trip()
    assert [one.seq for one in acts(any_engine, study)] == list(range(1, len(acts(any_engine, study)) + 1))


def test_what_a_database_cannot_hold_is_replaced_and_nobody_is_no_name(any_engine: Engine, small: Protocol) -> None:
    study = create_study(any_engine, small).id
    record_act(any_engine, study, " A\0da ", Exported(what="a\ud800b", rows=1))
    found = acts(any_engine, study, "exported")[0]
    assert (found.by, found.act.what) == ("A\ufffdda", "a\ufffdb")
    with pytest.raises(AtelierError, match="Say who it is"):
        record_act(any_engine, study, " ", ResultsSealed(complete=0))
    with pytest.raises(NotFound, match="There is no study 'smal'"):
        record_act(any_engine, "smal", "Ada", ResultsSealed(complete=0))


def _did(engine: Engine, study: str) -> list[tuple[Any, ...]]:
    return [(one.by, *(v for n, v in one.act.model_dump().items() if n not in ("v",))) for one in acts(engine, study)]


def test_everything_a_researcher_does_to_a_study_is_an_act(any_engine: Engine, small: Protocol) -> None:
    study = create_study(any_engine, small, by="Ada").id
    other = small.model_copy(update={"title": "Another"})
    set_status(any_engine, study, "open", "Ada")
    set_status(any_engine, study, "open", "Grace")  # is open: nothing was done
    set_model(any_engine, study, " openai:gpt-x ", "Grace")
    revise(any_engine, study, other, " a note ", "Ada")
    row = arrive(any_engine, study)
    reject(any_engine, study, row.participant, " by script ", "Grace")
    assert _did(any_engine, study) == [
        ("Ada", "study_created", small.title, small.content_hash(), "offline"),
        ("Ada", "status_changed", "draft", "open", 0, ""),
        ("Grace", "model_changed", "offline", "openai:gpt-x"),
        ("Ada", "version_added", 2, other.content_hash(), "a note"),
        ("Grace", "participant_rejected", row.participant, "by script"),
    ]
    assert list(load_record(any_engine, study).acts) == acts(any_engine, study)
    assert _did(any_engine, create_study(any_engine, small).id)[0][0] == APP


def test_what_is_refused_is_no_act(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    before = acts(engine, study)
    row = arrive(engine, study)
    for refused in (
        lambda: set_status(engine, study, "finished", "Ada"),
        lambda: set_status(engine, study, "closed", " "),
        lambda: revise(engine, study, small, by="Ada"),
        lambda: reject(engine, study, row.participant, " ", "Ada"),
        lambda: reject(engine, study, "P999", "bot", "Ada"),
    ):
        with pytest.raises(AtelierError):
            refused()
    reject(engine, study, row.participant, "bot", "Ada")
    with pytest.raises(AtelierError, match="holds no place any more"):
        reject(engine, study, row.participant, "bot", "Ada")
    assert [one.kind for one in acts(engine, study)] == [*(one.kind for one in before), "participant_rejected"]
    assert get_study(engine, study).status == "open"


def test_acts_at_the_same_moment_are_all_kept_in_one_order(any_engine: Engine, small: Protocol) -> None:
    study = create_study(any_engine, small).id
    done = at_once(8, lambda n: record_act(any_engine, study, f"R{n}", Exported(what="all", rows=n)))
    assert all(isinstance(one, LoggedAct) for one in done)
    assert [one.seq for one in acts(any_engine, study)] == list(range(1, 10))
    assert {one.by for one in acts(any_engine, study, "exported")} == {f"R{n}" for n in range(8)}


def test_a_database_of_before_gets_the_table_and_keeps_its_studies(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    with writing(engine) as db:
        db.connection().execute(text(f"DROP TABLE {ActRow.__tablename__}"))
    again = open_database(str(engine.url))
    assert acts(again, study) == []
    set_status(again, study, "closed", "Ada")
    assert _did(again, study) == [("Ada", "status_changed", "open", "closed", 0, "")]
    again.dispose()


def test_a_command_is_signed_by_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SIGNED_IN, raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    assert (signature(), signature(" Grace ")) == ("terminal:ada", "terminal:Grace")

    def nobody() -> str:
        raise KeyError("no such account")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert signature() == "terminal:unknown"
    monkeypatch.setenv(SIGNED_IN, "Ada")
    assert signature() == "Ada", "a page started it for her"
