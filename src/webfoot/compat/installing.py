"""Putting the finders in their places, and taking them out again."""

from __future__ import annotations

import sys
from typing import Final

from webfoot.compat.finder import PeerFinder, PeerModule
from webfoot.compat.metadata import PeerMetadata
from webfoot.compat.names import TABLE, VERSIONS
from webfoot.web.routing import Router

_finder: Final = PeerFinder(TABLE, VERSIONS)
_metadata: Final = PeerMetadata(VERSIONS)
_APPLICATION: Final = "webfoot.compat.application"
"""What it does on import, it does while the finders are in place."""


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
    sys.modules.pop(_APPLICATION, None)  # for it to be imported anew, if anybody has looked at it before
    # Applications written for the peers run the lifespans of what they mount by hand, and must not do so twice.
    Router.starts_mounted = False


def uninstall() -> None:
    """Undo `install()`: what is imported from now on is the peers' own. Who has imported our names keeps them."""
    if not is_installed():
        return
    sys.meta_path.remove(_finder)
    sys.meta_path.remove(_metadata)
    for name in [name for name, module in sys.modules.items() if isinstance(module, PeerModule)]:
        del sys.modules[name]
    Router.starts_mounted = True
    application = sys.modules.pop(_APPLICATION, None)
    if application is not None:
        application.title_documents("Webfoot")


def is_installed() -> bool:
    return _finder in sys.meta_path
