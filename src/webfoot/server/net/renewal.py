"""Certificates that are replaced while we serve: connections that come afterwards see the new ones."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from webfoot.server.net.tls import Tls, load_tls
from webfoot.server.settings.table import OptionError

if TYPE_CHECKING:
    from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")

INTERVAL: Final = 1.0
"""Seconds between two looks at the files."""

_Print: TypeAlias = "tuple[tuple[int, int, int] | None, ...]"


class Renewal:
    """Looks at the files of the options `ssl_*`; if they have changed, `take` is called with what is in them.

    They are read once they have stayed the same from one look to the next, because certificate and key are seldom
    written at the same moment. Files that are wrong change nothing: the log says why, once. Whoever replaces a symbolic
    link, as certbot and Kubernetes do, has changed the file, too.
    """

    def __init__(self, options: ServerOptions, take: Callable[[Tls], None]) -> None:
        self._options = options
        self._take = take
        self._files = _files_of(options)
        self._known = self._last = self._look()
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._files:
            self._timer = loop.call_later(INTERVAL, self._go_on, loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        seen = self._look()
        if seen == self._last and seen != self._known:
            self._known = seen
            self._renew()
        self._last = seen
        self.start(loop)

    def _renew(self) -> None:
        try:
            tls = load_tls(self._options)
        except OptionError as error:
            log.error("the certificates have changed, but the old ones stay: %s", error)
            return
        if tls is not None:
            self._take(tls)
            log.info("the certificates have changed; new connections see the new ones")
            tls.warn()

    def _look(self) -> _Print:
        return tuple(map(_print_of, self._files))


def _files_of(options: ServerOptions) -> list[str]:
    single = (options.ssl_certfile, options.ssl_keyfile, options.ssl_ca_certs)
    named = [os.fspath(each) for each in single if each is not None]
    return named + [file for pair in options.ssl_sni for file in pair if file is not None]


def _print_of(path: str) -> tuple[int, int, int] | None:
    """What changes with the file's content; None if it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
