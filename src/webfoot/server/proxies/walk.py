"""From proxy to proxy, as far as trust reaches.

Each proxy adds, on the right, whom it got the request from. Its word counts if it is trusted itself: the nearest one is
whoever is connected to us, the next one is whom that one names, and so on. What stands left of the first one who is not
trusted is that one's own invention.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webfoot.server.proxies.nodes import read_node
from webfoot.server.proxies.trust import Trust


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy says of the request that it got, as written; "" for what it does not say.

    client: who sent it, before the proxy. host, proto: how that one had asked. port, prefix: X-Forwarded-* only.
    """

    client: str = ""
    proto: str = ""
    host: str = ""
    port: str = ""
    prefix: str = ""


def walk(hops: Iterable[Hop], trust: Trust) -> tuple[tuple[str, int] | None, Hop]:
    """The client, and the hop of the last trusted proxy, which got the request from that one.

    `hops`: the nearest proxy's first. The client is None, or the last one known by an address, if the next one is not
    named by an address: an app that expects one in its scope is never given anything else.
    """
    client = None
    believed = Hop()
    for hop in hops:
        believed = hop
        node = read_node(hop.client)
        if node is None:
            break
        client = node
        if not trust.knows(node[0]):
            break
    return client, believed
