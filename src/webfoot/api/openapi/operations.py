"""One route -> its operations, one for each method."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from webfoot.api.openapi.merge import merge
from webfoot.api.openapi.replies import describe_replies
from webfoot.api.openapi.requests import describe_body, describe_parameters, takes_values
from webfoot.api.openapi.schemas import SchemaBook
from webfoot.api.openapi.security import SecuritySchemes
from webfoot.web.routing.group import RouteGroup


class Operations:
    """Describes routes one after the other; remembers the operation ids that are taken."""

    def __init__(self, book: SchemaBook) -> None:
        self._book = book
        self._takers: dict[str, Any] = {}
        self.refuses = False
        """Whether an operation described so far can answer 422."""
        self.security = SecuritySchemes()
        """What the operations described so far need, those of callbacks included."""

    def describe_paths(self, routes: Iterable[Any]) -> dict[str, Any]:
        """Path -> method -> operation, of all `routes` that want to be described."""
        paths: dict[str, Any] = {}
        for route in _planned(routes):
            if route.include_in_schema:
                paths.setdefault(route.path_format, {}).update(self.describe(route))
        return paths

    def describe(self, route: Any) -> dict[str, Any]:
        """Method in lower case -> operation."""
        return {method.lower(): self._operation(route, method) for method in sorted(route.methods)}

    def _operation(self, route: Any, method: str) -> dict[str, Any]:
        self._book.wanted_by = f"{method} {route.path_format}"
        identity = self._claim_id(route, method)
        operation: dict[str, Any] = {
            "summary": route.summary or route.name.replace("_", " ").title(),
            "operationId": identity,
        }
        if route.tags:
            operation["tags"] = [tag.value if isinstance(tag, Enum) else tag for tag in route.tags]
        if description := route.description or _docstring(route.endpoint):
            operation["description"] = description
        if route.deprecated:
            operation["deprecated"] = True
        if security := self.security.required_by(route):
            operation["security"] = security
        if parameters := describe_parameters(route.plan, self._book):
            operation["parameters"] = parameters
        if body := describe_body(route.plan, route.unique_id, self._book):
            operation["requestBody"] = body
        if callbacks := self._callbacks(route):
            operation["callbacks"] = callbacks
        refuses = takes_values(route.plan)
        operation["responses"] = describe_replies(route, route.unique_id, self._book, refuses=refuses)
        self.refuses |= refuses
        merge(operation, route.openapi_extra or {})
        return operation

    def _callbacks(self, route: Any) -> dict[str, Any]:
        return {
            callback.name: {callback.path_format: self.describe(callback)}
            for callback in _planned(route.callbacks or ())
        }

    def _claim_id(self, route: Any, method: str) -> str:
        """The operation's id, which must be the only one of its name (OpenAPI 3.1 section 4.8.10).

        A generated id ends with one of the route's methods, so each of several methods gets its own.
        """
        identity: str = route.operation_id or route.unique_id
        if not route.operation_id and len(route.methods) > 1:
            stem, _, last = identity.rpartition("_")
            if last.upper() in route.methods:
                identity = f"{stem}_{method.lower()}"
        if identity in self._takers:
            place = getattr(inspect.getmodule(route.endpoint), "__file__", None)
            warnings.warn(
                f"Duplicate Operation ID {identity} for function {route.name}" + (f" at {place}" if place else ""),
                stacklevel=2,
            )
        self._takers[identity] = route
        return identity


def _planned(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes that have a plan, those of included routers as they are there. Mounts and others have none."""
    for route in routes:
        if isinstance(route, RouteGroup):
            yield from _planned(route.expand())
        elif getattr(route, "plan", None) is not None:
            yield route


def _docstring(endpoint: Any) -> str:
    """What stands before a form feed; the rest is for those who read the source."""
    return inspect.cleandoc(endpoint.__doc__ or "").partition("\f")[0].strip()
