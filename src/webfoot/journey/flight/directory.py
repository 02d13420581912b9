"""Where flight files are: a directory that nobody but its user can enter, in memory where the system has such a place.

$XDG_RUNTIME_DIR/webfoot    /dev/shm/webfoot-UID    TMPDIR/webfoot-UID
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from webfoot.journey.flight.layout import SUFFIX
from webfoot.journey.flight.reading import Flight, UnreadableFlight, read

MOST_OF_THE_DEAD: Final = 16
"""Files of workers that are dead: so many are kept, and older ones are removed."""


def usual_places() -> list[Path]:
    """The first one that can be used is taken."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    name = f"webfoot-{os.geteuid()}"
    return [
        *([Path(runtime) / "webfoot"] if runtime else []),
        Path("/dev/shm") / name,  # noqa: S108 - entered only if it is ours and closed to others
        Path(tempfile.gettempdir()) / name,
    ]


def private_directory(given: str = "") -> Path:
    """`given`, or the first usual place; made if it is not there. Raises OSError, whose text says what is wrong."""
    error = OSError("there is no directory for it")
    for place in [Path(given).absolute()] if given else usual_places():
        try:
            _make_private(place)
        except OSError as refused:
            error = refused
        else:
            return place
    raise error


def _make_private(place: Path) -> None:
    if not place.parent.is_dir():
        raise OSError(f"{place.parent} is not a directory")
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise OSError(f"{place} is not a directory")
    if found.st_uid != os.geteuid():
        raise OSError(f"{place} belongs to another user")
    if found.st_mode & 0o077:
        raise OSError(f"{place} is open to other users (mode {stat.S_IMODE(found.st_mode):o}): chmod 700 it")


def flights(directory: str | os.PathLike[str] | None = None) -> list[Flight]:
    """What the files of a directory hold, or those of all usual places, also of other users where we may read them.

    The latest started first. What cannot be read is left out.
    """
    found = []
    for path in _files([Path(directory)] if directory is not None else _readable_places()):
        with suppress(OSError, UnreadableFlight):
            found.append(read(path))
    return sorted(found, key=lambda flight: flight.started_at, reverse=True)


def _readable_places() -> list[Path]:
    found = dict.fromkeys(usual_places())
    for pattern in ("/dev/shm/webfoot-*", "/run/user/*/webfoot", f"{tempfile.gettempdir()}/webfoot-*"):  # noqa: S108
        found.update(dict.fromkeys(Path("/").glob(pattern.removeprefix("/"))))
    return [place for place in found if place.name.removeprefix("webfoot-").isdecimal() or place.name == "webfoot"]


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        with suppress(OSError):
            yield from sorted(each for each in place.iterdir() if each.suffix == SUFFIX)


def remove_old(directory: Path, most: int = MOST_OF_THE_DEAD) -> None:
    """Remove the files of the dead but for the latest ones."""
    dead = [flight for flight in flights(directory) if not flight.is_alive]
    for flight in dead[most:]:
        flight.path.unlink(missing_ok=True)
