"""Wire cases: bytes from a client and the verdict that RFC 9110 and 9112 call for, whichever parser reads them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """statuses: of all responses in order. kept: whether the connection serves another request afterwards."""

    name: str
    raw: bytes
    statuses: tuple[int, ...]
    kept: bool
    section: str
    told: dict[str, object] = field(default_factory=dict)
    """What the application must have been told in the last of its requests."""

    def __str__(self) -> str:
        return self.name


HOST = b"Host: a\r\n"


def get(line: bytes = b"GET / HTTP/1.1", fields: bytes = HOST, body: bytes = b"") -> bytes:
    return line + b"\r\n" + fields + b"\r\n" + body


def post(fields: bytes, body: bytes) -> bytes:
    return get(b"POST / HTTP/1.1", HOST + fields, body)


CHUNKED = b"Transfer-Encoding: chunked\r\n"

ok = [
    Case("plain", get(), (200,), True, "9112 3", {"path": "/", "query": "", "body": "", "version": "1.1"}),
    Case("query", get(b"GET /a/b?c=d&e=%20 HTTP/1.1"), (200,), True, "9112 3.2.1", {"path": "/a/b", "query": "c=d&e=%20"}),
    Case("empty query", get(b"GET /a? HTTP/1.1"), (200,), True, "9112 3.2.1", {"path": "/a", "query": ""}),
    Case("percent", get(b"GET /%C3%A9%2Fx HTTP/1.1"), (200,), True, "ASGI path", {"path": "/é/x"}),
    Case("bad percent", get(b"GET /%zz%ff HTTP/1.1"), (200,), True, "ASGI path", {"path": "/%zz\ufffd"}),
    Case("double slash", get(b"GET //a//b HTTP/1.1"), (200,), True, "9112 3.2.1", {"path": "//a//b"}),
    Case("unusual characters", get(b'GET /"<>|^`{} HTTP/1.1'), (200,), True, "lenient", {"path": '/"<>|^`{}'}),
    Case("empty line first", b"\r\n\r\n" + get(), (200,), True, "9112 2.2"),
    Case("header case and space", get(fields=b"HOST: a\r\nX-Y: \t b \t\r\n"), (200,), True, "9112 5.1",
         {"headers": [["host", "a"], ["x-y", "b"]]}),
    Case("empty value", get(fields=b"Host: a\r\nX:\r\n"), (200,), True, "9110 5.5", {"headers": [["host", "a"], ["x", ""]]}),
    Case("obs-text", get(fields=b"Host: a\r\nX: \xe9\r\n"), (200,), True, "9110 5.5", {"headers": [["host", "a"], ["x", "é"]]}),
    Case("empty host", get(fields=b"Host:\r\n"), (200,), True, "9112 3.2"),
    Case("host with port", get(fields=b"Host: [::1]:80\r\n"), (200,), True, "9112 3.2"),
    Case("repeated field", get(fields=b"Host: a\r\nX: 1\r\nX: 2\r\n"), (200,), True, "9110 5.3",
         {"headers": [["host", "a"], ["x", "1"], ["x", "2"]]}),
    Case("absolute form", get(b"GET http://b:8/y?z HTTP/1.1"), (200,), True, "9112 3.2.2",
         {"path": "/y", "query": "z", "headers": [["host", "b:8"]]}),
    Case("absolute form, no path", get(b"GET http://b HTTP/1.1"), (200,), True, "9112 3.2.2", {"path": "/"}),
    Case("absolute form, query only", get(b"GET http://b?q HTTP/1.1"), (200,), True, "9112 3.2.2", {"path": "/", "query": "q"}),
    Case("asterisk", get(b"OPTIONS * HTTP/1.1"), (200,), True, "9112 3.2.4", {"path": "*", "method": "OPTIONS"}),
    Case("http 1.0", b"GET / HTTP/1.0\r\n\r\n", (200,), False, "9112 9.3", {"version": "1.0"}),
    Case("http 1.0 keep-alive", b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", (200,), True, "9112 9.3"),
    Case("http 1.2 is served as 1.1", get(b"GET / HTTP/1.2"), (200,), True, "9110 2.5", {"version": "1.1"}),
    Case("close", get(fields=HOST + b"Connection: close\r\n"), (200,), False, "9112 9.6"),
    Case("Close", get(fields=HOST + b"Connection: Close\r\n"), (200,), False, "9110 7.6.1"),
    Case("close in a list", get(fields=HOST + b"Connection: foo, close\r\n"), (200,), False, "9110 7.6.1"),
    Case("close in a second field", get(fields=HOST + b"Connection: x\r\nConnection: close\r\n"), (200,), False, "9110 7.6.1"),
    Case("keep-alive and close", get(fields=HOST + b"Connection: keep-alive, close\r\n"), (200,), False, "9112 9.3"),
    Case("after close nothing counts", get(fields=HOST + b"Connection: close\r\n") + get(), (200,), False, "9112 9.6"),
    Case("pipeline", get(b"GET /1 HTTP/1.1") + get(b"GET /2 HTTP/1.1") + get(b"GET /3 HTTP/1.1"), (200, 200, 200), True,
         "9112 9.3.2", {"path": "/3"}),
    Case("pipeline with bodies", post(b"Content-Length: 3\r\n", b"abc") + post(CHUNKED, b"2\r\nde\r\n0\r\n\r\n") + get(),
         (200, 200, 200), True, "9112 9.3.2"),
    Case("body by length", post(b"Content-Length: 5\r\n", b"hello"), (200,), True, "9112 6.2", {"body": "hello"}),
    Case("body of length 0", post(b"Content-Length: 0\r\n", b""), (200,), True, "9112 6.2", {"body": ""}),
    Case("leading zeros", post(b"Content-Length: 005\r\n", b"hello"), (200,), True, "9110 8.6", {"body": "hello"}),
    Case("body of a GET", get(fields=HOST + b"Content-Length: 3\r\n", body=b"abc"), (200,), True, "9110 9.3.1", {"body": "abc"}),
    Case("chunked", post(CHUNKED, b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), (200,), True, "9112 7.1", {"body": "abc0123456789"}),
    Case("HTAB behind chunked", post(b"Transfer-Encoding: chunked\t\r\n", b"1\r\na\r\n0\r\n\r\n"), (200,), True, "9112 5.1", {"body": "a"}),
    Case("CHUNKED", post(b"Transfer-Encoding: CHUNKED\r\n", b"1\r\na\r\n0\r\n\r\n"), (200,), True, "9112 7", {"body": "a"}),
    Case("chunk extensions", post(CHUNKED, b'3;a=b;c="d;\\"e" ;f\r\nabc\r\n0;x\r\n\r\n'), (200,), True, "9112 7.1.1", {"body": "abc"}),
    Case("zeros before a chunk size", post(CHUNKED, b"0003\r\nabc\r\n000\r\n\r\n"), (200,), True, "9112 7.1", {"body": "abc"}),
    Case("trailers stay apart", post(CHUNKED, b"1\r\na\r\n0\r\nHost: evil\r\nX: y\r\n\r\n"), (200,), True, "9110 6.5.1",
         {"body": "a", "headers": [["host", "a"], ["transfer-encoding", "chunked"]]}),
    Case("head of everything", get(b"HEAD / HTTP/1.1", HOST + b"Connection: close\r\n"), (200,), False, "9110 9.3.2"),
    Case("unknown upgrade", get(fields=HOST + b"Connection: upgrade\r\nUpgrade: nonsense\r\n"), (200,), True, "9110 7.8"),
    Case("upgrade with a body", get(b"POST / HTTP/1.1", HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", b"ab"),
         (200,), True, "9110 7.8", {"body": "ab"}),
    Case("registered method", get(b"PROPFIND / HTTP/1.1"), (200,), True, "9110 9.1", {"method": "PROPFIND"}),
    Case("query method", get(b"QUERY / HTTP/1.1", HOST + b"Content-Length: 1\r\n", b"q"), (200,), True, "9110 9.1", {"body": "q"}),
    Case("expect, body sent at once", post(b"Expect: 100-continue\r\nContent-Length: 3\r\n", b"abc"), (200,), True, "9110 10.1.1",
         {"body": "abc"}),
    Case("empty expectation", post(b"Expect:\r\nContent-Length: 3\r\n", b"abc"), (200,), True, "9110 5.6.1.2", {"body": "abc"}),
    Case("expect in 1.0 is ignored", b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", (200,), False,
         "9110 10.1.1", {"body": "a"}),
]  # fmt: skip

refused = [
    Case("bare LF", b"GET / HTTP/1.1\nHost: a\n\n", (400,), False, "9112 2.2"),
    Case("bare LF after a field", b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", (400,), False, "9112 2.2"),
    Case("bare CR in a value", get(fields=b"Host: a\r\nX: b\rc\r\n"), (400,), False, "9112 2.2"),
    Case("LF first", b"\n" + get(), (400,), False, "9112 2.2"),
    Case("CR first", b"\r" + get(), (400,), False, "9112 2.2"),
    Case("obs-fold", get(fields=b"Host: a\r\nX: b\r\n c\r\n"), (400,), False, "9112 5.2"),
    Case("fold of the first field", get(fields=b" Host: a\r\n"), (400,), False, "9112 2.2"),
    Case("space before colon", get(fields=b"Host : a\r\n"), (400,), False, "9112 5.1"),
    Case("NUL in a value", get(fields=b"Host: a\r\nX: a\0b\r\n"), (400,), False, "9110 5.5"),
    Case("control in a value", get(fields=b"Host: a\r\nX: a\x01b\r\n"), (400,), False, "9110 5.5"),
    Case("DEL in a value", get(fields=b"Host: a\r\nX: a\x7fb\r\n"), (400,), False, "9110 5.5"),
    Case("empty name", get(fields=b"Host: a\r\n: b\r\n"), (400,), False, "9110 5.1"),
    Case("name is no token", get(fields=b"Host: a\r\nX(y): b\r\n"), (400,), False, "9110 5.1"),
    Case("no colon", get(fields=b"Host: a\r\nnonsense\r\n"), (400,), False, "9112 5"),
    Case("http 0.9", b"GET /\r\n\r\n", (400,), False, "9112 3"),
    Case("http 2.0", get(b"GET / HTTP/2.0"), (505,), False, "9110 15.6.6"),
    Case("http 2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (505,), False, "9113 3.4"),
    Case("version with letters", get(b"GET / HTTP/1.1x"), (400,), False, "9112 2.3"),
    Case("version of two digits", get(b"GET / HTTP/01.1"), (400,), False, "9112 2.3"),
    Case("lower-case version", get(b"GET / http/1.1"), (400,), False, "9112 2.3"),
    Case("RTSP", get(b"GET / RTSP/1.0"), (400,), False, "9112 2.3"),
    Case("ICE", get(b"SOURCE / ICE/1.0"), (400,), False, "9112 2.3"),
    Case("two spaces", get(b"GET  / HTTP/1.1"), (400,), False, "9112 3"),
    Case("two spaces after the target", get(b"GET /  HTTP/1.1"), (400,), False, "9112 3"),
    Case("space at the end", get(b"GET / HTTP/1.1 "), (400,), False, "9112 3"),
    Case("space first", get(b" GET / HTTP/1.1"), (400,), False, "9112 3"),
    Case("tab between", get(b"GET\t/ HTTP/1.1"), (400,), False, "9112 3"),
    Case("space in the target", get(b"GET /a b HTTP/1.1"), (400,), False, "9112 3.2"),
    Case("non-ASCII target", get(b"GET /\xc3\xa9 HTTP/1.1"), (400,), False, "9112 3.2"),
    Case("control in the target", get(b"GET /\x01 HTTP/1.1"), (400,), False, "9112 3.2"),
    Case("fragment", get(b"GET /a#b HTTP/1.1"), (400,), False, "9112 3.2"),
    Case("target without slash", get(b"GET a HTTP/1.1"), (400,), False, "9112 3.2"),
    Case("authority form", get(b"GET a:80 HTTP/1.1"), (400,), False, "9112 3.2.3"),
    Case("asterisk for GET", get(b"GET * HTTP/1.1"), (400,), False, "9112 3.2.4"),
    Case("ftp target", get(b"GET ftp://a/b HTTP/1.1"), (400,), False, "9112 3.2.2"),
    Case("no authority", get(b"GET http:///b HTTP/1.1"), (400,), False, "9110 4.2.1"),
    Case("user information", get(b"GET http://u:p@a/b HTTP/1.1"), (400,), False, "9110 4.2.4"),
    Case("connect", get(b"CONNECT a:80 HTTP/1.1"), (501,), False, "9110 9.3.6"),
    Case("unknown method", get(b"FOO / HTTP/1.1"), (501,), False, "9110 9.1"),
    Case("lower-case method", get(b"get / HTTP/1.1"), (501,), False, "9110 9.1"),
    Case("unknown method and a bare LF behind", get(b"FOO / HTTP/1.1", b"Host: a\n\r\n"), (501,), False, "9110 9.1"),
    Case("source method", get(b"SOURCE / HTTP/1.1"), (501,), False, "9110 9.1"),
    Case("no host", b"GET / HTTP/1.1\r\n\r\n", (400,), False, "9112 3.2"),
    Case("two hosts", get(fields=b"Host: a\r\nHost: a\r\n"), (400,), False, "9112 3.2"),
    Case("two hosts in 1.0", b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", (400,), False, "9112 3.2"),
    Case("bad host beside an absolute target", get(b"GET http://b/ HTTP/1.1", b"Host: a/b\r\n"), (400,), False, "9112 3.2"),
    Case("bad host", get(fields=b"Host: a/b\r\n"), (400,), False, "9112 3.2"),
    Case("host with user", get(fields=b"Host: u@a\r\n"), (400,), False, "9112 3.2"),
    Case("host with space", get(fields=b"Host: a b\r\n"), (400,), False, "9112 3.2"),
    Case("length and coding", post(b"Content-Length: 3\r\n" + CHUNKED, b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("coding and length", post(CHUNKED + b"Content-Length: 3\r\n", b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("coding in 1.0", b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,), False, "9112 6.1"),
    Case("coding before chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), (501,), False, "9112 6.1"),
    Case("identity", post(b"Transfer-Encoding: identity\r\n", b""), (400,), False, "9112 6.3"),
    Case("chunked is not final", post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("chunked twice", post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), (400,), False, "9112 6.1"),
    Case("two coding fields", post(CHUNKED + CHUNKED, b"0\r\n\r\n"), (400,), False, "9112 6.1"),
    Case("empty coding before chunked", post(b"Transfer-Encoding: , chunked\r\n", b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("xchunked", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("quoted chunked", post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"), (400,), False, "9112 6.3"),
    Case("chunked with vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), (400,), False, "9110 5.5"),
    Case("empty coding", post(b"Transfer-Encoding:\r\n", b""), (400,), False, "9112 6.3"),
    Case("coding name with space", post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), (400,), False, "9112 5.1"),
    Case("two equal lengths", post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"), (400,), False, "9112 6.3"),
    Case("two lengths", post(b"Content-Length: 3\r\nContent-Length: 4\r\n", b"abc"), (400,), False, "9112 6.3"),
    Case("list of lengths", post(b"Content-Length: 3, 3\r\n", b"abc"), (400,), False, "9112 6.3"),
    Case("plus sign", post(b"Content-Length: +3\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("minus sign", post(b"Content-Length: -3\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("hexadecimal length", post(b"Content-Length: 0x3\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("underscore", post(b"Content-Length: 1_0\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("empty length", post(b"Content-Length:\r\n", b""), (400,), False, "9110 8.6"),
    Case("length with space", post(b"Content-Length: 3 3\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("length beyond reason", post(b"Content-Length: 99999999999999999999999\r\n", b"abc"), (400,), False, "9110 8.6"),
    Case("arabic digits", post("Content-Length: \u0663\r\n".encode(), b"abc"), (400,), False, "9110 8.6"),
    Case("other expectation", post(b"Expect: 200-ok\r\nContent-Length: 1\r\n", b"a"), (417,), False, "9110 10.1.1"),
    Case("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400,), False, "TLS"),
    Case("nonsense", b"hello\r\n\r\n", (400,), False, "9112 3"),
    Case("second request is broken", get() + b"GET / HTTP/1.1\nHost: a\r\n\r\n", (200, 400), False, "9112 9.3.2"),
]  # fmt: skip

# The head is fine, the application (which reads the whole body before it answers) waits: the fault is still answered.
refused_bodies = [
    Case("chunk size is no number", post(CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size with 0x", post(CHUNKED, b"0x3\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size with sign", post(CHUNKED, b"+3\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size with space", post(CHUNKED, b"3 \r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size with space first", post(CHUNKED, b" 3\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size with underscore", post(CHUNKED, b"1_0\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("empty chunk size", post(CHUNKED, b"\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk size beyond reason", post(CHUNKED, b"FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("bare LF after the size", post(CHUNKED, b"3\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("bare LF after the data", post(CHUNKED, b"3\r\nabc\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk too long", post(CHUNKED, b"3\r\nabcd\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("chunk too short", post(CHUNKED, b"4\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1"),
    Case("bad extension", post(CHUNKED, b"3;\x01\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1.1"),
    Case("LF hidden in an extension", post(CHUNKED, b"3;a\nb\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1.1"),
    Case("CR hidden in an extension", post(CHUNKED, b"3;a\rb\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1.1"),
    Case("bad trailer", post(CHUNKED, b"0\r\nbad name: x\r\n\r\n"), (400,), False, "9112 7.1.2"),
    Case("trailer with LF", post(CHUNKED, b"0\r\nx: y\n\r\n"), (400,), False, "9112 7.1.2"),
    Case("endless extension", post(CHUNKED, b"3;" + b"a" * 5000 + b"\r\nabc\r\n0\r\n\r\n"), (400,), False, "9112 7.1.1"),
]  # fmt: skip

ALL = [*ok, *refused, *refused_bodies]
