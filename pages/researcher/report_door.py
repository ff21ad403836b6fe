"""The door of reports: for those who may see conditions, and while the results are not sealed."""

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from pages.researcher import who
from pages.runtime import Runtime, runtime
from pages.shared.plain import message_page
from study.acts import FileFetched
from study.fetching import note_fetched
from study.results_folder import TABLES, is_readable, reports, results_folder, tables_of
from study.sealing import seal_of

ALONE = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""A report is a document by itself: it loads nothing, and nothing of the app can be reached from it."""


async def report(request: Request) -> Response:
    """One report, to be read or (`?download`) kept, or the archive of its tables.

    It may draw figures; it is kept from the app's pages and cookies.
    """
    ready, name = runtime(), request.path_params["name"]
    access = await who.admitted(request, "see_condition")
    if isinstance(access, Response):
        return access
    study_id = access.study_id
    file, problem = await run_in_threadpool(_report, ready, study_id, name)
    if problem:
        return HTMLResponse(message_page("This report cannot be shown", problem), 404)
    is_page, download = file.suffix != TABLES, "download" in request.query_params
    act = FileFetched(
        what=f"the report {name}" if is_page else f"the tables {name}", file=name, read=is_page and not download
    )
    await run_in_threadpool(note_fetched, ready.engine, study_id, access.name, act)
    if not is_page:
        return FileResponse(file, media_type="application/zip", filename=f"{study_id}-{name}")
    kept = {"filename": f"{study_id}-{name}"} if download else {}
    headers = {"Content-Security-Policy": ALONE, "Cache-Control": "no-store"}  # it may be sealed again
    return FileResponse(file, media_type="text/html", headers=headers, **kept)


def _report(ready: Runtime, study_id: str, name: str) -> tuple[Path, str]:
    """The file of a report that is in the record, or of its tables; or why it is not given out."""
    file = results_folder(ready.settings.data_dir, study_id) / name
    found = [one for one in reports(ready.engine, study_id) if name in (one.act.file, tables_of(one))]
    if not (found and file.is_file()):
        return file, "It is not here. Make a new one on the page Results."
    if not is_readable(found[0], seal_of(ready.engine, study_id)):
        return file, "It shows outcomes by condition, and the results of this study are sealed."
    return file, ""
