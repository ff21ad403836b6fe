"""The participant's HTTP doors: arriving by link, the live channel, telemetry, readiness."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pages.runtime import protocol_for, runtime, worker
from pages.shared.body import read_body
from pages.shared.plain import message_page
from study.enrolment import LANGUAGE_PARAMETER, Arrival, by_token, enrol
from study.errors import AtelierError, NotFound, SessionOver, StudyClosed
from study.events import ClientReported
from study.languages import preferred
from study.log import UNSTORABLE, Entry, Place, newest
from study.next_person import begins_anew
from study.personal_links import study_of_link
from study.recruitment import platform_id
from study.reports import store_reports
from study.sentence import Sentence, for_visitor, in_language
from study.studies import get_study, protocol_of
from study.tables import Sitting

COOKIE = "atelier_session"
COOKIE_SECONDS = 30 * 24 * 3600
MAX_BODY, MAX_BATCH = 100_000, 200
BY_OTHERS = ("note_sent", "time_extended", "moved_on", "retry_requested", "session_rejected")
"""What researchers do to a session; done by another process or in a terminal, it is noticed at the next heartbeat."""
CHANGED = {"type": "changed", "what": "page"}


class Report(BaseModel):
    """One thing that a browser tab noticed; `at` in milliseconds since 1970 by the browser's clock."""

    seq: int = Field(ge=0, le=10**9)
    what: Literal["focus", "blur", "visible", "hidden", "leave", "paste", "copy", "typing", "scroll", "opened"]
    at: float = Field(ge=0, le=4e12, allow_inf_nan=False)
    detail: dict[Annotated[str, Field(max_length=30)], bool | int | float | str] = {}


class Batch(BaseModel):
    """Reports of one tab on one step."""

    tab: str = Field(min_length=1, max_length=40)
    step: str = Field(default="", max_length=80)
    reports: list[Report] = Field(max_length=MAX_BATCH)


def arrive(request: Request) -> Response:
    """`/s/<study>`: a new participant, or one who comes back (platform id or this browser's cookie).

    With `?new=1`, for computers that several people use, the cookie counts for nothing (study/next_person.py).
    """
    study_id = UNSTORABLE.sub("", request.path_params["study_id"])
    arrival = _arrival(request)
    try:
        known = by_token(runtime().engine, request.cookies.get(COOKIE))
        if known and known.study_id == study_id and not known.preview and _fits(known, arrival):
            return _welcome(request, request.cookies[COOKIE])
        _sitting, token = enrol(runtime().engine, study_id, arrival)
    except NotFound as error:
        return _page(language_of(request), Sentence("This study was not found"), error.sentence, 404)
    except StudyClosed as error:
        return _page(_language_in(study_id, arrival), Sentence("Thank you for your interest"), error.sentence, 403)
    except AtelierError as error:
        return _page(language_of(request), Sentence("The study cannot start"), error.sentence, 503)
    return _welcome(request, token)


def arrive_personally(request: Request) -> Response:
    """`/i/<token>`: the one person that a personal link was made for, the first time or coming back."""
    token, engine = request.path_params["token"], runtime().engine
    arrival = _arrival(request, token)
    try:
        study_id = study_of_link(engine, token)
        _sitting, session_token = enrol(engine, study_id, arrival)
    except NotFound as error:
        return _page(language_of(request), Sentence("This link does not work"), error.sentence, 404)
    except StudyClosed as error:
        return _page(_language_in(study_id, arrival), Sentence("Thank you for your interest"), error.sentence, 403)
    except AtelierError as error:
        return _page(language_of(request), Sentence("The study cannot start"), error.sentence, 503)
    return _welcome(request, session_token)


def resume(request: Request) -> Response:
    """`/j/<token>`: the personal link of a session."""
    token = request.path_params["token"]
    if by_token(runtime().engine, token) is None:
        text = Sentence(
            "This link does not lead to a session. Please use the link you were given, complete and unchanged."
        )
        return _page(language_of(request), Sentence("This link does not work"), text, 404)
    return _welcome(request, token)


async def live(request: Request) -> Response:
    """`/api/live`: server-sent events of one's own session, for as long as the page is open."""
    known = await run_in_threadpool(_known, request)
    if known is None:
        return Response(status_code=404)
    channel = (await run_in_threadpool(worker)).live

    async def stream() -> AsyncIterator[str]:
        shown = await run_in_threadpool(newest, runtime().engine, known.id, BY_OTHERS)
        async for signal in channel.listen(known.id):
            if signal["type"] in ("alive", "changed"):
                last = await run_in_threadpool(newest, runtime().engine, known.id, BY_OTHERS)
                signal = CHANGED if last > shown and signal["type"] == "alive" else signal
                shown = last
            yield f"data: {json.dumps(signal)}\n\n"

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def telemetry(request: Request) -> Response:
    """`/api/telemetry`: a tab's numbered reports; each is stored once, however often it is sent, and none after the end (410)."""
    known = await run_in_threadpool(_known, request)
    if known is None:
        return Response(status_code=404)
    body = await read_body(request, MAX_BODY)
    try:
        entries = _entries(Batch.model_validate_json(body or b""))
    except ValueError:
        return Response(status_code=400)
    try:
        await run_in_threadpool(store_reports, runtime().engine, known.id, entries)
    except SessionOver:
        return Response(status_code=410)  # the page stops sending (pages/shared/components/presence.js)
    except NotFound:  # erased at this very moment
        return Response(status_code=404)
    return Response(status_code=204)


def to_start(_request: Request) -> Response:
    """An address that looks like a file of ours: there is nothing behind it."""
    return RedirectResponse("/", 303)


def ready(_request: Request) -> Response:
    """`/api/ready`: 200 once the database can be used."""
    try:
        runtime()
    except AtelierError as error:
        return JSONResponse({"ready": False, "why": str(error)}, 503)
    return JSONResponse({"ready": True})


def routes() -> list[Route]:
    """All doors of participants."""
    return [
        Route("/s/{study_id}", arrive, methods=["GET"]),
        Route("/i/{token}", arrive_personally, methods=["GET"]),
        Route("/j/{token}", resume, methods=["GET"]),
        Route("/api/live", live, methods=["GET"]),
        Route("/api/telemetry", telemetry, methods=["POST"]),
        Route("/api/ready", ready, methods=["GET"]),
        Route("/pages/{rest:path}", to_start, methods=["GET"]),
    ]


def language_of(request: Request) -> str:
    """The language for somebody whose study is not known: what the link or the browser asks for."""
    asked = request.query_params.get(LANGUAGE_PARAMETER, "")
    return for_visitor(asked, request.headers.get("accept-language", ""))


def _arrival(request: Request, personal: str = "") -> Arrival:
    agent, accepts = (request.headers.get(name, "") for name in ("user-agent", "accept-language"))
    return Arrival(dict(request.query_params), agent, accepts, personal=personal)


def _language_in(study_id: str, arrival: Arrival) -> str:
    """The language in which somebody would have taken a study."""
    offered = protocol_of(get_study(runtime().engine, study_id)).offered
    return preferred(offered, arrival.url_params.get(LANGUAGE_PARAMETER, ""), arrival.accept_language)


def _page(language: str, title: str, text: str, status: int) -> Response:
    return HTMLResponse(message_page(in_language(language, title), in_language(language, text), language), status)


def _fits(known: Sitting, arrival: Arrival) -> bool:
    """Whether the link names the person this browser's cookie belongs to, or nobody, and asks for nobody new."""
    protocol = protocol_for(known.study_id, known.study_version)
    if begins_anew(protocol, known, arrival.url_params):
        return False
    return platform_id(arrival.url_params, protocol.recruitment.id_parameters) in (None, known.platform_id)


def _known(request: Request) -> Sitting | None:
    return by_token(runtime().engine, request.query_params.get("p") or request.cookies.get(COOKIE))


def _welcome(request: Request, token: str) -> Response:
    response = RedirectResponse(
        f"/?p={token}", 303, headers={"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    )
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(COOKIE, token, max_age=COOKIE_SECONDS, httponly=True, samesite="lax", secure=secure)
    return response


def _entries(batch: Batch) -> list[Entry]:
    entries = []
    for report in batch.reports:
        detail = {k: v[:100] if isinstance(v, str) else v for k, v in list(report.detail.items())[:10]}
        event = ClientReported(tab=batch.tab, tab_seq=report.seq, what=report.what, detail=detail)
        at = datetime.fromtimestamp(report.at / 1000, UTC)
        entries.append(Entry(event, Place(batch.step), f"client:{batch.tab}:{report.seq}", client_at=at))
    return entries
