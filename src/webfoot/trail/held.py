"""A stretch in which the event loop was held: nobody was answered but whoever held it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Hold:
    """Told to the trails of all that were under way, by a thread, while the loop is still held; `ns` grows until then.

    began: `perf_counter_ns`, a little late rather than early. ns: nanoseconds so far.
    by: the id of the journey that held the loop, None where it has none or it was no request. who: in words, such as
    "GET /ducks" or "the task warm-up". place: the innermost line of the user. stack: the outermost line first.
    """

    began: int
    ns: int
    by: str | None
    who: str
    place: str
    stack: tuple[str, ...]
