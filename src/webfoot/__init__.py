"""webfoot: server, toolkit and typed API framework in one house.

Names load on first use, so `import webfoot` is cheap and a process that only serves somebody else's ASGI
application never imports pydantic.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

# public name -> module that defines it
_HOMES: dict[str, str] = {}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  (the names are strings; ruff cannot see through the star)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'webfoot' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
