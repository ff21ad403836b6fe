"""Work in threads that outlive any page: in each lane of a session one thing at a time, lanes side by side."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)
Lane = tuple[str, str]
"""A session, and what is done in this lane of it."""


class Lanes:
    """Who is at work. `start` may be called as often as one likes; nothing is done twice at the same time."""

    def __init__(self) -> None:
        self._again: dict[Lane, bool] = {}
        self._idle = threading.Condition()

    def start(self, session_id: str, lane: str, step: Callable[[], bool]) -> None:
        """Call `step` until it returns False; where the lane is at work already, it looks once more afterwards."""
        key = (session_id, lane)
        with self._idle:
            if key in self._again:
                self._again[key] = True
                return
            self._again[key] = False
        name = f"{lane}-{session_id[:8]}"
        threading.Thread(target=self._work, args=(key, step), daemon=True, name=name).start()

    def wait(self, session_id: str, seconds: float | None = None) -> None:
        """Until nothing is under way for this session, or the time is over."""
        with self._idle:
            self._idle.wait_for(lambda: not self._of(session_id), seconds)

    def busy(self, session_id: str) -> bool:
        """Whether something is under way for this session."""
        with self._idle:
            return self._of(session_id)

    def drain(self, seconds: float) -> None:
        """Until nothing is under way at all, or the time is over."""
        with self._idle:
            self._idle.wait_for(lambda: not self._again, timeout=seconds)

    def _of(self, session_id: str) -> bool:
        return any(key[0] == session_id for key in self._again)

    def _work(self, key: Lane, step: Callable[[], bool]) -> None:
        try:
            while True:
                while step():
                    pass
                with self._idle:
                    if not self._again[key]:
                        self._left(key)
                        return
                    self._again[key] = False
        except Exception:  # a lane must never stay marked as busy
            logger.exception("the work on %s of session %s stopped", key[1], key[0])
            with self._idle:
                self._left(key)

    def _left(self, key: Lane) -> None:
        self._again.pop(key, None)
        self._idle.notify_all()
