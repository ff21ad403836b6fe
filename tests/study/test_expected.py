"""What is expected before anybody takes part adds up, and says what it rests on."""

from pathlib import Path

import numpy as np
import pytest
from small_study import SHIPPED
from sqlalchemy import Engine

from memory.index import Index
from memory.mechanisms.registry import parameter_models
from memory.simulated import Simulated
from memory.worker import Worker
from study.checkup import checkup
from study.design import cells
from study.enrolment import Arrival, enrol
from study.expected import Spent, as_matrix, parts, people_by_order, tokens
from study.log import events
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.settings import Settings
from study.spent import spent
from study.studies import create_study, set_status


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_parts_and_people_add_up_in_every_shipped_protocol(file: Path) -> None:
    protocol = load_protocol(file, parameter_models())
    found = parts(protocol, cells(protocol)[0])
    seen = checkup(protocol)
    assert len(found) == seen.steps and all(part.name and part.why for part in found)
    assert sum(part.minutes for part in found) == pytest.approx(sum(seen.minutes), abs=0.05 * (seen.steps + 1))
    people = people_by_order(protocol).values()
    planned = protocol.design.planned_participants
    assert sum(low for low, _high in people) <= planned <= sum(high for _low, high in people)
    guess = tokens(protocol, None)
    assert guess.input > guess.output > 0 and "rough guess" in guess.source


def test_people_are_spread_over_the_orders(demo: Protocol) -> None:
    assert set(people_by_order(demo).values()) == {(4, 4)}
    more = demo.model_copy(update={"design": demo.design.model_copy(update={"planned_participants": 25})})
    assert set(people_by_order(more).values()) == {(4, 5)}


def test_tokens_of_those_who_finished_are_taken_as_counted(small: Protocol) -> None:
    found = tokens(small, Spent(3, False, "openai:x", 1000, 50))
    assert (found.input, found.output, found.source) == (1000, 50, "the mean of 3 participants who finished")
    words = tokens(small, Spent(1, True, "offline", 300, 30))
    assert (words.input, words.output) == (400, 40)
    assert words.source.startswith("the mean of 1 simulated participant who finished, whose words")


def test_what_was_spent_is_the_mean_over_finished_sessions(engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = create_study(engine, small).id
    set_status(engine, study, "open")
    assert spent(engine, study) is None
    worker = Worker(engine, Settings(data_dir=tmp_path, offline_delay=0.0), Index(None))
    rows = [enrol(engine, study, Arrival({}, simulated=True))[0] for _ in range(3)]
    for number, row in enumerate(rows[:2]):
        Simulated(engine, worker, small, row, np.random.default_rng(number)).take_part()
    calls = [entry.event for row in rows[:2] for entry in events(engine, row.id, ("model_called",))]
    found = spent(engine, study)
    assert found is not None and (found.sessions, found.simulated, found.model) == (2, True, "offline")
    assert found.input == sum(call.input_tokens for call in calls) / 2 > 0
    assert found.output == sum(call.output_tokens for call in calls) / 2 > 0


def test_pairs_become_a_table(demo: Protocol) -> None:
    from study.design import balance

    rows = as_matrix(balance(cells(demo)).positions, ["baseline", "active"])
    assert rows == [{"": "baseline", "1": 6, "2": 6, "3": 6}, {"": "active", "1": 6, "2": 6, "3": 6}]
