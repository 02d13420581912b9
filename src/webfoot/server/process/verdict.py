"""What a server that could not serve says, and the exit code of its process.

1  nothing to serve (LoadError) or nowhere to listen (BindError)
2  a setting that is not allowed (OptionError)
3  the application refused to start (StartupFailed); a supervisor does not try again
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from webfoot.server.gateway.lifespan import StartupFailed
from webfoot.server.net.binding import BindError
from webfoot.server.settings.load import LoadError
from webfoot.server.settings.options import OptionError

EXIT_CODES: Final[dict[type[Exception], int]] = {LoadError: 1, BindError: 1, OptionError: 2, StartupFailed: 3}
VERDICTS: Final = tuple(EXIT_CODES)
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C before the server could take note of it, as shells have it: 128 + SIGINT."""

UNGUARDED: Final = 64
"""Exit code of a worker whose main module starts a supervisor again; only its parent sees it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no server: the exit code, one sentence, and the application's own traceback or nothing."""

    code: int
    sentence: str
    traceback: str

    def report(self) -> int:
        """Print it to stderr; gives back the exit code."""
        print(f"{self.traceback}webfoot: {self.sentence}", file=sys.stderr, flush=True)  # noqa: T201
        return self.code


def verdict_on(error: Exception) -> Failed:
    """`error` is one of `VERDICTS`."""
    code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    return Failed(code, str(error), getattr(error, "traceback", ""))
