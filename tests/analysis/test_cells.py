"""The frame of cells says the same as the monitor, for people alone, whatever became of them."""

import pandas as pd
import pytest
from sqlalchemy import Engine

from analysis.frames import data_dictionary, frames
from study.database import writing
from study.events import ReturnedLate
from study.log import Entry, append, now
from study.monitor import overview
from study.records import Record, load_record
from study.tables import Sitting


@pytest.fixture
def counted(written: Engine) -> Record:
    """P001 complete in cell 0, P002 withdrawn in cell 1, P003 in cell 0 back late and now under way."""
    append(written, "session3", [Entry(ReturnedLate(minutes_away=75.5))] * 2)
    with writing(written) as db:
        second, third = (db.get_one(Sitting, f"session{n}") for n in (2, 3))
        second.cell, second.status = 1, "withdrawn"
        second.conditions, second.tasks = third.conditions, third.tasks
        third.tasks = third.tasks[::-1]
        third.seen_at = now()
    return load_record(written, "small")


def test_cells_count_people_by_what_became_of_them(counted: Record) -> None:
    cells = frames(counted).cells.set_index("cell")
    assert list(cells.index) == list(range(4)), "also where nobody has started"
    assert cells.loc[0, ["started", "complete", "running", "dropped", "late"]].tolist() == [2, 1, 1, 0, 1]
    assert cells.loc[1, ["started", "withdrawn", "dropped", "late"]].tolist() == [1, 1, 1, 0]
    assert cells["started"].sum() == 3, "not the simulated one, not the preview"
    assert (
        cells[["started"]].to_numpy() == cells[["running", "complete", "dropped"]].sum(axis=1).to_numpy()[:, None]
    ).all()


def test_who_never_came_back_is_expired_at_the_time_of_reading(record: Record) -> None:
    assert frames(record).cells["expired"].sum() == 1


def test_the_monitor_shows_the_same_numbers(counted: Record, engine: Engine) -> None:
    shown = pd.DataFrame(overview(engine, "small", counted.protocols).cells)
    pd.testing.assert_frame_equal(frames(counted).cells, shown, check_dtype=False)


def test_a_session_row_says_how_often_its_participant_came_back_late(counted: Record) -> None:
    sessions = frames(counted).sessions.set_index("participant")
    assert sessions["late_returns"].to_dict() == {"P001": 0, "P002": 0, "P003": 2, "S004": 0}
    assert set(sessions["levels"]) == {"{}"}


def test_the_dictionary_explains_every_column_of_cells(counted: Record) -> None:
    explained = data_dictionary().query("frame == 'cells'")
    assert list(explained["column"]) == list(frames(counted).cells.columns)
    assert explained["description"].str.len().min() > 5
