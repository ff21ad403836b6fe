"""Erasing everybody from the page: one run at a time, and one that broke off can be begun again."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pages.researcher import overdue
from study.errors import AtelierError

STUDY = "overdue_study"


def finished(study_id: str) -> overdue.Erasure:
    for thread in threading.enumerate():
        if thread.name == f"erase {study_id}":
            thread.join(10)
    run = overdue.latest(study_id)
    assert run is not None and run.said
    return run


def test_there_is_one_run_at_a_time_and_a_broken_one_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready = SimpleNamespace(engine=None, settings=SimpleNamespace(data_dir=tmp_path))
    monkeypatch.setattr(overdue, "runtime", lambda: ready)
    go_on, fail = threading.Event(), [True]

    def erase(
        _engine: object, _folder: Path, study_id: str, by: str, _forget: object, advance: Callable[..., None]
    ) -> int:
        assert (study_id, by) == (STUDY, "Ada")
        advance(1, 4, "")
        assert go_on.wait(10)
        if fail.pop():
            raise OSError("the disk is full")
        return 3

    monkeypatch.setattr(overdue, "erase_everybody", erase)
    assert overdue.latest(STUDY) is None
    overdue.begin(STUDY, "Ada")
    with pytest.raises(AtelierError, match="under way already"):
        overdue.begin(STUDY, "Ada")
    go_on.set()
    broken = finished(STUDY)
    assert (
        broken.failed
        and broken.said == "It broke off (the disk is full). Press again; it goes on with those who are left."
    )
    assert (broken.done, broken.total) == (1, 4)
    fail.append(False)
    overdue.begin(STUDY, "Ada")
    again = finished(STUDY)
    assert (again.said, again.failed) == ("3 people are erased.", False)
