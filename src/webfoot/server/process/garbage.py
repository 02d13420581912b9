"""The cyclic garbage collector of a process that does nothing else than serve."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

_OF_PYTHON: Final = 1000
"""No more objects than these are frozen by Python 3.12 itself as it starts; a program that freezes has thousands."""

_USUAL: Final = gc.get_threshold()  # unless somebody has set them by then, who knows why
_RARE: Final = (10_000, 20, 50)


@contextlib.contextmanager
def uncollected(*, collects: bool = True) -> Iterator[None]:
    """Keep it from walking through what was there at the start: modules, models, routes.

    They live as long as the process. An application of a thousand routes has a million objects of this kind, and each
    full collection, of which there is one every few thousand requests, stands still for 0.3 s to look at them all.

    collects: what is garbage already is collected before, which takes as long. Without that the process is one for
    development, which keeps the journeys of its last requests: among so many objects that live on, it is enough to
    look for garbage less often.
    """
    already = gc.get_freeze_count() > _OF_PYTHON
    if collects:
        gc.collect()
    elif gc.get_threshold() == _USUAL:
        gc.set_threshold(*_RARE)
    gc.freeze()
    try:
        yield
    finally:
        if gc.get_threshold() == _RARE:
            gc.set_threshold(*_USUAL)
        if not already:  # the program may go on
            gc.unfreeze()
