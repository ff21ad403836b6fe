"""Erasing all people of a study whose last day is over: in a thread of this process, for it is the one that has the index.

A reload, a closed tab or another press does not break it off. If the app is stopped meanwhile, whoever presses again goes on with
those who are left.
"""

import logging
import threading
from dataclasses import dataclass

from pages.runtime import forget, runtime
from study.errors import AtelierError
from study.keeping import erase_everybody

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_latest: dict[str, "Erasure"] = {}


@dataclass
class Erasure:
    """One run for a study: how far it is. `said`: what became of it, empty while it is under way."""

    by: str
    done: int = 0
    total: int = 1
    said: str = ""
    failed: bool = False

    def advance(self, done: int, total: int, _what: str) -> None:
        """So many of so many are erased."""
        self.done, self.total = done, max(total, 1)


def begin(study_id: str, by: str) -> None:
    """Start a run. Raises AtelierError while there is one."""
    with _lock:
        last = _latest.get(study_id)
        if last and not last.said:
            raise AtelierError("This is under way already.")
        run = _latest[study_id] = Erasure(by)
    threading.Thread(target=_erase, args=(study_id, run), daemon=True, name=f"erase {study_id}").start()


def latest(study_id: str) -> Erasure | None:
    """The latest run in this process, if there was one."""
    return _latest.get(study_id)


def _erase(study_id: str, run: Erasure) -> None:
    ready = runtime()
    try:
        count = erase_everybody(ready.engine, ready.settings.data_dir, study_id, run.by, forget, run.advance)
    except Exception as error:  # whatever it was, the page says so, and it can be pressed again
        logger.exception("Not everybody of the study %s could be erased", study_id)
        run.failed = True
        run.said = f"It broke off ({error}). Press again; it goes on with those who are left."
    else:
        run.said = "1 person is erased." if count == 1 else f"{count} people are erased."
