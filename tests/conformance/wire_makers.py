"""What a wire case is, and the bytes that most of them are made of."""

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
    rule: str = ""
    """The rule that the last request breaks (`RemoteFault.rule`)."""

    def __str__(self) -> str:
        return self.name


def bad(name: str, raw: bytes, rule: str, section: str, status: int = 400) -> Case:
    """One request, refused."""
    return Case(name, raw, (status,), False, section, rule=rule)


HOST = b"Host: a\r\n"


def get(line: bytes = b"GET / HTTP/1.1", fields: bytes = HOST, body: bytes = b"") -> bytes:
    return line + b"\r\n" + fields + b"\r\n" + body


def post(fields: bytes, body: bytes) -> bytes:
    return get(b"POST / HTTP/1.1", HOST + fields, body)


def get_10(fields: bytes, body: bytes = b"") -> bytes:
    return get(b"GET / HTTP/1.0", fields, body)


def hosted(value: bytes) -> bytes:
    return get(fields=b"Host: " + value + b"\r\n")


def sized(value: bytes, body: bytes = b"abc") -> bytes:
    return post(b"Content-Length: " + value + b"\r\n", body)


def coded(value: bytes) -> bytes:
    return post(b"Transfer-Encoding: " + value + b"\r\n", b"1\r\na\r\n0\r\n\r\n")


CHUNKED = b"Transfer-Encoding: chunked\r\n"


def chunked(body: bytes) -> bytes:
    return post(CHUNKED, body)


def trailed(trailers: bytes) -> bytes:
    return chunked(b"1\r\na\r\n0\r\n" + trailers + b"\r\n")
