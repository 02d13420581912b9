"""RFC 9112's grammar of a request head, as we hold every request to it.

Each parser has its own idea of what is lenient enough. Where the two differ the stricter verdict is ours, and it is
found here: `examine` explains a head that a parser refused, and holds a lenient parser (h11) to the same rules, so that
status and reason do not depend on which parser is in use.
"""

from __future__ import annotations

import re
from typing import Final

from webfoot.server.protocol.errors import RemoteFault

END_OF_HEAD: Final = b"\r\n\r\n"

TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""RFC 9110 section 5.6.2."""

# RFC 9112 section 3: method SP request-target SP HTTP-version, single spaces, a target without controls or non-ASCII.
_REQUEST_LINE = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])" % TOKEN)
# RFC 9112 section 5, 9110 section 5.5: no white space before the colon, no controls but HTAB in the value.
_FIELD_LINE = re.compile(rb"(%b):[ \t]*((?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)[ \t]*" % TOKEN)
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
# What no head may hold, wherever it stands; `\r` at the very end may still be the first half of a line end.
_NEVER_LEGAL = re.compile(rb"(?<!\r)\n|\r(?![\n]|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# How far a request line may have come without being hopeless.
_HOPEFUL_START = re.compile(rb"(?:%b(?: (?:[\x21-\x7e]+(?: .*)?)?)?)?" % TOKEN, re.DOTALL)

# The registered methods (IANA "HTTP Method Registry") and four of UPnP and of caches that both parsers know.
# RFC 9110 section 9.1 wants 501 for any other, and CONNECT is for proxies (section 9.3.6).
METHODS: Final[dict[bytes, str]] = {
    name.encode(): name
    for name in (
        *("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY"),
        *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE"),
        *("PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNLINK", "UNLOCK"),
        *("M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE"),
    )
}


def examine(raw: bytes) -> tuple[bytes, bytes, str, list[tuple[bytes, bytes]]]:
    """Take a complete head (with its empty line) apart: (method, target, version to speak, fields).

    Raises RemoteFault (400, 501 or 505) naming the first thing that breaks the grammar.
    """
    first, *lines = raw[: -len(END_OF_HEAD)].split(b"\r\n")
    # The request line comes first, as it does when it arrives before the rest (see `examine_partial`).
    method, target, version = examine_request_line(first)
    _refuse_bare_line_end(raw)
    return method, target, version, [_examine_field(line) for line in lines]


def examine_request_line(line: bytes) -> tuple[bytes, bytes, str]:
    """(method, target, version to speak) of a request line without its CRLF; raises RemoteFault as `examine` does."""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        _refuse_bare_line_end(line)
        raise RemoteFault(
            400,
            "request-line",
            "RFC 9112 section 3",
            "the first line is not 'METHOD target HTTP/1.1' with single spaces and a target of visible ASCII",
        )
    method, target, major, minor = match.groups()
    if major != b"1":
        version = f"{major.decode()}.{minor.decode()}"
        hint = "; HTTP/2 needs a server that speaks it" if major == b"2" else ""
        raise RemoteFault(505, "version", "RFC 9112 section 2.3", f"HTTP/{version} is not spoken here{hint}")
    if method not in METHODS:
        shown = method[:20].decode()
        raise RemoteFault(501, "method", "RFC 9110 section 9.1", f"the method {shown} is not known to this server")
    # RFC 9110 section 2.5: a higher minor version is served as the highest that we speak.
    return method, target, "1.0" if minor == b"0" else "1.1"


def _refuse_bare_line_end(part: bytes) -> None:
    if _BARE_LINE_END.search(part):
        raise RemoteFault(400, "line-end", "RFC 9112 section 2.2", "a line ends in a bare CR or a bare LF, not in CRLF")


def _examine_field(line: bytes) -> tuple[bytes, bytes]:
    match = _FIELD_LINE.fullmatch(line)
    if match is not None:
        return match[1].lower(), match[2]
    if line[:1] in (b" ", b"\t"):
        raise RemoteFault(400, "obs-fold", "RFC 9112 section 5.2", "a header field is folded over several lines")
    name, colon, _ = line.partition(b":")
    if not colon:
        raise RemoteFault(400, "field-line", "RFC 9112 section 5", "a header line has no colon")
    if name.endswith((b" ", b"\t")):
        raise RemoteFault(400, "field-space", "RFC 9112 section 5.1", "white space before the colon of a header field")
    if not re.fullmatch(TOKEN, name):
        raise RemoteFault(400, "field-name", "RFC 9110 section 5.1", "a header field's name is not a token")
    shown = name[:40].decode()
    raise RemoteFault(400, "field-value", "RFC 9110 section 5.5", f"the value of {shown} holds a control character")


def examine_partial(buffer: bytes | bytearray, start: int) -> None:
    """Refuse an incomplete head that no further byte can mend, so that its sender need not wait for the deadline.

    `start`: how much of `buffer` was examined before. Raises RemoteFault(400).
    """
    line, found, _ = buffer.partition(b"\r\n")
    if found:
        if start <= len(line) + 2:
            examine_request_line(bytes(line))
    elif not _HOPEFUL_START.fullmatch(line.removesuffix(b"\r")):
        raise RemoteFault(400, "request-line", "RFC 9112 section 3", "this does not begin like an HTTP request")
    if _NEVER_LEGAL.search(buffer, max(0, start - 1)):
        raise RemoteFault(
            400,
            "line-end",
            "RFC 9112 section 2.2",
            "a control character, a bare CR or a bare LF stands in the request head",
        )
