"""The query part of a URL as a multi-dict of strings (`application/x-www-form-urlencoded`, WHATWG URL section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

from webfoot.web.datastructures.multidict import ImmutableMultiDict, pairs_of


class QueryParams(ImmutableMultiDict[str, str]):
    """Read from a query string (str or bytes), a mapping or a list of pairs; every key and value becomes a str.

    `?a=1&a=2&b=` gives `["a"] == "2"`, `getlist("a") == ["1", "2"]` and `["b"] == ""`.
    """

    __slots__ = ()

    def __init__(
        self,
        *args: ImmutableMultiDict[Any, Any] | Mapping[Any, Any] | list[tuple[Any, Any]] | str | bytes,
        **kwargs: Any,
    ) -> None:
        if len(args) > 1:
            raise AssertionError("Too many arguments.")
        source = args[0] if args else ""
        if isinstance(source, bytes):
            pairs = parse_query(source.decode("utf-8", "replace"))
        elif isinstance(source, str):
            pairs = parse_query(source)
        else:
            pairs = [(str(key), str(value)) for key, value in pairs_of(source)]
        if kwargs:
            pairs += [(key, str(value)) for key, value in kwargs.items()]
        self._list = pairs
        self._dict = dict(pairs)

    def __str__(self) -> str:
        return urlencode(self._list, errors="replace")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


def parse_query(text: str) -> list[tuple[str, str]]:
    """As `parse_qsl(text, keep_blank_values=True)` of the standard library, but quick where nothing is escaped."""
    pairs = []
    escaped = "%" in text or "+" in text
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            pairs.append((_unescape(name), _unescape(value)) if escaped else (name, value))
    return pairs


def _unescape(text: str) -> str:
    return unquote(text.replace("+", " "))
