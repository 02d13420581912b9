"""An address as proxies write it: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

_NODE: Final = re.compile(r"(?:([0-9.]{7,15})|\[([0-9A-Fa-f:.]{2,45})\])(?::([0-9]{1,5}))?")
_BARE_IPV6: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def read_node(text: str) -> tuple[str, int] | None:
    """Address and port, 0 if none is told; the address in its canonical spelling, so that no client has two of them.

    None for what is no address: RFC 7239 has `unknown` and obfuscated identifiers such as `_hidden` (section 6), and a
    port may be obfuscated, too.
    """
    match = _NODE.fullmatch(text)
    try:
        if match is None:
            return (_spelt(IPv6Address(text)), 0) if _BARE_IPV6.fullmatch(text) else None
        ipv4, ipv6, port = match.groups(default="")
        number = int(port or 0)
        address = str(IPv4Address(ipv4)) if ipv4 else _spelt(IPv6Address(ipv6))
        return (address, number) if number <= 65535 else None
    except AddressValueError:
        return None


def _spelt(address: IPv6Address) -> str:
    return str(address.ipv4_mapped or address)
