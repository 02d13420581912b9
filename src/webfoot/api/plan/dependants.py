"""The callables of a route as a tree, under the names that FastAPI gives it: for packages that walk it.

It is a picture. Requests obey the plan; who wants one more dependency adds it to `route.dependencies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from webfoot.api.fields import Field
from webfoot.api.params import Depends, Security
from webfoot.api.plan.callables import plan_call
from webfoot.api.plan.plans import Serves, Special

_PARAMETERS: Final[dict[Special, str]] = {
    "request": "request_param_name",
    "websocket": "websocket_param_name",
    "connection": "http_connection_param_name",
    "response": "response_param_name",
    "background": "background_tasks_param_name",
    "scopes": "security_scopes_param_name",
}


@dataclass
class Dependant:
    """One callable, and below it those that it depends on.

    name: the parameter that receives its result. path: that of the route. *_params: what it wants from the request.
    *_param_name: its parameter for the request itself and the like.
    """

    call: Callable[..., Any] | None = None
    name: str | None = None
    path: str | None = None
    path_params: list[Field] = field(default_factory=list)
    query_params: list[Field] = field(default_factory=list)
    header_params: list[Field] = field(default_factory=list)
    cookie_params: list[Field] = field(default_factory=list)
    body_params: list[Field] = field(default_factory=list)
    dependencies: list[Dependant] = field(default_factory=list)
    request_param_name: str | None = None
    websocket_param_name: str | None = None
    http_connection_param_name: str | None = None
    response_param_name: str | None = None
    background_tasks_param_name: str | None = None
    security_scopes_param_name: str | None = None
    own_oauth_scopes: list[str] | None = None
    use_cache: bool = True
    scope: Literal["function", "request"] | None = None


def dependant_of(
    call: Callable[..., Any],
    path: str,
    path_names: frozenset[str],
    first: Iterable[Depends] = (),
    serves: Serves = "http",
    marker: Depends | None = None,
    name: str | None = None,
) -> Dependant:
    """The tree below `call`. `first`: what it depends on beside its parameters, as a route's `dependencies`.

    `marker` asks for it, and its result goes to the parameter `name`. What is asked for twice in the same way stands
    twice in the tree as one object: dependencies that meet again would double the tree each time.
    """
    return _Drawing(path, path_names, serves).draw(call, first, marker, name)


class _Drawing:
    def __init__(self, path: str, path_names: frozenset[str], serves: Serves) -> None:
        self._path = path
        self._path_names = path_names
        self._serves = serves
        self._drawn: dict[tuple[object, ...], Dependant] = {}

    def draw(
        self, call: Callable[..., Any], first: Iterable[Depends], marker: Depends | None, name: str | None
    ) -> Dependant:
        plan = plan_call(call, self._path_names, self._serves)
        below = [*(("", one) for one in first), *plan.dependencies]
        drawn = Dependant(
            call=call,
            name=name or None,
            path=self._path,
            dependencies=[self._below(one, parameter) for parameter, one in below if one.scope != "app"],
            use_cache=marker is None or marker.use_cache,
            scope=None if marker is None or marker.scope == "app" else marker.scope,
            own_oauth_scopes=list(marker.scopes or ()) if isinstance(marker, Security) else None,
        )
        for wanted in plan.fields:
            getattr(drawn, f"{wanted.where}_params").append(wanted)
        for parameter, special in plan.specials:
            if special in _PARAMETERS:
                setattr(drawn, _PARAMETERS[special], parameter)
        return drawn

    def _below(self, marker: Depends, parameter: str) -> Dependant:
        assert marker.dependency is not None
        scopes = tuple(marker.scopes or ()) if isinstance(marker, Security) else None
        way = (marker.dependency, parameter, marker.use_cache, marker.scope, scopes)
        if way not in self._drawn:
            self._drawn[way] = self.draw(marker.dependency, (), marker, parameter)
        return self._drawn[way]
