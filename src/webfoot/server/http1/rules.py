"""The rules for a request head: one verdict, whichever parser read it.

The branches stand in the order of the RFCs, each with its section, so that a reviewer can hold the text beside them.
What a proxy in front of us could read differently is refused, even where the RFC would let us repair it.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import CHUNKED, Head, Special
from webfoot.trail import Trail

# RFC 3986 section 3.2.2, with an optional port. A comma would be legal in a name, but is how two Host fields look that
# a proxy has made one (RFC 9110 section 5.3). Group 1: an address of IPv6, group 2: the port.
_HOST = re.compile(
    rb"(?:\[(?:([0-9A-Fa-f:.]+)|[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
    rb"|(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?"
)
_ABSOLUTE = re.compile(rb"https?://([^/?#]*+)([^?#]*+)(?:\?([^#]*))?", re.IGNORECASE)
_legal_hosts: set[bytes] = {b""}  # an empty Host is how a client says that it knows none (RFC 9112 section 3.2)

_HASH, _QUESTION_MARK = ord("#"), ord("?")  # `int in bytes` is four times as fast as `bytes in bytes`

# The fields that decide how a message is framed and routed; all others pass through unread. Those from `forwarded` on
# say where it came from, if that was a proxy (see `webfoot.server.proxies`).
_DECISIVE = frozenset((
    *(b"host", b"content-length", b"transfer-encoding", b"connection", b"expect", b"upgrade"),
    *(b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"),
    *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix"),
))  # fmt: skip


def accept(head: Head, trail: Trail | None) -> None:
    """Judge `head` and fill in what is concluded from it, path to upgrade. Raises RemoteFault."""
    _read_target(head)
    host = length = coding = connection = expect = upgrade = forwarded = None
    for name, value in head.headers:
        if name not in _DECISIVE:
            continue
        if name == b"host":
            if host is not None:
                raise RemoteFault(400, "host-twice", "RFC 9112 section 3.2", "there is more than one Host field")
            host = value
        elif name == b"connection":
            connection = value if connection is None else connection + b"," + value
        elif name == b"content-length":
            if length is not None:
                raise RemoteFault(
                    400, "length-twice", "RFC 9112 section 6.3", "there is more than one Content-Length field"
                )
            length = value
        elif name == b"transfer-encoding":
            coding = value if coding is None else coding + b"," + value
        elif name == b"expect":
            expect = value if expect is None else expect + b"," + value
        elif name == b"upgrade":
            upgrade = value if upgrade is None else upgrade + b"," + value
        else:
            forwarded = name

    if host is None:
        if head.version == "1.1":
            raise RemoteFault(400, "host-missing", "RFC 9112 section 3.2", "an HTTP/1.1 request must have a Host field")
    elif host not in _legal_hosts:
        _check_host(host)
    if coding is not None:
        _read_transfer_coding(head, coding, length)
    elif length is not None:
        if not length.isdigit() or len(length) > 18:
            raise RemoteFault(
                400, "length-value", "RFC 9110 section 8.6", "Content-Length is not one number of at most 18 digits"
            )
        head.body_length = int(length)
    if head.body_length and head.method == "TRACE":
        raise RemoteFault(400, "trace-body", "RFC 9110 section 9.3.8", "a TRACE request must not have a body")
    if connection is not None:
        _read_connection(head, connection)
    elif head.version == "1.0":
        head.keep_alive = False
    if expect is not None and head.version == "1.1":
        expectations = {one.strip(b" \t").lower() for one in expect.split(b",")} - {b""}
        if expectations - {b"100-continue"}:
            raise RemoteFault(417, "expect", "RFC 9110 section 10.1.1", "the only expectation known is 100-continue")
        head.expects_continue = bool(expectations) and head.body_length != 0
    if forwarded is not None or upgrade is not None:
        head.special = Special(_read_upgrade(head, upgrade or b"", connection or b""), forwarded is not None)
    if trail is not None and not trail.is_light:
        _mark_accepted(head, trail)


def _mark_accepted(head: Head, trail: Trail) -> None:
    length = head.body_length
    framing = "no body" if not length else "chunked" if length == CHUNKED else f"content-length {length}"
    trail.mark("head_accepted", outcome="accepted", framing=framing, keep_alive=head.keep_alive)


def _check_host(host: bytes) -> None:
    """RFC 9112 section 3.2. A server hears the same few hosts all day: legal ones are remembered, up to a bound."""
    if not is_host(host):
        raise RemoteFault(400, "host-value", "RFC 9112 section 3.2", "the Host field is not a host with optional port")
    if len(_legal_hosts) < 256 and len(host) < 256:
        _legal_hosts.add(host)


def is_host(text: bytes) -> bool:
    """A host that is not empty, with optional port: what RFC 9110 section 4.2.1 wants of an http URL."""
    match = _HOST.fullmatch(text)
    if match is None:
        return False
    address, port = match.groups()
    if address is not None:
        try:
            IPv6Address(address.decode())
        except AddressValueError:
            return False
    return not port or int(port) <= 65535


def refuse(fault: RemoteFault, trail: Trail | None) -> None:
    """Note on the trail that a rule, a limit or a deadline refused the request."""
    if trail is not None:
        trail.mark(
            "head_accepted",
            outcome="refused",
            status=fault.status,
            rule=fault.rule,
            section=fault.section,
            reason=fault.reason,
        )


def _read_target(head: Head) -> None:
    """RFC 9112 section 3.2: the forms of a request target that are for a server."""
    target = head.target
    if _HASH in target:
        raise RemoteFault(400, "fragment", "RFC 9112 section 3.2", "the request target holds a fragment")
    if target.startswith(b"/"):  # 3.2.1 origin-form
        if _QUESTION_MARK in target:
            head.path, _, head.query = target.partition(b"?")
    elif target != b"*":  # 3.2.2 absolute-form
        _read_absolute_target(head)
    elif head.method != "OPTIONS":  # 3.2.4 asterisk-form
        raise RemoteFault(400, "asterisk", "RFC 9112 section 3.2.4", "the target * is for OPTIONS only")


def _read_absolute_target(head: Head) -> None:
    """RFC 9112 section 3.2.2: the authority of the target replaces the Host field, which HTTP/1.0 may lack."""
    match = _ABSOLUTE.fullmatch(head.target)
    if match is None:
        raise RemoteFault(400, "target", "RFC 9112 section 3.2", "the request target is neither a path nor an http URL")
    authority, path, query = match.groups()
    if not is_host(authority):
        # Also refuses user information, as RFC 9110 section 4.2.4 wants.
        raise RemoteFault(400, "authority", "RFC 9110 section 4.2", "the authority of the target is no host with port")
    sent = [value for name, value in head.headers if name == b"host"]
    if len(sent) == 1:
        if sent[0] not in _legal_hosts:
            _check_host(sent[0])  # it goes unused, but section 3.2 wants an invalid one refused
        head.headers[:] = [(name, authority if name == b"host" else value) for name, value in head.headers]
    elif not sent and head.version == "1.0":
        head.headers.insert(0, (b"host", authority))
    # Section 3.2.4: OPTIONS for an address without a path is about the whole server.
    head.path = path or (b"*" if head.method == "OPTIONS" and query is None else b"/")
    head.query = query or b""


def _read_transfer_coding(head: Head, coding: bytes, length: bytes | None) -> None:
    """RFC 9112 sections 6.1 and 6.3, items 3 and 4: chunked, once, alone, in HTTP/1.1."""
    if head.version != "1.1":
        raise RemoteFault(
            400,
            "coding-version",
            "RFC 9112 section 6.1",
            "Transfer-Encoding is not part of HTTP/1.0, framing is unsafe",
        )
    if length is not None:
        raise RemoteFault(
            400, "coding-length", "RFC 9112 section 6.3", "Transfer-Encoding and Content-Length stand in one request"
        )
    codings = [one.strip(b" \t").lower() for one in coding.split(b",")]
    if codings == [b"chunked"]:
        head.body_length = CHUNKED
    elif codings[-1] != b"chunked" or codings.count(b"chunked") != 1 or b"" in codings:
        raise RemoteFault(
            400,
            "coding-final",
            "RFC 9112 section 6.3",
            "chunked is not the one and final transfer coding of the request",
        )
    else:
        raise RemoteFault(501, "coding", "RFC 9112 section 6.1", "the only transfer coding understood is chunked")


def _read_upgrade(head: Head, upgrade: bytes, connection: bytes) -> str | None:
    """RFC 9110 section 7.8: an offer that a server may ignore. We take up WebSocket (RFC 6455 section 4.1), and that
    only from a request that is nothing else."""
    if head.version == "1.1" and head.method == "GET" and not head.body_length and head.keep_alive:
        offers = {one.strip(b" \t").lower() for one in upgrade.split(b",")}
        if b"websocket" in offers and b"upgrade" in {one.strip(b" \t").lower() for one in connection.split(b",")}:
            return "websocket"
    return None


def _read_connection(head: Head, connection: bytes) -> None:
    """RFC 9112 section 9.3: close wins; HTTP/1.0 stays open only when it says keep-alive."""
    options = [one.strip(b" \t").lower() for one in connection.split(b",")]
    if b"close" in options:
        head.keep_alive = False
    elif head.version == "1.0":
        head.keep_alive = b"keep-alive" in options
