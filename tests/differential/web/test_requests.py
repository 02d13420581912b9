"""Requests: what they tell about the same scope and body, on Starlette and on webfoot."""

import pytest
from tests.differential.web.flows import THEIRS as FLOWS_THEIRS
from tests.differential.web.judge import OURS, THEIRS, answer
from tests.differential.web.sockets import over_sockets, request

PLAIN = """
request(method="POST").method
request().app, 1
request().user
request().auth
request().session
request(user=1, auth=2, session={"a": 1}).session
request(state={"a": 1}).state.a
[setattr((q := request(state=(d := {"a": 1}))).state, "b", 2), d, q.state is q.state]
[setattr((q := request()).state, "b", 2), q.scope["state"], q["state"]]
request().client, request(client=["1.1.1.1", 3]).client, request(client=None).client
request().path_params, request(path_params={"a": 1}).path_params
request(root_path="/r", path="/r/p").base_url
request(root_path="/r/", path="/r/p").base_url
request(root_path="/r/m", app_root_path="/r", path="/r/m/p", query_string=b"a=1").base_url
request().base_url, request().url, request(headers=[(b"host", b"x.org")]).url
request().url_for("x")
request(query_string=b"a=1&a=2").query_params
request(headers=[(b"x-a", b"1"), (b"x-a", b"2")]).headers.getlist("x-a")
[q := request(), q == request(), q == q, len(q), q["path"], q.get("zz"), "path" in q, sorted(q)][1:]
[setattr(q := request(), "foo", 3), q.foo, isinstance(hash(q), int)]
Request({"type": "websocket"})
HTTPConnection({"type": "lifespan"})
HTTPConnection({"type": "websocket", "path": "/", "headers": []}).url
Request[int].__name__
"""

PATHS = """
request(router=paths, root_path="/r").url_for("x", y=1)
request(app=paths, root_path="/r").url_for("x", y=1)
request(app=None, router=paths, headers=[(b"host", b"q.w")]).url_for("x", name="n")
"""

COOKIES = [
    'a=1; b=2;c; =d; e=; "q"="w w"; f="a\\073b"; g=h=i; a=2',
    "a=1,b=2; $Version=1; x = y ; \xe9=\xfc",
    'a="x\\"y"; b="un; c=\'s\'; d=%20; e="\\101\\x"; expires=z',
    "",
    ";;; ",
    "a b=c d; k[]=1; d\t=\t e",
    'a=""; b="; c=""""; d="\\"',
    'a="\\"; b="\\400"; c="\\08"; d="\\\\073"',
    "=; ==; ===x",
]

BODIES = """
run(q(b"ab").body())
run(q(b"a", b"", b"b").body())
run(q().body())
run(q(b"a", disconnect=True).body())
run(all_of(q(b"a", b"", b"b").stream()))
run(all_of(q(b"a", disconnect=True).stream()))
[r := q(b"a", b"b"), run(r.body()), run(all_of(r.stream())), run(r.body())][1:]
[r := q(b"a", b"b"), run(all_of(r.stream())), run(r.body())]
[r := q(b"a", b"b"), run(all_of(r.stream())), run(all_of(r.stream()))]
[r := q(b'{"a":', b"1}"), j := run(r.json()), j is run(r.json()), run(r.body())][1:]
run(Request(scope()).body())
[r := q(), run(r.is_disconnected()), run(r.is_disconnected())][1:]
"""

SENT = """
told(lambda r: r.send_push_promise("/x"), "http.response.push")
told(lambda r: r.send_push_promise("/x"))
told(lambda r: r.send_early_hints("</a>; rel=preload", "</b>"), "http.response.early_hint")
told(lambda r: r.send_early_hints("</a>"))
"""

PROGRAMS = [line for table in (PLAIN, PATHS, BODIES, SENT) for line in table.strip().splitlines()]
PROGRAMS += [f"request(headers=[(b'cookie', {text.encode('latin-1')!r})]).cookies" for text in COOKIES]
PROGRAMS += [
    "request(headers=[(b'cookie', b'a=1; b=2'), (b'cookie', b'c=3; a=9')]).cookies",
    "request(headers=[(b'cookie', b'a=\"open'), (b'cookie', b'c\"')]).cookies",
    "request().cookies",
]


async def all_of(stream):
    return [chunk async for chunk in stream]


def kit_for(kit):
    class Paths:
        def url_path_for(self, name, /, **params):
            return kit["URLPath"](f"/u/{name}/{params}")

    def told(ask, *extensions):
        messages = []

        async def send(message):
            messages.append(message)

        fields = [(b"accept", b"x"), (b"user-agent", b"q"), (b"x", b"y"), (b"cookie", b"c")]
        scope = kit["scope"](extensions={name: {} for name in extensions}, headers=fields)
        kit["run"](ask(kit["Request"](scope, None, send)))
        for message in messages:
            if "headers" in message:
                message["headers"].sort()
        return messages

    return {**kit, "q": kit["request"], "all_of": all_of, "paths": Paths(), "told": told}


@pytest.mark.parametrize("program", PROGRAMS)
def test_answers_as_starlette_does(program: str) -> None:
    assert answer(kit_for(OURS), program) == answer(kit_for(THEIRS), program)


# program, our answer, and why it is not Starlette's (each is told in docs/differences.md)
DIFFERENCES = [
    ("run(q(b'{\"a\":').json())", "raises InvalidJSON", "a JSONDecodeError that is answered with 400"),
    ('run(q(b"").json())', "raises InvalidJSON", "a JSONDecodeError that is answered with 400"),
    ('run(q(b"\\xff").json())', "raises InvalidJSON", "one kind of error for all that is no JSON"),
    ('run(q(b"[" * 100_000).json())', "raises InvalidJSON", "one kind of error for all that is no JSON"),
    ('run(q(b"1" * 5_000).json())', "raises InvalidJSON", "one kind of error for all that is no JSON"),
    ('[r := q(b"a", b"b"), run(r.is_disconnected()), run(r.body())][1:]', "[True, b'ab']", "nothing of a body is lost"),
]


@pytest.mark.parametrize(("program", "ours", "why"), DIFFERENCES)
def test_known_difference(program: str, ours: str, why: str) -> None:
    assert answer(kit_for(OURS), program) == ours
    assert answer(kit_for(THEIRS), program) != ours, f"no longer a difference: {why}"


ASKED = [
    request("GET", "/a%20b/%C3%A9?q=1&q=%ff&r", {"Cookie": 'a=1; b="x y"', "X-Odd": "\xe9", "Accept": "a, b"}),
    request("POST", "/", {"Content-Type": "text/plain"}, b"quack"),
    request("POST", "/json", {"Content-Type": "text/plain"}, b'{"a": [1, null]}'),
    request("GET", "http://other.example:81/abs?x=1"),
    request("GET", "//double?x"),
    request("OPTIONS", "*"),
    request("HEAD", "/x"),
    request("POST", "/x", {"Transfer-Encoding": "chunked"}) + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    b"GET /x HTTP/1.0\r\nHost: old.example\r\n\r\n",
]


@pytest.mark.parametrize("asked", ASKED)
def test_over_a_socket(asked: bytes) -> None:
    def make(kit):
        of = __import__("starlette.requests" if kit is FLOWS_THEIRS else "webfoot.web.requests", fromlist=["Request"])

        async def app(scope, receive, send):
            if scope["type"] != "http":
                return
            asking = of.Request(scope, receive, send)
            told = {
                "method": asking.method,
                "url": str(asking.url),
                "base": str(asking.base_url),
                "parts": [asking.url.hostname, asking.url.port, asking.url.path, asking.url.query],
                "query": asking.query_params.multi_items(),
                "headers": sorted(asking.headers.items()),
                "cookies": asking.cookies,
                "client": asking.client.host,
                "body": (await asking.body()).decode(),
                "gone": await asking.is_disconnected(),
            }
            if asking.url.path == "/json":
                told["json"] = await asking.json()
            await kit.JSONResponse(told)(scope, receive, send)

        return app

    theirs, ours = over_sockets(make, asked)
    assert ours == theirs
