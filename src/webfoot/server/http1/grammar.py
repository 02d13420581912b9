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
# How far a request line may have come without being hopeless.
_HOPEFUL_START = re.compile(rb"(?:%b(?: (?:[\x21-\x7e]+(?: [\x21-\x7e]*)?)?)?)?" % TOKEN)
# RFC 9112 section 5, 9110 section 5.5: no white space before the colon, no controls but HTAB in the value.
# The white space around the value is stripped afterwards: an expression that does it looks at a line of spaces again
# and again, so that one request head could keep the server busy for a minute.
_FIELD_LINE = re.compile(rb"(%b):([^\x00-\x08\x0a-\x1f\x7f]*)" % TOKEN)
_LINE_END = re.compile(rb"[\r\n]")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_VISIBLE = re.compile(rb"[^\x21-\x7e]")

_TLS_HANDSHAKE: Final = b"\x16"  # the type of the first record (RFC 8446 section 5.1)

# The registered methods (IANA "HTTP Method Registry") and those that UPnP and caches have beside it.
# RFC 9110 section 9.1 wants 501 for any other, and CONNECT is for proxies (section 9.3.6).
METHODS: Final[dict[bytes, str]] = {
    name.encode(): name
    for name in (
        *("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY"),
        *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE"),
        *("PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNLINK", "UNLOCK"),
        *("BASELINE-CONTROL", "CHECKIN", "LABEL", "MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "UNCHECKOUT"),
        *("UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"),
        *("M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE"),
    )
}


def examine(raw: bytes) -> tuple[bytes, bytes, str, list[tuple[bytes, bytes]]]:
    """Take a complete head (with its empty line) apart: (method, target, version to speak, fields).

    Raises RemoteFault (400, 501 or 505) naming the first thing that breaks the grammar: the first line that does, and
    in it the first byte that must not stand there. So it is the same fault that `examine_partial` finds while the head
    is still on its way, however it is cut.
    """
    first, *lines = raw[: -len(END_OF_HEAD)].split(b"\r\n")
    method, target, version = _examine_request_line(first)
    return method, target, version, [_examine_field(line) for line in lines]


def _examine_request_line(line: bytes) -> tuple[bytes, bytes, str]:
    """(method, target, version to speak) of a request line without its CRLF."""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise _fault_of_request_line(line)
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


def _fault_of_request_line(line: bytes) -> RemoteFault:
    end = _LINE_END.search(line)
    if end is not None and _HOPEFUL_START.fullmatch(line, 0, end.start()):
        return _bare_line_end()
    if line.startswith(_TLS_HANDSHAKE):
        return RemoteFault(
            400, "tls", "RFC 8446 section 5.1", "the client speaks TLS (https) to a port that speaks plain HTTP"
        )
    return RemoteFault(
        400,
        "request-line",
        "RFC 9112 section 3",
        "the first line is not 'METHOD target HTTP/1.1' with single spaces and a target of visible ASCII",
    )


def read_field_line(line: bytes) -> tuple[bytes, bytes] | None:
    """Name, in lower case, and value of a field line without its CRLF; None if it is none."""
    match = _FIELD_LINE.fullmatch(line)
    return (match[1].lower(), match[2].strip(b" \t")) if match is not None else None


def _examine_field(line: bytes) -> tuple[bytes, bytes]:
    field = read_field_line(line)
    if field is None:
        raise _fault_of_field(line)
    return field


def _fault_of_field(line: bytes) -> RemoteFault:
    control = _CONTROL.search(line)
    if control is not None:
        if control[0] in (b"\r", b"\n"):
            return _bare_line_end()
        return RemoteFault(400, "control", "RFC 9110 section 5.5", "a control character stands in a header field")
    if line[:1] in (b" ", b"\t"):
        return RemoteFault(400, "obs-fold", "RFC 9112 section 5.2", "a header field is folded over several lines")
    name, colon, _ = line.partition(b":")
    if not colon:
        return RemoteFault(400, "field-line", "RFC 9112 section 5", "a header line has no colon")
    if name.endswith((b" ", b"\t")):
        return RemoteFault(400, "field-space", "RFC 9112 section 5.1", "white space before the colon of a header field")
    return RemoteFault(400, "field-name", "RFC 9110 section 5.1", "a header field's name is not a token")


def _bare_line_end() -> RemoteFault:
    return RemoteFault(400, "line-end", "RFC 9112 section 2.2", "a line ends in a bare CR or a bare LF, not in CRLF")


def examine_partial(buffer: bytes | bytearray, start: int) -> None:
    """Refuse an incomplete head that no further byte can mend, so that its sender need not wait for the deadline.

    `start`: how much of `buffer` was examined before; of that, nothing is examined again but the line that it ends in.
    Raises RemoteFault, the one that `examine` would raise.
    """
    end = buffer.find(b"\r\n")
    if end < 0:
        _examine_partial_request_line(buffer, start)
        return
    if start < end + 2:
        _examine_request_line(bytes(buffer[:end]))
    elif _CONTROL.search(buffer, start - 1):
        end = buffer.rfind(b"\r\n", 0, start)
    else:
        return  # a line goes on that is neither complete nor broken
    begin = end + 2
    while (end := buffer.find(b"\r\n", begin)) >= 0:
        _examine_field(bytes(buffer[begin:end]))
        begin = end + 2
    line = bytes(buffer[begin:]).removesuffix(b"\r")  # it may still be the first half of a line end
    if _CONTROL.search(line):
        raise _fault_of_field(line)


def _examine_partial_request_line(buffer: bytes | bytearray, start: int) -> None:
    end = len(buffer) - buffer.endswith(b"\r")
    # Behind the method, a line that was hopeful is so as long as visible characters follow.
    is_open = buffer.find(b" ", 0, start) < 0 or _NOT_VISIBLE.search(buffer, start - 1, end)
    if is_open and not _HOPEFUL_START.fullmatch(buffer, 0, end):
        raise _fault_of_request_line(bytes(buffer[:end]))
