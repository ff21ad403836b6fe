"""What happens around serving: getting ready, a page that fails, going down."""

import asyncio
import logging
import signal
import threading
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pages.bootstrap import prepare
from pages.participant.doors import language_of
from pages.runtime import close_live, host_url, runtime, stop_worker, worker
from pages.shared.plain import message_page
from pages.shared.words import say
from study.database import keep_clean
from study.errors import AtelierError
from study.keeping import retentions
from study.sentence import Sentence, in_language

logger = logging.getLogger(__name__)
DRAIN_SECONDS = 20.0
WIPE_SECONDS = 30.0
FAILED = Sentence("This is not possible right now")
_stopping = threading.Event()


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
    for one in retentions(ready.engine):
        if one.is_near:
            print(f"  {one.study_id}: {one.said}  (python manage.py retention)", flush=True)
    print(flush=True)
    # Model and index libraries take seconds to import; nobody should wait for them on a first page.
    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
    _stopping.clear()
    wiping = (ready.engine, _stopping, WIPE_SECONDS)
    threading.Thread(target=keep_clean, args=wiping, daemon=True, name="wiping").start()


def _warm_up() -> None:
    try:
        made = worker()
        from memory.reindex import see_to
        from memory.taking_up import take_up

        see_to(made.engine, made.index, lambda text: print(f"  {text}", flush=True))
        take_up(made)
    except AtelierError as error:
        logger.error("%s", error)


def let_pages_go_on_signal() -> None:
    """On Ctrl-C or SIGTERM the server waits for open requests; a page's live channel would keep it for ever."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def handle(received: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(close_live)
            if callable(before):
                before(received, frame)

        signal.signal(number, handle)


def stop() -> None:
    """Let replies under way finish and be stored."""
    _stopping.set()
    stop_worker(DRAIN_SECONDS)


def script_failed(error: Exception) -> bool:
    """A page failed: the log has the details, the person one sentence."""
    st.error(say(_said(error)))
    return True


async def door_failed(request: Request, error: Exception) -> Response:
    """A door failed: the same, as a page of its own."""
    language = language_of(request)
    title, text = (in_language(language, one) for one in (FAILED, _said(error)))
    return HTMLResponse(message_page(title, text, language), 503)


def _said(error: Exception) -> str:
    if isinstance(error, AtelierError):
        logger.error("%s", error)
        return error.sentence
    logger.error("something failed that should not", exc_info=error)
    return Sentence("Something went wrong on our side. Nothing you did is lost: please reload the page.")
