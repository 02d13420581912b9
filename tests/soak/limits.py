"""How much memory may move, and why."""

from __future__ import annotations

from tests.soak.watching import MIB, Watched

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
