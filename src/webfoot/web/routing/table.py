"""The list of routes as users see it, and how an index learns that it has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex
from weakref import ref

if TYPE_CHECKING:
    from webfoot.web.routing.entry import BaseRoute


class Watches(Protocol):
    """Who wants to know: an index built from a table."""

    def routes_changed(self) -> None:
        """Called right after each change, so it must be cheap: forget now, look again when asked."""


class RouteTable(list["BaseRoute"]):
    """A list of routes that tells whoever was built from it when it changes.

    It is public and may be changed at any time, also while the application serves; a request sees the table before or
    after a change, never between.
    """

    def __init__(self, routes: Iterable[BaseRoute] = ()) -> None:
        super().__init__(routes)
        # By identity: a router may be a dataclass, which is equal to others and has no hash.
        self._watchers: dict[int, ref[Watches]] = {}

    def watch(self, watcher: Watches) -> None:
        """Tell `watcher` about each change from now on. It is referenced weakly."""
        key = id(watcher)
        self._watchers[key] = ref(watcher, lambda _: self._watchers.pop(key, None))

    def replace(self, other: RouteTable) -> None:
        """Stand in the place of `other`: its watchers watch this one from now on, and are told."""
        for reference in list(other._watchers.values()):
            if (watcher := reference()) is not None:
                self.watch(watcher)
        self._changed()

    def _changed(self) -> None:
        for reference in list(self._watchers.values()):
            if (watcher := reference()) is not None:
                watcher.routes_changed()

    def append(self, route: BaseRoute) -> None:
        super().append(route)
        self._changed()

    def extend(self, routes: Iterable[BaseRoute]) -> None:
        super().extend(routes)
        self._changed()

    def insert(self, index: SupportsIndex, route: BaseRoute) -> None:
        super().insert(index, route)
        self._changed()

    def remove(self, route: BaseRoute) -> None:
        super().remove(route)
        self._changed()

    def pop(self, index: SupportsIndex = -1) -> BaseRoute:
        route = super().pop(index)
        self._changed()
        return route

    def clear(self) -> None:
        super().clear()
        self._changed()

    def sort(self, *, key: Callable[[BaseRoute], Any] | None = None, reverse: bool = False) -> None:
        super().sort(key=key, reverse=reverse)
        self._changed()

    def reverse(self) -> None:
        super().reverse()
        self._changed()

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self._changed()

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        super().__delitem__(index)
        self._changed()

    def __iadd__(self, routes: Iterable[BaseRoute]) -> RouteTable:  # type: ignore[misc, override]
        self.extend(routes)
        return self

    def __imul__(self, times: SupportsIndex) -> RouteTable:
        result = super().__imul__(times)
        self._changed()
        return result

    # A table is told apart from another by what it is, not by what it holds: it sits in weak sets and dict keys.
    __hash__ = object.__hash__  # type: ignore[assignment]
