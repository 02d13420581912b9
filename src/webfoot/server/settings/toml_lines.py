"""The line on which each key of a TOML document stands, which `tomllib` does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Keys: TypeAlias = tuple[str, ...]


def lines_of(text: str) -> dict[Keys, int]:
    """By the keys that lead to a value or a table: the first line that speaks of it. `text` must be TOML.

    A header, and a key with its value, each begin on a line of their own, and each is a document by itself. A value of
    several lines is none before its last one. So a statement ends with the first line that makes it readable.
    """
    lines: dict[Keys, int] = {}
    table: Keys = ()
    for number, statement, read in _statements(text):
        if statement.lstrip().startswith("["):
            path = table = _path(read)
        else:
            path = table + _path(read)
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    """(line, text, what it says) of each header and each key with its value."""
    begun, pending = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not pending:
            begun = number
        pending += line + "\n"
        try:
            read = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue
        if read:
            yield begun, pending, read
        pending = ""


def _path(read: Mapping[str, object]) -> Keys:
    """The keys of a statement, those within a value that is a table of one key included: they stand there, too."""
    path: Keys = ()
    inner: object = read
    while True:
        if isinstance(inner, list) and len(inner) == 1:  # [[an array of tables]]
            inner = inner[0]
        if not isinstance(inner, Mapping) or len(inner) != 1:
            return path
        key, inner = next(iter(inner.items()))
        path += (key,)
