"""The researcher's downloads: an export, a report. Each asks who it is and what they may do to this study."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pages.researcher import who
from pages.researcher.doors import from_another_site
from pages.runtime import Runtime, runtime
from pages.shared.plain import message_page
from study.access import Access
from study.errors import NotAllowed
from study.results_folder import TABLES, is_readable, reports, results_folder, tables_of
from study.roles import Deed
from study.sealing import seal_of
from study.settings import ROOT
from study.signature import SIGNED_IN

ALONE = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""A report is a document by itself: it loads nothing, and nothing of the app can be reached from it."""


async def export(request: Request) -> Response:
    """The ZIP of a study, made by a process of its own so that statistics never load into this one.

    It is an act of the researcher, which a link on another site cannot do in their name.
    """
    if from_another_site(request):
        return RedirectResponse("/", 303)
    access = await _access(request, "export")
    if isinstance(access, Response):
        return access
    study_id = access.study_id
    folder = tempfile.TemporaryDirectory(prefix="atelier-export-")
    target = Path(folder.name) / f"{study_id}.zip"
    command = [sys.executable, str(ROOT / "manage.py"), "export", study_id, "--to", str(target)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, SIGNED_IN: access.name},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, errors = await process.communicate()
    if process.returncode != 0:
        folder.cleanup()
        return PlainTextResponse(f"The export could not be made: {errors.decode()[-500:]}", 500)
    return FileResponse(
        target, filename=target.name, background=BackgroundTask(folder.cleanup), headers={"Cache-Control": "no-store"}
    )


async def report(request: Request) -> Response:
    """One report, to be read or (`?download`) kept, or the archive of its tables.

    It may draw figures; it is kept from the app's pages and cookies.
    """
    ready, name = runtime(), request.path_params["name"]
    access = await _access(request, "see_condition")
    if isinstance(access, Response):
        return access
    study_id = access.study_id
    file, problem = await run_in_threadpool(_report, ready, study_id, name)
    if problem:
        return HTMLResponse(message_page("This report cannot be shown", problem), 404)
    if file.suffix == TABLES:
        return FileResponse(file, media_type="application/zip", filename=f"{study_id}-{name}")
    kept = {"filename": f"{study_id}-{name}"} if "download" in request.query_params else {}
    headers = {"Content-Security-Policy": ALONE, "Cache-Control": "no-store"}  # it may be sealed again
    return FileResponse(file, media_type="text/html", headers=headers, **kept)


def routes() -> list[Route]:
    """The doors through which data leave."""
    return [
        Route("/researcher/export/{study_id}", export, methods=["GET"]),
        Route("/researcher/reports/{study_id}/{name}", report, methods=["GET"]),
    ]


async def _access(request: Request, deed: Deed) -> Access | Response:
    """Who asks, if they may; else the answer: nothing for a stranger, a sentence for a member."""
    try:
        found = await run_in_threadpool(who.at_door, request, request.path_params["study_id"], deed)
    except NotAllowed as error:
        return HTMLResponse(message_page("This is not for you", str(error)), 403)
    return found or Response(status_code=404)


def _report(ready: Runtime, study_id: str, name: str) -> tuple[Path, str]:
    """The file of a report that is in the record, or of its tables; or why it is not given out."""
    file = results_folder(ready.settings.data_dir, study_id) / name
    found = [one for one in reports(ready.engine, study_id) if name in (one.act.file, tables_of(one))]
    if not (found and file.is_file()):
        return file, "It is not here. Make a new one on the page Results."
    if not is_readable(found[0], seal_of(ready.engine, study_id)):
        return file, "It shows outcomes by condition, and the results of this study are sealed."
    return file, ""
