"""Which security schemes an operation needs, with which scopes, as OpenAPI says it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from webfoot.api.params import Depends, Security
from webfoot.api.security.models import SecurityBase as SchemeModel
from webfoot.api.security.scheme import SecurityBase, scheme_in

log = logging.getLogger("webfoot")


class SecuritySchemes:
    """The schemes that the operations of a document need. `described`: name -> what the document says of it."""

    def __init__(self) -> None:
        self.described: dict[str, SchemeModel] = {}
        self._doubtful: set[str] = set()

    def required_by(self, route: Any) -> list[dict[str, list[str]]]:
        """The security requirements of `route`, in the order in which its schemes run: one for each name, with the
        scopes of all ways to it, each once, the outermost first. The dependencies of the route come before those of
        the endpoint's parameters."""
        plan = route.plan
        # As the route was planned: what was added to `route.dependencies` since then does not run either.
        planned = route.options.get("dependencies") or ()
        markers = [*planned, *(marker for _, marker in plan.endpoint.plan.dependencies)]
        below = {call.call: [marker for _, marker in call.dependencies] for call in plan.calls}
        found: dict[str, dict[str, None]] = {}
        for scheme, scopes in _ways(markers, below):
            found.setdefault(scheme.scheme_name, {}).update(dict.fromkeys(scopes))
            self._describe(scheme, route.path_format)
        return [{name: list(scopes)} for name, scopes in found.items()]

    def _describe(self, scheme: SecurityBase, path: str) -> None:
        name = scheme.scheme_name
        if self.described.get(name, scheme.model) != scheme.model and name not in self._doubtful:
            self._doubtful.add(name)
            log.warning(
                "%s: another security scheme is called %r, too, and the OpenAPI document can show only one of them; "
                "give each its scheme_name",
                path,
                name,
            )
        self.described[name] = scheme.model


def _ways(
    markers: Iterable[Depends], below: dict[Callable[..., Any], list[Depends]]
) -> Iterator[tuple[SecurityBase, tuple[str, ...]]]:
    """Every scheme with the scopes of every way to it, depth first. The steps of a plan do not tell: they unite the
    ways for which one run is enough."""
    seen: set[tuple[Callable[..., Any], tuple[str, ...]]] = set()

    def walk(markers: Iterable[Depends], above: tuple[str, ...]) -> Iterator[tuple[SecurityBase, tuple[str, ...]]]:
        for marker in markers:
            call = marker.dependency
            assert call is not None
            if marker.scope == "app":  # made before any request, and asks nobody for credentials
                continue
            own = (isinstance(marker, Security) and marker.scopes) or ()
            scopes = tuple(dict.fromkeys((*above, *own)))
            if (call, scopes) in seen:
                continue
            seen.add((call, scopes))
            if (scheme := scheme_in(call)) is not None:
                yield scheme, scopes
            yield from walk(below[call], scopes)

    return walk(markers, ())
