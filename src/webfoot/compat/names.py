"""Which of our names stands behind a name of FastAPI, Starlette or Uvicorn. The tables are in `fastapi_names` etc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeAlias

from webfoot.compat.fastapi_names import FASTAPI
from webfoot.compat.starlette_names import STARLETTE
from webfoot.compat.uvicorn_names import UVICORN

Table: TypeAlias = Mapping[str, Mapping[str, str]]
"""module there -> our module -> the names, as words. `Theirs=ours` is called otherwise here, `*` is all that is public,
and `.` is the module itself."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a name lives here; without `name` it is the module."""

    module: str
    name: str = ""

    def load(self) -> Any:
        module = import_module(self.module)
        return getattr(module, self.name) if self.name else module


VERSIONS: Final = {"fastapi": "0.165.0", "starlette": "1.10.0", "uvicorn": "0.54.0"}
"""The releases whose public API the tables follow."""


def homes_of(rows: Mapping[str, str]) -> dict[str, Home]:
    """The names of one module there, each with its home. Imports our module only where the table says `*`."""
    homes: dict[str, Home] = {}
    for module, words in rows.items():
        for word in words.split():
            theirs, _, ours = word.partition("=")
            if word == "*":
                public = [name for name in vars(import_module(module)) if name.isupper() and not name.startswith("_")]
                homes |= {name: Home(module, name) for name in public}
            else:
                homes[theirs] = Home(module, "" if ours == "." else ours or theirs)
    return homes


TABLE: Final[Table] = {**FASTAPI, **STARLETTE, **UVICORN}
