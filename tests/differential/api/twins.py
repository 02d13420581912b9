"""One application source, built on two frameworks; one question, two answers, which must be equal.

An application is written as `def app(lib): ...` against a namespace that has FastAPI's public names. `Twins(app)`
builds it on FastAPI (the judge, seen only from outside) and on webfoot, and `Twins.compare(ask)` puts the same
request to both through the same small ASGI driver.
"""

from __future__ import annotations

import asyncio
import importlib
import json as jsonlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import starlette.exceptions
from tests.differential.api.differences import DIFFERENCES

import webfoot.web.exceptions


class Namespace:
    """The public names of one framework, searched in its modules in order."""

    def __init__(self, name: str, modules: list[str], renamed: dict[str, str] | None = None) -> None:
        self.name = name
        self._modules = modules
        self._renamed = renamed or {}

    WebHTTPException: Any

    def __getattr__(self, name: str) -> Any:
        wanted = self._renamed.get(name, name)
        for path in self._modules:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a module may be deprecated as a whole
                    value = getattr(importlib.import_module(path), wanted, None)
            except ModuleNotFoundError:
                continue
            if value is not None:
                setattr(self, name, value)
                return value
        raise AttributeError(f"{self.name} has no public name {wanted!r}")


FASTAPI = Namespace(
    "fastapi",
    [
        "fastapi",
        "fastapi.responses",
        "fastapi.exceptions",
        "fastapi.encoders",
        "fastapi.exception_handlers",
        "fastapi.routing",
        "fastapi.security",
        "fastapi.openapi.utils",
        "fastapi.openapi.docs",
        "fastapi.sse",
        "fastapi.requests",
        "fastapi.security.http",
        "fastapi.security.base",
        "fastapi.openapi.models",
        "fastapi.middleware.cors",
        "fastapi.middleware.gzip",
        "fastapi.middleware.httpsredirect",
        "fastapi.middleware.trustedhost",
        "fastapi.middleware.wsgi",
        "fastapi.staticfiles",
        "fastapi.templating",
        "fastapi.testclient",
        "fastapi.websockets",
        "starlette.background",
        "starlette.middleware",
        "starlette.middleware.base",
        "starlette.routing",
    ],
)
FASTAPI.WebHTTPException = starlette.exceptions.HTTPException
WEBFOOT = Namespace(
    "webfoot",
    [
        "webfoot",
        "webfoot.api.application",
        "webfoot.api.router",
        "webfoot.api.route",
        "webfoot.api.markers",
        "webfoot.api.params",
        "webfoot.api.uploads",
        "webfoot.api.scopes",
        "webfoot.api.errors",
        "webfoot.api.handlers",
        "webfoot.api.encoders",
        "webfoot.api.openapi",
        "webfoot.api.sse",
        "webfoot.security",
        "webfoot.api.security.models",
        "webfoot.web",
        "webfoot.web.responses",
        "webfoot.web.requests",
        "webfoot.web.exceptions",
        "webfoot.web.background",
        "webfoot.web.middleware",
        "webfoot.web.datastructures",
        "webfoot.web.routing",
        "webfoot.testing",
    ],
    {"FastAPI": "Webfoot", "APIRoute": "ApiRoute", "APIWebSocketRoute": "ApiWebSocketRoute"},
)
WEBFOOT.WebHTTPException = webfoot.web.exceptions.HTTPException


@dataclass(frozen=True)
class Ask:
    """One request. `json`, `form`, `parts` or `body` give the body and its content type, unless `headers` says."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    form: list[tuple[str, str]] | dict[str, str] | None = None
    parts: list[tuple[str, str | None, str | None, bytes]] | None = None  # name, filename, content type, data
    body: bytes | None = None
    root_path: str = ""

    def __str__(self) -> str:
        extra = next(
            (f"{kind}={value!r}" for kind in ("json", "form", "parts", "body") if (value := getattr(self, kind))), ""
        )
        named = " ".join(f"{name}:{value}" for name, value in self.headers.items())
        return " ".join(filter(None, (self.method, self.target, extra, named)))[:120]


def get(target: str, **headers: str) -> Ask:
    return Ask("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})


def listed(text: str) -> list[str]:
    return text.split()


def post(target: str, json: Any = None, **options: Any) -> Ask:
    return Ask("POST", target, json=json, **options)


@dataclass
class Answer:
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raised: str | None = None

    @property
    def content(self) -> Any:
        """The JSON body as a value (the order of keys does not count), any other body as bytes."""
        try:
            return jsonlib.loads(self.body)
        except ValueError:
            return self.body


BOUNDARY = "twins-boundary"


def encoded_body(ask: Ask) -> tuple[bytes, str | None]:
    if ask.body is not None:
        return ask.body, None
    if ask.json is not None:
        return jsonlib.dumps(ask.json).encode(), "application/json"
    if ask.form is not None:
        return urlencode(ask.form).encode(), "application/x-www-form-urlencoded"
    if ask.parts is None:
        return b"", None
    lines = []
    for name, filename, content_type, data in ask.parts:
        disposition = f'Content-Disposition: form-data; name="{name}"'
        if filename is not None:
            disposition += f'; filename="{filename}"'
        head = [f"--{BOUNDARY}", disposition, *([f"Content-Type: {content_type}"] if content_type else []), "", ""]
        lines.append("\r\n".join(head).encode() + data + b"\r\n")
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


async def put(app: Any, ask: Ask) -> Answer:
    """Drive `app` once, as an ASGI server would, and check that it keeps the order of events."""
    body, content_type = encoded_body(ask)
    headers = {"host": "testserver", **{name.lower(): value for name, value in ask.headers.items()}}
    if content_type is not None:
        headers.setdefault("content-type", content_type)
    if body or ask.method in ("POST", "PUT", "PATCH"):
        headers.setdefault("content-length", str(len(body)))
    target = urlsplit(ask.target)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": unquote(target.path),
        "raw_path": target.path.encode(),
        "query_string": target.query.encode(),
        "root_path": ask.root_path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("testclient", 50000),
        "server": ("testserver", 80),
        "state": {},
        "extensions": {},
    }
    answer = Answer()
    finished = asyncio.Event()
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if unread:
            return unread.pop()
        await finished.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert answer.status is None, "a second http.response.start"
            answer.status = message["status"]
            answer.headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            assert answer.status is not None, "a body before its start"
            assert not finished.is_set(), "a body after the last one"
            answer.body += bytes(message.get("body", b""))
            if not message.get("more_body", False):
                finished.set()
        else:
            raise AssertionError(f"an event that no client asked for: {message['type']}")

    try:
        await asyncio.wait_for(app(scope, receive, send), 20)
    except Exception as error:
        answer.raised = type(error).__name__
    return answer


class Twins:
    """The same application on both frameworks, built on first use."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self.build = build
        self._apps: tuple[Any, Any] | None = None

    @property
    def apps(self) -> tuple[Any, Any]:
        if self._apps is None:
            self._apps = self.build(FASTAPI), self.build(WEBFOOT)
        return self._apps

    def compare(self, *asks: Ask) -> Answer:
        """Put each of `asks` to both in order; both must answer alike. Gives our last answer."""
        theirs_app, ours_app = self.apps
        for ask in asks:
            theirs = asyncio.run(put(theirs_app, ask))
            ours = asyncio.run(put(ours_app, ask))
            for difference in DIFFERENCES:
                difference.adapt(ask, theirs, ours)
            same(str(ask), comparable(ours), comparable(theirs))
        theirs_log, ours_log = (getattr(app.state, "log", None) for app in self.apps)
        same("what the application noted", ours_log, theirs_log)
        return ours


def fresh(build: Callable[[Any], Any], *asks: Ask) -> Answer:
    """Like `Twins(build).compare`, for applications that remember: each call builds both anew."""
    return Twins(build).compare(*asks)


def same(what: str, ours: Any, theirs: Any) -> None:
    assert ours == theirs, f"{what}\n  ours:   {ours}\n  theirs: {theirs}"


def comparable(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "body": answer.content,
        "headers": sorted((name, unordered(name, value)) for name, value in answer.headers),
        "raised": answer.raised,
    }


def unordered(name: str, value: str) -> str:
    """The methods in Allow are a set (RFC 9110 section 10.2.1)."""
    return ", ".join(sorted(value.split(", "))) if name == "allow" else value
