"""The browser entry: `streamlit run app.py`. Doors (HTTP routes) beside one script, `pages/shell.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from pages import serving
from pages.participant import doors as participant_doors
from pages.researcher import doors as researcher_doors
from pages.researcher import downloads
from pages.shared.own_pictures import OwnPictures
from study.errors import AtelierError


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Before the first visitor: imports, database, demo study. At the end: replies are let finish."""
    serving.start()
    serving.let_pages_go_on_signal()
    yield
    serving.stop()


app = st.App(
    "pages/shell.py",
    routes=[*participant_doors.routes(), *researcher_doors.routes(), *downloads.routes()],
    lifespan=lifespan,
    middleware=[Middleware(OwnPictures)],
    on_script_error=serving.script_failed,
    exception_handlers={AtelierError: serving.door_failed, Exception: serving.door_failed},
)
