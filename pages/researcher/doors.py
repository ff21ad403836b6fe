"""The researcher's HTTP doors: setting a password, signing in and out."""

from typing import Any
from urllib.parse import parse_qs, quote, urlparse

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pages.researcher.single_sign_on import PARAMETER, providers
from pages.researcher.who import COOKIE
from pages.runtime import runtime
from pages.shared.body import read_body
from pages.shared.plain import form_page, message_page
from study import researchers, sign_ins, single_sign_on
from study.errors import AtelierError

MAX_BODY = 10_000
OF_STREAMLIT = "_streamlit_user"
"""How the cookies begin in which Streamlit remembers who came by single sign-on."""


async def setup(request: Request) -> Response:
    """Set name and password through a one-time link."""
    token = request.path_params["token"]
    engine = runtime().engine
    name = await run_in_threadpool(researchers.link_for, engine, token)
    if name is None:
        text = "It was used already or is too old. Ask who invited you, or run “python manage.py password-link”."
        return HTMLResponse(message_page("This link does not work", text), 404)
    if request.method == "GET":
        return _form("Set your password", "Set password", name=name, fixed=bool(name))
    fields = await _fields(request)
    if fields is None:
        return Response(status_code=403)
    try:
        given = (token, fields["name"], fields["password"], address_of(request))
        return _in(request, await run_in_threadpool(researchers.enter_by_link, engine, *given))
    except AtelierError as error:
        return _form("Set your password", "Set password", str(error), name or fields["name"], fixed=bool(name))


async def sign_in(request: Request) -> Response:
    """The sign-in form."""
    if request.method == "GET":
        return _sign_in_form()
    fields = await _fields(request)
    if fields is None:
        return Response(status_code=403)
    try:
        return await _enter(request, fields["name"], fields["password"])
    except AtelierError as error:
        return _sign_in_form(str(error), fields["name"])


def sign_out(request: Request) -> Response:
    """Ends the sign-in; a link on another site cannot do it."""
    if from_another_site(request):
        return RedirectResponse("/", 303)
    sign_ins.sign_out(runtime().engine, request.cookies.get(COOKIE))
    response = RedirectResponse("/researcher/sign-in", 303)
    response.delete_cookie(COOKIE)
    return _forgotten(request, response)


async def enter(request: Request) -> Response:
    """Whoever comes with a ticket of single sign-on is in; Streamlit's own memory of them ends here."""
    if from_another_site(request):
        return RedirectResponse("/", 303)
    ticket, address = request.path_params["ticket"], address_of(request)
    try:
        token = await run_in_threadpool(single_sign_on.use_ticket, runtime().engine, ticket, address)
    except AtelierError as error:
        return _forgotten(request, _sign_in_form(str(error)))
    return _forgotten(request, _in(request, token))


def routes() -> list[Route]:
    """The doors through which researchers come and go."""
    return [
        Route("/researcher/setup/{token}", setup, methods=["GET", "POST"]),
        Route("/researcher/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/researcher/sign-out", sign_out, methods=["GET"]),
        Route("/researcher/enter/{ticket}", enter, methods=["GET"]),
    ]


def address_of(request: Request) -> str:
    """Where the browser is. Behind a proxy it is the proxy's word, which the server takes from those it trusts alone."""
    return request.client.host if request.client else ""


def from_another_site(request: Request) -> bool:
    """As the browser says it; a page cannot forge this header."""
    return request.headers.get("sec-fetch-site") == "cross-site"


async def _enter(request: Request, name: str, password: str) -> Response:
    token = await run_in_threadpool(researchers.sign_in, runtime().engine, name, password, address_of(request))
    return _in(request, token)


def _in(request: Request, token: str) -> Response:
    response = RedirectResponse("/", 303, headers={"Cache-Control": "no-store"})
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    lasts = sign_ins.SIGN_IN_HOURS * 3600 + 3600  # a little longer, so that who comes late is told why they are out
    response.set_cookie(COOKIE, token, max_age=lasts, httponly=True, samesite="lax", secure=secure)
    return response


def _forgotten(request: Request, response: Response) -> Response:
    for cookie in request.cookies:
        if cookie.startswith(OF_STREAMLIT):
            response.delete_cookie(cookie)
    return response


async def _fields(request: Request) -> dict[str, str] | None:
    """The two fields of a form; None when it was posted from another site, or is no form of ours."""
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlparse(origin).netloc != request.headers.get("host"):
        return None
    if from_another_site(request):  # also where the origin is hidden, as in a sandboxed frame
        return None
    body = await read_body(request, MAX_BODY)
    if body is None:
        return None
    sent = parse_qs(body.decode("utf-8", "replace"))
    return {name: sent.get(name, [""])[0] for name in ("name", "password")}


def _sign_in_form(error: str = "", name: str = "") -> Response:
    links = [(f"Sign in with {label}", f"/?{PARAMETER}={quote(key)}") for key, label in providers().items()]
    return _form("Sign in", "Sign in", error, name, links=links)


def _form(title: str, button: str, error: str = "", name: str = "", **more: Any) -> Response:
    page = form_page(title, button, error, name, **more)
    return HTMLResponse(page, 400 if error else 200, headers={"Cache-Control": "no-store"})
