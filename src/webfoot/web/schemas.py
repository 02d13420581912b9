"""An OpenAPI document from the docstrings of endpoints, which hold it as YAML.

This is the toolkit's small way. The API framework (webfoot.api) makes the document from the types.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from webfoot.web.callables import full_name_of, is_function, unwrapped
from webfoot.web.packages import missing
from webfoot.web.requests import Request
from webfoot.web.responses.whole import Response
from webfoot.web.routing.entry import BaseRoute
from webfoot.web.routing.group import expanded
from webfoot.web.routing.route import Route

_VERBS: Final = ("get", "post", "put", "patch", "delete", "options", "query")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
_CONVERTOR: Final = re.compile(r":[^{}]*(?=\})")


class OpenAPIResponse(Response):
    """A document (a dict) as YAML."""

    media_type = "application/vnd.oai.openapi"

    def render(self, content: Any) -> bytes:
        if not isinstance(content, dict):
            raise AssertionError("The schema passed to OpenAPIResponse should be a dictionary.")
        text: str = _yaml().dump(content, default_flow_style=False)
        return text.encode()


class EndpointInfo(NamedTuple):
    """One operation: `path` without convertors, `http_method` in lower case, and whose docstring describes it."""

    path: str
    http_method: str
    func: Callable[..., Any]


class BaseSchemaGenerator:
    """Finds the operations below some routes. Subclass it and write `get_schema` for documents of another kind."""

    def get_schema(self, routes: list[BaseRoute]) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} has no get_schema(routes)")

    def get_endpoints(self, routes: Iterable[BaseRoute]) -> list[EndpointInfo]:
        """Every operation of the routes and of what is mounted there, but for those with include_in_schema=False."""
        return list(_operations(routes, ""))

    def parse_docstring(self, func_or_method: Callable[..., Any]) -> dict[str, Any]:
        """The YAML of a docstring: all of it, or what follows a line "---". Prose alone gives an empty dict."""
        text = inspect.getdoc(func_or_method) or ""
        described = re.split(r"^---$", text, maxsplit=1, flags=re.M)[-1]
        yaml = _yaml()
        try:
            found = yaml.safe_load(described)
        except yaml.YAMLError as error:
            name = full_name_of(func_or_method)
            raise ValueError(f"the docstring of {name} is neither prose nor YAML: {error}") from error
        return found if isinstance(found, dict) else {}

    def OpenAPIResponse(self, request: Request[Any]) -> Response:  # noqa: N802  (Starlette's name)
        """The document of the request's application."""
        return OpenAPIResponse(self.get_schema(routes=request.app.routes))


class SchemaGenerator(BaseSchemaGenerator):
    """`base_schema` with the `paths` of the routes added."""

    def __init__(self, base_schema: dict[str, Any]) -> None:
        self.base_schema = base_schema

    def get_schema(self, routes: list[BaseRoute]) -> dict[str, Any]:
        paths = {path: dict(operations) for path, operations in self.base_schema.get("paths", {}).items()}
        for path, method, func in self.get_endpoints(routes):
            if method == "query" and not self._knows_query():
                continue
            described = self.parse_docstring(func)
            if described:
                paths.setdefault(path, {})[method] = described
        return {**self.base_schema, "paths": paths}

    def _knows_query(self) -> bool:
        """OpenAPI has had an operation for that method since 3.2."""
        version = _VERSION.match(str(self.base_schema.get("openapi", "")))
        return version is not None and (int(version[1]), int(version[2])) >= (3, 2)


def _operations(routes: Iterable[BaseRoute], prefix: str) -> Iterator[EndpointInfo]:
    for route in expanded(routes):
        if isinstance(route, Route):
            if route.include_in_schema:
                yield from _operations_of(route, prefix + _CONVERTOR.sub("", route.path))
        elif inner := getattr(route, "routes", None):  # Mount, which adds its path, and Host, which has none
            yield from _operations(inner, prefix + _CONVERTOR.sub("", getattr(route, "path", "")))


def _operations_of(route: Route, path: str) -> Iterator[EndpointInfo]:
    endpoint = unwrapped(route.endpoint)
    if is_function(endpoint):
        for name in sorted(route.methods or ()):
            if name != "HEAD":
                yield EndpointInfo(path, name.lower(), endpoint)
    else:  # a class, or an object, with a method for each verb
        for verb in _VERBS:
            if callable(method := getattr(endpoint, verb, None)):
                yield EndpointInfo(path, verb, method)


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise missing("pyyaml", "a schema from docstrings", "web") from error
    return yaml
