"""A request as a person types it, `POST /ducks -d '{"name": "Emma"}'`, as the bytes that a client would send."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import click

import webfoot
from webfoot.server.settings.kinds import HeaderField

_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# What RFC 3986 lets stand in a path and a query; anything else a person types is percent-encoded.
_SAFE_IN_TARGET = "/?:@!$&'()*+,;=-._~%[]"
_TAKES_A_BODY = frozenset(("POST", "PUT", "PATCH"))


def compose(method: str | None, path: str | None, headers: Sequence[str], data: str | None) -> bytes:
    """The request as HTTP/1.1 bytes. A header that was given replaces the one we would send. Raises UsageError."""
    if method is not None and path is None and method.startswith("/"):
        method, path = "GET", method
    if method is None or path is None:
        raise click.UsageError("a journey needs METHOD and PATH, such as: webfoot journey main:app GET /ducks")
    if not _METHOD.fullmatch(method):
        raise click.UsageError(f"{method!r} is no HTTP method")
    method = method.upper()
    body = None if data is None else read_bytes(data[1:]) if data.startswith("@") else os.fsencode(data)
    given = [header_of(text) for text in headers]
    names = {name.lower() for name, _ in given}
    fields = [pair for pair in _usual_headers(method, body) if pair[0] not in names]
    if "transfer-encoding" in names:
        fields = [pair for pair in fields if pair[0] != "content-length"]
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    return as_bytes(method, _target(method, path), [*fields, *given], body or b"")


def as_bytes(method: str, target: str, fields: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """A request of HTTP/1.1 as it goes over the wire, just as it is given."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _usual_headers(method: str, body: bytes | None) -> list[tuple[str, str]]:
    fields = [("host", "localhost"), ("user-agent", f"webfoot-journey/{webfoot.__version__}"), ("accept", "*/*")]
    if body is not None and _looks_like_json(body):
        fields.append(("content-type", "application/json"))
    if body is not None or method in _TAKES_A_BODY:
        fields.append(("content-length", str(len(body or b""))))
    return fields


def _looks_like_json(body: bytes) -> bool:
    """Also where it is broken JSON: whoever tries that wants to see what the application says to it."""
    if body.lstrip()[:1] in (b"{", b"["):
        return True
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def header_of(text: str) -> tuple[str, str]:
    try:
        return HeaderField().read(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no header: write 'Name: value'") from None


def _target(method: str, path: str) -> str:
    if path == "*" and method == "OPTIONS":
        return path
    if "#" in path:
        raise click.UsageError(
            f"{path!r} holds a fragment (#...), which is never sent to a server; leave it out or write %23"
        )
    if not path.startswith(("/", "http://", "https://")):
        raise click.UsageError(f"{path!r} is no path: it must begin with /")
    return quote(path, safe=_SAFE_IN_TARGET)


def read_bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {(error.strerror or str(error)).lower()}") from None
