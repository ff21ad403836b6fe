"""The researcher's downloads: exports, a study as one file. Each asks who it is and what they may do to this study."""

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from pages.researcher import planning_door, report_door, who
from pages.runtime import runtime
from pages.shared.plain import message_page
from study.acts import FileFetched
from study.exports_folder import find_export
from study.fetching import note_fetched
from study.packing import pack


async def kept_export(request: Request) -> Response:
    """The export that the page Data had made."""
    ready, name = runtime(), request.path_params["name"]
    access = await who.admitted(request, "export")
    if isinstance(access, Response):
        return access
    found = await run_in_threadpool(find_export, ready.engine, ready.settings.data_dir, access.study_id)
    if found is None or found[1].name != name:
        return HTMLResponse(message_page("This export is gone", "Make a new one on the page Data."), 404)
    if found[0].act.identifiers and isinstance(refused := await who.admitted(request, "identify"), Response):
        return refused
    act = FileFetched(what=f"the export of {found[0].act.what}", file=name)
    await run_in_threadpool(note_fetched, ready.engine, access.study_id, access.name, act)
    return FileResponse(found[1], media_type="application/zip", filename=name, headers={"Cache-Control": "no-store"})


async def study_file(request: Request) -> Response:
    """The study as one file, without anything of its participants."""
    access = await who.admitted(request, "export")
    if isinstance(access, Response):
        return access
    folder, study_id = tempfile.TemporaryDirectory(prefix="atelier-study-"), access.study_id
    target = Path(folder.name) / f"{study_id}.atelier.zip"
    await run_in_threadpool(pack, runtime().engine, study_id, target, False, access.name)
    return FileResponse(target, filename=target.name, background=BackgroundTask(folder.cleanup))


def routes() -> list[Route]:
    """The doors through which data leave."""
    return [
        Route("/researcher/exports/{study_id}/{name}", kept_export, methods=["GET"]),
        Route("/researcher/study-file/{study_id}", study_file, methods=["GET"]),
        Route("/researcher/power/{study_id}/{digest}", planning_door.power_table, methods=["GET"]),
        Route(
            "/researcher/preregistration/{study_id}/preregistration.{kind}",
            planning_door.preregistration,
            methods=["GET"],
        ),
        Route("/researcher/reports/{study_id}/{name}", report_door.report, methods=["GET"]),
    ]
