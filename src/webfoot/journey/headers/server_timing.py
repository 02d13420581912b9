"""`server-timing`: where the time went until the response started, for a browser's network tab (W3C Server Timing).

The durations are own times, so they add up to `total`. What a layer does on the way out is not known by then.
"""

from __future__ import annotations

import re
from typing import Final

from webfoot.asgi.types import ASGIApp
from webfoot.journey.headers.answers import Field, TellingLayer
from webfoot.journey.record import Record
from webfoot.journey.tree import Span, tree_of
from webfoot.journey.why.answers import SURROUNDINGS
from webfoot.trail import StationName

MOST: Final = 20
"""Entries of a field; those that took least are told as one."""

_LONGEST_NAME: Final = 40
_NO_TOKEN: Final = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Work that has no span of its own: it lies between its mark and the one before.
_STEPS: Final[dict[StationName, str]] = {
    "body_read": "body",
    "values_collected": "validation",
    "values_validated": "validation",
    "reply_validated": "serialization",
}


class ServerTiming:
    """A listener of `journey.watching`."""

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return TellingLayer(app, fields_of)

    def done(self, record: Record) -> None:
        """All was said when the answer began."""


def fields_of(record: Record, status: int) -> list[Field]:
    spent = own_times(record)
    if not spent:
        return []
    total = sum(spent.values())
    most = sorted(spent, key=lambda each: -spent[each])[:MOST]
    told = [_entry(name, spent[name]) for name in spent if name in most]
    rest = total - sum(spent[name] for name in most)
    if rest:
        told.append(_entry(("others", ""), rest))
    return [(b"server-timing", ", ".join([*told, _entry(("total", ""), total)]).encode("ascii"))]


def own_times(record: Record) -> dict[tuple[str, str], int]:
    """Nanoseconds by (metric, description), in the order in which the request came by."""
    root = tree_of(record)
    if root is None:
        return {}
    spent: dict[tuple[str, str], int] = {}
    for _, span in root.walk():
        who = _who(span)
        spent[who] = spent.get(who, 0) + span.self_ns
    for step, ns in _steps(record).items():
        spent[step] = ns
        spent[_FRAMEWORK] = max(0, spent.get(_FRAMEWORK, 0) - ns)
    return spent


_FRAMEWORK: Final = ("framework", "")


def _who(span: Span) -> tuple[str, str]:
    match span.kind:
        case "request":
            return "server", "reading and queueing"
        case "middleware" if span.name not in SURROUNDINGS:
            return f"mw-{span.name}", ""
        case "dependency":
            return f"dep-{_last_name(span)}", ""
        case "endpoint":
            return "endpoint", _last_name(span)
        case "clean-up":
            return "cleanup", ""
        case _:
            return _FRAMEWORK


def _last_name(span: Span) -> str:
    return span.name.rpartition("<locals>.")[2].removesuffix(".__call__")


def _steps(record: Record) -> dict[tuple[str, str], int]:
    spent: dict[tuple[str, str], int] = {}
    before = None
    for mark in record.marks:
        step = _STEPS.get(mark.station)
        if step is not None and before is not None:
            spent[step, ""] = spent.get((step, ""), 0) + mark.at - before
        before = mark.at
    return spent


def _entry(name: tuple[str, str], ns: int) -> str:
    """`dep-pond;dur=1.25`: a token, milliseconds, and in quotes what else there is to say."""
    metric, says = name
    token = _NO_TOKEN.sub("_", metric)[:_LONGEST_NAME]
    text = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in says)[:_LONGEST_NAME]
    return f"{token};dur={ns / 1e6:.3f}" + (f';desc="{text}"' if text else "")
