"""The researcher's HTTP doors: setting a password, signing in and out, downloading an export, reading a report."""

import asyncio
import os
import sys
import tempfile
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pages.runtime import Runtime, runtime
from pages.shared.body import read_body
from pages.shared.plain import form_page, message_page
from study import exports_folder, researchers
from study.access import require
from study.errors import AtelierError, NotFound
from study.log import UNSTORABLE
from study.results_folder import TABLES, is_readable, reports, results_folder, tables_of
from study.sealing import seal_of
from study.settings import ROOT
from study.signature import SIGNED_IN
from study.studies import get_study

COOKIE = "atelier_researcher"
MAX_BODY = 10_000
ALONE = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""A report is a document by itself: it loads nothing, and nothing of the app can be reached from it."""


async def setup(request: Request) -> Response:
    """Set name and password through a one-time link."""
    token = request.path_params["token"]
    engine = runtime().engine
    if not await run_in_threadpool(researchers.link_works, engine, token):
        text = "It was used already or is too old. Run “python manage.py password-link” for a new one."
        return HTMLResponse(message_page("This link does not work", text), 404)
    if request.method == "GET":
        return _form("Set your password", "Set password")
    fields = await _fields(request)
    if fields is None:
        return Response(status_code=403)
    try:
        await run_in_threadpool(researchers.set_password, engine, token, fields["name"], fields["password"])
        return await _enter(request, fields["name"], fields["password"])
    except AtelierError as error:
        return _form("Set your password", "Set password", str(error), fields["name"])


async def sign_in(request: Request) -> Response:
    """The sign-in form."""
    if request.method == "GET":
        return _form("Sign in", "Sign in")
    fields = await _fields(request)
    if fields is None:
        return Response(status_code=403)
    try:
        return await _enter(request, fields["name"], fields["password"])
    except AtelierError as error:
        return _form("Sign in", "Sign in", str(error), fields["name"])


def sign_out(request: Request) -> Response:
    """Ends the sign-in; a link on another site cannot do it."""
    if _from_another_site(request):
        return RedirectResponse("/", 303)
    researchers.sign_out(runtime().engine, request.cookies.get(COOKIE))
    response = RedirectResponse("/researcher/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


async def export(request: Request) -> Response:
    """The ZIP of a study, made by a process of its own so that statistics never load into this one.

    It is an act of the researcher, which a link on another site cannot do in their name.
    """
    if _from_another_site(request):
        return RedirectResponse("/", 303)
    engine, study_id = runtime().engine, UNSTORABLE.sub("", request.path_params["study_id"])
    name = await run_in_threadpool(researchers.signed_in, engine, request.cookies.get(COOKIE))
    if not name:
        return Response(status_code=404)
    try:
        await run_in_threadpool(get_study, engine, study_id)
    except NotFound:
        return Response(status_code=404)
    folder = tempfile.TemporaryDirectory(prefix="atelier-export-")
    target = Path(folder.name) / f"{study_id}.zip"
    command = [sys.executable, str(ROOT / "manage.py"), "export", study_id, "--to", str(target)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, SIGNED_IN: name},
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


async def kept_export(request: Request) -> Response:
    """The export that a page had made, for who may export."""
    ready, study_id = runtime(), UNSTORABLE.sub("", request.path_params["study_id"])
    name = await run_in_threadpool(researchers.signed_in, ready.engine, request.cookies.get(COOKIE))
    if not name or _from_another_site(request):
        return Response(status_code=404)
    try:
        await run_in_threadpool(require, ready.engine, name, study_id, "export")
    except AtelierError as error:
        return HTMLResponse(message_page("This export is not for you", str(error)), 404)
    found = await run_in_threadpool(exports_folder.kept_export, ready.engine, ready.settings.data_dir, study_id)
    if found is None or found[1].name != request.path_params["name"]:
        text = "It is not here any more. Make a new one on the page Data."
        return HTMLResponse(message_page("This export is gone", text), 404)
    return FileResponse(
        found[1], media_type="application/zip", filename=found[1].name, headers={"Cache-Control": "no-store"}
    )


async def report(request: Request) -> Response:
    """One report, to be read or (`?download`) kept, or the archive of its tables.

    It may draw figures; it is kept from the app's pages and cookies.
    """
    ready, name = runtime(), request.path_params["name"]
    if not await run_in_threadpool(researchers.signed_in, ready.engine, request.cookies.get(COOKIE)):
        return Response(status_code=404)
    study_id = UNSTORABLE.sub("", request.path_params["study_id"])
    file, problem = await run_in_threadpool(_report, ready, study_id, name)
    if problem:
        return HTMLResponse(message_page("This report cannot be shown", problem), 404)
    if file.suffix == TABLES:
        return FileResponse(file, media_type="application/zip", filename=f"{study_id}-{name}")
    kept = {"filename": f"{study_id}-{name}"} if "download" in request.query_params else {}
    headers = {"Content-Security-Policy": ALONE, "Cache-Control": "no-store"}  # it may be sealed again
    return FileResponse(file, media_type="text/html", headers=headers, **kept)


def routes() -> list[Route]:
    """All doors of researchers."""
    return [
        Route("/researcher/setup/{token}", setup, methods=["GET", "POST"]),
        Route("/researcher/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/researcher/sign-out", sign_out, methods=["GET"]),
        Route("/researcher/export/{study_id}", export, methods=["GET"]),
        Route("/researcher/exports/{study_id}/{name}", kept_export, methods=["GET"]),
        Route("/researcher/reports/{study_id}/{name}", report, methods=["GET"]),
    ]


def _report(ready: Runtime, study_id: str, name: str) -> tuple[Path, str]:
    """The file of a report that is in the record, or of its tables; or why it is not given out."""
    file = results_folder(ready.settings.data_dir, study_id) / name
    found = [one for one in reports(ready.engine, study_id) if name in (one.act.file, tables_of(one))]
    if not (found and file.is_file()):
        return file, "It is not here. Make a new one on the page Results."
    if not is_readable(found[0], seal_of(ready.engine, study_id)):
        return file, "It shows outcomes by condition, and the results of this study are sealed."
    return file, ""


async def _enter(request: Request, name: str, password: str) -> Response:
    token = await run_in_threadpool(researchers.sign_in, runtime().engine, name, password)
    response = RedirectResponse("/", 303)
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(
        COOKIE, token, max_age=researchers.SIGN_IN_HOURS * 3600, httponly=True, samesite="lax", secure=secure
    )
    return response


async def _fields(request: Request) -> dict[str, str] | None:
    """The two fields of a form; None when it was posted from another site, or is no form of ours."""
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlparse(origin).netloc != request.headers.get("host"):
        return None
    if _from_another_site(request):  # also where the origin is hidden, as in a sandboxed frame
        return None
    body = await read_body(request, MAX_BODY)
    if body is None:
        return None
    sent = parse_qs(body.decode("utf-8", "replace"))
    return {name: sent.get(name, [""])[0] for name in ("name", "password")}


def _from_another_site(request: Request) -> bool:
    """As the browser says it; a page cannot forge this header."""
    return request.headers.get("sec-fetch-site") == "cross-site"


def _form(title: str, button: str, error: str = "", name: str = "") -> Response:
    return HTMLResponse(
        form_page(title, button, error, escape(name, quote=True)),
        400 if error else 200,
        headers={"Cache-Control": "no-store"},
    )
