"""The journeys that have ended, the oldest first; bounded in number and in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page.news import dumped
from webfoot.journey.page.summary import summary_of
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json

MOST = 500
MOST_BYTES = 32 * 1024 * 1024


class Entry:
    """One journey, as a record or, once that was written down, as the JSON of it.

    cursor: grows with each change of any. weight: bytes of memory, about.
    """

    __slots__ = ("_summary", "cursor", "data", "id", "record", "weight")

    def __init__(self, record: Record | None, id: str, cursor: int) -> None:
        self.record = record
        self.id = id
        self.cursor = cursor
        self.weight = 0
        self.data = b""
        self._summary: dict[str, Any] | None = None

    @classmethod
    def read(cls, summary: dict[str, Any], data: bytes) -> Entry:
        """One of before a restart. ValueError if there is no such thing in `summary`."""
        entry = cls(None, str(summary.get("id", "")), 0)
        if not entry.id or not data.startswith(b"{"):
            raise ValueError("this is no journey that was kept")
        entry._summary = {**summary, "earlier": True}
        entry.data = data
        entry.weight = len(data)
        return entry

    @property
    def summary(self) -> dict[str, Any]:
        if self._summary is None:
            assert self.record is not None
            made = summary_of(self.record)
            if not self.record.done:
                return {**made, "cursor": self.cursor}
            self._summary = made
        return {**self._summary, "cursor": self.cursor}

    def whole(self) -> bytes:
        """The journey as JSON, with the summary."""
        data = self.data or dumped(self._journey())
        return b'{"summary":%b,%b' % (dumped(self.summary), data[1:])

    def write_down(self) -> tuple[bytes, bytes]:
        """The summary and the journey as JSON; the record is not needed any longer."""
        summary = dumped(self.summary)
        if not self.data:
            self.data = dumped(self._journey())
            self.record = None
        return summary, self.data

    @property
    def memory(self) -> int:
        """Bytes of memory, about, as it is now."""
        return self.record.weight if isinstance(self.record, ThoroughRecord) else len(self.data)

    def _journey(self) -> dict[str, Any]:
        assert self.record is not None
        return as_json(self.record)


class Kept:
    """left_out: how many had to go."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self.most = most
        self.left_out = 0
        self.weight = 0
        self._most_bytes = most_bytes
        self._entries: OrderedDict[str, Entry] = (
            OrderedDict()
        )  # a dict is slow at giving its first one, again and again

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, id: str) -> Entry | None:
        return self._entries.get(id)

    def add(self, entry: Entry) -> list[str]:
        """The ids of those that had to go for it."""
        self._entries[entry.id] = entry
        self.weight += entry.weight
        return self._bounded()

    def add_earlier(self, entries: list[Entry]) -> None:
        """Those of before the first one here."""
        there = {entry.id: entry for entry in entries if entry.id not in self._entries}
        self._entries = OrderedDict({**there, **self._entries})
        self.weight += sum(entry.weight for entry in there.values())
        self._bounded()

    def weigh(self, entry: Entry, weight: int) -> list[str]:
        """An entry that is kept has become lighter or heavier. The ids of those that had to go for it."""
        self.weight += weight - entry.weight
        entry.weight = weight
        return self._bounded()

    def clear(self) -> None:
        self._entries.clear()
        self.weight = self.left_out = 0

    def _bounded(self) -> list[str]:
        gone: list[str] = []
        entries = self._entries
        while len(entries) > self.most or (self.weight > self._most_bytes and len(entries) > 1):
            id, entry = entries.popitem(last=False)
            self.weight -= entry.weight
            self.left_out += 1
            gone.append(id)
        return gone
