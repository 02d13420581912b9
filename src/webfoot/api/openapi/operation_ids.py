"""Operation ids, each the only one of its name in a document (OpenAPI 3.1 section 4.8.10): clients are made of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from webfoot.api.plan.plans import Origin
from webfoot.web.routing.group import RouteGroup


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One id that several operations have. `takers`: ("GET /ducks", where its function stands), in order."""

    operation_id: str
    takers: tuple[tuple[str, Origin], ...]

    def __str__(self) -> str:
        named = ", ".join(f"{operation} of {origin}" for operation, origin in self.takers)
        return f"operation id {self.operation_id!r} stands for several: {named}"


class OperationIds:
    """The ids of one document, as they are taken."""

    def __init__(self) -> None:
        self._takers: dict[str, Origin] = {}

    def claim(self, route: Any, method: str) -> str:
        """The operation's id, with a UserWarning when another operation has it already."""
        identity, origin = operation_id(route, method), route.plan.endpoint.plan.origin
        if (other := self._takers.get(identity)) is not None:
            warnings.warn(
                f"Duplicate Operation ID {identity} for function {route.name} at {origin.file}:{origin.line}; "
                f"{other} has it already",
                stacklevel=2,
            )
        self._takers[identity] = origin
        return identity


def operation_id(route: Any, method: str) -> str:
    """As declared, or generated: with a method of the route at its end, so that each method gets its own."""
    identity: str = route.operation_id or route.unique_id
    if not route.operation_id and len(route.methods) > 1:
        stem, _, last = identity.rpartition("_")
        if last.upper() in route.methods:
            return f"{stem}_{method.lower()}"
    return identity


def duplicate_operation_ids(routes: Iterable[Any]) -> list[Duplicate]:
    """Which ids are not the only ones of their name among the described operations of `routes` and their callbacks.

    Nothing is described for it. Give an application's `[*app.routes, *app.webhooks.routes]`.
    """
    takers: dict[str, list[tuple[str, Origin]]] = {}
    for route in _with_callbacks(routes):
        for method in sorted(route.methods):
            taker = (f"{method} {route.path_format}", route.plan.endpoint.plan.origin)
            takers.setdefault(operation_id(route, method), []).append(taker)
    return [Duplicate(identity, tuple(found)) for identity, found in takers.items() if len(found) > 1]


def planned(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes that have a plan, those of included routers as they are there. Mounts and others have none."""
    for route in routes:
        if isinstance(route, RouteGroup):
            yield from planned(route.expand())
        elif getattr(route, "plan", None) is not None and hasattr(route, "methods"):
            yield route


def _with_callbacks(routes: Iterable[Any]) -> Iterator[Any]:
    for route in planned(routes):
        if route.include_in_schema:
            yield route
            yield from _with_callbacks(route.callbacks or ())
