"""Whether a request comes from a person at this machine: for what shows more than a stranger should see.

Three things are asked for. The connection comes from a loopback address. No proxy says that it stands in between, for
then anybody could be behind it. And the Host field names this machine, or a page of somebody else's could reach us
under a name of its own (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final

_SIGNS_OF_A_PROXY: Final = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]*)(?::[0-9]{1,5})?", re.I)


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's alone."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_this_machine(client: object) -> bool:
    """`client` as a scope has it; nobody knows who is behind a Unix socket."""
    return isinstance(client, tuple | list) and bool(client) and is_loopback(str(client[0]))


def sign_of_a_proxy(headers: Mapping[bytes, bytes]) -> str | None:
    """The name of a field that only a proxy sends."""
    return next((name.decode() for name in _SIGNS_OF_A_PROXY if name in headers), None)


def names_this_machine(host: str) -> bool:
    """`localhost`, `duck.localhost` (RFC 6761: always this machine), an address of the loopback network."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower().rstrip(".")
    return name.endswith(".localhost") or is_loopback(name)
