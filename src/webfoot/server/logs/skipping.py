"""Which requests get no line: health checks that went well, and all but a share of the others, if that is asked; and
those of our own page, however they end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from urllib.parse import unquote_to_bytes

from webfoot.server.logs.entry import Entry


class Skipping:
    """paths: exact, or with `*`; what they answer with 400 or more is logged all the same. statuses: `304`, `2xx`.
    sample: the share of the others that is logged, where the answer is below 400. page: what is never logged, it or
    below it; "" for nothing."""

    def __init__(self, skipped: Sequence[str], sample: float, page: str = "") -> None:
        self._page = page.encode()
        paths = [each for each in skipped if each.startswith("/")]
        self._paths = frozenset(each.encode() for each in paths if "*" not in each)
        patterns = "|".join(translate(each) for each in paths if "*" in each)
        self._pattern = re.compile(patterns.encode()) if patterns else None
        self._statuses = frozenset(each for each in skipped if not each.startswith("/"))
        self._sample = sample
        self._due = 1.0 - sample if sample else 0.0  # the first one is logged

    def leaves_out(self, entry: Entry) -> bool:
        if self._page and self._is_of_page(entry.head.path):
            return True
        status = entry.status
        if self._statuses and not self._statuses.isdisjoint((str(status), f"{status // 100}xx")):
            return True
        if status >= 400:
            return False
        path = entry.head.target.partition(b"?")[0]
        if path in self._paths or (self._pattern is not None and self._pattern.match(path) is not None):
            return True
        return self._sample < 1.0 and not entry.event and not self._is_due()

    def _is_of_page(self, path: bytes) -> bool:
        if 0x25 in path:  # "%"
            path = unquote_to_bytes(path)
        return path.startswith(self._page) and path[len(self._page) :][:1] in (b"", b"/", b"?")

    def _is_due(self) -> bool:
        self._due += self._sample
        if self._due < 1.0 - 1e-9:
            return False
        self._due -= 1.0
        return True


def skipping_of(skipped: Sequence[str], sample: float, page: str = "") -> Skipping | None:
    return Skipping(skipped, sample, page) if skipped or sample < 1.0 or page else None
