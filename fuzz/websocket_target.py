"""The WebSocket target: frames of every kind, cut anywhere, for applications of every kind, against the reference."""

from __future__ import annotations

from typing import Any

from fuzz.findings import hold
from fuzz.inputs import Choices, Input
from fuzz.play import Play, Record, run_play
from fuzz.responses import Response, read_responses
from fuzz.websocket_app import WebsocketApps, WebsocketCall
from fuzz.websocket_frames import Reading, Terms, read_client, read_server
from fuzz.websocket_recipes import frames_of

SMALL = {"ws_max_size": 1000, "ws_max_queue": 2, "buffer_request_body": 300, "buffer_response": 300}
HASTY = {"ws_ping_interval": 1.0, "ws_ping_timeout": 2.0, "ws_close_timeout": 3.0}
SETTINGS: tuple[tuple[dict[str, Any], bytes], ...] = (
    ({}, b""),
    ({**SMALL, **HASTY}, b"permessage-deflate"),
    ({}, b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
    (SMALL, b""),
    ({"ws_max_size": 100}, b"permessage-deflate; server_max_window_bits=10; client_max_window_bits"),
    ({"ws_per_message_deflate": False, "ws_ping_timeout": None, **SMALL}, b"permessage-deflate"),
)
HANDSHAKE = (
    b"GET /?q HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: duck, goose\r\n"
)
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 section 1.3
MOST = 16 * 1024 * 1024


def run(data: bytes) -> None:
    """Raises Finding."""
    given = Input.read(data)
    check_any(play(given, "httptools"), given)
    settings = given.driver[:1]
    whole = play(Input(settings, b"", given.wire), "httptools")
    check_listener(whole, given)
    pieces = bytes(byte % 5 if byte % 2 else 7 for byte in given.driver[1:40]) or bytes((0, 3))
    cut = play(Input(settings + pieces, b"", given.wire), "h11")
    check_cut(whole, cut)


def play(given: Input, parser: str) -> Record:
    def make() -> Play:
        choices = Choices(given.driver)
        settings, offer = choices.of(SETTINGS)
        handshake = HANDSHAKE + (b"Sec-WebSocket-Extensions: %b\r\n" % offer if offer else b"") + b"\r\n"
        apps = WebsocketApps(Choices(given.apps))
        return Play(handshake + frames_of(given.wire), choices, apps, {"http": parser, **settings}, parser == "h11")

    return run_play(make)


def take_apart(record: Record) -> tuple[Response | None, bytes]:
    """The 101 with what follows it, or None with the responses of plain HTTP."""
    head, found, rest = record.taken.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101 ") or not found:
        return None, record.taken
    response = read_responses(head.replace(b" 101 ", b" 204 ", 1) + b"\r\n\r\n", ["GET"], cut=False)[0]
    hold(response.all("sec-websocket-accept") == [ACCEPT], "handshake", "sec-websocket-accept is wrong")
    hold(response.all("upgrade") == [b"websocket"], "handshake", "no upgrade: websocket")
    hold(response.all("connection") == [b"upgrade"], "handshake", "no connection: upgrade")
    hold(not response.all("content-length") and not response.all("transfer-encoding"), "handshake", "a 101 has no body")
    return response, rest


def terms_of(response: Response, given: Input) -> tuple[Terms | None, Terms | None]:
    """What was agreed on for the client's direction and for the server's (RFC 7692 section 7.1)."""
    fields = response.all("sec-websocket-extensions")
    offer = Choices(given.driver).of(SETTINGS)[1]
    if not fields:
        return None, None
    name, *parameters = [one.strip() for one in fields[0].split(b";")]
    hold(len(fields) == 1 and name == b"permessage-deflate" and offer, "handshake", f"extensions: {fields}")
    agreed = dict([*one.split(b"="), b"15"][:2] for one in parameters)
    for asked in (b"server_no_context_takeover", b"server_max_window_bits"):
        hold(asked not in offer or asked in agreed, "handshake", f"{asked!r} was asked for: {agreed}")
    hold(b"client_max_window_bits" not in agreed or b"client_max_window_bits" in offer, "handshake", f"{agreed}")
    return (
        Terms(int(agreed.get(b"client_max_window_bits", 15)), b"client_no_context_takeover" not in agreed),
        Terms(int(agreed.get(b"server_max_window_bits", 15)), b"server_no_context_takeover" not in agreed),
    )


def readings(record: Record, given: Input) -> tuple[Reading, Reading] | None:
    """The client's frames, as far as they were sent, and the server's."""
    response, rest = take_apart(record)
    if response is None:
        return None
    theirs, ours = terms_of(response, given)
    most = Choices(given.driver).of(SETTINGS)[0].get("ws_max_size", MOST)
    frames = record.sent.partition(b"\r\n\r\n")[2]
    return read_client(frames, most, theirs), read_server(rest, ours, cut=True)


def check_any(record: Record, given: Input) -> None:
    """Whatever the application does and whenever anything happens."""
    calls: list[WebsocketCall] = record.apps.calls
    hold(len(calls) <= 1 or not calls[0].accepted, "handshake", "a second request on a WebSocket")
    both = readings(record, given)
    if both is None:
        check_denial(record, calls)
        return
    client, server = both
    call = calls[0]
    if client.unsure:
        hold(call.delivered[: len(client.messages)] == client.messages[: len(call.delivered)], "reference", "messages")
        return
    hold(client.messages[: len(call.delivered)] == call.delivered, "reference", lambda: f"messages: {call.delivered!r}")
    sent = server.messages
    hold(call.sent[: len(sent)] == sent, "answer", lambda: f"messages: {call.sent!r} became {sent!r}")
    pings = iter(client.payloads(9))
    hold(all(pong in pings for pong in server.payloads(10)), "pong", "a pong that answers no ping")
    if server.closed:
        check_close(server.close()[0], call, client, record)
    if call.disconnect is not None:
        codes = {1005, 1006, 1012} | client.faults | ({client.close()[0]} if client.closed else set())
        hold(call.disconnect[0] in codes, "close", lambda: f"told of {call.disconnect}, and the client did {client}")
    if record.whole and not record.left_early and not record.was_reset:
        whole = server.closed or not server.found or sent == call.sent
        hold(whole or call.end != "returned", "answer", lambda: f"messages are lost: {call.sent!r}, {sent!r}")


def check_close(code: int, call: WebsocketCall, client: Reading, record: Record) -> None:
    """The code of our Close frame: theirs, the application's, or what went wrong."""
    codes = set(client.faults)
    if client.closed:
        codes.add(client.close()[0])
    if call.closed is not None:
        codes.add(call.closed)
    if call.end:
        codes.add(1000 if call.end == "returned" else 1011)
    if record.left_early:
        codes |= {1011, 1012}
    hold(code in codes, "close", lambda: f"closed with {code} where {sorted(codes)} would be right")


def check_denial(record: Record, calls: list[WebsocketCall]) -> None:
    """The handshake was answered by HTTP; what the client sent behind it is another request, and a bad one."""
    responses = read_responses(record.taken, ["GET"] * 9, cut=True)
    if responses and calls and calls[0].denied and responses[0].whole and calls[0].fault is None:
        hold(responses[0].status in (calls[0].denied, 503, 500), "answer", lambda: f"{responses[0].status}")
    hold(not calls or not calls[0].accepted or not responses, "handshake", "accepted, and answered otherwise")


def check_listener(record: Record, given: Input) -> None:
    """An application that receives until the end: it is told what the reference reads, all of it, and no more."""
    both = readings(record, given)
    hold(both is not None, "handshake", lambda: f"no 101: {record.taken[:200]!r}")
    assert both is not None
    client, server = both
    call: WebsocketCall = record.apps.calls[0]
    if client.unsure:
        return  # see check_any
    told = f"{call.delivered!r:.500} where {client!r:.500}"
    hold(call.delivered == client.messages, "reference", lambda: f"other messages: {told}")
    hold(len(call.scope["subprotocols"]) == 2, "handshake", "subprotocols")
    if client.faults:
        failed = server.closed and server.close()[0] in client.faults
        hold(failed, "reference", lambda: f"not failed: {client}, {server}")
    elif client.closed:
        code, reason = client.close()
        hold(server.closed and server.close()[0] == code, "close", lambda: f"Close of {code} answered by {server}")
        hold(call.disconnect == (code, reason), "close", lambda: f"Close of {code} became {call.disconnect}")
    else:
        hold(not server.closed, "reference", lambda: f"failed: {server} where {client}")
        hold(call.disconnect is not None and call.disconnect[0] == 1006, "close", lambda: f"left: {call.disconnect}")
    pongs, pings = server.payloads(10), client.payloads(9)
    if "buffer_response" not in Choices(given.driver).of(SETTINGS)[0]:  # else some may be spared
        hold(pongs == pings, "pong", lambda: f"pongs: {pongs} for {pings}")


def check_cut(whole: Record, cut: Record) -> None:
    one, other = (record.apps.calls[0] for record in (whole, cut))
    told = f"messages: {one.delivered!r:.500} and {other.delivered!r:.500}"
    hold(one.delivered == other.delivered, "cut", told)
    codes = [call.disconnect[0] if call.disconnect else None for call in (one, other)]
    alike = codes[0] == codes[1] or set(codes) == {1007, 1009}
    hold(alike, "cut", lambda: f"ends: {one.disconnect} and {other.disconnect}")
