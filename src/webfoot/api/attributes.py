"""What packages read of a path operation beside its options: FastAPI's names for parts of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from webfoot.api.options import ROUTE_DEFAULTS, RouteOptions
from webfoot.api.plan.dependants import dependant_of

RouteT = TypeVar("RouteT")


def _dependant(route: Any) -> Any:
    names = frozenset(route.param_convertors)
    drawn = dependant_of(route.endpoint, route.path_format, names, route.options.get("dependencies") or ())
    route.__dict__["dependant"] = drawn  # until the route is planned anew
    return drawn


def _socket_dependant(route: Any) -> Any:
    names = frozenset(route.param_convertors)
    drawn = dependant_of(route.endpoint, route.path_format, names, route.dependencies, "websocket")
    route.__dict__["dependant"] = drawn
    return drawn


_PLANNED: Final = "pydantic's work is planned otherwise here"

_NOT_HERE: Final = {
    "body_field": "the fields of the body are those of route.plan.body",
    "response_field": "the response model is route.response_model, and what writes it route.plan.reply",
    "response_fields": "the models of other responses are those in route.responses",
    "stream_item_field": "the type of what is yielded is route.stream_item_type",
}


class _Read:
    """An attribute that is found out when somebody reads it, unless the route has one of its own by that name.

    Not by `__getattr__`: a class that has one looks up all of its attributes in the slow way, in requests as well.
    """

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def __get__(self, route: Any, owner: type[Any] | None = None) -> Any:
        return self if route is None else self._read(route)


def _option(name: str) -> Callable[[Any], Any]:
    return lambda route: route.options.get(name, ROUTE_DEFAULTS.get(name))


def _absent(name: str, instead: str) -> Callable[[Any], Any]:
    def read(route: Any) -> Any:
        reason = f"{type(route).__name__} has no {name!r}, {_PLANNED}: {instead}"
        raise AttributeError(reason, name=name, obj=route)

    return read


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **{name: _option(name) for name in RouteOptions.__annotations__},
    **{name: _absent(name, instead) for name, instead in _NOT_HERE.items()},
    "dependant": _dependant,
    "is_json_stream": lambda route: route.plan.reply.stream == "lines",
    "is_sse_stream": lambda route: route.plan.reply.stream == "events",
    "stream_item_type": lambda route: route.plan.reply.model if route.plan.reply.stream else None,
    "_embed_body_fields": lambda route: route.plan.body is not None and route.plan.body.embed,
}


def has_attributes(kind: type[RouteT]) -> type[RouteT]:
    """Give a class of path operations those that it does not set by itself."""
    for name, read in _READERS.items():
        if not hasattr(kind, name):
            setattr(kind, name, _Read(read))
    return kind


def has_socket_attributes(kind: type[RouteT]) -> type[RouteT]:
    """As `has_attributes`, for a class of routes that serve WebSockets."""
    kind.dependant = _Read(_socket_dependant)  # type: ignore[attr-defined]
    return kind
