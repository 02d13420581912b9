"""Floor 3: the server, from bytes to ASGI. Serves any ASGI 3 application; knows nothing of `web` and `api`.

from webfoot.server import run, Server, ServerOptions
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the same names for type checkers and editors, which do not call __getattr__
    from webfoot.server.gateway.lifespan import StartupFailed
    from webfoot.server.net.binding import BindError
    from webfoot.server.process.serve import Server
    from webfoot.server.process.start import run
    from webfoot.server.settings.load import LoadError
    from webfoot.server.settings.options import ServerOptions
    from webfoot.server.settings.table import OptionError

# public name -> module that defines it
_HOMES: dict[str, str] = {
    "BindError": "webfoot.server.net.binding",
    "LoadError": "webfoot.server.settings.load",
    "OptionError": "webfoot.server.settings.table",
    "Server": "webfoot.server.process.serve",
    "ServerOptions": "webfoot.server.settings.options",
    "StartupFailed": "webfoot.server.gateway.lifespan",
    "run": "webfoot.server.process.start",
}

__all__ = ["BindError", "LoadError", "OptionError", "Server", "ServerOptions", "StartupFailed", "run"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'webfoot.server' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
