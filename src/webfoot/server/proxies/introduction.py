"""What a proxy says of a connection before it hands on a byte of it."""

from __future__ import annotations

from typing import NamedTuple


class Introduction(NamedTuple):
    """client, server: the connection's ends as the proxy saw them; None if it does not say, or not by addresses.

    is_secured: the client has spoken TLS with the proxy. said_by: who says all this, for whoever watches.
    """

    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    is_secured: bool
    said_by: str
