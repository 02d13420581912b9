"""The same tests with Starlette's test client and with ours: what they find is the same, or stands in the docs."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient as Theirs

from webfoot.testing import TestClient as Ours

DOCS = (
    (Path(__file__).parents[3] / "docs/differences.md").read_text().partition("\n## Toolkit")[2].partition("\n## ")[0]
)
SHOWN = "A test client shows what a client would see"
ENDS = "No test hangs"

Case = Callable[[Any], Any]
CASES: dict[str, Case] = {}
OTHERWISE: dict[str, str] = {}


def case(found: Case) -> Case:
    CASES[found.__name__.replace("_", " ")] = found
    return found


def otherwise(heading: str) -> Callable[[Case], Case]:
    def keep(found: Case) -> Case:
        OTHERWISE[found.__name__.replace("_", " ")] = heading
        return case(found)

    return keep


async def answer(send: Any, body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def telling(*names: str) -> Any:
    """An application that answers with these parts of its scope; lists are tuples."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        values = [scope[name] for name in names]
        await answer(send, repr([tuple(each) if isinstance(each, list) else each for each in values]).encode())

    return app


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event["body"], event.get("more_body")
    headers = dict(scope["headers"])
    told = [scope["method"], headers.get(b"content-type"), headers.get(b"content-length"), body]
    await answer(send, repr(told).encode())


def answering(body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, body, status, *headers)

    return app


async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["ducks"] = ["mandarin"]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        told = sorted(scope["state"].items())
        scope["state"]["mine"] = 1
        await answer(send, repr(told).encode())


def sending(*events: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(dict(event))

    return app


START = {"type": "http.response.start", "status": 200, "headers": []}


def failing(error: BaseException, *before: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sending(*before)(scope, receive, send)
        raise error

    return app


def outcome(of: Callable[[], Any]) -> Any:
    try:
        return of()
    except BaseException as error:
        return type(error).__name__, str(error)


# -- requests -------------------------------------------------------------------------------------------------------


@case
def urls(client: Any) -> Any:
    app = telling("path", "raw_path", "query_string")
    made = [client(app, base_url=base) for base in ("http://testserver", "http://testserver/v1", "http://x/v1/")]
    targets = ["/a", "a", "", "?x=1", "/a/../b", "/a%2Fb", "/a b", "/ä?ö=ü&y=a b", "/%ff", "/%zz", "/a#f", "http://y/z"]
    return [[each.get(target).text for target in targets] for each in made]


@case
def servers(client: Any) -> Any:
    bases = ["http://h", "https://h", "http://h:81", "https://h:443", "http://[::1]:8000", "http://H.example"]
    return [client(telling("scheme", "server", "headers"), base_url=base).get("/").text for base in bases]


@case
def root_path_and_client(client: Any) -> Any:
    app = telling("root_path", "path", "client", "http_version", "type")
    return client(app, root_path="/api", client=("pond", 7)).get("/x").text, client(app).get("/x").text


@case
def bodies(client: Any) -> Any:
    post = client(echo).post
    return [
        post("/", content=b"quack").text,
        post("/", content="quäck").text,
        post("/", json={"a": [1, "é", None]}).text,
        post("/", data={"a": "1", "b": ["2", "3"]}).text,
        post("/", headers={"content-type": "text/csv"}, content=b"a,b").text,
        post("/").text,
        post("/", content=(part for part in (b"a", b"b"))).text,
    ]


@case
def files(client: Any) -> Any:
    c = client(echo)
    c.headers["content-type"] = "multipart/form-data; boundary=duck"
    return [
        c.post("/", files={"a": io.BytesIO(b"quack"), "b": ("d.txt", b"x", "text/plain")}, data={"c": "1"}).text,
        c.post("/", files=[("a", ("é.txt", "1")), ("a", ("2.txt", io.StringIO("2").read()))]).text,
    ]


@case
def methods(client: Any) -> Any:
    c = client(echo)
    called = [c.get, c.options, c.delete, c.post, c.put, c.patch, c.query]
    return [each("/").text for each in called], c.head("/").status_code, c.request("purge", "/").text


@case
def params_and_headers(client: Any) -> Any:
    c = client(telling("query_string", "headers"), headers={"X-A": "1"})
    c.params = {"page": 1}
    c.headers["x-b"] = "2"
    first = c.get("/", params={"q": ["a b", "é"]}, headers={"X-A": "3", "Host": "other"}).text
    c.headers = {"Authorization": "duck"}
    return first, c.get("/").text


@case
def cookies(client: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        sets = {
            "/set": b"n=1; Path=/",
            "/in/set": b"p=2; Path=/in",
            "/del": b"n=; Max-Age=0; Path=/",
            "/s": b"s=1; Secure",
        }
        given = [(b"set-cookie", sets[scope["path"]])] if scope["path"] in sets else []
        await answer(send, dict(scope["headers"]).get(b"cookie", b""), 200, *given)

    c = client(app, cookies={"a": "b"})
    told = [c.get(path).text for path in ("/", "/set", "/", "/in/set", "/in/x", "/", "/del", "/", "/s", "/")]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        told.append(c.get("/", cookies={"p": "q"}).text)
    told.append(c.get("/").text)
    c.cookies.clear()
    c.cookies.set("fresh", "1")
    return told, [each.category.__name__ for each in warned], c.get("/").text, c.get("/set").cookies.get("n")


@case
def redirects(client: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        where = {
            "/302": (302, b"/t?x=1"), "/307": (307, b"/t"), "/far": (301, b"https://far.example/t"),
            "/loop": (302, b"/loop"), "/rel": (303, b"t"),
        }  # fmt: skip
        if scope["path"] in where:
            status, location = where[scope["path"]]
            return await answer(send, b"", status, (b"location", location))
        return await telling("method", "scheme", "path", "query_string")(scope, receive, send)

    c = client(app)
    told = [c.post(path, data={"a": "b"}).text for path in ("/302", "/307", "/far", "/rel")]
    still = client(app, follow_redirects=False).get("/302")
    return [
        told, still.status_code, still.next_request.url.path, c.get("/302", follow_redirects=False).status_code,
        [each.status_code for each in c.get("/302").history], outcome(lambda: c.get("/loop")),
    ]  # fmt: skip


@case
def authentication_and_hooks(client: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, dict(scope["headers"]).get(b"authorization", b""))

    log: list[Any] = []
    c = client(app)
    c.event_hooks = {
        "request": [lambda request: log.append(request.method)],
        "response": [lambda r: log.append(r.url.path)],
    }
    c.auth = ("jemima", "quack")
    return c.get("/a").text, c.get("http://u:p@testserver/b").text, c.get("/c", auth=("x", "y")).text, log


# -- responses ------------------------------------------------------------------------------------------------------


@case
def responses(client: Any) -> Any:
    app = answering(b"quack", 404, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-type", b"text/x-duck"))
    got = client(app).get("/")
    return (
        got.status_code, got.reason_phrase, got.http_version, got.headers.multi_items(), dict(got.cookies), got.text,
        got.is_closed, str(got.request.url), str(got.url), got.is_client_error, got.extensions, got.history,
    )  # fmt: skip


@case
def codings(client: Any) -> Any:
    return client(answering(gzip.compress(b"quack"), 200, (b"content-encoding", b"gzip"))).get("/").text


@case
def answers_to_head(client: Any) -> Any:
    got = client(answering(b"quack", 200, (b"content-length", b"5"))).head("/")
    return got.content, got.headers.multi_items()


@case
def bytes_of_other_kinds(client: Any) -> Any:
    made = [bytearray(b"a"), memoryview(b"b")]
    return [client(sending(START, {"type": "http.response.body", "body": body})).get("/").content for body in made]


@case
def debug_information(client: Any) -> Any:
    info = {"template": "nest.html", "context": {"eggs": 3}, "more": 1}
    got = client(sending({"type": "http.response.debug", "info": info}, START, {"type": "http.response.body"})).get("/")
    return got.extensions, got.template, got.context


@case
def trailers(client: Any) -> Any:
    app = sending(
        {**START, "trailers": True},
        {"type": "http.response.body", "body": b"x"},
        {"type": "http.response.trailers", "headers": [(b"a", b"1")], "more_trailers": True},
        {"type": "http.response.trailers", "headers": [(b"b", b"2")]},
    )
    return client(app).get("/").extensions


@case
def server_sent_events(client: Any) -> Any:
    app = answering(b"event: e\ndata: a\n\nid: 1\ndata: b\ndata: c\n\n", 200, (b"content-type", b"text/event-stream"))
    with client(app).sse("/") as source:
        return [(each.event, each.data, each.id) for each in source]


@otherwise(SHOWN)
def a_body_where_there_is_none(client: Any) -> Any:
    return [outcome(lambda: client(answering(b"x", status)).get("/").content) for status in (204, 304)]


@otherwise(SHOWN)
def statuses_that_are_none(client: Any) -> Any:
    return [outcome(lambda: client(answering(b"", status)).get("/").status_code) for status in (101, 600)]


@otherwise(SHOWN)
def a_value_of_one_byte_outside_ascii(client: Any) -> Any:
    return outcome(lambda: client(answering(b"", 200, (b"x-duck", b"\xe9"))).get("/").headers["x-duck"])


@otherwise(SHOWN)
def a_user_agent_of_the_test(client: Any) -> Any:
    headers = client(telling("headers"), headers={"User-Agent": "duck"}).get("/").text
    return headers.count("user-agent")


# -- lifespan, failures, streams ------------------------------------------------------------------------------------


@case
def the_lifespan(client: Any) -> Any:
    c = client(with_lifespan)
    with c:
        told = [c.get("/").text, c.get("/").text, dict(c.app_state)]
    with c:
        told.append(c.get("/").text)
    return told


@case
def lifespans_that_fail(client: Any) -> Any:
    async def startup(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("dry pond")

    async def shutdown(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("dry pond")

    def block(app: Any) -> Any:
        def enter() -> None:
            with client(app):
                pass

        return outcome(enter)

    return [block(startup), block(shutdown)]


@case
def the_portal(client: Any) -> Any:
    async def loop() -> Any:
        return asyncio.get_running_loop()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await with_lifespan(scope, receive, send)
        return await answer(send, repr(asyncio.get_running_loop() is loops[0]).encode())

    loops: list[Any] = []
    c = client(app)
    with c:
        loops.append(c.portal.call(loop))
        told = [c.get("/").text, c.portal.call(max, 1, 2), c.portal.start_task_soon(loop).result(5) is loops[0]]
    return told, c.portal


@case
def failures(client: Any) -> Any:
    error = ValueError("no duck")
    apps = [
        failing(error),
        failing(error, START, {"type": "http.response.body", "body": b"x"}),
        failing(error, START, {"type": "http.response.body", "body": b"x", "more_body": True}),
    ]
    told = [outcome(lambda: client(app).get("/").text) for app in apps]
    quiet = [client(app, raise_server_exceptions=False).get("/") for app in apps[:2]]
    return told, [(each.status_code, each.text) for each in quiet]


@case
def exception_groups(client: Any) -> Any:
    async def fail() -> None:
        raise ValueError("no duck")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    return outcome(lambda: client(app).get("/"))


@otherwise(SHOWN)
def a_response_that_is_torn(client: Any) -> Any:
    app = failing(ValueError("no duck"), START, {"type": "http.response.body", "body": b"x", "more_body": True})
    return outcome(lambda: client(app, raise_server_exceptions=False).get("/").text)


@otherwise(SHOWN)
def events_out_of_order(client: Any) -> Any:
    apps = [sending(START, START), sending({"type": "http.response.body"}), sending(), sending(START)]
    return [outcome(lambda: client(app).get("/").text) for app in apps]


@case
def a_stream_as_it_comes(client: Any) -> Any:
    go_on = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(dict(START))
        await send({"type": "http.response.body", "body": b"a\n", "more_body": True})
        await asyncio.to_thread(go_on.wait, 5)
        await send({"type": "http.response.body", "body": b"b\nc"})

    with client(app).stream("GET", "/") as response:
        lines = response.iter_lines()
        told = [response.status_code, next(lines)]
        go_on.set()
        return told + list(lines)


@case
def a_stream_in_pieces(client: Any) -> Any:
    parts = [{"type": "http.response.body", "body": b"quack", "more_body": True}] * 3
    c = client(sending(START, *parts, {"type": "http.response.body"}))
    told = []
    for method in ("iter_raw", "iter_bytes", "iter_text", "iter_lines"):
        with c.stream("GET", "/") as response:
            told.append(list(getattr(response, method)()))
    with c.stream("GET", "/") as response:
        told.append([outcome(lambda: response.text), response.read(), response.text])
    return told


@otherwise(ENDS)
def a_stream_that_is_closed_early(client: Any) -> Any:
    log: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(dict(START))
        try:
            while True:
                await send({"type": "http.response.body", "body": b"tick", "more_body": True})
                await asyncio.sleep(0.001)
        except BaseException as error:
            log.append(type(error).__name__)
            raise

    with client(app).stream("GET", "/") as response:
        next(response.iter_raw())
    return log


@case
def background_work(client: Any) -> Any:
    log: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"quack")
        await asyncio.sleep(0.005)
        log.append("done")

    client(app).get("/")
    with client(app).stream("GET", "/") as response:
        response.read()
        return log


@case
def what_receive_gives_after_the_response(client: Any) -> Any:
    log: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        log.append((await receive())["type"])
        await answer(send)
        log.append((await receive())["type"])

    client(app).get("/")
    return log


@otherwise(ENDS)
def a_time_of_ones_own(client: Any) -> Any:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        return client(answering(b"x")).get("/", timeout=1).text, [each.category.__name__ for each in warned]


@otherwise(ENDS)
def an_upload_that_is_a_generator(client: Any) -> Any:
    parts: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            event = await receive()
            parts.append(event["body"])
            more = event.get("more_body")
        await answer(send)

    client(app).post("/", content=(part for part in (b"a", b"b")))
    return parts


@case
def threads(client: Any) -> Any:
    told: list[str] = []
    with client(with_lifespan) as c:
        ten = [threading.Thread(target=lambda: told.append(c.get("/").text)) for _ in range(10)]
        for thread in ten:
            thread.start()
        for thread in ten:
            thread.join(5)
    return told


@case
def a_running_loop(client: Any) -> Any:
    async def scenario() -> Any:
        with client(with_lifespan) as c:
            return c.get("/").text, client(answering(b"x")).get("/").text

    return asyncio.run(scenario())


@case
def a_client_within_an_application(client: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, client(answering(b"inner")).get("/").content)

    return client(app).get("/").text


@case
def two_clients(client: Any) -> Any:
    with client(with_lifespan) as one, client(with_lifespan) as two:
        one.cookies.set("a", "1")
        return one.get("/").text, two.get("/").text, dict(two.cookies)


@otherwise(SHOWN)
def another_backend(client: Any) -> Any:
    return outcome(lambda: client(answering(b"x"), backend="trio").get("/").text)


@pytest.mark.parametrize("name", CASES)
def test_the_same_test_finds_the_same(name: str) -> None:
    there, here = (json.dumps(CASES[name](client), default=repr) for client in (Theirs, Ours))
    if name in OTHERWISE:
        assert here != there, "it is said to differ and does not"
    else:
        assert here == there


@pytest.mark.parametrize("heading", sorted(set(OTHERWISE.values())))
def test_each_difference_stands_in_the_docs(heading: str) -> None:
    assert f"\n### {heading}\n" in DOCS
