"""Adding to a part of the document what somebody wrote by hand."""

from __future__ import annotations

from typing import Any


def merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    """Add `more` to `into`, in place: dicts are merged at every depth, lists joined, everything else replaced.

    `more` stays as it is and shares no dict with `into` afterwards.
    """
    for key, value in more.items():
        present = into.get(key)
        if isinstance(value, dict):
            if not isinstance(present, dict):
                present = into[key] = {}
            merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            into[key] = [*present, *value]
        else:
            into[key] = value
