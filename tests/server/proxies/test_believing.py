"""What a request shows when it came through a proxy: over sockets, on both parsers, one connection for many clients."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.server.settings.options import OptionError, ServerOptions, read_environment
from webfoot.testing.wire import Wire, exchange_bytes, run_on_wire
from webfoot.web import RedirectResponse, Request, Response, Route, WebApp

pytestmark = pytest.mark.parametrize("http", ["httptools", "h11"])

OWN = ("127.0.0.1", "http", "", "up:8000")
ALL_PARTS = "for,proto,host,port,prefix"


async def tell(scope: Any, receive: Any, send: Any) -> None:
    host = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    told = {**{name: scope[name] for name in ("client", "server", "scheme", "root_path", "path")}, "host": host}
    told["headers"] = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["type"] == "websocket":
        await send({"type": "websocket.http.response.start", "status": 200, "headers": []})
        await send({"type": "websocket.http.response.body", "body": json.dumps(told).encode()})
        return
    content = json.dumps(told).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]})
    await send({"type": "http.response.body", "body": content})


def asked(http: str, *requests: list[str], app: Any = tell, watcher: Any = None, **options: Any) -> list[Any]:
    """What `app` was told in each of the requests, which have these fields and come one after the other."""

    async def talk(dialogue: Dialogue) -> list[Any]:
        for fields in requests:
            lines = "".join(f"{field}\r\n" for field in fields)
            await dialogue.say(f"GET /x HTTP/1.1\r\nHost: up:8000\r\n{lines}\r\n".encode("latin-1"))
        answers = await dialogue.hear_all()
        assert set(answers.statuses) == {200}
        return [json.loads(body) for body in answers.bodies]

    found: list[Any] = asyncio.run(with_server(app, talk, watcher, http=http, **options))
    return found


def seen(told: Any) -> tuple[Any, ...]:
    return told["client"][0], told["scheme"], told["root_path"], *told["host"]


def believed(http: str, *fields: str, **options: Any) -> tuple[Any, ...]:
    (told,) = asked(http, list(fields), **options)
    return seen(told)


def test_the_client_and_the_scheme(http: str) -> None:
    (told,) = asked(http, ["X-Forwarded-For: 6.6.6.6, 203.0.113.7:4711", "X-Forwarded-Proto: https"])
    assert told["client"] == ["203.0.113.7", 4711]
    assert told["scheme"] == "https"
    assert told["headers"]["x-forwarded-for"] == "6.6.6.6, 203.0.113.7:4711"
    assert told["server"][0] == "127.0.0.1"


@pytest.mark.parametrize("trusted", ["10.0.0.0/8, ::1, unix", (), "/run/duck.sock"])
def test_who_is_not_trusted_is_not_believed(http: str, trusted: Any) -> None:
    fields = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7"]
    assert believed(http, *fields, forwarded_allow_ips=trusted) == OWN
    assert believed(http, *fields, forwarded_allow_ips=trusted, forwarded_fields="rfc7239") == OWN


def test_nobody_is_believed_if_told_so(http: str) -> None:
    assert believed(http, "X-Forwarded-For: 203.0.113.7", proxy_headers=False, forwarded_allow_ips="*") == OWN


def test_one_connection_carries_the_requests_of_many_clients(http: str) -> None:
    one, two = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"], ["X-Forwarded-For: 2001:db8::1"]
    told = asked(http, one, one, one, [], two, two, [], [], one)  # also from the memory of fields
    of = {"one": ("203.0.113.7", "https", "", "up:8000"), "two": ("2001:db8::1", "http", "", "up:8000"), "": OWN}
    assert [seen(each) for each in told] == [
        of[name] for name in ("one", "one", "one", "", "two", "two", "", "", "one")
    ]


def test_host_port_and_prefix_are_believed_only_if_asked(http: str) -> None:
    fields = ["X-Forwarded-Host: pond.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /pond/"]
    assert believed(http, *fields) == OWN
    assert believed(http, *fields, forwarded_parts="host") == ("127.0.0.1", "http", "", "pond.example")
    assert believed(http, *fields, forwarded_parts=["port"]) == ("127.0.0.1", "http", "", "up:8443")
    assert believed(http, *fields, forwarded_parts="prefix") == ("127.0.0.1", "http", "/pond", "up:8000")


@pytest.mark.parametrize(
    ("fields", "host", "server"),
    [
        (["X-Forwarded-Host: pond.example"], "pond.example", ["pond.example", 80]),
        (["X-Forwarded-Host: pond.example", "X-Forwarded-Proto: https"], "pond.example", ["pond.example", 443]),
        (["X-Forwarded-Host: pond.example:8080"], "pond.example:8080", ["pond.example", 8080]),
        (["X-Forwarded-Host: pond.example:80"], "pond.example", ["pond.example", 80]),
        (["X-Forwarded-Host: pond.example:8080", "X-Forwarded-Port: 9"], "pond.example:9", ["pond.example", 9]),
        (["X-Forwarded-Host: [2001:db8::1]:8080"], "[2001:db8::1]:8080", ["2001:db8::1", 8080]),
        (["X-Forwarded-Host: [2001:db8::1]", "X-Forwarded-Port: 81"], "[2001:db8::1]:81", ["2001:db8::1", 81]),
        (["X-Forwarded-Host: evil, pond.example"], "pond.example", ["pond.example", 80]),
        (["X-Forwarded-Port: 443", "X-Forwarded-Proto: https"], "up", ["up", 443]),
    ],
)
def test_the_host(http: str, fields: list[str], host: str, server: list[Any]) -> None:
    (told,) = asked(http, fields, forwarded_parts=ALL_PARTS)
    assert (told["host"], told["server"]) == ([host], server)


def test_rfc_7239(http: str) -> None:
    fields = ["Forwarded: for=6.6.6.6", 'Forwarded: for="[2001:db8::7]:4711";proto=https;host="pond.example:8443"']
    (told,) = asked(http, fields, forwarded_fields="rfc7239", forwarded_parts="for,proto,host")
    assert told["client"] == ["2001:db8::7", 4711]
    assert seen(told)[1:] == ("https", "", "pond.example:8443")


def test_only_one_kind_of_fields_is_read_whatever_the_other_says(http: str) -> None:
    """A proxy that sets the one passes the other through, as the client wrote it."""
    old, new = ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https"], ["Forwarded: for=2.2.2.2;proto=https"]
    assert believed(http, *old, *new)[0] == believed(http, *new, *old)[0] == "1.1.1.1"
    assert believed(http, *old, *new, forwarded_fields="rfc7239")[0] == "2.2.2.2"
    assert believed(http, *new) == OWN
    assert believed(http, *old, forwarded_fields="rfc7239") == OWN


@pytest.mark.parametrize(
    "field",
    [
        *("X-Forwarded-For:", "X-Forwarded-For: unknown", "X-Forwarded-For: 1.1.1.1, \xff"),
        "X-Forwarded-For: 300.1.1.1",
        *("X-Forwarded-Proto: gopher", "X-Forwarded-Proto: https://", "X-Forwarded-Proto: \xe9", "X-Forwarded-Proto:"),
        *("X-Forwarded-Host: a b", "X-Forwarded-Host: a/b", "X-Forwarded-Host: [::g]", "X-Forwarded-Host: a:99999"),
        *("X-Forwarded-Host: a@b", "X-Forwarded-Host: \xe9", "X-Forwarded-Host:", "X-Forwarded-Host: :80"),
        *("X-Forwarded-Port: 0", "X-Forwarded-Port: 65536", "X-Forwarded-Port: -1", "X-Forwarded-Port: \xb2"),
        *("X-Forwarded-Port: 080", "X-Forwarded-Port: 9" * 900, "X-Forwarded-Port: 80 80"),
        *("X-Forwarded-Prefix: //evil.example", "X-Forwarded-Prefix: pond", "X-Forwarded-Prefix: /a/../b"),
        *("X-Forwarded-Prefix: /", "X-Forwarded-Prefix: /a?b", "X-Forwarded-Prefix: /a#b", "X-Forwarded-Prefix: /a b"),
        *("X-Forwarded-Prefix: /a//b", "X-Forwarded-Prefix: /%2e", "X-Forwarded-Prefix: /\\evil"),
        "X-Forwarded-Prefix: /\xe9",
    ],
)  # fmt: skip
def test_what_is_malformed_is_not_believed_and_harms_nobody(http: str, field: str) -> None:
    assert believed(http, field, forwarded_parts=ALL_PARTS) == OWN


def test_a_prefix_takes_the_place_of_the_root_path(http: str) -> None:
    (one, two) = asked(http, ["X-Forwarded-Prefix: /pond"], [], root_path="/api", forwarded_parts="prefix")
    assert (one["root_path"], one["path"]) == ("/pond", "/pond/x")
    assert (two["root_path"], two["path"]) == ("/api", "/api/x")


WEBSOCKET = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


@pytest.mark.parametrize("proto", ["https", "wss"])
def test_a_websocket(http: str, proto: str) -> None:
    fields = ["X-Forwarded-For: 203.0.113.7", f"X-Forwarded-Proto: {proto}", "X-Forwarded-Prefix: /pond"]
    (told,) = asked(http, [*WEBSOCKET, KEY, *fields], forwarded_parts=ALL_PARTS)
    assert seen(told) == ("203.0.113.7", "wss", "/pond", "up:8000")


def test_a_unix_socket(http: str) -> None:
    """`exchange_bytes` speaks through one that has no name."""
    request = b"GET / HTTP/1.1\r\nHost: up\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"
    assert b'"client": ["203.0.113.7", 0]' in exchange_bytes(tell, request, http=http)
    assert b'"client": null' in exchange_bytes(tell, request, http=http, forwarded_allow_ips="127.0.0.1")


def test_http_1_0_without_a_host(http: str) -> None:
    request = b"GET / HTTP/1.0\r\nX-Forwarded-Host: pond.example\r\nX-Forwarded-Port: 81\r\n\r\n"
    assert b'"host": ["pond.example:81"]' in exchange_bytes(tell, request, http=http, forwarded_parts=ALL_PARTS)
    request = b"GET / HTTP/1.0\r\nX-Forwarded-Port: 81\r\n\r\n"
    assert b'"host": []' in exchange_bytes(tell, request, http=http, forwarded_parts=ALL_PARTS)


def test_the_urls_that_an_application_makes(http: str) -> None:
    async def duck(request: Request) -> Response:
        return Response(str(request.url_for("duck")))

    async def away(request: Request) -> Response:
        return RedirectResponse(request.url_for("duck"))

    app = WebApp(routes=[Route("/duck", duck, name="duck"), Route("/away", away)])
    fields = (
        b"Host: up:8000\r\nX-Forwarded-Host: pond.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /p\r\n"
    )
    for path, where in ((b"/duck", b"\r\n\r\n"), (b"/away", b"location: ")):
        answer = exchange_bytes(
            app, b"GET %b HTTP/1.1\r\n%b\r\n" % (path, fields), http=http, forwarded_parts=ALL_PARTS
        )
        assert where + b"https://pond.example/p/duck" in answer


def test_the_logs_name_the_client(http: str, caplog: pytest.LogCaptureFixture) -> None:
    """A request by its own client; one that cannot be read, by the proxy and not by the last one's client."""

    async def talk(wire: Wire) -> bytes:
        await wire.say(b"GET /good HTTP/1.1\r\nHost: up\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n")
        await wire.hear(b"}}")
        await wire.say(b"GET /bad HTTP/1.1\r\nHost: up\r\nHost: down\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n")
        return await wire.rest()

    with caplog.at_level(logging.INFO):
        answer = run_on_wire(tell, talk, http=http, access_log=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    (access,) = [each.getMessage() for each in caplog.records if "/good" in each.getMessage()]
    (refusal,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("refused ")]
    assert access.startswith("203.0.113.7:0 - ")
    assert refusal.startswith("refused a client: 400 ")


def test_a_body_that_is_refused_at_once_is_the_fault_of_its_own_client(
    http: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(wire: Wire) -> bytes:
        await wire.say(b"GET /good HTTP/1.1\r\nHost: up\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n")
        await wire.hear(b"}}")
        fields = b"Host: up\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For: 198.51.100.9\r\n"
        await wire.say(b"POST /bad HTTP/1.1\r\n" + fields + b"\r\nmalformed\r\n")
        return await wire.rest()

    with caplog.at_level(logging.INFO):
        assert run_on_wire(tell, talk, http=http, access_log=True).startswith(b"HTTP/1.1 400 ")
    said = [each.getMessage() for each in caplog.records if "/bad" in each.getMessage() or "400" in each.getMessage()]
    assert said
    assert all("198.51.100.9:0" in each for each in said)


def test_the_journey_says_who_said_so(http: str) -> None:
    marks: list[tuple[str, dict[str, Any]]] = []

    class Watch:
        def begin(self) -> Watch:
            return self

        is_light = False

        def note(self, station: str, facts: dict[str, Any], /) -> None:
            self.mark(station, **facts)

        def mark(self, station: str, /, **facts: Any) -> None:
            marks.append((station, facts))

        def end(self) -> None:
            pass

    fields = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"]
    asked(http, fields, [], [*WEBSOCKET, KEY, *fields], watcher=Watch())
    built = [facts for station, facts in marks if station == "scope_built"]
    assert built[0]["client"] == ("203.0.113.7", 0)
    assert built[0]["scheme"] == "https"
    assert built[0]["said_by"].startswith("X-Forwarded-* from 127.0.0.1:")
    assert built[1]["said_by"] == ""
    assert built[2]["scheme"] == "wss"


def test_the_environment_of_uvicorn(http: str) -> None:
    read = read_environment({"FORWARDED_ALLOW_IPS": "10.0.0.0/8,*"})
    assert read == {"forwarded_allow_ips": ("10.0.0.0/8", "*")}
    both = {"FORWARDED_ALLOW_IPS": "10.0.0.1", "WEBFOOT_FORWARDED_ALLOW_IPS": "10.0.0.2"}
    assert read_environment(both) == {"forwarded_allow_ips": ("10.0.0.2",)}
    with pytest.raises(OptionError, match=r"cannot be 'nginx' \(from FORWARDED_ALLOW_IPS\): it must be a list"):
        read_environment({"FORWARDED_ALLOW_IPS": "nginx"})


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "nginx", ["unix:"], 5, [5], b"*"])
def test_whom_one_cannot_trust(http: str, wrong: Any) -> None:
    with pytest.raises(OptionError, match=r"the option forwarded_allow_ips cannot be .*an IP address, a network"):
        ServerOptions(forwarded_allow_ips=wrong)


def test_a_named_socket(http: str, tmp_path: Path) -> None:
    path = str(tmp_path / "duck.sock")
    assert ServerOptions(uds=path, forwarded_allow_ips=path).forwarded_allow_ips == (path,)
