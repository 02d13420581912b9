"""Imports of the peers' modules, answered from the tables of names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from webfoot.compat.names import Home, Table, homes_of

ORIGIN: Final = "webfoot.compat"
_MODELS: Final = "fastapi.openapi.models"  # which has another Response, and the like


class PeerModule(ModuleType):
    """A module with the names of one table. Each is loaded when it is first asked for."""

    def __init__(
        self,
        name: str,
        homes: Mapping[str, Home],
        below: Sequence[str],
        strays: Callable[[str, str], Home | None],
        load: Callable[[Home], Any],
        heed: Callable[[str, str, Any], None],
    ) -> None:
        super().__init__(name, f"The names of {name} that webfoot has.")
        self._heed = heed
        self._homes = homes
        self._below = below  # submodules: there, importing a package makes most of them attributes of it
        self._strays = strays
        self._load = load
        self.__all__ = sorted(homes)

    def __getattr__(self, name: str) -> object:
        if name in self._below and name not in self._homes:
            return import_module(f"{self.__name__}.{name}")
        home = self._homes.get(name) or self._strays(self.__name__, name)
        if home is not None:
            value = self._load(home)
        elif name.startswith("__"):  # what the import system and debuggers try on any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        else:
            raise AttributeError(absence(self.__name__, name), name=name, obj=self)
        vars(self)[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name.startswith("get_"):
            self._heed(self.__name__, name, value)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self._homes, *self._below})


class PeerFinder(MetaPathFinder, Loader):
    """Finds every module below the peers, so that none of their own is ever imported: they are here or nowhere.

    Each is a package for the import system. So `from fastapi.x import y` asks here for `fastapi.x.y` where the module
    has no y, and what is missing can be told in our own words.
    """

    def __init__(
        self,
        table: Table,
        versions: Mapping[str, str],
        load: Callable[[Home], Any] = Home.load,
        heed: Callable[[str, str, Any], None] = lambda module, name, value: None,
    ) -> None:
        """`heed` is told of functions that somebody puts in the place of one there."""
        self._table = table
        self._heed = heed
        self._load = load
        self._versions = versions

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._versions:
            return None
        if fullname not in self._table:
            parent, _, name = fullname.rpartition(".")
            # The import system is silent about a missing module of exactly the name that it asked for.
            raise ModuleNotFoundError(absence(parent, name), name=parent)
        return ModuleSpec(fullname, self, origin=ORIGIN, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        within = f"{spec.name}."
        below = [name.removeprefix(within) for name in self._table if name.startswith(within)]
        homes = homes_of(self._table[spec.name])
        directly_below = [name for name in below if "." not in name]
        return PeerModule(spec.name, homes, directly_below, self._stray, self._load, self._heed)

    def _stray(self, module: str, name: str) -> Home | None:
        """Where a name lives that this module has not, but others of this peer: there, each has the names that it has
        imported itself, and programs take `ASGIApp` from where they saw it. Packages are more careful."""
        peer, dot, _ = module.partition(".")
        if not dot or name.startswith("_"):
            return None
        peers = (peer, "starlette") if peer == "fastapi" else (peer,)
        for each in peers:
            rows = [self._table[known] for known in self._table if known.split(".")[0] == each and known != _MODELS]
            homes = {home for row in rows for theirs, home in homes_of(row).items() if theirs == name}
            if homes:
                return homes.pop() if len(homes) == 1 else None
        return None

    def exec_module(self, module: ModuleType) -> None:
        version = self._versions.get(module.__name__)
        if version is not None:
            module.__version__ = version  # type: ignore[attr-defined]


def absence(module: str, name: str) -> str:
    return f"cannot import {name!r} from {module!r}: webfoot has no {module}.{name} yet; see docs/compat.md"
