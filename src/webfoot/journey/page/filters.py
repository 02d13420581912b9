"""Which journeys of the list are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Filter:
    """What a query says; each of it must fit. `path`: a part of the target. `status`: `404`, `4xx`, `none`, or several
    with commas. `worker`: a pid. `slow`, `failed`, `running`: `1`."""

    def __init__(self, query: Mapping[str, Sequence[str]]) -> None:
        said = {name: values[-1] for name, values in query.items()}
        self._path = said.get("path", "").lower()
        self._method = said.get("method", "").upper()
        self._kind = said.get("kind", "")
        self._worker = said.get("worker", "")
        self._statuses = frozenset(filter(None, said.get("status", "").lower().split(",")))
        self._flags = [name for name in ("slow", "failed") if said.get(name) == "1"]
        self._is_running = said.get("running") == "1"
        limit = said.get("limit", "")
        self.limit = int(limit) if limit.isdecimal() and len(limit) < 10 else 0

    def fits(self, summary: Mapping[str, Any]) -> bool:
        return (
            self._path in (summary["target"] or "").lower()
            and self._method in ("", summary["method"])
            and self._kind in ("", summary["kind"])
            and self._worker in ("", str(summary["worker"]))
            and (not self._statuses or self._has_status(summary["status"]))
            and all(summary[flag] for flag in self._flags)
            and (not self._is_running or summary["state"] == "running")
        )

    def _has_status(self, status: int | None) -> bool:
        if status is None:
            return "none" in self._statuses
        return not self._statuses.isdisjoint((str(status), f"{status // 100}xx"))
