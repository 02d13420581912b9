"""A strict reader of what the server sends, written from RFC 9112 and nothing of the server's."""

from __future__ import annotations

from dataclasses import dataclass, field

from fuzz.findings import hold

_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset(b"0123456789")


@dataclass
class Response:
    status: int
    fields: list[tuple[str, bytes]]
    body: bytes = b""
    framing: str = "none"
    whole: bool = True
    interim: list[int] = field(default_factory=list)
    trailers: list[tuple[str, bytes]] = field(default_factory=list)

    def all(self, name: str) -> list[bytes]:
        return [value for one, value in self.fields if one == name]

    @property
    def closes(self) -> bool:
        options = b",".join(self.all("connection")).lower().split(b",")
        return b"close" in [option.strip() for option in options]


def read_responses(raw: bytes, methods: list[str | None], cut: bool) -> list[Response]:
    """The final responses in `raw`, which must be nothing else. The last may be incomplete if the wire was `cut`.

    `methods`: of the requests that were answered, as far as they are known; HEAD decides about bodies. A response with
    no known request is a refusal, and may or may not have its body.
    """
    responses: list[Response] = []
    interim: list[int] = []
    while raw:
        hold(not responses or not responses[-1].closes, "close", lambda: f"sent behind Connection: close: {raw[:80]!r}")
        head, found, rest = raw.partition(b"\r\n\r\n")
        if not found:
            hold(cut, "framing", lambda: f"the head of a response is not complete: {head[:200]!r}")
            break
        response = _read_head(head)
        raw = rest
        if response.status < 200:
            links = [name for name, _ in response.fields if name != "link"]
            hold(response.status in (100, 103) and not links, "interim", lambda: f"{head!r}")
            hold(response.status == 103 or not response.fields, "interim", "100 Continue has fields")
            interim.append(response.status)
            continue
        method = methods[len(responses)] if len(responses) < len(methods) else None
        response.interim, interim = interim, []
        raw = _read_body(response, method, raw)
        hold(response.whole or cut, "framing", lambda: f"the body of a response is not complete: {head[:200]!r}")
        hold(response.whole or not raw, "framing", "something follows an incomplete response")
        responses.append(response)
    return responses


def _read_head(head: bytes) -> Response:
    line, *lines = head.split(b"\r\n")
    good = line.startswith(b"HTTP/1.1 ") and len(line) >= 13 and set(line[9:12]) <= _DIGITS and line[12:13] == b" "
    hold(good and _is_text(line), "status line", lambda: f"this is no status line: {line[:80]!r}")
    return Response(int(line[9:12]), [_read_field(each) for each in lines])


def _read_field(line: bytes) -> tuple[str, bytes]:
    name, colon, value = line.partition(b":")
    good = colon and name and set(name) <= _TOKEN and _is_text(value)
    hold(good, "field line", lambda: f"this is no field line: {line[:80]!r}")
    return name.decode("ascii").lower(), value.strip(b" \t")


def _is_text(value: bytes) -> bool:
    """Field content (RFC 9110 section 5.5), more strictly than it must be."""
    return all(byte >= 0x20 or byte == 0x09 for byte in value)


def _read_body(response: Response, method: str | None, raw: bytes) -> bytes:
    """Fill in the body and how it is delimited (RFC 9112 section 6.3); returns what comes behind it."""
    lengths, codings = response.all("content-length"), response.all("transfer-encoding")
    hold(len(lengths) + len(codings) <= 1, "framing", f"the length is said more than once: {lengths}, {codings}")
    hold(not codings or codings == [b"chunked"], "framing", f"transfer-encoding: {codings}")
    hold(all(set(one) <= _DIGITS and one for one in lengths), "framing", f"content-length: {lengths}")
    if response.status in (204, 304) or method == "HEAD":
        hold(response.status != 204 or not (lengths or codings), "framing", "a 204 response says a length")
        return raw
    if codings:
        response.framing = "chunks"
        return _read_chunks(response, raw)
    if not lengths:
        hold(response.closes, "framing", "a response ends with the connection and does not say so")
        response.framing, response.body = "close", raw
        return b""
    response.framing = "length"
    length = int(lengths[0])
    if method is None and not raw:  # a refusal of a HEAD request
        return raw
    response.body, rest = raw[:length], raw[length:]
    response.whole = len(response.body) == length
    return rest


def _read_chunks(response: Response, raw: bytes) -> bytes:
    """RFC 9112 section 7.1, without extensions: the server sends none."""
    while True:
        line, found, raw = raw.partition(b"\r\n")
        good = all(byte in b"0123456789abcdef" for byte in line) and not line.startswith(b"00")
        hold(good, "framing", lambda line=line: f"this is no chunk size: {line[:40]!r}")
        hold(line or not found, "framing", "an empty chunk size")
        if not found:
            break
        size = int(line, 16)
        if not size:
            return _read_trailers(response, raw)
        data, end, raw = raw[:size], raw[size : size + 2], raw[size + 2 :]
        response.body += data
        hold(b"\r\n".startswith(end), "framing", lambda end=end: f"a chunk is longer than its size: {end!r}")
        if len(end) < 2:
            break
    response.whole = False
    return b""


def _read_trailers(response: Response, raw: bytes) -> bytes:
    while True:
        line, found, raw = raw.partition(b"\r\n")
        if not found:
            response.whole = False
            return b""
        if not line:
            return raw
        response.trailers.append(_read_field(line))
