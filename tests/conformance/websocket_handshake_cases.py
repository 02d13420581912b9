"""Opening handshakes: a request, and what RFC 6455 (section 4.2), RFC 7692 and RFC 9110 make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.conformance.websocket_harness import ACCEPT, HOST, KEY, REQUEST_LINE, UPGRADE, VERSION, handshake


@dataclass(frozen=True)
class Handshake:
    """section: of RFC 6455, unless it names another. status: of the answer.

    fields: of the answer; None: it must not have this one. reached: the type of the scope that the application got,
    None when it must not hear of the request. scope: what must stand in it.
    """

    name: str
    section: str
    raw: bytes
    status: int
    fields: dict[str, str | None] = field(default_factory=dict)
    reached: str | None = None
    scope: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def request(
    *,
    line: bytes = REQUEST_LINE,
    host: bytes = HOST,
    upgrade: bytes = UPGRADE,
    key: bytes = KEY,
    version: bytes = VERSION,
    more: bytes = b"",
    body: bytes = b"",
) -> bytes:
    return line + host + upgrade + key + version + more + b"\r\n" + body


OPENED: dict[str, str | None] = {
    "upgrade": "websocket",
    "connection": "upgrade",
    "sec-websocket-accept": ACCEPT,
    "sec-websocket-protocol": None,
    "sec-websocket-extensions": None,
    "content-length": None,
    "transfer-encoding": None,
}


def opens(
    name: str, section: str, raw: bytes, scope: dict[str, object] | None = None, **fields: str | None
) -> Handshake:
    expected = OPENED | {key.replace("_", "-"): value for key, value in fields.items()}
    return Handshake(name, section, raw, 101, expected, "websocket", scope or {})


def is_http(name: str, section: str, raw: bytes) -> Handshake:
    """No handshake, but a request that a server may answer without upgrading (RFC 9110 section 7.8)."""
    return Handshake(name, section, raw, 200, {"sec-websocket-accept": None, "upgrade": None}, "http")


def refused(name: str, section: str, raw: bytes, status: int = 400, **fields: str | None) -> Handshake:
    return Handshake(name, section, raw, status, {"sec-websocket-accept": None, "connection": "close"} | fields)


def upgrade(tokens: bytes = b"websocket", connection: bytes = b"Upgrade") -> bytes:
    return request(upgrade=b"Upgrade: " + tokens + b"\r\nConnection: " + connection + b"\r\n")


def requests() -> Iterator[Handshake]:
    yield opens(
        "of the RFC",
        "1.3",
        handshake(),
        {
            "path": "/a/b",
            "raw_path": b"/a/b",
            "query_string": b"c=d",
            "subprotocols": [],
            "scheme": "ws",
            "http_version": "1.1",
        },
    )
    yield opens(
        "header names in other cases",
        "4.2.1",
        handshake().replace(b"Sec-WebSocket", b"sec-wEBSOCKET").replace(b"Upgrade:", b"UPGRADE:"),
    )
    yield opens(
        "percent-encoded path",
        "ASGI",
        request(line=b"GET /%C3%A9?%20 HTTP/1.1\r\n"),
        {"path": "/é", "raw_path": b"/%C3%A9", "query_string": b"%20"},
    )
    yield opens("absolute target", "4.1", request(line=b"GET http://pond:81/x HTTP/1.1\r\n"), {"path": "/x"})
    yield opens(
        "Origin passes through",
        "4.2.1",
        request(more=b"Origin: https://pond.example\r\n"),
        {"headers": (b"origin", b"https://pond.example")},
    )
    yield opens("null Origin", "4.2.1", request(more=b"Origin: null\r\n"), {"headers": (b"origin", b"null")})
    yield opens(
        "cookies pass through", "4.1", request(more=b"Cookie: a=b; c=d\r\n"), {"headers": (b"cookie", b"a=b; c=d")}
    )
    yield opens("Content-Length: 0", "4.2.1", request(more=b"Content-Length: 0\r\n"))
    yield opens("Expect without a body", "9110 10.1.1", request(more=b"Expect: 100-continue\r\n"))
    yield is_http("POST", "4.1", request(line=b"POST / HTTP/1.1\r\n"))
    yield is_http("OPTIONS", "4.1", request(line=b"OPTIONS / HTTP/1.1\r\n"))
    yield is_http("HEAD", "4.1", request(line=b"HEAD / HTTP/1.1\r\n"))
    yield is_http("close beside upgrade", "9112 9.6", upgrade(connection=b"close, Upgrade"))
    yield is_http("HTTP/1.0", "9110 7.8", request(line=b"GET / HTTP/1.0\r\n"))
    yield is_http(
        "HTTP/1.0 and keep-alive",
        "9110 7.8",
        request(line=b"GET / HTTP/1.0\r\n", upgrade=b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"),
    )
    yield is_http("a body by Content-Length", "9110 7.8", request(more=b"Content-Length: 3\r\n", body=b"abc"))
    yield is_http(
        "a body in chunks", "9110 7.8", request(more=b"Transfer-Encoding: chunked\r\n", body=b"3\r\nabc\r\n0\r\n\r\n")
    )
    yield refused("no Host", "9112 3.2", request(host=b""))
    yield refused("two Hosts", "9112 3.2", request(host=HOST + HOST))
    yield refused("bad Host", "9112 3.2", request(host=b"Host: a/b\r\n"))
    yield refused("HTTP/2.0", "9110 15.6.6", request(line=b"GET / HTTP/2.0\r\n"), 505)
    yield refused("a fragment in the target", "3", request(line=b"GET /a#b HTTP/1.1\r\n"))
    yield refused("other expectation", "9110 10.1.1", request(more=b"Expect: 200-ok\r\n"), 417)


def upgrades() -> Iterator[Handshake]:
    for token in (
        b"websocket",
        b"WebSocket",
        b"WEBSOCKET",
        b"\t websocket \t",
        b"websocket, h2c",
        b"h2c,websocket",
        b"h2c , WebSocket",
        b",websocket,",
    ):
        yield opens(f"Upgrade: {token!r}", "4.2.1 item 3", upgrade(token))
    for token in (
        b"Upgrade",
        b"upgrade",
        b"UPGRADE",
        b"keep-alive, Upgrade",
        b"Upgrade,keep-alive",
        b"keep-alive ,\tupgrade, x",
        b", upgrade",
    ):
        yield opens(f"Connection: {token!r}", "4.2.1 item 4", upgrade(connection=token))
    yield opens(
        "Upgrade in two fields",
        "9110 5.3",
        request(upgrade=b"Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"),
    )
    yield opens(
        "Connection in two fields",
        "9110 5.3",
        request(upgrade=b"Connection: keep-alive\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"),
    )
    for token in (
        b"",
        b"h2c",
        b"websockets",
        b"web socket",
        b"xwebsocket",
        b"websocket/13",
        b'"websocket"',
        b"websocket;q=1",
    ):
        yield is_http(f"Upgrade: {token!r}", "4.2.1 item 3", upgrade(token))
    for token in (b"", b"keep-alive", b"Upgrades", b"upgrade;x", b'"upgrade"', b"websocket"):
        yield is_http(f"Connection: {token!r}", "4.2.1 item 4", upgrade(connection=token))
    yield is_http("no Upgrade", "4.2.1 item 3", request(upgrade=b"Connection: Upgrade\r\n"))
    yield is_http("no Connection", "4.2.1 item 4", request(upgrade=b"Upgrade: websocket\r\n"))
    yield is_http("neither", "4.2.1", request(upgrade=b""))
    yield is_http(
        "h2c",
        "9110 7.8",
        request(
            upgrade=b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            key=b"",
            version=b"",
        ),
    )


def keys() -> Iterator[Handshake]:
    def key(value: bytes) -> bytes:
        return b"Sec-WebSocket-Key: " + value + b"\r\n"

    yield opens(
        "key of zeros",
        "4.2.1 item 5",
        request(key=key(b"AAAAAAAAAAAAAAAAAAAAAA==")),
        sec_websocket_accept="ICX+Yqv66kxgM0FcWaLWlFLwTAI=",
    )
    yield opens(
        "key with + and /",
        "4.2.1 item 5",
        request(key=key(b"+/+/+/+/+/+/+/+/+/+/+w==")),
        sec_websocket_accept="M0DUs3om0SqzerhOhYSMM7WQuBQ=",
    )
    yield opens("white space around the key", "9110 5.5", request(key=key(b" \tdGhlIHNhbXBsZSBub25jZQ==\t ")))
    yield refused("no key", "4.2.1 item 5", request(key=b""))
    yield refused("two keys", "11.3.1", request(key=KEY + KEY))
    yield refused("two different keys", "11.3.1", request(key=KEY + key(b"AAAAAAAAAAAAAAAAAAAAAA==")))
    for name, value in {
        "empty": b"",
        "15 bytes": b"AAAAAAAAAAAAAAAAAAAA",
        "17 bytes": b"AAAAAAAAAAAAAAAAAAAAAAA=",
        "32 bytes": b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "no padding": b"dGhlIHNhbXBsZSBub25jZQ",
        "half the padding": b"dGhlIHNhbXBsZSBub25jZQ=",
        "too much padding": b"dGhlIHNhbXBsZSBub25jZ===",
        "not base64": b"dGhlIHNhbXBsZSBub25j!Q==",
        "a space inside": b"dGhlIHNhbXBs ZSBub25jZQ==",
        "URL-safe base64": b"-_-_-_-_-_-_-_-_-_-_-w==",
        "a list": b"dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
        "obs-text": b"dGhlIHNhbXBsZSBub25j\xff\xff==",
    }.items():
        yield refused(f"key: {name}", "4.2.1 item 5", request(key=key(value)))


def versions() -> Iterator[Handshake]:
    def version(value: bytes) -> bytes:
        return b"Sec-WebSocket-Version: " + value + b"\r\n"

    spoken: dict[str, str | None] = {
        "sec-websocket-version": "13",
        "connection": "close, upgrade",
        "upgrade": "websocket",
    }
    for value in (
        b"0",
        b"7",
        b"8",
        b"12",
        b"14",
        b"130",
        b"255",
        b"256",
        b"013",
        b"13.0",
        b"thirteen",
        b"13, 8",
        b"8, 13",
        b"13, 13",
        b"",
    ):
        yield refused(f"version {value!r}", "4.4", request(version=version(value)), 426, **spoken)
    yield refused("no version", "4.2.1 item 6", request(version=b""), 426, **spoken)
    yield refused("version twice", "11.3.5", request(version=VERSION + VERSION))
    yield refused("two versions", "11.3.5", request(version=version(b"8") + VERSION))


def subprotocols() -> Iterator[Handshake]:
    def offer(*values: bytes) -> bytes:
        return request(more=b"".join(b"Sec-WebSocket-Protocol: " + value + b"\r\n" for value in values))

    for values, names in {
        (b"chat",): ["chat"],
        (b"chat, superchat",): ["chat", "superchat"],
        (b"b,a",): ["b", "a"],
        (b"a ,\tb",): ["a", "b"],
        (b"a", b"b"): ["a", "b"],
        (b"a, b", b"c"): ["a", "b", "c"],
        (b"chat, Chat",): ["chat", "Chat"],
        (b"v1.x!#$%&'*+-.^_`|~9",): ["v1.x!#$%&'*+-.^_`|~9"],
        (b"a,,b",): ["a", "b"],
    }.items():
        yield opens(f"subprotocols {values}", "11.3.4", offer(*values), {"subprotocols": names})
    for values in (
        (b"",),
        (b",",),
        (b"a b",),
        (b"a/b",),
        (b"a;b",),
        (b'"a"',),
        (b"a, \xff",),
        (b"a, a",),
        (b"a", b"a"),
        (b"a, b(c)",),
    ):
        yield refused(f"subprotocols {values}", "11.3.4", offer(*values))


def extensions() -> Iterator[Handshake]:
    def offer(*values: bytes) -> bytes:
        return request(more=b"".join(b"Sec-WebSocket-Extensions: " + value + b"\r\n" for value in values))

    for values in (
        (b"x-unknown",),
        (b"x-unknown; a=1; b",),
        (b"bbf-usp-protocol",),
        # RFC 7692 section 7.1: declined, and the handshake goes on without
        (b"permessage-deflate; unknown",),
        (b"permessage-deflate; unknown=1",),
        (b"permessage-deflate; server_no_context_takeover=1",),
        (b"permessage-deflate; client_no_context_takeover=true",),
        (b"permessage-deflate; server_max_window_bits",),
        (b"permessage-deflate; server_max_window_bits=7",),
        (b"permessage-deflate; server_max_window_bits=16",),
        (b"permessage-deflate; server_max_window_bits=010",),
        (b"permessage-deflate; server_max_window_bits=x",),
        (b"permessage-deflate; client_max_window_bits=7",),
        (b"permessage-deflate; client_max_window_bits=16",),
        (b"permessage-deflate; client_max_window_bits=08",),
        (b"permessage-deflate; client_max_window_bits=-9",),
        (b"permessage-deflate; client_no_context_takeover; client_no_context_takeover",),
        (b"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",),
        (b"permessage-deflate; client_max_window_bits; client_max_window_bits=9",),
        (b"permessage-bzip2",),
        (b"x-webkit-deflate-frame",),
    ):
        yield opens(f"declined {values}", "7692 7.1", offer(*values))
    for values in (
        (b"",),
        (b",",),
        (b";",),
        (b"permessage-deflate;",),
        (b"permessage-deflate; ; a",),
        (b"permessage-deflate; =1",),
        (b"permessage-deflate; a=",),
        (b"permessage-deflate a",),
        (b'permessage-deflate; a="1',),
        (b"a/b",),
        (b"permessage-deflate; a b",),
        (b"\xff",),
        (b'permessage-deflate; server_max_window_bits="1 0"',),
        (b'permessage-deflate; server_max_window_bits=""',),
    ):
        yield refused(f"malformed {values}", "9.1", offer(*values))


ALL = [*requests(), *upgrades(), *keys(), *versions(), *subprotocols(), *extensions()]

# The values of the fields that offer permessage-deflate, and the parameters of that offer which a server can take up
# (RFC 7692 section 7.1).
DEFLATE_OFFERS: list[tuple[tuple[bytes, ...], dict[str, str]]] = [
    ((b"permessage-deflate",), {}),
    ((b" permessage-deflate ",), {}),
    ((b"permessage-deflate; client_max_window_bits",), {"client_max_window_bits": ""}),
    ((b"permessage-deflate;client_max_window_bits=10",), {"client_max_window_bits": "10"}),
    ((b'permessage-deflate; client_max_window_bits="9"',), {"client_max_window_bits": "9"}),
    ((b"permessage-deflate ; client_max_window_bits = 15",), {"client_max_window_bits": "15"}),
    ((b"permessage-deflate; client_max_window_bits=8",), {"client_max_window_bits": "8"}),
    ((b"permessage-deflate; server_max_window_bits=9",), {"server_max_window_bits": "9"}),
    ((b"permessage-deflate; server_max_window_bits=15",), {"server_max_window_bits": "15"}),
    ((b"permessage-deflate; server_no_context_takeover",), {"server_no_context_takeover": ""}),
    ((b"permessage-deflate; client_no_context_takeover",), {"client_no_context_takeover": ""}),
    (
        (b"permessage-deflate; client_no_context_takeover; server_no_context_takeover",),
        {"client_no_context_takeover": "", "server_no_context_takeover": ""},
    ),
    (
        (b"permessage-deflate; server_max_window_bits=10; client_max_window_bits=11; server_no_context_takeover",),
        {"server_max_window_bits": "10", "client_max_window_bits": "11", "server_no_context_takeover": ""},
    ),
    ((b"permessage-deflate; server_max_window_bits=16, permessage-deflate",), {}),
    (
        (b"permessage-deflate; unknown, permessage-deflate; server_max_window_bits=10",),
        {"server_max_window_bits": "10"},
    ),
    ((b"x-unknown, permessage-deflate",), {}),
    ((b"x-unknown; a=b", b"permessage-deflate; server_no_context_takeover"), {"server_no_context_takeover": ""}),
    (
        (b"permessage-deflate; server_max_window_bits=9", b"permessage-deflate"),
        {"server_max_window_bits": "9"},
    ),
    ((b",, permessage-deflate ,",), {}),
    # 8 bits are beyond zlib's raw format: a server may take the offer up, or decline it and take the next one.
    ((b"permessage-deflate; server_max_window_bits=8, permessage-deflate; server_no_context_takeover",), {}),
]
