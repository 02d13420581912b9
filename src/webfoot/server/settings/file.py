"""Settings from a TOML file: the one that is named, or the table [tool.webfoot] of a pyproject.toml.

    [tool.webfoot]
    app = "ducks.main:app"
    timeout-head = 5            # or timeout_head

    [tool.webfoot.dev]          # for the command `webfoot dev` only
    port = 8001

Any other file has the settings at its top. A path in a file is meant from the directory of the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from webfoot.server.settings.given import Given
from webfoot.server.settings.kinds import Kind
from webfoot.server.settings.options import OPTIONS
from webfoot.server.settings.table import OptionError
from webfoot.server.settings.toml_document import document_of, shown, text_of
from webfoot.server.settings.toml_values import value_in_file

PYPROJECT: Final = "pyproject.toml"
PARTS: Final = ("dev",)
"""Tables for one command, by its name."""

_OURS: Final = ("tool", "webfoot")
_ROOTS: Final = (".git", ".hg")
_BY_NAME: Final = {each.name: each for each in OPTIONS}

Words: TypeAlias = Mapping[str, tuple[str, object]]
"""Switches that stand for a value of a setting: word -> (setting, value)."""


class SettingsFile:
    """One file, read; OptionError if it cannot be.

    directory: of the file; empty, if that is the working directory.
    """

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self.directory = _from_here(path.parent) if path.is_file() else Path()
        self._text = text_of(path) if text is None else text
        document = document_of(self._text, path)
        self._above = _OURS if path.name == PYPROJECT or _below(document, _OURS) is not None else ()
        self._table = _below(document, self._above)
        if not isinstance(self._table, dict):
            what = "there is no table" if self._table is None else "no table, but a value, is"
            raise OptionError(f"the settings cannot be read from {shown(path)}: {what} [tool.webfoot]")

    def given(self, part: str = "", words: Words | None = None) -> dict[str, Given]:
        """The settings of the file, or those of one of its `PARTS`. Raises OptionError."""
        if part and not isinstance(self._table.get(part, {}), dict):
            raise OptionError(f"{part} must be a table of settings for one command (from {self._place(part)})")
        keys = (part,) if part else ()
        table = self._table.get(part, {}) if part else {k: v for k, v in self._table.items() if k not in PARTS}
        found: dict[str, Given] = {}
        for key, name, value in self._entries(table, keys, words or {}):
            source = self._place(*keys, key)
            if name in found:
                raise OptionError(f"the option {name} is given twice (from {found[name].source} and from {source})")
            found[name] = Given(_BY_NAME[name].convert(value, source, self._stored), source)
        return found

    def names_project(self, app: Given | None) -> bool:
        """Whether this file has named the application, and lies where its modules are: a pyproject.toml, elsewhere."""
        is_ours = app is not None and app.source.startswith(f"{shown(self.path)}:")
        return is_ours and self.path.name == PYPROJECT and self.directory != Path()

    def _entries(
        self, table: Mapping[str, object], keys: tuple[str, ...], words: Words
    ) -> Iterator[tuple[str, str, object]]:
        """(key, name of the setting, value). OptionError for the first key that is none."""
        for key, value in table.items():
            name = key.replace("-", "_")
            if name in _BY_NAME:
                yield key, name, value
            elif key not in words:
                raise OptionError(f"there is no option {key} (from {self._place(*keys, key)}){_near(key, words)}")
            elif not isinstance(value, bool):
                source = self._place(*keys, key)
                raise OptionError(f"the option {key} cannot be {value!r} (from {source}): it must be true or false")
            elif value:
                yield key, *words[key]

    def _stored(self, kind: Kind, value: object) -> object:
        return value_in_file(kind, value, self.directory)

    def _place(self, *keys: str) -> str:
        """`pyproject.toml:12`"""
        line = self._lines.get((*self._above, *keys))
        return f"{shown(self.path)}:{line}" if line is not None else shown(self.path)

    @cached_property
    def _lines(self) -> dict[tuple[str, ...], int]:
        from webfoot.server.settings.toml_lines import lines_of

        return lines_of(self._text)


def nearest_pyproject(directory: Path) -> SettingsFile | None:
    """The pyproject.toml that has [tool.webfoot], in `directory` or above, up to the root of a repository or the home.

    Above, only files count that belong to whom this program trusts anyway: whoever can write into /tmp shall not decide
    what is run below it. Raises OptionError for a file that speaks of webfoot and is not TOML.
    """
    home = Path(os.path.expanduser("~"))
    for each in (directory, *directory.parents):
        path = each / PYPROJECT
        # Unlike a Path's, these functions take a directory that may not be searched for one without the file.
        if os.path.isfile(path) and (each == directory or _is_trusted(path, directory)):
            text = text_of(path)
            # Without a word of us it is not worth parsing, nor an error about it.
            if "webfoot" in text and _below(document_of(text, path), _OURS) is not None:
                return SettingsFile(path, text)
        if each == home or any(os.path.exists(each / root) for root in _ROOTS):
            break
    return None


def _is_trusted(path: Path, directory: Path) -> bool:
    return path.stat().st_uid in (0, os.getuid(), directory.stat().st_uid)


def _below(document: object, keys: tuple[str, ...]) -> Any:
    """What stands at the end of `keys`; None if there is nothing."""
    for key in keys:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def _from_here(directory: Path) -> Path:
    return Path() if directory.resolve() == Path.cwd() else directory


def _near(key: str, words: Words) -> str:
    near = get_close_matches(key.replace("-", "_"), [*_BY_NAME, *words, *PARTS], n=1)
    if not near:
        return ""
    return f"; did you mean {near[0] if '_' in key else near[0].replace('_', '-')}?"
