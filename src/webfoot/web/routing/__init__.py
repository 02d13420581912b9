"""Routing: which endpoint answers a path.

`path` reads templates such as `/ducks/{id:int}`, `route` and `mount` are the entries of a table, `index` finds the
right one without trying all of them, `router` decides and hands over.
"""

from webfoot.web.routing.below import Below
from webfoot.web.routing.convertors import Convertor, register_url_convertor
from webfoot.web.routing.entry import BaseRoute, Match, NoMatchFound
from webfoot.web.routing.group import RouteGroup
from webfoot.web.routing.host import Host
from webfoot.web.routing.mount import Mount
from webfoot.web.routing.path import compile_path
from webfoot.web.routing.route import Route, request_response
from webfoot.web.routing.router import Router
from webfoot.web.routing.table import RouteTable
from webfoot.web.routing.websocket_route import WebSocketRoute, websocket_session

__all__ = [
    "BaseRoute",
    "Below",
    "Convertor",
    "Host",
    "Match",
    "Mount",
    "NoMatchFound",
    "Route",
    "RouteGroup",
    "RouteTable",
    "Router",
    "WebSocketRoute",
    "compile_path",
    "register_url_convertor",
    "request_response",
    "websocket_session",
]
