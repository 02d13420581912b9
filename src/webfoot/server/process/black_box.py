"""What the process that looks after workers knows of the flight recorder: what was under way in one that has died, and
how all records are written down at a signal. By name, for the server does not stand on the journey."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import FrameType
from typing import Any, Final

from webfoot.server.process.signals import Handlers
from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")

_DUMPING: Final = "webfoot.journey.flight.dumping"

DUMP: Final = signal.SIGUSR2


def tell_last_words(options: ServerOptions, worker: int, end: str, stack: str) -> None:
    """Log what a worker had under way when it died, and write into its records how that was: `Worker.end`, `.stack`."""
    if options.recorder:
        lines = _asked("last_words", options.recorder_dir, worker, end, stack)
        if lines:
            log.error("%s", "\n".join(lines))


def dump(options: ServerOptions, server: int) -> None:
    """Write the records of all workers of `server` into a file, and log where."""
    path = _asked("write_dump", options.recorder_dir, server)
    if path is not None:
        log.info("the records of the flight recorder are in %s", path)


def _asked(function: str, *arguments: Any) -> Any:
    try:
        return getattr(import_module(_DUMPING), function)(*arguments)
    except Exception as error:  # whoever looks after workers must not end for this
        log.error("the flight recorder cannot be read: %s", error)
        return None


def dumps_at_signal(options: ServerOptions, server: Callable[[], int]) -> AbstractContextManager[None]:
    """While this is entered, SIGUSR2 has the records written; not where the application has taken that signal."""
    if not options.recorder or signal.getsignal(DUMP) is not signal.SIG_DFL:
        return nullcontext()
    return _DumpSignal(options, server)


class _DumpSignal(Handlers):
    def __init__(self, options: ServerOptions, server: Callable[[], int]) -> None:
        super().__init__([DUMP])
        self._dump = lambda: dump(options, server())

    def handle(self, number: int, frame: FrameType | None) -> None:
        # In a thread, so that it neither holds up the event loop nor waits for it.
        threading.Thread(target=self._dump, name="webfoot dump", daemon=True).start()
