"""Putting the finders in their places, and taking them out again."""

from __future__ import annotations

import sys
from typing import Any, Final

from webfoot.compat import relay
from webfoot.compat.finder import PeerFinder, PeerModule
from webfoot.compat.metadata import PeerMetadata
from webfoot.compat.names import TABLE, VERSIONS, Home
from webfoot.compat.switches import reset_switches, set_switches


def _load(home: Home) -> Any:
    """What lives there; the switches in what was loaded for it are set."""
    value = home.load()
    if is_installed():
        set_switches()
    return value


def _heed(module: str, name: str, value: Any) -> None:
    from webfoot.compat.heeded import heed  # with all of the framework, which not everybody needs

    heed(module, name, value)


_finder: Final = PeerFinder(TABLE, VERSIONS, _load, _heed)
_metadata: Final = PeerMetadata(VERSIONS)


class AlreadyImported(RuntimeError):
    """A peer's own module was imported before `install()`; its classes would stand beside ours."""


def install() -> None:
    """Let `import fastapi`, `starlette` and `uvicorn` lead to webfoot from now on. Does nothing the second time.

    Raises AlreadyImported when one of them was imported before, and so may be in use.
    """
    if is_installed():
        return
    for name in VERSIONS:
        if name in sys.modules:
            whence = getattr(sys.modules[name], "__file__", None) or "an unknown place"
            raise AlreadyImported(
                f"{name} was imported already, from {whence}: call webfoot.compat.install() before anything imports it"
            )
    sys.meta_path.insert(0, _finder)
    sys.meta_path.append(_metadata)
    set_switches()
    relay.connect()


def uninstall() -> None:
    """Undo `install()`: what is imported from now on is the peers' own. Who has imported our names keeps them."""
    if not is_installed():
        return
    sys.meta_path.remove(_finder)
    sys.meta_path.remove(_metadata)
    for name in [name for name, module in sys.modules.items() if isinstance(module, PeerModule)]:
        del sys.modules[name]
    reset_switches()
    relay.disconnect()


def is_installed() -> bool:
    return _finder in sys.meta_path
