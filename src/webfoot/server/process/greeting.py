"""What a server says at its beginning and at its end."""

from __future__ import annotations

import logging

import webfoot
from webfoot.server.net.connections import NAMED
from webfoot.server.settings.options import ServerOptions
from webfoot.trail.page import PLACE

log = logging.getLogger("webfoot")


def greet(options: ServerOptions, urls: list[str], app: object = None) -> None:
    """The first line of a server that runs."""
    name = options.app if isinstance(options.app, str) and options.app else _name_of(app or options.app)
    workers = f" with {options.workers} workers" if options.workers > 1 else ""
    where = " and ".join(urls)
    log.info("webfoot %s serving %s on %s%s (Ctrl-C to stop)", webfoot.__version__, name, where, workers)
    if options.journey_page and (page := page_address(options, urls)):
        log.info("journeys of requests: %s%s", page, " (asks for the token)" if options.journey_token else "")


def page_address(options: ServerOptions, urls: list[str]) -> str:
    """Where a browser on this machine finds the page; "" where no browser gets to."""
    url = next((url for url in urls if url.startswith("http")), "")
    for everywhere in ("//0.0.0.0:", "//[::]:"):
        url = url.replace(everywhere, "//localhost:")
    return f"{url}{PLACE}/" if url else ""


def tell_of_stop(delay: float) -> None:
    if delay:
        log.info("stopping; accepting for %g s more, as shutdown_delay says", delay)
    else:
        log.info("stopping")


def tell_of_wait(seconds: float, waiting: list[str], again: bool = False) -> None:
    still = "still " if again else ""
    log.info("%swaiting up to %g s for %s (Ctrl-C to cut off)", still, seconds, _listed(waiting))


def tell_of_cut(left: list[str]) -> None:
    log.warning("cut off %s", _listed(left))


def _listed(things: list[str]) -> str:
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return ", ".join(things[:NAMED]) + more


def _name_of(app: object) -> str:
    return getattr(app, "__qualname__", None) or type(app).__qualname__
