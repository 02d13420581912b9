"""`fastapi.routing.get_request_handler`, which tools replace by a function of theirs: to time requests and name them.

From when somebody has asked for it, routes are made by asking it, or what stands in its place by then, for their
handlers (`webfoot.compat.switches`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from webfoot.api.errors import WebfootError
from webfoot.api.route import ApiRoute
from webfoot.api.router import APIRouter
from webfoot.api.serve.pipeline import Handler

__all__ = ["APIRouter", "AskingRoute", "get_request_handler"]


@dataclass(slots=True)
class HandledDependant:
    """As much of FastAPI's `Dependant` as such tools look at: the endpoint. `handler` is what answers its requests."""

    call: Any
    handler: Handler


class AskingRoute(ApiRoute):
    """A route whose handler is what `fastapi.routing.get_request_handler` gives for it."""

    def get_route_handler(self) -> Handler:
        ask = getattr(sys.modules.get("fastapi.routing"), "get_request_handler", get_request_handler)
        handler: Handler = ask(dependant=HandledDependant(self.endpoint, super().get_route_handler()))
        return handler


def get_request_handler(dependant: HandledDependant, **said: Any) -> Handler:
    if not isinstance(dependant, HandledDependant):
        raise WebfootError("get_request_handler() can be replaced, and not called: webfoot plans its routes otherwise")
    return dependant.handler
