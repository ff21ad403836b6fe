"""Which process makes a reply, and whether it still runs: what a dead one left is taken on by another."""

import os
import socket
import uuid
from datetime import datetime, timedelta

RUN = uuid.uuid4().hex[:12]
PATIENCE = 3
"""After so many times what one call to the model may take, no reply is under way any more."""


def this_process() -> str:
    """Machine, number and run; a number is given to another process one day, a run never."""
    return f"{socket.gethostname()}:{os.getpid()}:{RUN}"


def is_late(begun: datetime | None, now: datetime, timeout: float) -> bool:
    """Whether a reply should long be there, with so many seconds for each call to the model."""
    return begun is not None and now - begun > timedelta(seconds=timeout * PATIENCE)


def alive(owner: str, me: str, late: bool) -> bool:
    """Whether the process that took a turn on still runs.

    On this machine the operating system says so. Of another one nothing is known, and a container that starts anew has
    another name each time or gives its number to another process: so whoever is `late`, beyond what any reply takes, is
    taken for dead. If it lives after all, nothing is doubled: a message gets one reply, whoever is first.
    """
    if owner == me:
        return True
    if late:
        return False
    host, pid, _run = owner.rsplit(":", 2)
    if host != me.rsplit(":", 2)[0]:
        return True
    if pid == str(os.getpid()):
        return False  # the same number, another run: the one before a restart
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
