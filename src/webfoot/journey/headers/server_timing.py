"""`server-timing`: where the time went until the response started, for a browser's network tab (W3C Server Timing).

The durations are own times, so they add up to `total`. What a layer does on the way out is not known by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from webfoot.asgi.types import ASGIApp
from webfoot.journey.headers.answers import Field, TellingLayer
from webfoot.journey.record import Record
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
    """Nanoseconds by (metric, description), in the order in which the request came by.

    In one pass over the marks as they came: the time until a mark belongs to whoever is the innermost then. This is
    asked while the client waits, so the tree of `journey.tree`, which says the same, would cost too much.
    """
    spent: dict[tuple[str, str], int] = {}
    steps: dict[tuple[str, str], int] = {}
    around = [_SERVER]
    before = None
    for at, station, facts in record.kept:
        passed = at - before if before is not None else 0
        before = at
        step = _STEPS.get(station)
        if step is not None:
            steps[step, ""] = steps.get((step, ""), 0) + passed
            continue
        if station == "dependency_entered" and (took := facts.get("took_ns")):
            who = f"dep-{_last_name(facts)}", ""
            spent[who] = spent.get(who, 0) + min(took, passed)
            passed -= min(took, passed)
        owner = around[-1]
        spent[owner] = spent.get(owner, 0) + passed
        opens = _OPENS.get(station)
        if opens is not None:
            around.append(opens(facts))
            spent.setdefault(around[-1], 0)
        elif station in _CLOSES and len(around) > 1:
            around.pop()
    return spent | steps


_SERVER: Final = ("server", "reading and queueing")
_FRAMEWORK: Final = ("framework", "")


def _middleware(facts: dict[str, Any]) -> tuple[str, str]:
    name = facts["name"]
    return _FRAMEWORK if name in SURROUNDINGS else (f"mw-{name}", "")


def _last_name(facts: dict[str, Any]) -> str:
    return str(facts.get("name")).rpartition("<locals>.")[2].removesuffix(".__call__")


_OPENS: Final[dict[StationName, Callable[[dict[str, Any]], tuple[str, str]]]] = {
    "app_entered": lambda facts: _FRAMEWORK,
    "middleware_entered": _middleware,
    "endpoint_called": lambda facts: ("endpoint", _last_name(facts)),
}
_CLOSES: Final[frozenset[StationName]] = frozenset(("middleware_left", "endpoint_returned"))


def _entry(name: tuple[str, str], ns: int) -> str:
    """`dep-pond;dur=1.25`: a token, milliseconds, and in quotes what else there is to say."""
    token, described = _written(name)
    return f"{token};dur={ns / 1e6:.3f}{described}"


@lru_cache(maxsize=1024)
def _written(name: tuple[str, str]) -> tuple[str, str]:
    metric, says = name
    token = _NO_TOKEN.sub("_", metric)[:_LONGEST_NAME]
    text = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in says)[:_LONGEST_NAME]
    return token, f';desc="{text}"' if text else ""
