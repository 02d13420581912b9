"""The cyclic garbage collector of a process that does nothing else than serve."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keep it from walking through what was there at the start: modules, models, routes.

    They live as long as the process. An application of a thousand routes has a million objects of this kind, and each
    full collection, of which there is one every few thousand requests, stands still for 0.3 s to look at them all.
    """
    already = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        if not already:  # the program may go on
            gc.unfreeze()
