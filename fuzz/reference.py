"""A second reader of requests: slow, plain, and written from RFC 9110, 9112 and 3986 without a look at the server's.

It says which requests stand in a stream of bytes, where each ends, and why reading stops. Where the RFCs leave a choice
to the server, the choice is ours, and a comment says so. No regular expressions: one byte after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
DIGIT = frozenset(b"0123456789")
HEX = frozenset(b"0123456789abcdefABCDEF")
VISIBLE = frozenset(range(0x21, 0x7F))
TEXT = frozenset(range(0x20, 0x7F)) | frozenset(range(0x80, 0x100)) | {0x09}  # RFC 9110 section 5.5
UNRESERVED = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~")
SUB_DELIMS = frozenset(b"!$&'()*+,;=")
# Ours: the methods that IANA has registered, less CONNECT, and some of UPnP and of caches.
METHODS = frozenset(
    b"GET HEAD POST PUT DELETE OPTIONS TRACE PATCH QUERY ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR "
    b"MKCOL MOVE PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNLINK UNLOCK M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE "
    b"PURGE BASELINE-CONTROL CHECKIN LABEL MKREDIRECTREF MKWORKSPACE ORDERPATCH UNCHECKOUT UPDATE UPDATEREDIRECTREF "
    b"VERSION-CONTROL".split()
)


@dataclass(frozen=True)
class Limits:
    line: int = 8192
    head: int = 65536
    fields: int = 100
    body: int | None = None


@dataclass
class Request:
    """body: what of it is there. whole: all of it is."""

    method: str
    target: bytes
    version: str
    fields: list[tuple[bytes, bytes]]
    keeps: bool = True
    length: int | None = 0
    expects: bool = False
    body: bytes = b""
    whole: bool = False

    def all(self, name: bytes) -> list[bytes]:
        return [value for one, value in self.fields if one == name]

    def listed(self, name: bytes) -> list[bytes]:
        """The members of a list field (RFC 9110 section 5.6.1)."""
        return [one.strip(b" \t").lower() for value in self.all(name) for one in value.split(b",")]

    @property
    def upgrades(self) -> bool:
        """It asks for WebSocket (RFC 6455 section 4.1), whether or not it does so properly."""
        asks = b"upgrade" in self.listed(b"connection") and b"websocket" in self.listed(b"upgrade")
        return asks and self.method == "GET" and self.version == "1.1" and self.length == 0 and self.keeps


@dataclass
class Reading:
    """end: "between" requests | "incomplete" | "refused" | "closed" by a request that asked for it.

    statuses: those that a refusal may carry, one for each fault that was found.
    """

    requests: list[Request] = field(default_factory=list)
    end: str = "between"
    statuses: set[int] = field(default_factory=set)


def read(data: bytes, limits: Limits | None = None) -> Reading:
    """All requests in `data`, and why there is no further one."""
    limits = limits or Limits()
    reading = Reading()
    while reading.end == "between":
        while data.startswith(b"\r\n"):  # RFC 9112 section 2.2
            data = data[2:]
        if not data:
            break
        data = _read_one(data, limits, reading)
    return reading


def _read_one(data: bytes, limits: Limits, reading: Reading) -> bytes:
    head, found, rest = data.partition(b"\r\n\r\n")
    line = head.partition(b"\r\n")[0]
    if len(line) > limits.line:
        reading.statuses.add(414)
    if len(head) + len(found) > limits.head:
        reading.statuses.add(431)
    if not found:
        reading.end = "refused" if reading.statuses else "incomplete"
        if reading.statuses:
            reading.statuses |= {400, 501, 505}  # for what may be wrong before the limit
        return b""
    request = _read_head(head, limits, reading.statuses)
    if request is None or reading.statuses:
        reading.end = "refused"
        return b""
    reading.requests.append(request)
    if request.length is None:
        rest = _read_chunks(request, rest, limits, reading)
    else:
        request.body, rest = rest[: request.length], rest[request.length :]
        request.whole = len(request.body) == request.length
        reading.end = "between" if request.whole else "incomplete"
    if request.whole and not request.keeps:
        reading.end = "closed"
    return rest


def _read_head(head: bytes, limits: Limits, statuses: set[int]) -> Request | None:
    line, *lines = head.split(b"\r\n")
    if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for part in (line, *lines) for byte in part):
        statuses.add(400)  # RFC 9112 section 2.2: bare CR and LF; RFC 9110 section 5.5: controls
    parts = line.split(b" ")
    if len(parts) != 3:
        statuses.add(400)
        return None
    method, target, version = parts
    if not method or not set(method) <= TOKEN or not target or not set(target) <= VISIBLE or len(version) != 8:
        statuses.add(400)
        return None
    if version[:5] != b"HTTP/" or version[5] not in DIGIT or version[6:7] != b"." or version[7] not in DIGIT:
        statuses.add(400)
        return None
    if version[5:6] != b"1":
        statuses.add(505)
    if method not in METHODS:
        statuses.add(501)
    fields = [_read_field(one, statuses) for one in lines]
    if len(fields) > limits.fields:
        statuses.add(431)
    # RFC 9110 section 2.5: a higher minor version is served as the highest one that we speak.
    request = Request(method.decode(), target, "1.0" if version[7:] == b"0" else "1.1", fields)
    _check_target(request, statuses)
    _check_hosts(request, statuses)
    _check_framing(request, limits, statuses)
    if request.version == "1.1":
        expected = set(request.listed(b"expect")) - {b""}
        if expected - {b"100-continue"}:
            statuses.add(417)
        request.expects = bool(expected) and request.length != 0
    options = request.listed(b"connection")  # RFC 9112 section 9.3
    request.keeps = b"close" not in options and (request.version == "1.1" or b"keep-alive" in options)
    return request


def _read_field(line: bytes, statuses: set[int]) -> tuple[bytes, bytes]:
    """RFC 9112 section 5: no folding, no space before the colon."""
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    if not colon or not name or not set(name) <= TOKEN or not set(value) <= TEXT:
        statuses.add(400)
    return name.lower(), value


def _check_target(request: Request, statuses: set[int]) -> None:
    """RFC 9112 section 3.2. Ours: any visible character but # in a path or query; of the schemes, http and https."""
    target = request.target
    if b"#" in target:
        statuses.add(400)
    elif target.startswith(b"/"):
        pass
    elif target == b"*":
        if request.method != "OPTIONS":
            statuses.add(400)
    else:
        scheme, colon, rest = target.partition(b"://")
        end = min((rest.find(mark) for mark in (b"/", b"?") if mark in rest), default=len(rest))
        authority = rest[:end]
        if not colon or scheme.lower() not in (b"http", b"https") or not _is_host(authority, may_be_empty=False):
            statuses.add(400)


def _check_hosts(request: Request, statuses: set[int]) -> None:
    """RFC 9112 section 3.2: one Host, and a valid one; none is right in HTTP/1.0 only."""
    hosts = request.all(b"host")
    if len(hosts) > 1 or (not hosts and request.version == "1.1") or not all(_is_host(host) for host in hosts):
        statuses.add(400)


def _is_host(value: bytes, may_be_empty: bool = True) -> bool:
    """RFC 3986 section 3.2.2, [":" port]; no user information.

    Ours: a port is at most 65535 and has at most five digits; no comma, which is how two merged fields look; no port
    without a host.
    """
    if value.startswith(b"["):
        literal, bracket, rest = value[1:].partition(b"]")
        if not bracket or not _is_literal(literal) or (rest and not rest.startswith(b":")):
            return False
        port = rest[1:]
    else:
        name, _, port = value.partition(b":")
        if not _is_name(name) or b"," in name or (not name and (value or not may_be_empty)):
            return False
    return set(port) <= DIGIT and len(port) <= 5 and int(port or b"0") <= 65535


def _is_name(name: bytes) -> bool:
    position = 0
    while position < len(name):
        if name[position] == 0x25:
            if len(name) < position + 3 or not set(name[position + 1 : position + 3]) <= HEX:
                return False
            position += 3
        elif name[position] in UNRESERVED or name[position] in SUB_DELIMS:
            position += 1
        else:
            return False
    return True


def _is_literal(literal: bytes) -> bool:
    """IPv6address or IPvFuture."""
    if literal[:1] in (b"v", b"V"):
        version, dot, rest = literal[1:].partition(b".")
        allowed = UNRESERVED | SUB_DELIMS | {0x3A}
        return bool(version and dot and rest) and set(version) <= HEX and set(rest) <= allowed
    head, gap, tail = literal.partition(b"::")
    groups = [*head.split(b":")] if head else []
    groups += tail.split(b":") if tail else []
    last = groups[-1] if groups else b""
    size = len(groups)
    if b"." in last and literal.endswith(last):
        numbers = last.split(b".")
        if len(numbers) != 4 or not all(_is_octet(number) for number in numbers):
            return False
        groups, size = groups[:-1], size + 1
    if not all(1 <= len(group) <= 4 and set(group) <= HEX for group in groups):
        return False
    return size <= 7 if gap else size == 8


def _is_octet(number: bytes) -> bool:
    return bool(number) and set(number) <= DIGIT and str(int(number)).encode() == number and int(number) < 256


def _check_framing(request: Request, limits: Limits, statuses: set[int]) -> None:
    """RFC 9112 section 6. Ours: repeated equal lengths are refused, chunked is the only coding, and alone."""
    lengths, codings = request.all(b"content-length"), request.listed(b"transfer-encoding")
    if lengths:
        if len(lengths) > 1 or codings or not lengths[0] or not set(lengths[0]) <= DIGIT or len(lengths[0]) > 18:
            statuses.add(400)
            return
        request.length = int(lengths[0])
        if limits.body is not None and request.length > limits.body:
            statuses.add(413)
    elif codings:
        request.length = None
    if request.length != 0 and request.method == "TRACE":  # RFC 9110 section 9.3.8
        statuses.add(400)
    if codings and not lengths:
        if request.version == "1.0" or codings[-1] != b"chunked" or codings.count(b"chunked") > 1 or b"" in codings:
            statuses.add(400)
        elif len(codings) > 1:
            statuses.add(501)


def _read_chunks(request: Request, data: bytes, limits: Limits, reading: Reading) -> bytes:
    """RFC 9112 section 7.1; returns what follows the message."""
    reading.end = "incomplete"
    while True:
        line, found, rest = data.partition(b"\r\n")
        if len(line) > 4095:  # ours
            return _refuse(reading, 400)
        if not found:
            return b""
        size = _chunk_size(line)
        if size is None:
            return _refuse(reading, 400)
        if size == 0:
            break
        request.body += rest[:size]
        if limits.body is not None and len(request.body) > limits.body:
            return _refuse(reading, 413, 400)
        end, data = rest[size : size + 2], rest[size + 2 :]
        if not b"\r\n".startswith(end):
            return _refuse(reading, 400)
        if len(end) < 2:
            return b""
    count = 0
    while rest:  # the trailer section
        line, found, rest = rest.partition(b"\r\n")
        if len(line) > 4095:
            return _refuse(reading, 431, 400)
        if not found:
            return b""
        if not line:
            request.whole, reading.end = True, "between"
            return rest
        name, _ = _read_field(line, reading.statuses)
        if reading.statuses or name in (b"content-length", b"transfer-encoding"):  # the latter are ours
            return _refuse(reading, 400)
        count += 1
        if count > limits.fields:
            return _refuse(reading, 431)
    return b""


def _refuse(reading: Reading, *statuses: int) -> bytes:
    reading.end = "refused"
    reading.statuses.update(statuses)
    return b""


def _chunk_size(line: bytes) -> int | None:
    """The size in a chunk's first line, or None for a line that is none. Ours: at most 15 digits."""
    size = 0
    while size < len(line) and line[size] in HEX:
        size += 1
    if not 1 <= size <= 15 or not _are_extensions(line[size:]):
        return None
    return int(line[:size], 16)


def _are_extensions(text: bytes) -> bool:
    """RFC 9112 section 7.1.1: *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )."""
    while text:
        text = text.lstrip(b" \t")
        if not text.startswith(b";"):
            return False
        text = behind_token(text[1:].lstrip(b" \t"))
        if text is None:
            return False
        value = text.lstrip(b" \t")
        if value.startswith(b"="):
            value = value[1:].lstrip(b" \t")
            text = behind_string(value[1:]) if value.startswith(b'"') else behind_token(value)
            if text is None:
                return False
    return True


def behind_token(text: bytes) -> bytes | None:
    rest = text.lstrip(bytes(TOKEN))
    return None if len(rest) == len(text) else rest


def behind_string(text: bytes) -> bytes | None:
    """Behind the closing quote of a quoted-string (RFC 9110 section 5.6.4), or None."""
    position = 0
    while position < len(text):
        byte = text[position]
        if byte == 0x22:
            return text[position + 1 :]
        if byte == 0x5C:
            position += 1
            if position == len(text) or text[position] not in TEXT:
                return None
        elif byte not in TEXT:
            return None
        position += 1
    return None
