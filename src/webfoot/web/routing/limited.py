"""A route whose requests are under a limit that a router around it has set."""

from __future__ import annotations

from copy import copy

from webfoot.web.middleware.body_limit import limited
from webfoot.web.middleware.order import wrap
from webfoot.web.routing.entry import BaseRoute
from webfoot.web.routing.host import Host
from webfoot.web.routing.mount import Mount
from webfoot.web.routing.route import Route


def with_limit(route: BaseRoute, max_body_size: int | None) -> BaseRoute:
    """A copy of `route` with this limit, unless it has a nearer one: that of its own, or of what is mounted there.

    A route of your own, and one for WebSockets, is given back as it is.
    """
    if max_body_size is None or not isinstance(route, Route | Mount | Host):
        return route
    if isinstance(route, Route) and route.max_body_size is not None:
        return route
    held = copy(route)
    held.app = wrap(route.app, limited(max_body_size, None))
    if isinstance(held, Route):
        held.max_body_size = max_body_size
    return held
