"""How long the steps of a stop may take. All of it is finite, so that a process that was told to stop ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from webfoot.server.settings.options import ServerOptions

HURRY: Final = 1.0
"""Seconds for the application's shutdown after a second Ctrl-C."""

DRAIN_TAIL: Final = 2.0
"""Seconds that `Connections.drain` may take beyond the grace, to tell applications and to cancel them."""

PARTING: Final = 1.0
"""Seconds in which idle connections may bring a last request to a process that another one takes over from."""

FORCED_STOP: Final = DRAIN_TAIL + HURRY + 1.0
"""Seconds that a process may take to end after a second Ctrl-C."""

LEAST_SHUTDOWN: Final = 5.0
"""Seconds for the application's shutdown at least, however short the grace for requests is."""


def shutdown_bound(options: ServerOptions) -> float:
    """Seconds that the application's shutdown may take."""
    return max(options.timeout_graceful_shutdown, LEAST_SHUTDOWN)


def longest_stop(options: ServerOptions) -> float:
    """Seconds that a graceful stop takes at most, as long as the event loop runs."""
    grace = options.timeout_graceful_shutdown
    return options.shutdown_delay + grace + DRAIN_TAIL + shutdown_bound(options) + HURRY
