"""What happens around serving: getting ready, a page that fails, going down."""

import logging
import threading

import streamlit as st

from pages.bootstrap import prepare
from pages.runtime import host_url, runtime, stop_worker, worker
from study.errors import AtelierError

logger = logging.getLogger(__name__)
DRAIN_SECONDS = 20.0


def start() -> None:
    """Open the database, see to the demo study, print what the researcher needs to know.

    What is wrong with settings or database is said here in one sentence; the pages say it too.
    """
    try:
        ready = runtime()
        link = prepare(ready.engine)
    except AtelierError as error:
        logger.error("%s", error)
        return
    base = host_url()
    print(f"\n  Take part in the demo study:  {base}/s/active_vs_passive", flush=True)
    if link:
        print(f"  Set the researcher's password (this link works once):  {base}{link}", flush=True)
    print(flush=True)
    # Model and index libraries take seconds to import; nobody should wait for them on a first page.
    threading.Thread(target=worker, daemon=True, name="warm-up").start()


def stop() -> None:
    """Let replies under way finish and be stored."""
    stop_worker(DRAIN_SECONDS)


def script_failed(error: Exception) -> bool:
    """A page failed: the log has the details, the person one sentence."""
    logger.error("a page failed", exc_info=error)
    if isinstance(error, AtelierError):
        st.error(str(error))
    else:
        st.error("Something went wrong on our side. Nothing you did is lost: please reload the page.")
    return True
