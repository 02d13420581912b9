"""Which routes may be for a host, without trying all of them: filed by the labels at the end of the host's name."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from webfoot.asgi.types import Scope
from webfoot.web.datastructures.headers import field_lines

T = TypeVar("T")


class HostEnding(NamedTuple):
    """The literal end of a host's name, in lower case; `is_whole` when that is all of it."""

    text: str
    is_whole: bool


def host_of(scope: Scope) -> str:
    """The host that was asked for, without its port and in lower case; empty when there is not exactly one Host field.

    (RFC 9112 section 3.2 has a server refuse the others; a proxy may have believed the other one of two.)
    """
    fields = field_lines(scope, b"host")
    if len(fields) != 1:
        return ""
    host = fields[0].decode("latin-1").lower()
    name, colon, port = host.rpartition(":")
    if not colon or (port and not (port.isascii() and port.isdigit())):
        return host
    return name


class HostIndex(Generic[T]):
    """Built once. `{customer}.ducks.example` is filed under `ducks.example`, for what precedes may be any labels."""

    __slots__ = ("_below", "_depth", "_exact")

    def __init__(self) -> None:
        self._exact: dict[str, list[T]] = {}
        self._below: dict[str, list[T]] = {}
        self._depth = 0

    def file(self, ending: HostEnding, value: T) -> None:
        if ending.is_whole:
            self._exact.setdefault(ending.text, []).append(value)
            return
        labels = ending.text.partition(".")[2]  # what is before the first dot belongs to a label with a parameter
        self._below.setdefault(labels, []).append(value)
        self._depth = max(self._depth, labels.count(".") + 1 if labels else 0)

    def find(self, host: str) -> list[T]:
        """What may be for `host`: filed under it, or under some of its last labels. In no order."""
        found = [*self._exact.get(host, ()), *self._below.get("", ())]
        # Cut no further than any ending is long: a name of a million dots costs what any long name costs.
        labels = host.rsplit(".", self._depth)
        for start in range(1, len(labels)):
            found += self._below.get(".".join(labels[start:]), ())
        return found
