"""Studies as they are stored, and a whole study as the analysis takes it."""

import pytest
from sittings import arrive, opened, walk
from sqlalchemy import Engine

from study.errors import AtelierError, NotFound
from study.log import events
from study.protocol import Protocol
from study.records import load_record
from study.studies import KEPT_PROTOCOLS, all_studies, create_study, get_study, protocol_of, set_model, set_status


def test_a_study_carries_its_protocol_in_full(any_engine: Engine, demo: Protocol) -> None:
    study = get_study(any_engine, create_study(any_engine, demo, seed=5).id)
    assert protocol_of(study) == demo
    assert protocol_of(study).content_hash() == study.protocol_hash == demo.content_hash()
    assert (study.seed, study.model, study.status) == (5, "offline", "draft")


def test_every_study_gives_its_own_protocol_however_many_there_are(engine: Engine, small: Protocol) -> None:
    """Same id and version, more of them than are kept."""
    protocols = [small.model_copy(update={"title": f"Study {n}"}) for n in range(KEPT_PROTOCOLS + 5)]
    studies = [create_study(engine, protocol) for protocol in protocols]
    for _ in range(2):
        assert [protocol_of(get_study(engine, study.id)) for study in studies] == protocols


def test_one_content_is_validated_once(engine: Engine, small: Protocol) -> None:
    one, other = (protocol_of(get_study(engine, create_study(engine, small).id)) for _ in range(2))
    assert one is other


def test_a_second_run_of_a_protocol_gets_a_number_and_a_seed_of_its_own(engine: Engine, small: Protocol) -> None:
    made = [create_study(engine, small) for _ in range(3)]
    assert [study.id for study in made] == ["small", "small_2", "small_3"]
    assert len({study.seed for study in made}) == 3
    assert [study.id for study in all_studies(engine)] == ["small_3", "small_2", "small"]


def test_a_study_that_is_not_there_is_named_with_those_that_are(engine: Engine, small: Protocol) -> None:
    with pytest.raises(NotFound, match="Known: none yet"):
        get_study(engine, "smal")
    create_study(engine, small)
    with pytest.raises(NotFound, match="There is no study 'smal'. Known: small."):
        load_record(engine, "smal")
    with pytest.raises(NotFound):
        set_status(engine, "smal", "open")


def test_only_a_known_status_can_be_set(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    with pytest.raises(
        AtelierError, match="'finished' is no status of a study; use one of draft, open, paused, closed"
    ):
        set_status(engine, study, "finished")
    assert get_study(engine, study).status == "open"


def test_another_model_counts_for_sessions_that_start_from_now_on(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    before = arrive(engine, study)
    set_model(engine, study, " openai:gpt-x ")
    assert (before.model, arrive(engine, study).model) == ("offline", "openai:gpt-x")


def test_the_record_holds_every_session_in_order_and_no_preview(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    rows = [arrive(any_engine, study, **kind) for kind in ({}, {"preview": True}, {"simulated": True}, {})]
    for row in rows:
        walk(any_engine, small, row, until="task")
    arrive(any_engine, opened(any_engine, small))
    record = load_record(any_engine, study)
    kept = [rows[0], rows[2], rows[3]]
    assert [row.id for row in record.sessions] == [row.id for row in kept]
    assert record.protocol == small
    by_session = {row.id: [e for e in record.events if e.session_id == row.id] for row in kept}
    assert by_session == {row.id: events(any_engine, row.id) for row in kept}
    assert len(record.events) == sum(map(len, by_session.values()))
