"""Which files a reloader watches, and what happens to them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, Final

from webfoot.server.settings.options import OptionError, ServerOptions

INCLUDES: Final = ("*.py",)
EXCLUDES: Final = (".*", "~*", "*~", "__pycache__", "site-packages", "node_modules")
"""Hidden files and directories (version control, environments, editors), and what is installed there."""

_SETTLED: Final = 20
"""Milliseconds without another change after which those so far are one save."""

_BURST: Final = 400
"""Milliseconds after which changes are told that go on and on."""


class FileFilter:
    """Which files matter: those that match `includes` or INCLUDES, less those of which a part of the path below its
    root matches `excludes` or EXCLUDES.

    A pattern with a slash is held against the whole path below the root. What `includes` names beats EXCLUDES: for a
    file `.env` the pattern `.env` is enough. `settings`: a file that matters in any case.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        includes: Sequence[str] = (),
        excludes: Sequence[str] = (),
        settings: Path | None = None,
    ) -> None:
        self._roots = roots
        self._includes = includes
        self._excludes = excludes
        self._settings = settings

    def __call__(self, change: object, path: str) -> bool:
        file = Path(path)
        if file == self._settings:
            return True
        root = next((root for root in self._roots if file.is_relative_to(root)), None)
        below = file.relative_to(root) if root is not None else file
        if any(_matches(part, self._excludes) for part in (*below.parts, str(below))):
            return False
        if _matches(below.name, self._includes) or _matches(str(below), self._includes):
            return not any(_matches(part, EXCLUDES) for part in below.parts[:-1])
        return _matches(below.name, INCLUDES) and not any(_matches(part, EXCLUDES) for part in below.parts)


def watched_directories(options: ServerOptions) -> list[Path]:
    roots = [Path(each).resolve() for each in options.reload_dirs or (options.app_dir or os.getcwd(),)]
    for root in roots:
        if not root.is_dir():
            raise OptionError(f"the option reload_dirs names {root}, which is not a directory")
    return roots


def watch(roots: Iterable[Path], matters: FileFilter) -> Iterator[set[Any]]:
    """Sets of (change, path), as they happen. Raises OptionError if there is nothing to watch with."""
    try:
        import watchfiles
    except ImportError:
        raise OptionError(
            "reload needs the package watchfiles, which is not installed: pip install 'webfoot[dev]'"
        ) from None
    return watchfiles.watch(*roots, watch_filter=matters, raise_interrupt=False, step=_SETTLED, debounce=_BURST)


def named(paths: Iterable[str]) -> str:
    """For a sentence: "main.py, ducks.py and 7 more"."""
    names = sorted(os.path.relpath(path) for path in paths)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(text, pattern) for pattern in patterns)


def forget_compiled(paths: Iterable[str]) -> None:
    """Have Python compile these files anew.

    It knows its compiled files by the second in which the source was saved, and by its size (PEP 552): after two saves
    of one size within a second it would go on with the first one's code.
    """
    for path in paths:
        if path.endswith(".py"):
            with contextlib.suppress(OSError, NotImplementedError):
                os.unlink(cache_from_source(path))
