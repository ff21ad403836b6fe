"""Who may take part after somebody else in the same browser."""

from typing import Any

import pytest
from sittings import arrive, opened
from sqlalchemy import Engine, update
from sqlmodel import col

from study.database import writing
from study.enrolment import Arrival, enrol, sitting
from study.next_person import begins_anew, may_be_followed
from study.personal_links import make_links, set_door
from study.protocol import Protocol
from study.studies import set_status
from study.tables import Sitting

BACK = "https://app.prolific.com/submissions/complete?cc=ABC"


def ended(engine: Engine, row: Sitting, status: str) -> Sitting:
    with writing(engine) as db:
        db.exec(update(Sitting).where(col(Sitting.id) == row.id).values(status=status))
    return sitting(engine, row.id)


@pytest.fixture
def unpaid(small: Protocol) -> Protocol:
    completion = small.completion.model_copy(update={"redirect_url": None})
    return small.model_copy(update={"payment": "", "completion": completion})


@pytest.mark.parametrize("status", ["complete", "withdrawn", "refused_consent"])
def test_the_ending_offers_it_in_an_open_study_without_ids_and_pay(
    engine: Engine, unpaid: Protocol, status: str
) -> None:
    study_id = opened(engine, unpaid)
    row = ended(engine, arrive(engine, study_id), status)
    assert may_be_followed(engine, unpaid, row)
    set_status(engine, study_id, "paused")
    assert not may_be_followed(engine, unpaid, row)
    set_status(engine, study_id, "open")
    set_door(engine, study_id, "personal", "Ada")
    assert not may_be_followed(engine, unpaid, row)


@pytest.mark.parametrize("status", ["running", "screened_out", "failed_check", "timed_out", "rejected"])
def test_who_was_turned_away_is_not_invited_to_try_again(engine: Engine, unpaid: Protocol, status: str) -> None:
    row = ended(engine, arrive(engine, opened(engine, unpaid)), status)
    assert not may_be_followed(engine, unpaid, row)


def test_nobody_is_tempted_where_something_is_paid(engine: Engine, unpaid: Protocol) -> None:
    row = ended(engine, arrive(engine, opened(engine, unpaid)), "complete")
    paid: list[dict[str, Any]] = [
        {"payment": "10 euros"},
        {"completion": unpaid.completion.model_copy(update={"redirect_url": BACK})},
        {"recruitment": unpaid.recruitment.model_copy(update={"id_parameter": "rid"})},
    ]
    assert not any(may_be_followed(engine, unpaid.model_copy(update=change), row) for change in paid)


def test_one_id_or_personal_link_is_one_person(engine: Engine, unpaid: Protocol) -> None:
    study_id = opened(engine, unpaid)
    named, _token = enrol(engine, study_id, Arrival({"PROLIFIC_PID": "p1"}))
    ((_person, link),) = make_links(engine, study_id, ["ada"], "Ada")
    invited, _token = enrol(engine, study_id, Arrival({}, personal=link))
    assert not begins_anew(unpaid, named, {"new": "1"})
    for row in (named, invited):
        assert not may_be_followed(engine, unpaid, ended(engine, row, "complete"))


def test_the_parameter_counts_with_the_value_1_only_and_not_in_panels(engine: Engine, unpaid: Protocol) -> None:
    row = arrive(engine, opened(engine, unpaid))
    assert begins_anew(unpaid, row, {"new": "1"})
    assert not any(begins_anew(unpaid, row, {"new": value}) for value in ("", "0", "11", "true", "1' OR 1=1 --"))
    panel = unpaid.model_copy(update={"recruitment": unpaid.recruitment.model_copy(update={"id_parameter": "rid"})})
    assert not begins_anew(panel, row, {"new": "1"})
