"""ONE large application with every documented feature of the toolkit, written against a namespace of names.

`everything(kit, pond)` gives it, `pond` being the directory of `fill_pond`. The names are those of docs/names.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SIZE = 50_000


def fill_pond(pond: Path) -> None:
    texts = {
        "duck.txt": "quack quack quack", "index.html": "<h1>pond</h1>", "sub/index.html": "<h1>sub</h1>",
        "404.html": "<h1>no such duck</h1>", "big.bin": "0123456789" * (SIZE // 10), "style.css": "a{}" * 500,
        "page.jinja": "unused", "templates/page.html": "<p>{{ name }} {{ url_for('item', item=3) }}</p>",
    }  # fmt: skip
    for name, text in texts.items():
        (pond / name).parent.mkdir(exist_ok=True)
        (pond / name).write_text(text)
        os.utime(pond / name, (0, 1_700_000_000))


def everything(kit: SimpleNamespace, pond: Path) -> Any:
    k = kit
    seen: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        yield {"ducks": ["mandarin"]}

    async def raised(request: Any, error: Any) -> Any:
        return k.JSONResponse({"kind": type(error).__name__, "said": str(error)}, status_code=418)

    async def not_found(request: Any, error: Any) -> Any:
        return k.PlainTextResponse(f"nothing at {request.url.path}", status_code=404, headers=error.headers)

    async def broken(request: Any, error: Any) -> Any:
        return k.PlainTextResponse(f"sorry: {error}", status_code=500)

    return k.Starlette(
        routes=[
            *_requests(k),
            *_responses(k, pond, seen),
            *_routing(k),
            *_errors(k),
            *_guarded(k),
            *_files(k, pond),
            *_sockets(k),
            *_others(k),
        ],
        lifespan=lifespan,
        middleware=[k.Middleware(k.SessionMiddleware, secret_key="quack", max_age=None)],
        exception_handlers={KeyError: raised, 404: not_found, 500: broken},
    )


def _requests(k: SimpleNamespace) -> list[Any]:
    async def tell(request: Any) -> Any:
        return k.JSONResponse(
            {
                "method": request.method,
                "url": str(request.url),
                "base_url": str(request.base_url),
                "host": request.url.hostname,
                "headers": sorted(request.headers.items()),
                "query": request.query_params.multi_items(),
                "cookies": request.cookies,
                "params": {name: str(value) for name, value in request.path_params.items()},
                "client": request.client.host,
                "ducks": request.state.ducks,
            }
        )

    async def body(request: Any) -> Any:
        content = await request.body()
        return k.PlainTextResponse(f"{len(content)} {content[:20]!r} {len(await request.body())}")

    async def stream(request: Any) -> Any:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
        return k.PlainTextResponse(str(size))

    async def json(request: Any) -> Any:
        return k.JSONResponse({"got": await request.json()})

    async def form(request: Any) -> Any:
        async with request.form(max_files=2, max_fields=3) as form:
            told = [
                [
                    name,
                    value if isinstance(value, str) else [value.filename, value.content_type, len(await value.read())],
                ]
                for name, value in form.multi_items()
            ]
        return k.JSONResponse(told)

    async def push(request: Any) -> Any:
        await request.send_push_promise("/style.css")
        return k.PlainTextResponse("pushed or not")

    async def hints(request: Any) -> Any:
        await request.send_early_hints("</style.css>; rel=preload")
        return k.PlainTextResponse("hinted")

    async def gone(request: Any) -> Any:
        return k.PlainTextResponse(str(await request.is_disconnected()))

    async def route(request: Any) -> Any:
        request.state.mine = "duck"
        return k.JSONResponse(
            [request.scope["route"].path, request.state.mine, request.url_for("made", kind="é x").path]
        )

    async def threads(request: Any) -> Any:
        numbers = [each async for each in k.iterate_in_threadpool(iter(range(3)))]
        return k.JSONResponse([await k.run_in_threadpool(sum, numbers), k.has_required_scope(request, [])])

    async def session(request: Any) -> Any:
        before = dict(request.session)
        if request.method == "DELETE":
            request.session.clear()
        elif request.method == "POST":
            request.session["count"] = before.get("count", 0) + 1
        return k.JSONResponse(before)

    return [
        k.Route("/tell", tell, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]),
        k.Route("/body", body, methods=["POST"]),
        k.Route("/stream-in", stream, methods=["POST"]),
        k.Route("/json-in", json, methods=["POST"]),
        k.Route("/form", form, methods=["POST"]),
        k.Route("/push", push),
        k.Route("/hints", hints),
        k.Route("/gone", gone),
        k.Route("/route/{x}", route),
        k.Route("/threads", threads),
        k.Route("/limited", body, methods=["POST"], max_body_size=10),
        k.Route("/session", session, methods=["GET", "POST", "DELETE"]),
    ]


def _responses(k: SimpleNamespace, pond: Path, seen: list[str]) -> list[Any]:
    async def parts() -> AsyncIterator[Any]:
        yield "quack "
        yield b"quack"

    async def torn() -> AsyncIterator[str]:
        yield "quack"
        raise ValueError("no more")

    def background(request: Any) -> Any:
        tasks = k.BackgroundTasks()
        tasks.add_task(seen.append, "sync")
        tasks.add_task(note, "async")
        return k.PlainTextResponse("later", background=tasks)

    async def note(what: str) -> None:
        seen.append(what)

    async def done(request: Any) -> Any:
        async with asyncio.timeout(5):
            while len(seen) < 2:  # they run behind the response
                await asyncio.sleep(0.005)
        return k.JSONResponse(seen)

    def cookies(request: Any) -> Any:
        response = k.HTMLResponse("<p>yum")
        response.set_cookie("plain", "a b")
        response.set_cookie("strict", "x", max_age=60, path="/in", domain="pond.example", secure=True, httponly=True)
        response.set_cookie("none", "y", samesite="none", secure=True, expires=0)
        response.delete_cookie("gone", path="/in")
        return response

    templates = k.Jinja2Templates(directory=pond / "templates")

    def page(request: Any) -> Any:
        return templates.TemplateResponse(request, "page.html", {"name": "<mandarin>"}, headers={"x-page": "1"})

    made = {
        "plain": lambda r: k.PlainTextResponse("quäck"),
        "html": lambda r: k.HTMLResponse("<p>quäck", status_code=201, headers={"X-Duck": "é"}),
        "json": lambda r: k.JSONResponse({"é": [1, None, 1.5, "<"]}),
        "bytes": lambda r: k.Response(b"\x00\x01", media_type="application/x-duck"),
        "empty": lambda r: k.Response(status_code=204),
        "unchanged": lambda r: k.Response(status_code=304, headers={"etag": '"1"'}),
        "redirect": lambda r: k.RedirectResponse("/made/plain?ä b", status_code=303),
        "streamed": lambda r: k.StreamingResponse(parts(), media_type="text/plain"),
        "iterated": lambda r: k.StreamingResponse(iter(["a", b"b"]), status_code=206, headers={"x-s": "1"}),
        "file": lambda r: k.FileResponse(pond / "big.bin", filename="größe.bin"),
        "inline": lambda r: k.FileResponse(pond / "duck.txt", content_disposition_type="inline", filename="duck.txt"),
        "cookies": cookies,
        "background": background,
        "seen": done,
        "page": page,
        "memory": lambda r: k.Response(memoryview(b"quack")),
        "torn": lambda r: k.StreamingResponse(torn(), media_type="text/plain"),
        "text": lambda r: k.StreamingResponse("quack", media_type="text/plain"),
    }

    async def make(request: Any) -> Any:
        response = made[request.path_params["kind"]](request)
        return await response if inspect.isawaitable(response) else response

    return [k.Route("/made/{kind}", make, name="made")]


def _routing(k: SimpleNamespace) -> list[Any]:
    class Dozen(k.Convertor):
        regex = "[0-9]+"

        def convert(self, value: str) -> int:
            return int(value) * 12

        def to_string(self, value: int) -> str:
            return str(value // 12)

    k.register_url_convertor("dozen", Dozen())

    async def params(request: Any) -> Any:
        return k.JSONResponse({name: [type(v).__name__, str(v)] for name, v in request.path_params.items()})

    async def urls(request: Any) -> Any:
        made = [
            request.url_for("item", item=3), request.url_for("mounted:inner", leaf="a b"),
            request.url_for("static", path="/duck.txt"), request.url_for("hosted:home", sub="north"),
            request.app.url_path_for("item", item=7), request.url.include_query_params(page=2),
            request.url_for("item", item=1).replace(scheme="https", port=8443),
        ]  # fmt: skip
        return k.JSONResponse([str(url) for url in made])

    async def leaf(request: Any) -> Any:
        return k.JSONResponse(
            {"path": request.url.path, "root": request.scope["root_path"], "base": str(request.base_url),
             "leaf": request.path_params, "item": str(request.url_for("item", item=1))}
        )  # fmt: skip

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await k.PlainTextResponse(f"{scope['root_path']} {scope['path']}")(scope, receive, send)

    async def home(request: Any) -> Any:
        return k.JSONResponse(request.path_params)

    class Ducks(k.HTTPEndpoint):
        async def get(self, request: Any) -> Any:
            return k.PlainTextResponse("ducks")

        def post(self, request: Any) -> Any:
            return k.PlainTextResponse("one more", status_code=201)

    class Stamp:
        def __init__(self, app: Any, text: str) -> None:
            self.app, self.text = app, text

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def stamped(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"x-stamp", self.text.encode())]
                await send(message)

            await self.app(scope, receive, stamped)

    class Timed(k.BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            if request.url.path.endswith("/early"):
                return k.PlainTextResponse("early", status_code=202)
            response = await call_next(request)
            response.headers["x-timed"] = request.method
            return response

    return [
        k.Route("/int/{item:int}", params, name="item"),
        k.Route("/float/{item:float}", params),
        k.Route("/uuid/{item:uuid}", params),
        k.Route("/dozen/{item:dozen}", params),
        k.Route("/two/{a}-{b}.{c}", params),
        k.Route("/rest/{rest:path}", params),
        k.Route("/slash/", params),
        k.Route("/noslash", params),
        k.Route("/twice", params, methods=["PUT"]),
        k.Route("/twice", params, methods=["DELETE"]),
        k.Route("/urls", urls),
        k.Route("/ducks", Ducks),
        k.Route("/stamped", params, middleware=[k.Middleware(Stamp, "route")]),
        k.Mount("/mounted", routes=[k.Route("/in/{leaf}", leaf, name="inner"), k.Route("/", leaf)], name="mounted"),
        k.Mount("/by/{owner}", routes=[k.Route("/in/{leaf}", leaf)], middleware=[k.Middleware(Stamp, "mount")]),
        k.Mount("/bare", app=bare),
        k.Mount("/timed", routes=[k.Route("/early", params), k.Route("/late", params), k.Route("/{x}", params)],
                middleware=[k.Middleware(Timed)]),
        k.Host("{sub}.ducks.example", app=k.Router([k.Route("/", home, name="home")]), name="hosted"),
    ]  # fmt: skip


def _errors(k: SimpleNamespace) -> list[Any]:
    async def fail(request: Any) -> Any:
        kind = request.path_params["kind"]
        if kind == "http":
            raise k.HTTPException(status_code=409, detail="two ducks", headers={"X-Why": "twins"})
        if kind == "plain":
            raise k.HTTPException(status_code=503)
        if kind == "handled":
            raise KeyError("duck")
        if kind == "none":
            raise k.HTTPException(status_code=404, headers={"x-none": "1"})
        if kind == "empty":
            raise k.HTTPException(status_code=304)
        raise ValueError("no duck")

    def fail_in_thread(request: Any) -> Any:
        raise k.HTTPException(status_code=400, detail=f"thread {request.method}")

    return [k.Route("/fail/{kind}", fail), k.Route("/fail-in-thread", fail_in_thread)]


def _guarded(k: SimpleNamespace) -> list[Any]:
    async def hello(request: Any) -> Any:
        return k.PlainTextResponse("hello " * 200, headers={"vary": "X-Own"})

    async def who(request: Any) -> Any:
        user = request.user
        return k.JSONResponse([user.is_authenticated, user.display_name, request.auth.scopes])

    async def fails(request: Any) -> Any:
        raise ValueError("no duck")

    async def sized(request: Any) -> Any:
        return k.PlainTextResponse(str(len(await request.body())))

    class Backend(k.AuthenticationBackend):
        async def authenticate(self, conn: Any) -> Any:
            said = conn.headers.get("authorization", "")
            if not said:
                return None
            if not said.startswith("Duck "):
                raise k.AuthenticationError("not a duck")
            return k.AuthCredentials(["authenticated", *said[5:].split()]), k.SimpleUser("jemima")

    def refuse(conn: Any, error: Any) -> Any:
        return k.JSONResponse({"error": str(error)}, status_code=401)

    def behind(path: str, endpoint: Any, *kinds: Any) -> Any:
        return k.Mount(path, routes=[k.Route("/", endpoint, methods=["GET", "POST"])], middleware=list(kinds))

    guarded = [
        k.Route("/who", who),
        k.Route("/member", k.requires("authenticated")(who)),
        k.Route("/admin", k.requires(["authenticated", "admin"], status_code=404)(who)),
        k.Route("/moved", k.requires("admin", redirect="item-of-login")(who)),
        k.Route("/login", who, name="item-of-login"),
    ]
    cors = k.Middleware(
        k.CORSMiddleware, allow_origins=["https://a.example"], allow_methods=["GET", "PUT"], allow_headers=["X-Duck"],
        allow_credentials=True, expose_headers=["X-Seen"], max_age=60,
    )  # fmt: skip
    return [
        behind("/cors", hello, cors),
        behind("/cors-broken", fails, cors),
        behind("/cors-all", hello, k.Middleware(k.CORSMiddleware, allow_origins=["*"], allow_headers=["*"])),
        behind("/cors-regex", hello, k.Middleware(k.CORSMiddleware, allow_origin_regex=r"https://.*\.example")),
        behind("/gzip", hello, k.Middleware(k.GZipMiddleware, minimum_size=500)),
        behind("/gzip-large", hello, k.Middleware(k.GZipMiddleware, minimum_size=5000)),
        behind("/trusted", hello, k.Middleware(k.TrustedHostMiddleware, allowed_hosts=["pond.example", "*.b.example"])),
        behind("/https", hello, k.Middleware(k.HTTPSRedirectMiddleware)),
        behind("/limit", sized, k.Middleware(k.RequestBodyLimitMiddleware, max_body_size=100)),
        k.Mount("/auth", routes=guarded, middleware=[
            k.Middleware(k.AuthenticationMiddleware, backend=Backend(), on_error=refuse)]),
    ]  # fmt: skip


def _files(k: SimpleNamespace, pond: Path) -> list[Any]:
    return [
        k.Mount("/static", k.StaticFiles(directory=pond), name="static"),
        k.Mount("/site", k.StaticFiles(directory=pond, html=True), name="site"),
    ]


def _sockets(k: SimpleNamespace) -> list[Any]:
    async def echo(websocket: Any) -> None:
        offered = websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=offered[-1] if offered else None, headers=[(b"x-duck", b"1")])
        async for text in websocket.iter_text():
            if text == "close":
                await websocket.close(4001, "enough")
                return
            await websocket.send_json({"got": text, "path": websocket.url.path, "params": websocket.path_params})

    async def early(websocket: Any) -> None:
        await websocket.close(4000)

    async def deny(websocket: Any) -> None:
        await websocket.send_denial_response(k.JSONResponse({"no": "ducks"}, status_code=402, headers={"x-no": "1"}))

    async def forbid(websocket: Any) -> None:
        raise k.HTTPException(status_code=401, detail="who are you", headers={"x-who": "1"})

    async def wrong(websocket: Any) -> None:
        await websocket.accept()
        raise k.WebSocketException(code=4004, reason="wrong pond")

    async def returns(websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_bytes(b"\x00bye")

    class Endpoint(k.WebSocketEndpoint):
        encoding = "json"

        async def on_receive(self, websocket: Any, data: Any) -> None:
            await websocket.send_json([data], mode="binary")

    return [
        k.WebSocketRoute("/ws/echo/{room}", echo),
        k.WebSocketRoute("/ws/early", early),
        k.WebSocketRoute("/ws/deny", deny),
        k.WebSocketRoute("/ws/forbid", forbid),
        k.WebSocketRoute("/ws/wrong", wrong),
        k.WebSocketRoute("/ws/returns", returns),
        k.WebSocketRoute("/ws/endpoint", Endpoint),
        k.Mount("/ws/mounted", routes=[k.WebSocketRoute("/echo/{room}", echo)]),
    ]


def _others(k: SimpleNamespace) -> list[Any]:
    """Applications of another kind, and what describes all of this."""

    def legacy(environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        told = [*(environ[name].encode() for name in ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")), body]
        fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(b"".join(told))))]
        start_response("201 Created", [*fields, ("X-Legacy", environ["REQUEST_METHOD"])])
        return told

    async def described(request: Any) -> Any:
        """
        summary: A duck.
        responses: {200: {description: Quack.}}
        """
        return k.SchemaGenerator({"openapi": "3.0.0", "info": {"title": "Pond", "version": "1"}}).OpenAPIResponse(
            request
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wsgi = k.WSGIMiddleware(legacy)
    return [k.Mount("/legacy", app=wsgi), k.Mount("/described", routes=[k.Route("/{duck:int}", described)])]
