"""The header of the PROXY protocol, version 1 and 2 (proxy-protocol.txt of HAProxy, sections 2.1 and 2.2).

It stands before the first byte of a connection, TLS included, and says who is connected to the proxy. `read_header` is
given all that has come so far, again and again, until that is enough.
"""

from __future__ import annotations

import re
import struct
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

Address = tuple[str, int]

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
"""The first 12 bytes of version 2. No HTTP request and no record of TLS begins with them, nor with `PROXY `."""

_FIRST_WORD: Final = b"PROXY "
_LONGEST_LINE: Final = 107  # with its CRLF
_LONGEST: Final = 16 * 1024  # bytes of addresses and TLVs: the client's certificate may be among these

_PORT: Final = r"(0|[1-9][0-9]{0,4})"
_LINE: Final = re.compile(
    rf"PROXY (?:TCP4 ([0-9.]+) ([0-9.]+) {_PORT} {_PORT}|TCP6 ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) {_PORT} {_PORT}"
    r"|UNKNOWN(?: [^\r\n]*)?)\r\n"
)

_FIXED: Final = struct.Struct("!12sBBH")  # signature, version and command, family and protocol, length of the rest
_INET: Final = struct.Struct("!4s4sHH")
_INET6: Final = struct.Struct("!16s16sHH")
_UNIX_SIZE: Final = 216
_LOCAL, _PROXY = 0x20, 0x21
_TLV: Final = struct.Struct("!BH")
_SSL: Final = struct.Struct("!BL")  # what the client did, and whether its certificate was verified
_PP2_TYPE_SSL, _PP2_CLIENT_SSL = 0x20, 0x01


class BadHeader(ValueError):
    """What came is no such header, and will not become one. `str()` completes "it sent ..."."""


class Header(NamedTuple):
    """kind: "TCP4", "TCP6", "UNIX", "UNKNOWN", or "LOCAL" for a connection that the proxy has made for itself.

    client, server: None unless the kind is TCP4 or TCP6. is_secured: the client has spoken TLS with the proxy.
    size: bytes that the header takes.
    """

    version: int
    kind: str
    client: Address | None
    server: Address | None
    is_secured: bool
    size: int


def read_header(data: bytes) -> Header | None:
    """The header that `data` begins with; None while it is incomplete. Raises BadHeader as soon as it cannot be one."""
    if data.startswith(_FIRST_WORD[: len(data)]):
        return _read_line(data)
    if data.startswith(SIGNATURE[: len(data)]):
        return _read_binary(data)
    raise BadHeader("no header of the PROXY protocol")


def _read_line(data: bytes) -> Header | None:
    """Version 1: one line of text."""
    line, end, _ = data[:_LONGEST_LINE].partition(b"\r\n")
    if not end:
        if len(data) >= _LONGEST_LINE or b"\n" in data:
            raise BadHeader("a PROXY line that does not end")
        return None
    size = len(line) + len(end)
    match = _LINE.fullmatch(data[:size].decode("latin-1"))
    if match is None:
        raise BadHeader("a malformed PROXY line")
    source, target, *ports = [each for each in match.groups() if each is not None] or ("", "")
    if not ports:
        return Header(1, "UNKNOWN", None, None, False, size)
    kind, address_of = ("TCP4", IPv4Address) if match[1] else ("TCP6", IPv6Address)
    try:
        client, server = str(address_of(source)), str(address_of(target))
    except AddressValueError:
        raise BadHeader("a PROXY line with an address that is none") from None
    if max(map(int, ports)) > 65535:
        raise BadHeader("a PROXY line with a port that is none")
    return Header(1, kind, (client, int(ports[0])), (server, int(ports[1])), False, size)


def _read_binary(data: bytes) -> Header | None:
    """Version 2."""
    if len(data) < _FIXED.size:
        return None
    _, command, family, length = _FIXED.unpack_from(data)
    if command not in (_LOCAL, _PROXY):
        raise BadHeader(f"a PROXY header of version {command >> 4} with command {command & 15}")
    if length > _LONGEST:
        raise BadHeader(f"a PROXY header of {length} bytes")
    size = _FIXED.size + length
    if len(data) < size:
        return None
    if command == _LOCAL:
        return Header(2, "LOCAL", None, None, False, size)
    rest = data[_FIXED.size : size]
    kind, client, server, tlvs = _read_addresses(family, rest)
    return Header(2, kind, client, server, _is_secured(tlvs), size)


def _read_addresses(family: int, rest: bytes) -> tuple[str, Address | None, Address | None, bytes]:
    """Kind, client, server and what stands behind them. For TCP or UDP: HTTP/3 in front is handed on, too."""
    if family in (0x11, 0x12, 0x21, 0x22):
        layout = _INET if family < 0x20 else _INET6
        if len(rest) < layout.size:
            raise BadHeader("a PROXY header that is too short for its addresses")
        source, target, source_port, target_port = layout.unpack_from(rest)
        kind, address_of = ("TCP4", IPv4Address) if layout is _INET else ("TCP6", IPv6Address)
        client, server = (str(address_of(source)), source_port), (str(address_of(target)), target_port)
        return kind, client, server, rest[layout.size :]
    if family in (0x31, 0x32):
        if len(rest) < _UNIX_SIZE:
            raise BadHeader("a PROXY header that is too short for its addresses")
        return "UNIX", None, None, rest[_UNIX_SIZE:]
    if family == 0:
        return "UNKNOWN", None, None, b""  # "the receiver is expected to ignore" what follows
    raise BadHeader(f"a PROXY header with the unknown family 0x{family:02x}")


def _is_secured(tlvs: bytes) -> bool:
    """Whether there is a TLV that says so. All others are passed over. Raises BadHeader if one is longer than all."""
    at, is_secured = 0, False
    while at < len(tlvs):
        if len(tlvs) - at < _TLV.size:
            raise BadHeader("a PROXY header with half a TLV")
        kind, length = _TLV.unpack_from(tlvs, at)
        at += _TLV.size
        if at + length > len(tlvs):
            raise BadHeader("a PROXY header with half a TLV")
        if kind == _PP2_TYPE_SSL and length >= _SSL.size:
            is_secured = bool(_SSL.unpack_from(tlvs, at)[0] & _PP2_CLIENT_SSL)
        at += length
    return is_secured
