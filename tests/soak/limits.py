"""How much memory may move, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.soak.watching import MIB, Watched

if TYPE_CHECKING:
    from tests.soak.watched import Soaked

PEAK = 8 * MIB
"""Above what was held before, while one connection carries any number of bytes. It may hold `buffer_response` and
`buffer_request_body` (64 KiB each), a part on each side of them, and one read of the loop (256 KiB); the allocator
keeps some of each. 2.5 MiB is the most that was seen; a server that does not wait holds all that was sent."""

GROWTH = 2 * MIB
"""From the first half of a flow to the second: nothing is kept, so nothing but the allocator's moods may show."""

LEAK = 4 * MIB
"""After a mixture of requests, above what was held after the same mixture before. In a full run, 200,000 requests,
that is 21 bytes for each: less than the smallest object."""


def verdict(watched: Watched) -> str:
    """Empty if memory stayed within its bounds, else what it did."""
    if watched.peak > PEAK:
        return f"memory rose by {watched.peak / MIB:.1f} MiB"
    if watched.growth > GROWTH:
        return f"memory grew by {watched.growth / MIB:.1f} MiB from the first half to the second"
    return ""


GROWN: Final = 6 * MIB
"""From a tenth of the requests to the last one, whoever watches: each ring was filled many times by then. Of a million
requests that is seven bytes for each: less than one reference to anything."""

PAGE: Final = 48 * MIB
"""What the page may add to a worker that nobody watches: 32 MiB of journeys (docs/page.md), and its code and that of
`webfoot dev`."""

RECORDER: Final = 8 * MIB
"""What the recorder may add beside its file (docs/recorder.md): its code, and the requests under way. `webfoot dev`
without the page has a line, a sentence and a clock for each request, too."""

FILES: Final = 72 * MIB
"""The journeys that outlast a restart, of which the file is made anew at 64 MiB, and the recorder's file of each
worker."""


def watched_verdict(soaked: Soaked, unwatched: Soaked | None) -> str:
    """Empty if it stayed within its bounds, else what it did. unwatched: the same application when nobody watched."""
    last, rest = soaked.helds[-1], soaked.at_rest
    assert rest is not None
    if not last.workers.keys() >= soaked.helds[1].workers.keys():
        return "a worker has ended"
    if soaked.grown > GROWN:
        return f"a worker grew by {soaked.grown / MIB:.1f} MiB"
    if last.supervisor - soaked.helds[0].supervisor > GROWN:
        return f"the supervisor grew by {(last.supervisor - soaked.helds[0].supervisor) / MIB:.1f} MiB"
    if max(last.files, rest.files) > FILES:
        return f"{max(last.files, rest.files) / MIB:.1f} MiB of files"
    if unwatched is None or unwatched.at_rest is None:
        return ""
    more = rest.largest - unwatched.at_rest.largest
    if more > (PAGE if soaked.way.has_page else RECORDER):
        return f"it holds {more / MIB:.1f} MiB more than when nobody watches"
    return ""
