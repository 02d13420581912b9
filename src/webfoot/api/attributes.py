"""What packages read of a path operation beside its options: FastAPI's names for parts of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from webfoot.api.options import ROUTE_DEFAULTS, RouteOptions
from webfoot.api.plan.dependants import dependant_of


def _dependant(route: Any) -> Any:
    names = frozenset(route.param_convertors)
    drawn = dependant_of(route.endpoint, route.path_format, names, route.options.get("dependencies") or ())
    route.__dict__["dependant"] = drawn  # until the route is planned anew
    return drawn


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "dependant": _dependant,
    "is_json_stream": lambda route: route.plan.reply.stream == "lines",
    "is_sse_stream": lambda route: route.plan.reply.stream == "events",
    "stream_item_type": lambda route: route.plan.reply.model if route.plan.reply.stream else None,
    "_embed_body_fields": lambda route: route.plan.body is not None and route.plan.body.embed,
}

_NOT_HERE: Final = {
    "body_field": "the fields of the body are those of route.plan.body",
    "response_field": "the response model is route.response_model, and what writes it route.plan.reply",
    "response_fields": "the models of other responses are those in route.responses",
    "stream_item_field": "the type of what is yielded is route.stream_item_type",
}


def attribute_of(route: Any, name: str) -> Any:
    """The attribute `name`, which is no common one. AttributeError when there is no such thing."""
    if name in RouteOptions.__annotations__ and "options" in vars(route):
        return route.options.get(name, ROUTE_DEFAULTS.get(name))
    if name in _READERS and "plan" in vars(route):
        return _READERS[name](route)
    if name in _NOT_HERE:
        reason = f"{type(route).__name__} has no {name!r}, pydantic's work is planned otherwise here: {_NOT_HERE[name]}"
    else:
        reason = f"{type(route).__name__!r} object has no attribute {name!r}"
    raise AttributeError(reason, name=name, obj=route)


def socket_attribute_of(route: Any, name: str) -> Any:
    """As `attribute_of`, for a route that serves WebSockets."""
    if name != "dependant" or "socket_plan" not in vars(route):
        raise AttributeError(f"{type(route).__name__!r} object has no attribute {name!r}", name=name, obj=route)
    names = frozenset(route.param_convertors)
    drawn = dependant_of(route.endpoint, route.path_format, names, route.dependencies, "websocket")
    route.__dict__["dependant"] = drawn
    return drawn
