"""Near misses: the routes that almost matched, and in words what was wrong. Only asked for while somebody watches."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from webfoot.asgi.types import Scope
from webfoot.web.routing.convertors import CONVERTOR_TYPES
from webfoot.web.routing.path import PARAM, compile_path, get_route_path
from webfoot.web.routing.route import BaseRoute

_ARTICLES = {"int": "an int", "float": "a float", "uuid": "a UUID", "str": "a text"}
_ALIKE = 0.6
_MOST = 3


def nearest(routes: Iterable[BaseRoute], scope: Scope) -> list[dict[str, Any]]:
    """At most three routes whose templates come near the path, nearest first.

    Each is `{"route": template, "methods": [...], "failed": reason}`.
    """
    path = get_route_path(scope)
    ranked: list[tuple[float, int, BaseRoute, str]] = []
    for order, route in enumerate(routes):
        template = getattr(route, "path", None)
        if not isinstance(template, str):
            continue
        distance, failed = _compare(template, path, is_mount=route.mounted() is not None)
        if distance < 1 - _ALIKE:
            ranked.append((distance, order, route, failed))
    ranked.sort(key=lambda entry: entry[:2])
    return [
        {"route": route.path, "methods": sorted(getattr(route, "methods", None) or ()), "failed": failed}  # type: ignore[attr-defined]
        for _, _, route, failed in ranked[:_MOST]
    ]


def _compare(template: str, path: str, *, is_mount: bool) -> tuple[float, str]:
    """How far the path is from the template (0 is near, 1 is far) and the first thing that is wrong with it."""
    wanted, given = template.split("/"), path.split("/")
    if is_mount:
        given = given[: len(wanted)]
    if len(wanted) != len(given):
        alike = SequenceMatcher(None, PARAM.sub("*", template), path).ratio()
        return 1 - alike, f"it has {_count(wanted)}, the path has {_count(given)}"
    reasons: list[str] = []
    distance = 0.0
    for want, have in zip(wanted, given, strict=True):
        reason, step = _compare_segment(want, have)
        if reason:
            reasons.append(reason)
            distance += step
    return distance / max(1, len(wanted) - 1), "; ".join(reasons) or "it is for another kind of connection"


def _compare_segment(want: str, have: str) -> tuple[str, float]:
    """What is wrong with one segment, in words, and how much that is: a wrong value is little, a wrong name more."""
    if want == have:
        return "", 0.0
    if not PARAM.search(want):
        return f"segment '{have}' is not '{want}'", 1 - SequenceMatcher(None, want, have).ratio()
    pattern, _, _ = compile_path(want)
    if pattern.match(have) is not None:
        return "", 0.0
    kind = PARAM.fullmatch(want)
    if kind is None or (kind[2] or "str") not in CONVERTOR_TYPES:
        return f"segment '{have}' does not fit '{want}'", 0.1
    if not have:
        return f"the segment for '{want}' is empty", 0.1
    name = kind[2] or "str"
    return f"segment '{have}' is not {_ARTICLES.get(name, 'a ' + name)}", 0.1


def _count(segments: list[str]) -> str:
    count = len(segments) - 1
    return f"{count} segment{'s' if count != 1 else ''}"
