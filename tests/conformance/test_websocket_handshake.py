"""The opening handshake on the wire (RFC 6455 sections 4.2 and 9.1, RFC 7692 section 7.1), with both parsers."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.websocket_wire import ACCEPT, FIELDS, KEY, Recorder, echo, request, settle, with_socket

from webfoot.testing.wire import Wire, run_on_wire

PARSERS = ["httptools", "h11"]


@pytest.fixture(params=PARSERS)
def http(request: pytest.FixtureRequest) -> str:
    return request.param


def answer_to(app: Any, sent: bytes, **options: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, fields and the rest of the answer; an upgraded connection is left at once."""

    async def talk(wire: Wire) -> tuple[int, dict[str, str], bytes]:
        await wire.say(sent)
        head = await wire.hear(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await wire.hear_exactly(int(fields.get("content-length", 0)))
        return int(first.split(" ")[1]), fields, body

    return run_on_wire(app, talk, **options)


async def http_or_echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await echo(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"http"})


def test_the_rfcs_own_example(http: str):
    status, fields, _ = answer_to(echo, request(), http=http)

    assert status == 101
    assert fields["sec-websocket-accept"] == ACCEPT.decode()
    assert (fields["upgrade"].lower(), fields["connection"].lower()) == ("websocket", "upgrade")
    assert fields["server"] == "webfoot" and "date" in fields
    assert (
        not {"content-length", "transfer-encoding", "sec-websocket-protocol", "sec-websocket-extensions"}
        & fields.keys()
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"Upgrade": "WebSocket", "Connection": "UPGRADE"},
        {"Connection": "keep-alive, Upgrade"},
        {"Upgrade": "h2c, websocket"},
        {"Connection": "keep-alive,upgrade ,foo"},
    ],
    ids=str,
)
def test_tokens_are_found_in_lists_whatever_their_case(http: str, changed: dict[str, str]):
    assert answer_to(http_or_echo, request(**changed), http=http)[0] == 101


def test_tokens_are_found_in_several_fields(http: str):
    sent = request("Connection: upgrade", "Upgrade: websocket", Connection="keep-alive", Upgrade="h2c")
    assert answer_to(http_or_echo, sent, http=http)[0] == 101


@pytest.mark.parametrize(
    "sent",
    [
        request(Upgrade="h2c"),
        request(Upgrade=None),
        request(Connection=None),
        request(Connection="keep-alive"),
        request(Upgrade="websocket/13"),
        request(Upgrade="websockets"),
        request(method="OPTIONS"),
        request("Content-Length: 0", method="POST"),
        request("Content-Length: 3") + b"abc",
        request("Transfer-Encoding: chunked") + b"0\r\n\r\n",
        request(Connection="upgrade, close"),
        request(version="1.0", Connection="upgrade, keep-alive"),
    ],
)
def test_what_is_no_websocket_request_is_plain_http(http: str, sent: bytes):
    status, _, body = answer_to(http_or_echo, sent, http=http)
    assert (status, body) == (200, b"http")


def test_websockets_can_be_turned_off(http: str):
    assert answer_to(http_or_echo, request(), http=http, ws="none")[0] == 200


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (request(Sec_WebSocket_Key=None), 400, b"RFC 6455 section 4.2.1"),
        (request("Sec-WebSocket-Key: " + KEY.decode()), 400, b"more than one Sec-WebSocket-Key"),
        (request(Sec_WebSocket_Key=""), 400, b"16 bytes"),
        (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25j"), 400, b"16 bytes"),
        (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ"), 400, b"16 bytes"),
        (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZ*=="), 400, b"16 bytes"),
        (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZWVl"), 400, b"16 bytes"),
        (request(Sec_WebSocket_Version=None), 426, b"13"),
        (request(Sec_WebSocket_Version="8"), 426, b"13"),
        (request(Sec_WebSocket_Version="13, 8"), 426, b"13"),
        (request(Sec_WebSocket_Version="013"), 426, b"13"),
        (request("Sec-WebSocket-Version: 13"), 400, b"more than one Sec-WebSocket-Version"),
        (request("Sec-WebSocket-Protocol: a b"), 400, b"RFC 6455 section 11.3.4"),
        (request("Sec-WebSocket-Protocol: "), 400, b"list of tokens"),
        (request("Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: a"), 400, b"more than once"),
        (request("Sec-WebSocket-Extensions: permessage-deflate;"), 400, b"RFC 6455 section 9.1"),
        (request('Sec-WebSocket-Extensions: x; y="'), 400, b"list of extensions"),
    ],
)
def test_a_faulty_handshake_is_refused_with_its_reason(http: str, sent: bytes, status: int, words: bytes):
    async def never(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the application hears nothing of it")

    found, fields, body = answer_to(never, sent, http=http)

    assert found == status
    assert words in body
    if status == 426:
        assert fields["sec-websocket-version"] == "13"
        assert fields["upgrade"] == "websocket"
        assert fields["connection"] == "close, upgrade"


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", "permessage-deflate; server_max_window_bits=12"),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ),
        (
            'permessage-deflate; client_max_window_bits="10"; server_no_context_takeover; client_no_context_takeover',
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; "
            "client_max_window_bits=10",
        ),
        ("permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"),
        (
            "unknown; a=b, permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=10",
        ),
        # zlib has no window of 8 bits: the offer is declined, and the next one taken
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=11",
            "permessage-deflate; server_max_window_bits=11",
        ),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=09", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; client_no_context_takeover=1", None),
        ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", None),
        ("permessage-deflate; unknown", None),
        ("x-webkit-deflate-frame", None),
    ],
)
def test_offers_of_compression(http: str, offer: str, answer: str | None):
    status, fields, _ = answer_to(echo, request(f"Sec-WebSocket-Extensions: {offer}"), http=http)

    assert status == 101
    assert fields.get("sec-websocket-extensions") == answer


def test_offers_may_stand_in_several_fields(http: str):
    sent = request("Sec-WebSocket-Extensions: other", "Sec-WebSocket-Extensions: permessage-deflate")
    assert "permessage-deflate" in answer_to(echo, sent, http=http)[1]["sec-websocket-extensions"]


def test_compression_can_be_turned_off():
    sent = request("Sec-WebSocket-Extensions: permessage-deflate")
    assert "sec-websocket-extensions" not in answer_to(echo, sent, ws_per_message_deflate=False)[1]


def accepting(**event: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", **event})
        await receive()

    return app


def test_the_chosen_subprotocol_and_headers_are_sent(http: str):
    app = accepting(subprotocol="b", headers=[(b"Set-Cookie", b"a=1"), (b"date", b"today")])

    status, fields, _ = answer_to(app, request("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b,c"), http=http)

    assert (status, fields["sec-websocket-protocol"]) == (101, "b")
    assert (fields["set-cookie"], fields["date"]) == ("a=1", "today")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"subprotocol": "d"}, "which the client did not offer"),
        ({"subprotocol": ["a"]}, "which the client did not offer"),
        ({"headers": [(b"sec-websocket-protocol", b"a")]}, "is for the server to set"),
        ({"headers": [(b"Sec-WebSocket-Accept", b"a")]}, "is for the server to set"),
        ({"headers": [(b"sec-websocket-extensions", b"a")]}, "is for the server to set"),
        ({"headers": [(b"connection", b"close")]}, "is for the server to set"),
        ({"headers": [(b"upgrade", b"h2c")]}, "is for the server to set"),
        ({"headers": [(b"content-length", b"0")]}, "is for the server to set"),
        ({"headers": [(b"x", b"a\r\nb: c")]}, "RFC 9110 section 5.5"),
        ({"headers": [("x", "y")]}, "token"),
    ],
)
def test_an_accept_that_cannot_be_sent_is_the_applications_fault(
    event: Any, words: str, caplog: pytest.LogCaptureFixture
):
    status, _, _ = answer_to(accepting(**event), request("Sec-WebSocket-Protocol: a, b"))

    assert status == 500
    assert words in caplog.text and "Traceback" in caplog.text


def test_the_scope():
    recorder = Recorder()

    async def talk(socket: Any) -> None:
        await settle()

    with_socket(
        recorder,
        talk,
        "Sec-WebSocket-Protocol: chat, superchat",
        changed={"target": "/caf%C3%A9?x=1"},
        root_path="/api",
        state={"pool": 1},
    )

    scope = recorder.scope
    assert (scope["type"], scope["scheme"], scope["http_version"]) == ("websocket", "ws", "1.1")
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/api/café", b"/api/caf%C3%A9", b"x=1")
    assert scope["root_path"] == "/api"
    assert scope["subprotocols"] == ["chat", "superchat"]
    assert scope["state"] == {"pool": 1}
    assert scope["extensions"]["websocket.http.response"] == {}
    assert not {name for name in scope["extensions"] if name.startswith("http.")}
    assert "method" not in scope
    sent = {name.lower().encode(): value.encode() for name, value in FIELDS.items()}
    assert sent.items() <= dict(scope["headers"]).items()


class TestDenial:
    """What is said instead of 101 is an HTTP response like any other."""

    @staticmethod
    def twice(app: Any, http: str, guard: bool = True) -> tuple[bytes, bytes]:
        """The answer to a handshake, and to a plain request behind it on the same connection."""

        async def both(scope: Any, receive: Any, send: Any) -> None:
            await (http_or_echo if scope["type"] == "http" else app)(scope, receive, send)

        async def talk(wire: Wire) -> tuple[bytes, bytes]:
            await wire.say(request() + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            wire.finish()
            answer, _, probe = (await wire.rest()).partition(b"HTTP/1.1 200 ")
            return answer, probe

        return run_on_wire(both, talk, http=http, guard=guard)

    def test_close_before_accept_is_403(self, http: str):
        heard: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.close"})
            heard.append(await receive())

        answer, probe = self.twice(app, http)

        assert answer.startswith(b"HTTP/1.1 403 ") and b"content-length: 0\r\n" in answer
        assert probe.endswith(b"http")
        assert heard == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]

    def test_an_answer_of_its_own(self, http: str):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send(
                {"type": "websocket.http.response.start", "status": 401, "headers": [(b"www-authenticate", b"x")]}
            )
            await send({"type": "websocket.http.response.body", "body": b"who ", "more_body": True})
            await send({"type": "websocket.http.response.body", "body": b"are you?"})

        answer, probe = self.twice(app, http)

        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"www-authenticate: x\r\n" in answer and b"transfer-encoding: chunked\r\n" in answer
        assert answer.endswith(b"4\r\nwho \r\n8\r\nare you?\r\n0\r\n\r\n")
        assert probe.endswith(b"http")

    def test_a_crash_is_500(self, http: str, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise KeyError("lost")

        answer, probe = self.twice(app, http)

        assert answer.startswith(b"HTTP/1.1 500 ") and probe.endswith(b"http")
        assert "WebSocket /chat: the application raised KeyError" in caplog.text and "Traceback" in caplog.text

    def test_no_answer_is_500(self, http: str, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()

        answer, _ = self.twice(app, http, guard=False)

        assert answer.startswith(b"HTTP/1.1 500 ")
        assert "returned without an answer to the handshake" in caplog.text

    def test_a_denial_that_breaks_off_cuts_the_connection(self, http: str, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b"who ", "more_body": True})

        async def talk(wire: Wire) -> bytes:
            await wire.say(request())
            return await wire.rest()

        try:
            answer = run_on_wire(app, talk, http=http)
        except ConnectionResetError:
            answer = b""
        assert not answer.endswith(b"0\r\n\r\n")
        assert "before its denial was complete" in caplog.text


def test_a_client_that_leaves_before_the_answer_is_no_failure(http: str, caplog: pytest.LogCaptureFixture):
    heard: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append(await receive())
        heard.append(await receive())
        await send({"type": "websocket.accept"})

    async def talk(wire: Wire) -> None:
        await wire.say(request())
        await settle()
        wire.vanish()
        await settle(100)

    run_on_wire(app, talk, http=http)

    assert [event["type"] for event in heard] == ["websocket.connect", "websocket.disconnect"]
    assert heard[1]["code"] == 1006
    assert "Traceback" not in caplog.text


def test_requests_beyond_the_limit_are_refused_and_a_websocket_counts(http: str):
    async def talk(wire: Wire) -> bytes:
        await wire.say(request())
        return await wire.rest()

    async def first(wire: Wire) -> Any:
        wire._connections._service.running.add(object())  # type: ignore[arg-type]
        try:
            return await talk(wire)
        finally:
            wire._connections._service.running.clear()

    assert run_on_wire(echo, first, http=http, limit_concurrency=1).startswith(b"HTTP/1.1 503 ")
