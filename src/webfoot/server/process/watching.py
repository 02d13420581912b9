"""Who watches the requests of this server, as its settings want it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

_ASKED: Final = ("journey_page", "otel", "server_timing", "why_header")
"""Settings for which somebody has to watch; `access_log_reasons` is another one, as long as there is an access log."""

_WATCHER: Final = ("webfoot.journey.wanted", "watcher_by")
_ACCOMPANIED: Final = ("webfoot.journey.flight.wiring", "accompanied")
"""By name: the server does not stand on the journey, and loads it only for those who want to see something."""


def watcher_of(options: ServerOptions, given: Watcher | None, server: int, crew: str = "") -> Watcher | None:
    """given: who watches whatever the settings say. server: the pid of the server that this process belongs to.
    crew: a name that it shares with the other processes of this server only; empty for one that is alone.
    """
    watcher = given
    reasons = options.access_log and options.access_log_reasons
    if given is None and (reasons or any(getattr(options, name) for name in _ASKED)):
        watcher = _load(_WATCHER)(options, crew)
    if options.recorder:
        watcher = _load(_ACCOMPANIED)(watcher, options, server)
    return watcher


def _load(what: tuple[str, str]) -> Callable[..., Watcher | None]:
    module, name = what
    return cast("Callable[..., Watcher | None]", getattr(import_module(module), name))
