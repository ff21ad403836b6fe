"""What a preregistration may say of data: people under this very protocol, and not anything else."""

import copy

from sittings import arrive, opened, walk
from small_study import SMALL
from sqlalchemy import Engine

from study.collected import Collected, collected
from study.protocol import Protocol
from study.versions import revise


def test_people_are_counted_by_the_content_of_their_protocol(any_engine: Engine, small: Protocol) -> None:
    assert collected(any_engine, small) == Collected()
    study = opened(any_engine, small)
    assert collected(any_engine, small) == Collected()
    walk(any_engine, small, arrive(any_engine, study))
    arrive(any_engine, study)
    assert collected(any_engine, small) == Collected(started=2, complete=1)
    changed = small.model_copy(update={"title": "Another title"})
    assert collected(any_engine, changed) == Collected(in_other_versions=2)
    revise(any_engine, study, changed)
    arrive(any_engine, study)
    assert collected(any_engine, small) == Collected(started=2, complete=1, in_other_versions=1)
    assert collected(any_engine, changed) == Collected(started=1, in_other_versions=2)
    other = Protocol.model_validate({**copy.deepcopy(small.model_dump()), "id": "other"})
    assert collected(any_engine, other) == Collected() and SMALL["id"] != other.id
