"""Where a path of a request leads below a directory: to what is in it, or to nothing.

A path with ".." in it leads nowhere. What a browser sends has none left (WHATWG URL, "shorten a url's path"), and
what a proxy let pass as `/public/%2e%2e/private/` must not become `/private/` behind its back. Without "..", only a
symbolic link can lead out: so each step is looked at, and at a link the real path decides.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final

# The names that are no file's: too long, a link in a circle, a file where a directory should be, and the like.
_NOTHING: Final = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.ENODEV)
)
_ON_WINDOWS: Final = os.name == "nt"
_BY_EFFECTIVE_IDS: Final = os.access in os.supports_effective_ids  # those that decide when the file is opened
_is_device = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.I | re.S).fullmatch


def find_below(
    directory: str | os.PathLike[str], path: str, *, follow_symlink: bool
) -> tuple[str, os.stat_result] | None:
    """What is at `path` below `directory`: its full path and stat. None: nothing is, or it is outside.

    PermissionError when it, or a directory on the way, may not be read.
    """
    names = _names(path)
    if names is None:
        return None
    top = os.path.abspath(directory)
    try:
        found = _follow(top, names) if follow_symlink else _step_by_step(top, names)
    except ValueError:  # a NUL, or half of a surrogate pair
        return None
    except OSError as error:
        if error.errno in _NOTHING:
            return None
        raise
    if found is not None and S_ISREG(found[1].st_mode) and not _may_read(found[0]):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), found[0])
    return found


def _may_read(path: str) -> bool:
    return os.access(path, os.R_OK, effective_ids=_BY_EFFECTIVE_IDS)


def _names(path: str) -> list[str] | None:
    """The steps of a relative path; None for one that is absolute, goes up, or means a device or a stream."""
    if _ON_WINDOWS:
        path = path.replace("\\", "/")
    names = [name for name in path.split("/") if name not in ("", ".")]
    if path.startswith("/") or ".." in names:
        return None
    return None if _ON_WINDOWS and any(is_odd_on_windows(name) for name in names) else names


def is_odd_on_windows(name: str) -> bool:
    """Whether Windows takes a name for something else than a file of that name: NUL, COM1.txt, C:, file:stream, `a.`"""
    return ":" in name or name != name.rstrip(" .") or _is_device(name) is not None


def _follow(top: str, names: Sequence[str]) -> tuple[str, os.stat_result]:
    full_path = os.path.join(top, *names)
    return full_path, os.stat(full_path)


def _step_by_step(top: str, names: Sequence[str]) -> tuple[str, os.stat_result] | None:
    """One lstat for each step, and the last is the answer: a quarter of what `realpath` of both would cost."""
    if _ON_WINDOWS or not names:  # junctions do not look like links
        return _through_link(top, names)
    step = top
    for name in names:
        step = os.path.join(step, name)
        found = os.lstat(step)
        if S_ISLNK(found.st_mode):
            return _through_link(top, names)
    return step, found


def _through_link(top: str, names: Sequence[str]) -> tuple[str, os.stat_result] | None:
    real, real_top = os.path.realpath(os.path.join(top, *names)), os.path.realpath(top)
    if real != real_top and not real.startswith(os.path.join(real_top, "")):
        return None
    return real, os.stat(real)


def why_nothing(directories: Sequence[str | os.PathLike[str]], path: str, html: bool) -> str:
    """For whoever watches: why there is no file at `path`, in words. Names directories, so not for the client."""
    listed = ", ".join(os.fspath(directory) for directory in directories) or "any directory, since none is given"
    if _names(path) is None:
        return f"the path {path!r:.200} goes up or is absolute, and files are looked for below {listed}"
    for directory in directories:
        try:
            full_path, found = find_below(directory, path, follow_symlink=True) or ("", None)
        except OSError:
            continue
        if found is None:
            continue
        if S_ISDIR(found.st_mode):
            return f"{full_path} is a directory" + (" without an index.html" if html else ", and html=True is not set")
        if S_ISREG(found.st_mode):
            return f"{full_path} is reached by a link that leads out of {os.fspath(directory)}: see follow_symlink"
        return f"{full_path} is neither a file nor a directory"
    return f"there is no file {path!r:.200} below {listed}"
