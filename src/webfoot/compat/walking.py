"""FastAPI's functions for who walks the tree of a path operation, or plans one anew, over our own plans.

fastapi-pagination adds a dependency to each route with them. What counts here is `route.dependencies`, and that
`get_route_handler()` is called after it was changed; the tree of `route.dependant` is a picture.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

from webfoot.api.fields import Field
from webfoot.api.params import Depends
from webfoot.api.plan.dependants import Dependant, dependant_of
from webfoot.api.route import ApiRoute
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.callables import is_async_callable
from webfoot.web.requests import Request
from webfoot.web.responses import Response
from webfoot.web.routing import compile_path
from webfoot.web.routing import request_response as by_hand

__all__ = [
    "Dependant",
    "_get_body_field",
    "_get_flat_body_params",
    "get_dependant",
    "get_flat_params",
    "get_parameterless_sub_dependant",
    "lenient_issubclass",
    "request_response",
]


def lenient_issubclass(cls: Any, class_or_tuple: type[Any] | tuple[type[Any], ...] | None) -> bool:
    """`issubclass`, and False for what is no class."""
    try:
        return isinstance(cls, type) and issubclass(cls, class_or_tuple)  # type: ignore[arg-type]
    except TypeError:
        return False


def get_dependant(
    *,
    path: str,
    call: Callable[..., Any],
    name: str | None = None,
    own_oauth_scopes: list[str] | None = None,
    parent_oauth_scopes: list[str] | None = None,
    use_cache: bool = True,
    scope: Any = None,
) -> Dependant:
    drawn = dependant_of(call, path, frozenset(compile_path(path)[2]), name=name)
    drawn.use_cache, drawn.scope, drawn.own_oauth_scopes = use_cache, scope, own_oauth_scopes
    return drawn


def get_parameterless_sub_dependant(*, depends: Depends, path: str) -> Dependant:
    """The tree below a dependency that is nobody's parameter."""
    if not callable(depends.dependency):
        raise AssertionError(f"a dependency that is no parameter needs a callable, not {depends!r}")
    return dependant_of(depends.dependency, path, frozenset(compile_path(path)[2]), marker=depends)


def get_flat_params(dependant: Dependant) -> list[Field]:
    """What all callables of the tree want from elsewhere, place by place; a callable that stands there twice, once."""
    tree = list(_each_once(dependant, []))
    places = ("path_params", "query_params", "header_params", "cookie_params")
    return [wanted for place in places for one in tree for wanted in getattr(one, place)]


def _each_once(dependant: Dependant, seen: list[Any]) -> Iterator[Dependant]:
    if dependant.call in seen:
        return
    seen.append(dependant.call)
    yield dependant
    for inner in dependant.dependencies:
        yield from _each_once(inner, seen)


def _get_flat_body_params(dependant: Dependant) -> list[Field]:
    """What all callables of the tree want from the body."""
    wanted: dict[str, Field] = {}
    seen: set[int] = set()

    def walk(node: Dependant) -> None:
        if id(node) in seen:  # it stands in more than one place
            return
        seen.add(id(node))
        for inner in node.dependencies:
            walk(inner)
        wanted.update((field.alias, field) for field in node.body_params)

    walk(dependant)
    return list(wanted.values())


def _get_body_field(*, body_params: list[Field], name: str, embed_body_fields: bool) -> None:
    """Nothing: how the body is read is planned with all the rest."""


def request_response(func: Callable[[Request], Any]) -> ASGIApp:
    """An application for `route.app` out of `route.get_route_handler()`, and for any route out of an endpoint."""
    otherwise = by_hand(func)

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        route = scope.get("route")
        if isinstance(route, ApiRoute) and is_async_callable(func):
            return route.serve_by(cast("Callable[[Request], Awaitable[Response]]", func), scope, receive, send)
        return otherwise(scope, receive, send)

    return app
