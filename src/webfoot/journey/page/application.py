"""The page's own requests: a raw ASGI application at `<root path>/__webfoot__`. docs/page.md describes it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qs

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.journey.export import FORMS
from webfoot.journey.page.audience import Audience
from webfoot.journey.page.crew import Crew, NotKept
from webfoot.journey.page.events import Stream
from webfoot.journey.page.files import file_named
from webfoot.journey.page.filters import Filter
from webfoot.journey.page.gate import COOKIE, Gate, Refusal
from webfoot.journey.page.news import dumped, read_cursors
from webfoot.journey.saved.reading import SavedError, read_journeys
from webfoot.trail.page import PLACE

MOST_PAGES: Final = 20
"""Streams of news at a time."""

_A_MONTH: Final = 30 * 24 * 3600
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", _POLICY),
]
_CHANGES: Final = b"x-webfoot-page"  # no other site can send this without asking for leave first (CORS)


class Asked:
    """One request of the page."""

    __slots__ = ("audience", "crew", "headers", "method", "path", "query", "receive", "root", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, crew: Crew, audience: Audience) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.crew = crew
        self.audience = audience
        self.root: str = (scope.get("root_path") or "") + PLACE
        self.path: str = scope["path"][len(self.root) :]
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.query = _read_query(scope["query_string"])

    async def answer(
        self, status: int, body: bytes = b"", kind: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        fields = [*_HEADERS, *headers, (b"content-length", b"%d" % len(body))]
        if kind:
            fields.append((b"content-type", kind.encode("ascii")))
        if self.crew.may_be_several and self.scope["http_version"] == "1.1":
            # On a new connection a worker answers that can; one that hangs would hold up what comes on an old one.
            fields.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": status, "headers": fields})
        await self.send({"type": "http.response.body", "body": body if self.method != "HEAD" else b""})

    async def answer_json(self, value: object, status: int = 200) -> None:
        await self.answer(status, dumped(value), "application/json")

    async def refuse(self, refusal: Refusal, *headers: tuple[bytes, bytes]) -> None:
        if self.path.startswith("/api/"):
            data, kind = json.dumps({"error": refusal.reason}).encode("ascii"), "application/json"
        else:
            data, kind = f"{refusal.reason}\n".encode(), "text/plain; charset=utf-8"
        await self.answer(refusal.status, data, kind, headers)


def _read_query(query: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=50)
    except ValueError:  # nobody who asks for the page sends so many
        return {}


class Page:
    def __init__(self, crew: Crew, gate: Gate) -> None:
        self._crew = crew
        self._audience = Audience(crew)
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        asked = Asked(scope, receive, send, self._crew, self._audience)
        is_data = asked.path.startswith("/api/")
        refusal = self._gate.refuse(scope, asked.headers, is_data=is_data)
        if refusal is not None:
            await asked.refuse(refusal)
        elif is_data:
            await _answer_api(asked)
        else:
            await self._answer_file(asked)

    async def _answer_file(self, asked: Asked) -> None:
        if asked.method not in ("GET", "HEAD"):
            await asked.refuse(Refusal(405, f"the page takes no {asked.method[:20]}"), (b"allow", b"GET, HEAD"))
        elif not asked.path:
            await asked.answer(308, headers=((b"location", b"__webfoot__/"),))
        elif asked.path == "/" and "token" in asked.query:
            await self._log_in(asked, asked.query["token"][-1])
        elif (found := file_named(asked.path[1:])) is not None:
            await asked.answer(200, found[1], found[0])
        else:
            await asked.refuse(Refusal(404, "the page has no such file"))

    async def _log_in(self, asked: Asked, token: str) -> None:
        """The token goes from the address into a cookie, so that it stands in no history and no screenshot."""
        refusal = self._gate.takes(token) if self._gate.needs_token else None
        if refusal is not None:
            await asked.refuse(refusal)
            return
        location = (b"location", b"./")  # relative: a proxy may have cut a prefix off
        if not self._gate.needs_token:
            await asked.answer(303, headers=(location,))
            return
        secure = "; Secure" if asked.scope.get("scheme") == "https" else ""
        # No Path: the browser takes that of the page as it sees it.
        cookie = f"{COOKIE}={self._gate.cookie}; Max-Age={_A_MONTH}; HttpOnly; SameSite=Strict{secure}"
        await asked.answer(303, headers=(location, (b"set-cookie", cookie.encode("latin-1"))))


async def _answer_api(asked: Asked) -> None:
    rest = asked.path.removeprefix("/api/")
    place = "journeys/" if rest.startswith("journeys/") else rest
    found = _API.get(place)
    if found is None:
        await asked.refuse(Refusal(404, "the page has no such thing; docs/page.md says what there is"))
        return
    methods, answer = found
    if asked.method not in methods:
        allowed = ", ".join(methods).encode("ascii")
        await asked.refuse(Refusal(405, f"{place} takes no {asked.method[:20]}"), (b"allow", allowed))
    else:
        await answer(asked)


async def _journeys(asked: Asked) -> None:
    wanted = Filter(asked.query)
    since = read_cursors(asked.query.get("since", [""])[-1])
    listed = await asked.crew.listed()
    found = [news.data for news in listed.news if news.cursor > since.get(news.epoch, 0) and wanted.fits(news.data)]
    journeys = found[-wanted.limit :] if wanted.limit else found
    await asked.answer_json({"version": 1, "server": listed.server, "cursor": listed.cursor, "journeys": journeys})


async def _journey(asked: Asked) -> None:
    id, exports, name = asked.path.removeprefix("/api/journeys/").partition("/export/")
    try:
        journey = await asked.crew.whole(id)
    except NotKept as refused:
        await asked.refuse(Refusal(refused.status, str(refused)))
        return
    if not exports:
        await asked.answer(200, journey, "application/json")
    elif (form := FORMS.get(name)) is None:
        await asked.refuse(Refusal(404, f"there is no such export; there are {', '.join(FORMS)}"))
    else:
        try:
            text = form.write(read_journeys(journey, id), asked.crew.hub.server["app"] or "")
        except SavedError as error:
            await asked.refuse(Refusal(409, str(error)))
        else:
            await asked.answer(200, text.encode("utf-8", "replace"), f"{form.media_type}; charset=utf-8")


async def _events(asked: Asked) -> None:
    if len(asked.audience) >= MOST_PAGES:
        await asked.refuse(Refusal(503, f"{MOST_PAGES} pages are open already"))
        return
    await asked.crew.look_for_departed()  # so that they are among the first that the page hears of
    headers = [*_HEADERS, (b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
    last_seen = asked.headers.get(b"last-event-id", b"").decode("latin-1")
    await Stream(asked.audience, asked.receive, asked.send).run(headers, last_seen)


async def _clear(asked: Asked) -> None:
    if asked.headers.get(_CHANGES) != b"1":
        await asked.refuse(Refusal(403, "this needs the header x-webfoot-page: 1"))
        return
    silence = await asked.crew.clear()
    if silence:
        await asked.refuse(Refusal(504, silence))
    else:
        await asked.answer(204)


_API: Final[dict[str, tuple[tuple[str, ...], Callable[[Asked], Awaitable[None]]]]] = {
    "journeys": (("GET", "HEAD"), _journeys),
    "journeys/": (("GET", "HEAD"), _journey),
    "events": (("GET",), _events),
    "clear": (("POST",), _clear),
}
