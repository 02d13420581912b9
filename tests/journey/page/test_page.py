"""The page's own requests, and what it tells of others: on real sockets, with both parsers."""

import asyncio
import json

import pytest
from tests.conformance.harness import echo
from tests.journey.page.paging import hub_of, with_page

from webfoot.journey.page.doorway import is_taken
from webfoot.journey.page.kept import Kept
from webfoot.web import Mount, Route, WebApp
from webfoot.web.responses import PlainTextResponse

PARSERS = ("httptools", "h11")


async def hang(scope, receive, send):
    """Answers when it is told to, by a second request."""
    if scope["path"] == "/go":
        scope["state"]["gate"].set()
    else:
        await scope["state"]["gate"].wait()
    await echo(scope, receive, send)


def talk_to(app, talk, **options):
    return with_page(app, talk, **options)


@pytest.mark.parametrize("parser", PARSERS)
def test_the_page_is_served_with_a_strict_policy(parser):
    async def talk(ponds):
        reply = await ponds.ask("/__webfoot__/")
        assert reply.status == 200
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert b"<html" in reply.body
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
        assert (
            policy["default-src"]
            == policy["base-uri"]
            == policy["form-action"]
            == policy["frame-ancestors"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in str(policy)

    talk_to(echo, talk, http=parser)


def test_each_file_has_its_type_and_comes_from_here():
    async def talk(ponds):
        html = (await ponds.ask("/__webfoot__/")).body.decode()
        named = [part.split('"')[0] for key in ('src="', 'href="') for part in html.split(key)[1:]]
        assert named
        for name in named:
            assert "//" not in name
            assert not name.startswith("/")
            if not name.startswith(("#", "data:")):
                reply = await ponds.ask(f"/__webfoot__/{name}")
                assert reply.status == 200, name
                kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
                assert reply.headers["content-type"].startswith(kinds[name.rpartition(".")[2]])

    talk_to(echo, talk)


def test_without_the_slash_one_is_led_there():
    async def talk(ponds):
        reply = await ponds.ask("/__webfoot__")
        assert (reply.status, reply.headers["location"]) == (308, "__webfoot__/")

    talk_to(echo, talk)


@pytest.mark.parametrize(
    "path",
    [
        "/../hub.py",
        "/..%2fhub.py",
        "/%2e%2e/hub.py",
        "/%2e%2e%2fhub.py",
        "/..\\hub.py",
        "/static/index.html",
        "/./index.html",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/index.html%00.js",
        "/index.html/",
        "/index.htm",
        "/.hidden",
        "/%ff",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/journeys/",
        "/api/journeys/../events",
        "/api/journeys/%2e%2e%2f",
        "/api/journeys/1-1/x",
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_there_is_nothing_else(path, parser):
    async def talk(ponds):
        reply = await ponds.ask(f"/__webfoot__{path}")
        assert reply.status == 404
        assert b"import" not in reply.body
        assert b"root:" not in reply.body

    talk_to(echo, talk, http=parser)


@pytest.mark.parametrize("path", ["/__webfoot__x", "/__webfoot__.js", "/x/__webfoot__/", "/__WEBFOOT__/"])
def test_what_only_looks_like_it_is_the_applications(path):
    async def talk(ponds):
        assert (await ponds.ask(path)).json["path"] == path

    talk_to(echo, talk)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/page.js", "/api/journeys", "/api/journeys/1-1", "/api/events", "/api/clear"])
def test_other_methods_are_refused(path, method):
    async def talk(ponds):
        reply = await ponds.ask(f"/__webfoot__{path}", method=method)
        if path == "/api/clear" and method == "POST":
            assert reply.status == 403
        else:
            assert reply.status == 405
            assert method not in reply.headers["allow"].split(", ")

    talk_to(echo, talk)


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/journeys", "/nothing"])
@pytest.mark.parametrize("parser", PARSERS)
def test_head_is_get_without_the_body(path, parser):
    async def talk(ponds):
        head = await ponds.ask(f"/__webfoot__{path}", method="HEAD")
        get = await ponds.ask(f"/__webfoot__{path}")
        assert head.status == get.status
        assert head.headers["content-type"] == get.headers["content-type"]
        assert head.headers["x-length"] == get.headers["content-length"]

    talk_to(echo, talk, http=parser)


def test_a_websocket_to_it_is_refused():
    async def talk(ponds):
        handshake = ["upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"]
        reader, writer = await ponds.connect()
        path = "/__webfoot__/api/events"
        writer.write(ponds.request(path, *handshake, "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="))
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()
        assert await ponds.journeys() == []

    talk_to(echo, talk)


def test_its_own_requests_leave_nothing_and_reach_nobody():
    reached = []

    async def app(scope, receive, send):
        reached.append(scope["path"])
        await echo(scope, receive, send)

    async def talk(ponds):
        for path in ("/", "/api/journeys", "/api/nothing", "/nothing"):
            await ponds.ask(f"/__webfoot__{path}")
        assert await ponds.journeys() == []
        assert ponds.hub.running == {}
        await ponds.ask("/ducks")
        assert [each["target"] for each in await ponds.journeys()] == ["/ducks"]
        assert reached == ["/ducks"]

    talk_to(app, talk)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_request_is_told_at_a_glance_and_whole(parser):
    async def talk(ponds):
        await ponds.ask("/ducks/7?name=Emma&token=hunter2", "cookie: id=hunter2", method="POST", body=b'{"pin": 1}')
        [line] = await ponds.journeys()
        whole = await ponds.journey(line["id"])

        assert whole["summary"] == line
        assert (line["method"], line["target"], line["status"]) == ("POST", "/ducks/7?name=Emma&token=[redacted]", 200)
        assert (line["state"], line["kind"], line["failed"], line["slow"]) == ("done", "http", False, False)
        assert line["took_us"] > 0
        assert line["client"].startswith("127.0.0.1:")
        assert whole["request"]["body"]["text"] == '{"pin": "[redacted]"}'
        assert ["cookie", "[redacted]"] in whole["request"]["headers"]
        assert whole["response"]["status"] == 200
        assert whole["response"]["body"]["size"] == line["size"]
        assert whole["http_version"] == "1.1"
        assert "hunter2" not in json.dumps(whole)

    talk_to(echo, talk, http=parser)


def test_without_bodies_where_it_was_not_asked_for_them():
    async def talk(ponds):
        await ponds.ask("/ducks", method="POST", body=b"quack")
        whole = await ponds.last()
        assert whole["request"]["body"] is None
        assert whole["response"]["body"] is None

    talk_to(echo, talk, keeps_bodies=False)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_request_that_the_server_refuses_is_shown_too(parser):
    async def talk(ponds):
        reader, writer = await ponds.connect()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.read()
        writer.close()
        [line] = await ponds.journeys()
        assert (line["status"], line["failed"]) == (400, True)
        assert "Host" in line["why"]["sentence"]

    talk_to(echo, talk, http=parser)


def test_what_is_under_way_is_shown_until_it_has_ended():
    async def app(scope, receive, send):
        await (release.wait() if scope["path"] == "/slow" else asyncio.sleep(0))
        await echo(scope, receive, send)

    release = asyncio.Event()

    async def talk(ponds):
        slow = asyncio.ensure_future(ponds.ask("/slow"))
        while not (found := await ponds.journeys("?running=1")):
            await asyncio.sleep(0.01)
        assert (found[0]["target"], found[0]["state"], found[0]["status"]) == ("/slow", "running", None)
        whole = await ponds.journey(found[0]["id"])
        assert (whole["done"], whole["why"]) == (False, None)
        assert whole["marks"][-1]["station"] == "app_entered"
        release.set()
        await slow
        [line] = await ponds.journeys()
        assert (line["id"], line["state"], line["status"]) == (found[0]["id"], "done", 200)
        assert ponds.hub.running == {}

    talk_to(app, talk)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["/ducks", "/geese", "/nothing", "/broken"]),
        ("?path=EESE", ["/geese"]),
        ("?path=e&path=ducks", ["/ducks"]),
        ("?method=post", ["/geese"]),
        ("?status=404", ["/nothing"]),
        ("?status=4xx,500", ["/nothing", "/broken"]),
        ("?status=none", []),
        ("?failed=1", ["/nothing", "/broken"]),
        ("?failed=1&path=broken", ["/broken"]),
        ("?slow=1", []),
        ("?kind=websocket", []),
        ("?kind=http&limit=2", ["/nothing", "/broken"]),
        ("?limit=0", ["/ducks", "/geese", "/nothing", "/broken"]),
        ("?limit=x&since=y", ["/ducks", "/geese", "/nothing", "/broken"]),
        ("?limit=99999999999999999999", ["/ducks", "/geese", "/nothing", "/broken"]),
        (f"?{'a=1&' * 100}", ["/ducks", "/geese", "/nothing", "/broken"]),
    ],
)
def test_the_list_may_be_asked_for_in_part(query, expected):
    async def answer(request):
        if "broken" in request.url.path:
            raise RuntimeError("no duck")
        return PlainTextResponse("quack")

    paths = ("/ducks", "/geese", "/broken")
    app = WebApp(routes=[Route(path, answer, methods=["GET", "POST"]) for path in paths])

    async def talk(ponds):
        for path in ("/ducks", "/geese", "/nothing", "/broken"):
            await ponds.ask(path, method="POST" if path == "/geese" else "GET")
        assert [each["target"] for each in await ponds.journeys(query)] == expected

    talk_to(app, talk)


def test_since_gives_what_is_new():
    async def talk(ponds):
        await ponds.ask("/one")
        cursor = (await ponds.ask("/__webfoot__/api/journeys")).json["cursor"]
        assert await ponds.journeys(f"?since={cursor}") == []
        await ponds.ask("/two")
        assert [each["target"] for each in await ponds.journeys(f"?since={cursor}")] == ["/two"]
        assert len(await ponds.journeys("?since=another-process-1")) == 2

    talk_to(echo, talk)


def test_clearing_needs_a_field_that_no_other_site_may_send():
    async def talk(ponds):
        await ponds.ask("/ducks")
        assert (await ponds.ask("/__webfoot__/api/clear", method="POST")).status == 403
        assert len(await ponds.journeys()) == 1
        assert (await ponds.ask("/__webfoot__/api/clear", "x-webfoot-page: 1", method="POST")).status == 204
        assert await ponds.journeys() == []

    talk_to(echo, talk)


def test_below_the_path_of_the_application():
    async def talk(ponds):
        await ponds.ask("/ducks")
        assert (await ponds.ask("/__webfoot__/")).status == 200
        assert (await ponds.ask("/__webfoot__")).headers["location"] == "__webfoot__/"
        [line] = await ponds.journeys()
        assert line["target"] == "/ducks"

    talk_to(echo, talk, root_path="/api/v1")


def test_behind_a_proxy_that_says_its_prefix():
    async def talk(ponds):
        forwarded = ["x-forwarded-for: 8.8.8.8", "x-forwarded-prefix: /pond", "authorization: Bearer a-token-of-ducks"]
        assert (await ponds.ask("/__webfoot__/api/journeys", *forwarded)).status == 200

    options = {"proxy_headers": True, "forwarded_allow_ips": "127.0.0.1", "forwarded_parts": ["for", "prefix"]}
    talk_to(echo, talk, token="a-token-of-ducks", **options)


@pytest.mark.parametrize("broken", ["at once", "half way", "wrong"])
@pytest.mark.parametrize("parser", PARSERS)
def test_an_application_that_breaks_is_shown_and_breaks_no_page(broken, parser):
    async def app(scope, receive, send):
        if broken == "half way":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
            await send({"type": "http.response.body", "body": b"qu", "more_body": True})
        if broken == "wrong":
            await send({"type": "http.response.start", "status": "two hundred", "headers": [(1, 2)]})
        raise RuntimeError("no duck, password=hunter2")

    async def talk(ponds):
        reader, writer = await ponds.connect()
        writer.write(ponds.request("/ducks", "connection: close"))
        await reader.read()
        writer.close()
        whole = await ponds.last()
        assert whole["summary"]["failed"]
        assert "hunter2" not in json.dumps(whole)
        assert (await ponds.ask("/__webfoot__/")).status == 200

    talk_to(app, talk, http=parser)


@pytest.mark.parametrize("message", [{}, {"type": 1}, {"type": "http.response.start"}, {"type": "quack"}, "text", None])
def test_what_is_no_message_is_the_servers_to_judge(message):
    async def app(scope, receive, send):
        await send(message)

    async def talk(ponds):
        assert (await ponds.ask("/")).status == 500
        assert (await ponds.journeys())[0]["failed"]

    talk_to(app, talk)


def test_not_more_are_kept_than_there_may_be():
    hub = hub_of(kept=Kept(most=5))

    async def talk(ponds):
        for number in range(12):
            await ponds.ask(f"/{number}")
        assert [each["target"] for each in await ponds.journeys()] == [f"/{number}" for number in range(7, 12)]
        server = (await ponds.ask("/__webfoot__/api/journeys")).json["server"]
        assert (server["kept"], server["capacity"], server["left_out"]) == (5, 5, 7)

    talk_to(echo, talk, hub=hub)


def test_nor_more_bytes():
    hub = hub_of(kept=Kept(most=1000, most_bytes=200_000))

    async def talk(ponds):
        for _ in range(40):
            await ponds.ask("/", "content-type: text/plain", method="POST", body=b"quack " * 2000)
        assert hub.kept.weight < 200_000
        assert 3 < len(hub.kept) < 15
        assert hub.kept.weight == sum(entry.weight for entry in hub.kept)

    talk_to(echo, talk, hub=hub)


def test_a_session_that_never_ends_takes_no_more_memory():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(3000):
            body = b"data: %d %b\n\n" % (number, b"quack" * 50)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body"})

    async def talk(ponds):
        await ponds.ask("/")
        whole = await ponds.last()
        assert (len(whole["frames"]), whole["frames_left_out"]) == (200, 2800)
        assert whole["frames"][0]["text"].startswith("0 quack")
        assert whole["frames"][-1]["text"].startswith("2999 quack")
        [entry] = hub.kept
        assert entry.weight < 700_000

    hub = hub_of()
    talk_to(app, talk, hub=hub)


@pytest.mark.parametrize(
    ("routes", "taken"),
    [
        ([Route("/__webfoot__/x", print)], True),
        ([Route("/ducks", print), Mount("/__webfoot__", routes=[])], True),
        ([Route("/__webfoot__x", print)], False),
        ([Mount("/", routes=[Route("/ducks", print)])], False),
    ],
)
def test_routes_of_the_application_that_are_hidden_are_told_once(routes, taken, caplog):
    app = WebApp(routes=routes)
    assert is_taken(app) is taken
    hub_of().loaded(app)
    assert [record.message for record in caplog.records] == [
        "the application's own routes at /__webfoot__ are hidden by the journey's page"
    ] * taken


def test_what_shows_no_routes_is_taken_for_free():
    class Shy:
        @property
        def routes(self):
            raise RuntimeError

    assert not is_taken(Shy())
    assert not is_taken(object())
