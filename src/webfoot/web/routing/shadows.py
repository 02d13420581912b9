"""Routes that no request can reach, because one before them takes every path of theirs.

`/ducks/{id}` before `/ducks/me`, or a mount at "/" before anything. Asked for when a program is checked, and never
while it serves.

One template takes every path of another if it can be laid over the other's template, each of its parameters over
characters and parameters that it has room for: `/ducks/{id}` over `/ducks/me`, `/{path:path}` over everything. That is
decided for the two templates, not tried with paths, so what is reported is always so. A convertor of the user's own is
only known to take what an equal one gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from webfoot.web.routing.convertors import (
    Convertor,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)
from webfoot.web.routing.entry import BaseRoute
from webfoot.web.routing.group import expanded
from webfoot.web.routing.index import RouteIndex
from webfoot.web.routing.path_route import PathRoute

Piece: TypeAlias = "str | Convertor[Any]"
"""A character of a template, or what one of its parameters takes."""

_SAMPLES: Final[dict[type[Convertor[Any]], str]] = {
    StringConvertor: "~",
    PathConvertor: "~/~",
    IntegerConvertor: "0",
    FloatConvertor: "0.5",
    UUIDConvertor: "00000000-0000-0000-0000-000000000000",
}

_NO_HOST: Final[dict[str, Any]] = {"type": "http", "headers": []}


@dataclass(frozen=True, slots=True)
class Shadow:
    """`route` is not reached, because `by` stands before it. methods: those for which this is so, in their order; empty
    where a route has none (a mount, a WebSocket, an application)."""

    route: BaseRoute
    by: BaseRoute
    methods: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both have the same paths, so that no order would help."""
        return covers(_pieces_of(self.route) or (), _pieces_of(self.by) or ())


def shadows(routes: Iterable[BaseRoute]) -> list[Shadow]:
    """Those of one table; the tables of mounted applications are theirs. Routes with a `matches` of their own are let
    be."""
    index = RouteIndex(expanded(routes))
    return [shadow for order, route in enumerate(index.routes) for shadow in _shadows_on(order, route, index)]


def _shadows_on(order: int, route: BaseRoute, index: RouteIndex) -> Iterator[Shadow]:
    pieces = _pieces_of(route)
    if pieces is None:
        return
    assert isinstance(route, PathRoute)
    left = _methods_of(route)
    for by in _before(order, pieces, index):
        if by.protocol not in ("", route.protocol) or not covers(_pieces_of(by) or (), pieces):
            continue
        others = _methods_of(by)
        if others is None:
            yield Shadow(route, by, _named(left))
            return
        if left and (taken := left & others):
            left -= taken
            # GET brings HEAD along, and nobody misses it alone.
            if taken != {"HEAD"} or not left:
                yield Shadow(route, by, _named(taken))


def _named(methods: set[str] | None) -> tuple[str, ...]:
    if not methods:
        return ()
    return tuple(sorted(methods - {"HEAD"} if "GET" in methods else methods))


def _before(order: int, pieces: Sequence[Piece], index: RouteIndex) -> Iterator[PathRoute]:
    """The routes before that one which take one of its paths, as far as that can be said without trying them all."""
    if all(isinstance(piece, str) or type(piece) in _SAMPLES for piece in pieces):
        path = "".join(piece if isinstance(piece, str) else _SAMPLES[type(piece)] for piece in pieces)
        before = [found.route for found in index.candidates(path, _NO_HOST) if found.order < order]
    else:
        before = index.routes[:order]
    return (route for route in before if isinstance(route, PathRoute) and _pieces_of(route) is not None)


def _pieces_of(route: BaseRoute) -> tuple[Piece, ...] | None:
    return route.pieces() if isinstance(route, PathRoute) else None


def _methods_of(route: BaseRoute) -> set[str] | None:
    methods = getattr(route, "methods", None)
    return set(methods) if methods else None


def covers(wide: Sequence[Piece], narrow: Sequence[Piece]) -> bool:
    """Whether every path of the template `narrow` is one of `wide`. False also where that cannot be told."""

    @cache
    def lies(at: int, on: int) -> bool:
        """Whether wide[at:] can be laid over narrow[on:]."""
        if at == len(wide):
            return on == len(narrow)
        piece = wide[at]
        if isinstance(piece, str):
            return on < len(narrow) and narrow[on] == piece and lies(at + 1, on + 1)
        ends = range(on, len(narrow) + 1)
        return any(_takes(piece, narrow[on:end]) and lies(at + 1, end) for end in ends)

    return lies(0, 0)


def _takes(convertor: Convertor[Any], pieces: Sequence[Piece]) -> bool:
    """Whether a parameter of this kind takes whatever `pieces` may be, as a whole."""
    kind = type(convertor)
    if kind is PathConvertor:
        return True
    if kind is StringConvertor:
        return bool(pieces) and all(
            piece != "/" if isinstance(piece, str) else piece.within_segment for piece in pieces
        )
    if kind is IntegerConvertor and len(pieces) > 1:
        return all(piece in "0123456789" if isinstance(piece, str) else type(piece) is kind for piece in pieces)
    if len(pieces) == 1 and not isinstance(only := pieces[0], str):
        return type(only) is kind or (kind is FloatConvertor and type(only) is IntegerConvertor)
    return _takes_text(convertor, pieces)


def _takes_text(convertor: Convertor[Any], pieces: Sequence[Piece]) -> bool:
    letters = [piece for piece in pieces if isinstance(piece, str)]
    text = "".join(letters)
    if len(letters) < len(pieces) or re.fullmatch(convertor.regex, text) is None:
        return False
    try:
        convertor.convert(text)
    except ValueError:
        return False
    return True
