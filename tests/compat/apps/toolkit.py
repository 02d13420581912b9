"""A Starlette application: routes, mounts, endpoints, middleware of both kinds, sessions, log-in, streams."""

from starlette import status
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    SimpleUser,
    requires,
)
from starlette.background import BackgroundTask
from starlette.config import Config
from starlette.datastructures import URL, Headers, MutableHeaders, QueryParams, Secret
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

assert Config(environ={"KEY": "x"})("KEY", cast=Secret) is not None
done = []


class Stamp:
    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("X-Stamp", self.name)
            await send(message)

        await self.app(scope, receive, stamped)


class Slow(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["X-Path"] = request.url.path
        return response


class ByField(AuthenticationBackend):
    async def authenticate(self, conn):
        given = conn.headers.get("authorization")
        if given is None:
            return None
        scheme, _, name = given.partition(" ")
        if scheme != "Name":
            raise AuthenticationError("say your name")
        return AuthCredentials(["known"]), SimpleUser(name)


class Counter(HTTPEndpoint):
    async def get(self, request):
        request.session["count"] = request.session.get("count", 0) + 1
        return JSONResponse({"count": request.session["count"]})

    async def delete(self, request):
        request.session.clear()
        return Response(status_code=status.HTTP_204_NO_CONTENT)


async def parts(request: Request):
    async def lines():
        for number in range(3):
            yield f"line {number}\n"

    return StreamingResponse(lines(), media_type="text/plain", background=BackgroundTask(done.append, "parts"))


def user(request: Request):
    return PlainTextResponse(f"{request.path_params['name']} {type(request.path_params['age']).__name__}")


@requires("known", status_code=403)
async def secret(request):
    return PlainTextResponse(f"hello {request.user.display_name}")


async def echo(request):
    body = await request.json()
    return JSONResponse({"body": body, "url": str(request.url), "query": list(request.query_params.multi_items())})


async def fails(request):
    raise HTTPException(418, detail="teapot", headers={"X-Pot": "tea"})


async def teapot(request, exc):
    return HTMLResponse(f"<b>{exc.detail}</b>", status_code=exc.status_code, headers=exc.headers)


async def report(request):
    return JSONResponse(
        [
            done,
            str(request.app.url_path_for("api:user", name="ada", age=3)),
            str(URL("http://pond.example/a?b=1").include_query_params(c=2)),
            Headers({"A": "b"}).get("a"),
            QueryParams("a=1&a=2").getlist("a"),
        ]
    )


app = Starlette(
    routes=[
        Route("/counter", Counter),
        Route("/parts", parts),
        Route("/secret", secret),
        Route("/fails", fails),
        Route("/report", report),
        Mount(
            "/api",
            name="api",
            routes=[Route("/{name}/{age:int}", user, name="user"), Route("/echo", echo, methods=["POST"])],
        ),
        Host("sub.pond.example", app=Router([Route("/", lambda request: PlainTextResponse("sub"))])),
    ],
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=["testserver", "*.pond.example"]),
        Middleware(Stamp, name="outer"),
        Middleware(SessionMiddleware, secret_key="a secret"),
        Middleware(AuthenticationMiddleware, backend=ByField()),
        Middleware(Slow),
        Middleware(GZipMiddleware, minimum_size=10_000),
    ],
    exception_handlers={418: teapot},
)

ASKS = [
    ("GET", "/counter", {}),
    ("GET", "/counter", {}),
    ("DELETE", "/counter", {}),
    ("GET", "/counter", {}),
    ("GET", "/parts", {}),
    ("GET", "/api/ada/3", {}),
    ("GET", "/api/ada/x", {}),
    ("POST", "/api/echo?a=1&a=2", {"json": {"k": [1, None]}}),
    ("PUT", "/api/echo", {}),
    ("GET", "/secret", {}),
    ("GET", "/secret", {"headers": {"Authorization": "Name ada"}}),
    ("GET", "/secret", {"headers": {"Authorization": "Basic ada"}}),
    ("GET", "/fails", {}),
    ("GET", "/report", {}),
    ("GET", "http://sub.pond.example/", {}),
    ("GET", "http://elsewhere.example/", {}),
]
