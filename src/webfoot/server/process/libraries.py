"""What an application imports of libraries, for the next process to have it when the application is loaded anew.

What a process does between its start and the first line of the user's code must not show in what the user's code does.
So only modules of libraries are imported ahead, in the order in which the application did it and with the environment
that it had made, and nothing at all where an application changes what imports mean: where it replaces functions of
modules that are loaded, or has importers of its own. What cannot be known before is looked at
afterwards: `Load` once more.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import (
    BuiltinImporter,
    ExtensionFileLoader,
    FrozenImporter,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import webfoot

_PLACES: Final = tuple(
    {f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib")}
    | {f"{Path(webfoot.__file__).parent}{os.sep}"}
)
_INSTALLED: Final = ("site-packages", "dist-packages")
_LOADERS: Final = (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader, BuiltinImporter, FrozenImporter)
_HARMLESS: Final = ("_SixMetaPathImporter",)
"""Importers that answer for names of their own only: of the package six, of which many libraries hold a copy."""

_HOOKS: Final = ("excepthook", "unraisablehook", "displayhook", "showwarning")
"""Functions that are there to be replaced."""


class UnfitError(Exception):
    """A library cannot be imported ahead, or what was imported ahead is not what the application would have got."""


@dataclass(frozen=True, slots=True)
class Libraries:
    """modules: name and file, in the order of their import. environment: as it was when the application was loaded."""

    modules: Sequence[tuple[str, str]] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def load(self) -> None:
        """Import them. Raises UnfitError for one that needs what the application does before."""
        ours = dict(os.environ)
        guard = _LibrariesOnly()
        sys.meta_path.insert(0, guard)
        _set_environment(self.environment)
        try:
            for name, _ in self.modules:
                import_module(name)
        except BaseException as error:
            raise UnfitError(f"{name} cannot be imported ahead: {error!r}") from error
        finally:
            _set_environment(ours)
            sys.meta_path.remove(guard)
        if guard.has_hidden:
            raise UnfitError("a library wants to import something of the user's")

    def stamps(self) -> tuple[int, ...]:
        """Of their files, and of the directories that libraries are installed in: they change when one of them does."""
        directories = [each for each in sys.path if each.endswith(_INSTALLED)]
        return tuple(_stamp(file) for file in (*(file for _, file in self.modules), *directories))


class Load:
    """How an application is loaded, seen from outside: made before, asked afterwards."""

    def __init__(self) -> None:
        self._functions = [(module, _functions_of(module)) for module in _modules()]
        self._importers = list(sys.meta_path)
        self._hooks = list(sys.path_hooks)

    def is_plain(self) -> bool:
        """Whether it has left alone how modules are imported, and what was in those that were there before."""
        importers = [each for each in sys.meta_path if type(each).__name__ not in _HARMLESS]
        if importers != [each for each in self._importers if type(each).__name__ not in _HARMLESS]:
            return False
        return self._hooks == sys.path_hooks and not any(_differs(*each) for each in self._functions)

    def modules(self) -> list[tuple[str, str]]:
        """Those of libraries that are there now."""
        found = [spec for spec in map(_spec_of, _modules()) if spec is not None and _is_library(spec)]
        return [(spec.name, spec.origin or "") for spec in found]


class _LibrariesOnly:
    """An importer in front of all others that hides what is not a library: no code of the user runs ahead."""

    def __init__(self) -> None:
        self.has_hidden = False

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.has_location and not is_library(str(spec.origin)):
                    self.has_hidden = True
                    raise ModuleNotFoundError(f"{name} is no library", name=name)
                return spec
        return None


def _modules() -> list[ModuleType]:
    return [each for each in list(sys.modules.values()) if isinstance(each, ModuleType)]


def _functions_of(module: ModuleType) -> dict[str, object]:
    """The public ones: what a library replaces of another's private ones is between the two of them."""
    return {
        name: value
        for name, value in list(vars(module).items())
        if callable(value) and not name.startswith("_") and name not in _HOOKS
    }


def _differs(module: ModuleType, before: dict[str, object]) -> bool:
    now = vars(module)
    return any(now.get(name, value) is not value for name, value in before.items())


def _spec_of(module: ModuleType) -> ModuleSpec | None:
    spec: Any = vars(module).get("__spec__")
    return spec if isinstance(spec, ModuleSpec) and sys.modules.get(spec.name) is module else None


def _is_library(spec: ModuleSpec) -> bool:
    loader = spec.loader if isinstance(spec.loader, type) else type(spec.loader)
    if loader in (BuiltinImporter, FrozenImporter):
        return True
    return loader in _LOADERS and is_library(str(spec.origin))


def is_library(file: str) -> bool:
    return file.startswith(_PLACES) or any(f"{os.sep}{each}{os.sep}" in file for each in _INSTALLED)


def _stamp(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _set_environment(wanted: dict[str, str]) -> None:
    for name in [*os.environ]:
        if name not in wanted:
            del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
