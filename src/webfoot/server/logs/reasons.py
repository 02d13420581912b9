"""Who can say why a request was answered with 4xx or 5xx: whoever watches its journey."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

_EXPLAINER: Final = ("webfoot.journey.explaining", "Explainer")
"""By name: the server does not stand on the journey, and loads it only for those who ask for reasons."""


def explainer_of(options: ServerOptions) -> Watcher | None:
    if not (options.access_log and options.access_log_reasons):
        return None
    module, name = _EXPLAINER
    return cast(Watcher, getattr(import_module(module), name)())
