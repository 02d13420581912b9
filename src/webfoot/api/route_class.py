"""Making a route: what a class of the user's own is called with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, cast

from webfoot.api.in_force import OverridesProvider
from webfoot.api.options import HANDED, NotGiven, RouteOptions
from webfoot.api.route import ApiRoute

_OURS: Final = ("form_limits", "middleware")
"""What FastAPI's routes are not called with: told if it says something, so that a constructor may list all it takes."""

_TOLD: Final = {
    **{name: HANDED[name] for name in HANDED if name not in _OURS},
    "strict_content_type": NotGiven(value=True),
}


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
        said = {name: value for name, value in options.items() if _says_something(name, value)}
        options = cast("RouteOptions", _TOLD | said)
    return kind(path, endpoint=endpoint, methods=methods, dependency_overrides_provider=provider, **options)


def _says_something(name: str, value: Any) -> bool:
    return bool(value) if name in _OURS else value is not None or name == "response_model"
