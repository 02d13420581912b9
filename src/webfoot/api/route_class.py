"""Making a route: what a class of the user's own is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final, cast

from webfoot.api.in_force import OverridesProvider
from webfoot.api.options import HANDED, NotGiven, RouteOptions, SharedOptions
from webfoot.api.route import ApiRoute

_OURS: Final = ("form_limits", "middleware")
"""What FastAPI's routes are not called with: told if it says something."""

_TOLD: Final = {
    **{name: HANDED[name] for name in HANDED if name not in _OURS},
    "strict_content_type": NotGiven(value=True),
}

_LATER: Final = ("form_limits", "max_body_size", "middleware")
"""What counts for a route whose constructor lists all that it takes, and does not list these."""


def make_route(
    kind: type[ApiRoute],
    path: str,
    endpoint: Callable[..., Any],
    methods: Collection[str] | None,
    provider: OverridesProvider | None,
    options: RouteOptions,
) -> ApiRoute:
    """A class with a constructor of its own gets every option, given or not: it may look at any, or take them apart."""
    if kind.__init__ is ApiRoute.__init__:
        return kind(path, endpoint=endpoint, methods=methods, dependency_overrides_provider=provider, **options)
    said = {name: value for name, value in options.items() if _says_something(name, value)}
    told = _TOLD | said
    unlisted = {name: told.pop(name) for name in _LATER if name in told and not _takes(kind.__init__, name)}
    route = kind(
        path,
        endpoint=endpoint,
        methods=list(methods or ("GET",)),
        dependency_overrides_provider=provider,
        **cast("RouteOptions", told),
    )
    later = cast("SharedOptions", {name: value for name, value in unlisted.items() if name in said})
    return route.below("", later, provider) if later else route


@lru_cache(maxsize=64)
def _takes(constructor: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(constructor).parameters
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def _says_something(name: str, value: Any) -> bool:
    return bool(value) if name in _OURS else value is not None or name == "response_model"
