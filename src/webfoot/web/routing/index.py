"""The index over a routing table: the few routes that can match a path, in the order in which they were registered.

First match in registration order is the law, and the index only leaves out what cannot match:

- a path without parameters stands in a dict; its entry already holds every other route that may match that very path;
- a template is filed in a tree of segments, so `/ducks/{id}/photos` is three steps from the root however many
  routes there are;
- where a template can no longer be cut into segments (`{rest:path}`, a mount, a convertor of your own), the route is
  kept at the last segment that can, and is tried for all paths that come by there;
- a host is filed by the end of its name (`host_index`);
- a route that matches by rules of its own is kept at the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from webfoot.asgi.types import Scope
from webfoot.web.routing.entry import BaseRoute
from webfoot.web.routing.host_index import HostIndex, host_of
from webfoot.web.routing.path import WILD, Segments, Texts
from webfoot.web.routing.path_route import PathRoute


class Candidate(NamedTuple):
    """A route that may match.

    texts: where its parameters stand among the path's segments. When this is known then the path matches if they have
    values, and only type and method are left to look at; None when the route itself has to be asked.
    """

    order: int
    route: BaseRoute
    texts: Texts | None


class _Node:
    """One segment of the tree. `ends` are the templates that end here, `opens` those that take whatever follows."""

    __slots__ = ("ends", "literal", "opens", "wild")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.wild: _Node | None = None
        self.ends: list[Candidate] = []
        self.opens: list[Candidate] = []

    def below(self, segment: str | None) -> _Node:
        if segment is not WILD:
            return self.literal.setdefault(segment, _Node())
        if self.wild is None:
            self.wild = _Node()
        return self.wild


class RouteIndex:
    """Built once from `routes` (groups already expanded) and never changed; a changed table gets a new index."""

    __slots__ = ("_depth", "_exact", "_hosts", "_named", "_root", "_unnamed", "routes")

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self.routes = list(routes)
        self._root = _Node()
        self._depth = 0
        self._hosts: HostIndex[Candidate] | None = None
        fixed: dict[str, list[Candidate]] = {}
        for order, route in enumerate(self.routes):
            filed = route.segments()
            if filed is None:
                self._file_elsewhere(Candidate(order, route, None))
                continue
            segments, complete = filed
            candidate = Candidate(order, route, route.texts())
            if complete and candidate.texts == ():
                fixed.setdefault("/".join(map(str, segments)), []).append(candidate)
            else:
                self._file(candidate, segments, complete)
        self._exact = {path: sorted([*found, *self._in_tree(path)]) for path, found in fixed.items()}
        self._named, self._unnamed = self._by_name()

    def _file(self, candidate: Candidate, segments: Segments, complete: bool) -> None:
        node = self._root
        for segment in segments:
            node = node.below(segment)
        (node.ends if complete else node.opens).append(candidate)
        self._depth = max(self._depth, len(segments))

    def _file_elsewhere(self, candidate: Candidate) -> None:
        """A route that is not found by its path."""
        ending = candidate.route.host_ending()
        if ending is None:
            self._root.opens.append(candidate)
            return
        if self._hosts is None:
            self._hosts = HostIndex()
        self._hosts.file(ending, candidate)

    def candidates(self, path: str, scope: Scope) -> Sequence[Candidate]:
        """The routes that may match a request of this `path`, in registration order."""
        exact = self._exact.get(path)
        if exact is not None and self._hosts is None:
            return exact
        found = self._in_tree(path) if exact is None else exact
        if self._hosts is not None:
            found = [*found, *self._hosts.find(host_of(scope))]
        if len(found) > 1:
            found.sort()
        return found

    def _in_tree(self, path: str) -> list[Candidate]:
        found: list[Candidate] = []
        # Cut no further than the tree is deep: a path of a million slashes costs what any long path costs.
        _gather(self._root, path.split("/", self._depth), found)
        return found

    def _by_name(self) -> tuple[dict[str, list[Candidate]], list[Candidate]]:
        named: dict[str, list[Candidate]] = {}
        unnamed: list[Candidate] = []
        for order, route in enumerate(self.routes):
            # Some know no path but the one that is called by their name.
            if isinstance(route, PathRoute) and type(route).url_path_for is PathRoute.url_path_for and route.name:
                named.setdefault(route.name, []).append(Candidate(order, route, None))
            else:
                unnamed.append(Candidate(order, route, None))
        return named, unnamed

    def named(self, name: str) -> Sequence[Candidate]:
        """The routes that may know the path called `name`, in registration order."""
        return sorted([*self._named.get(name, ()), *self._unnamed])


def _gather(node: _Node, segments: list[str], found: list[Candidate]) -> None:
    """Add what is filed at `node` or below it, on the ways that `segments` can go. An empty one is nobody's value."""
    left = iter(segments)
    for segment in left:
        if node.opens:  # these want one segment more, be it empty
            found += node.opens
        literal, wild = node.literal.get(segment), node.wild
        if wild is None or not segment:
            if literal is None:
                return
            node = literal
        elif literal is None:
            node = wild
        else:
            segments = list(left)
            _gather(literal, segments, found)
            _gather(wild, segments, found)
            return
    found += node.ends
