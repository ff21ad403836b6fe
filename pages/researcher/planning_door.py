"""The doors of what a study is planned with: its table of power, its preregistration."""

import asyncio
import os
import sys
import tempfile
import threading
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from pages.researcher import who
from pages.researcher.configure_acts import checked
from pages.runtime import runtime
from pages.shared.plain import message_page
from study.drafts import open_draft
from study.power_folder import HASH, TABLE, is_made, power_folder
from study.settings import ROOT
from study.studies import get_study, protocol_of

NOT_STORED = {"Cache-Control": "no-store"}
_making = threading.Lock()
"""Held while a preregistration is made: one at a time, for participants are served by the same machine."""


async def power_table(request: Request) -> Response:
    """The table that was simulated for the text with this hash, as CSV."""
    access = await who.admitted(request, "see_condition")
    if isinstance(access, Response):
        return access
    study_id, digest = access.study_id, request.path_params["digest"]
    folder = power_folder(runtime().settings.data_dir, study_id, digest)
    known = len(digest) == HASH and all(sign in "0123456789abcdef" for sign in digest)
    if not known or not is_made(folder):
        return HTMLResponse(message_page("This table is not here", "Simulate it on the page Configure, Power."), 404)
    name = f"{study_id}-power-{digest}.csv"
    return FileResponse(folder / TABLE, media_type="text/csv", filename=name, headers=NOT_STORED)


async def preregistration(request: Request) -> Response:
    """The document of the version in use or (`?of=draft`) of the draft, with the table of power of this very text if there is one.

    A process of its own writes it, so that statistics never load into this one.
    """
    access = await who.admitted(request, "see_condition")
    if isinstance(access, Response):
        return access
    if request.path_params["kind"] not in ("md", "html"):
        return Response(status_code=404)
    if not _making.acquire(blocking=False):
        return HTMLResponse(message_page("Another preregistration is being made", LATER), 503, {"Retry-After": "10"})
    try:
        return await _made(request, access.study_id)
    finally:
        _making.release()


MEND = "The draft has problems. Mend them on the page Configure, under Text or Forms; Use lists them."
LATER = (
    "One is made at a time, so that nobody who takes part has to wait. Please load this page again in half a minute."
)


async def _made(request: Request, study_id: str) -> Response:
    of_draft = request.query_params.get("of") == "draft"
    digest = await run_in_threadpool(_digest, study_id, of_draft)
    if digest is None:
        return HTMLResponse(message_page("This cannot be registered yet", MEND), 409)
    folder = tempfile.TemporaryDirectory(prefix="atelier-preregistration-")
    target = Path(folder.name) / f"{study_id}-preregistration.md"
    said = await _written(study_id, of_draft, digest, target)
    if said:
        folder.cleanup()
        return HTMLResponse(message_page("The preregistration could not be made", said), 500)
    asked = target.with_suffix(f".{request.path_params['kind']}")
    kind = "text/markdown" if asked == target else "text/html"
    done = BackgroundTask(folder.cleanup)
    return FileResponse(asked, media_type=kind, filename=asked.name, headers=NOT_STORED, background=done)


def _digest(study_id: str, of_draft: bool) -> str | None:
    """The content hash of a text; None for a draft that has problems."""
    used = protocol_of(get_study(runtime().engine, study_id))
    if not of_draft:
        return used.content_hash()
    found = checked(open_draft(runtime().engine, study_id), used.id).protocol
    return found.content_hash() if found else None


async def _written(study_id: str, of_draft: bool, digest: str, target: Path) -> str:
    """Have it written; why it could not be, or nothing."""
    data_dir = runtime().settings.data_dir.resolve()
    command = [sys.executable, str(ROOT / "manage.py"), "preregister", study_id, "--out", str(target)]
    command += ["--draft"] if of_draft else []
    if is_made(power := power_folder(data_dir, study_id, digest)):
        command += ["--power-table", str(power / TABLE)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "ATELIER_DATA_DIR": str(data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, errors = await process.communicate()
    return "" if process.returncode == 0 else errors.decode("utf-8", "replace").strip()[-500:]
