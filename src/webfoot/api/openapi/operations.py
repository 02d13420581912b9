"""One route -> its operations, one for each method."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from enum import Enum
from typing import Any

from webfoot.api.openapi.constants import METHODS_WITH_BODY
from webfoot.api.openapi.merge import merge
from webfoot.api.openapi.operation_ids import OperationIds, planned
from webfoot.api.openapi.replies import describe_replies, tells_of_refusals
from webfoot.api.openapi.requests import describe_body, describe_parameters, takes_values
from webfoot.api.openapi.schemas import SchemaBook
from webfoot.api.openapi.security import SecuritySchemes


class Operations:
    """Describes routes one after the other."""

    def __init__(self, book: SchemaBook) -> None:
        self._book = book
        self._ids = OperationIds()
        self.refuses = False
        """Whether an operation described so far can answer 422."""
        self.security = SecuritySchemes()
        """What the operations described so far need, those of callbacks included."""

    def describe_paths(self, routes: Iterable[Any]) -> dict[str, Any]:
        """Path -> method -> operation, of all `routes` that want to be described."""
        paths: dict[str, Any] = {}
        for route in planned(routes):
            if route.include_in_schema:
                paths.setdefault(route.path_format, {}).update(self.describe(route))
        return paths

    def describe(self, route: Any) -> dict[str, Any]:
        """Method in lower case -> operation."""
        return {method.lower(): self._operation(route, method) for method in sorted(route.methods)}

    def _operation(self, route: Any, method: str) -> dict[str, Any]:
        self._book.wanted_by = f"{method} {route.path_format}"
        identity = self._ids.claim(route, method)
        operation: dict[str, Any] = {
            "summary": route.summary or route.name.replace("_", " ").title(),
            "operationId": identity,
        }
        if route.tags:
            operation["tags"] = [tag.value if isinstance(tag, Enum) else tag for tag in route.tags]
        if description := _shown(route.description or inspect.cleandoc(route.endpoint.__doc__ or "")):
            operation["description"] = description
        if route.deprecated:
            operation["deprecated"] = True
        if security := self.security.required_by(route):
            operation["security"] = security
        if parameters := describe_parameters(route.plan, self._book):
            operation["parameters"] = parameters
        body = describe_body(route.plan, route.unique_id, self._book)
        if body and method in METHODS_WITH_BODY:
            operation["requestBody"] = body
        if callbacks := self._callbacks(route):
            operation["callbacks"] = callbacks
        refuses = takes_values(route.plan) and not tells_of_refusals(route)
        operation["responses"] = describe_replies(route, route.unique_id, self._book, refuses=refuses)
        self.refuses |= refuses
        merge(operation, route.openapi_extra or {})
        return operation

    def _callbacks(self, route: Any) -> dict[str, Any]:
        return {
            callback.name: {callback.path_format: self.describe(callback) if callback.include_in_schema else {}}
            for callback in planned(route.callbacks or ())
        }


def _shown(text: str) -> str:
    """What stands before a form feed; the rest is for those who read the source."""
    return text.partition("\f")[0].strip()
