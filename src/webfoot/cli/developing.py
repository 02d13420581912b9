"""Who watches the requests while developing: the terminal, the headers, the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from webfoot.cli.reasons import Reasons
from webfoot.journey.page.serving import page_for_development, watching_with
from webfoot.journey.timing.listening import Timing
from webfoot.journey.wanted import listeners_by
from webfoot.journey.watching import Listener, Watching
from webfoot.server.settings.options import ServerOptions
from webfoot.trail.page import PLACE


@contextmanager
def watching(options: ServerOptions) -> Iterator[partial[Watching]]:
    """What makes, in each worker anew, whoever watches its requests. What the page shows outlasts a worker."""
    if not options.journey_page:
        yield partial(watcher, options, None)
        return
    with TemporaryDirectory(prefix="webfoot-") as directory:
        yield partial(watcher, options, Path(directory) / "journeys")


def watcher(options: ServerOptions, keep_in: Path | None) -> Watching:
    others: list[Listener] = [Reasons(), Timing(), *listeners_by(options, PLACE if options.journey_page else None)]
    if not options.journey_page:
        return Watching(others)
    app = options.app if isinstance(options.app, str) else None
    hub = page_for_development(app, options.journey_token, keep_in)
    return watching_with(hub, others, keeps_bodies=True)
