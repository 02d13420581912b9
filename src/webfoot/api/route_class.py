"""Making a route: what a class of the user's own is called with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, cast

from webfoot.api.in_force import OverridesProvider
from webfoot.api.options import ROUTE_DEFAULTS, RouteOptions
from webfoot.api.route import ApiRoute

_OURS: Final = ("form_limits", "middleware")
"""What FastAPI's routes are not called with: told if it says something, so that a constructor may list all it takes."""


def make_route(
    kind: type[ApiRoute],
    path: str,
    endpoint: Callable[..., Any],
    methods: Collection[str] | None,
    provider: OverridesProvider | None,
    options: RouteOptions,
) -> ApiRoute:
    """A class with a constructor of its own gets every option, given or not: it may look at any, or take them apart."""
    if kind.__init__ is not ApiRoute.__init__:
        methods = list(methods or ("GET",))
        every = {name: options.get(name, ROUTE_DEFAULTS.get(name)) for name in RouteOptions.__annotations__}
        options = cast("RouteOptions", {name: said for name, said in every.items() if said or name not in _OURS})
    return kind(path, endpoint=endpoint, methods=methods, dependency_overrides_provider=provider, **options)
