"""Who watches the requests while developing: the terminal, the headers, the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from webfoot.cli.lines import Lines, replaces_access_log
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
def kept_journeys(options: ServerOptions) -> Iterator[Path | None]:
    """Where the journeys are kept that the page shows, for they outlast a worker. None without a page."""
    if not options.journey_page:
        yield None
        return
    with TemporaryDirectory(prefix="webfoot-") as directory:
        yield Path(directory) / "journeys"


class Development:
    """The settings of `webfoot dev`, which may change while it runs, and who watches the requests by them.

    read: gives the settings anew. unfold: as `Lines` has it.
    """

    def __init__(self, read: Callable[[], ServerOptions], unfold: str) -> None:
        self._read = read
        self._unfold = unfold
        self._has_lines = False
        self.keep_in: Path | None = None

    def options(self) -> ServerOptions:
        """Raises OptionError."""
        options = self._read()
        self._has_lines = replaces_access_log(options)
        return replace(options, access_log=False) if self._has_lines else options

    def watch(self, options: ServerOptions) -> partial[Watching]:
        """What makes, in each worker anew, whoever watches its requests."""
        return partial(watcher, options, self._unfold if self._has_lines else None, self.keep_in)


def watcher(options: ServerOptions, unfold: str | None, keep_in: Path | None) -> Watching:
    """unfold: None where the access log has lines of its own."""
    lines = Lines(options, unfold) if unfold is not None else Reasons()
    # The innermost comes last: it looks at the application itself, and not at what the others put around it.
    page = f"{PLACE}/" if options.journey_page else None
    patience = Patience(options, lines.tell_that_it_goes_on if isinstance(lines, Lines) else None)
    others: list[Listener] = [Timing(), *listeners_by(options, page), lines, patience]
    if options.journey_page:
        app = options.app if isinstance(options.app, str) else None
        flights = options.recorder_dir if options.recorder else None
        hub = page_for_development(app, options.journey_token, keep_in, flights)
        watching = watching_with(hub, others, keeps_bodies=True)
        patience.moved = hub.news
    else:
        watching = Watching(others, BriefRecord)
    watching.lookout = patience
    return watching
