"""A sampler, processor or provider of others that raises. That is told once, and is no business of the request."""

from __future__ import annotations

import logging
from typing import Final

_logger: Final = logging.getLogger("webfoot")
_told: Final[set[type[Exception]]] = set()


def tell(error: Exception) -> None:
    """Each kind once, with its traceback: what fails in one request fails in all of them."""
    if type(error) not in _told:
        _told.add(type(error))
        _logger.error("telemetry failed, and goes on without what failed; said once for each kind", exc_info=error)
