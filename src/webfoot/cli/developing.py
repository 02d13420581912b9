"""Who watches the requests while developing: the terminal, the headers, the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from webfoot.cli.lines import Lines
from webfoot.cli.patience import Patience
from webfoot.cli.reasons import Reasons
from webfoot.journey.explaining import BriefRecord
from webfoot.journey.page.serving import page_for_development, watching_with
from webfoot.journey.timing.listening import Timing
from webfoot.journey.wanted import listeners_by
from webfoot.journey.watching import Listener, Watching
from webfoot.server.settings.options import ServerOptions
from webfoot.trail.page import PLACE


@contextmanager
def watching(options: ServerOptions, unfold: str | None) -> Iterator[partial[Watching]]:
    """What makes, in each worker anew, whoever watches its requests. What the page shows outlasts a worker.

    unfold: as `Lines` has it; None where the access log has lines of its own.
    """
    if not options.journey_page:
        yield partial(watcher, options, unfold, None)
        return
    with TemporaryDirectory(prefix="webfoot-") as directory:
        yield partial(watcher, options, unfold, Path(directory) / "journeys")


def watcher(options: ServerOptions, unfold: str | None, keep_in: Path | None) -> Watching:
    lines = Lines(options, unfold) if unfold is not None else Reasons()
    # The innermost comes last: it looks at the application itself, and not at what the others put around it.
    page = f"{PLACE}/" if options.journey_page else None
    patience = Patience(options)
    others: list[Listener] = [Timing(), *listeners_by(options, page), lines, patience]
    if options.journey_page:
        app = options.app if isinstance(options.app, str) else None
        hub = page_for_development(app, options.journey_token, keep_in)
        watching = watching_with(hub, others, keeps_bodies=True)
    else:
        watching = Watching(others, BriefRecord)
    watching.lookout = patience
    return watching
