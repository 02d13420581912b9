"""Near misses: the routes that almost matched, and in words what was wrong. Only asked for while somebody watches."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from webfoot.asgi.types import Scope
from webfoot.web.routing.convertors import CONVERTOR_TYPES
from webfoot.web.routing.entry import NONE, BaseRoute
from webfoot.web.routing.host_index import host_of
from webfoot.web.routing.path import PARAM, compile_path, get_route_path, path_matcher

_ARTICLES = {"int": "an int", "float": "a float", "uuid": "a UUID", "str": "a text"}
_OTHER_KIND = "it is for another kind of connection"
_KINDS = {"http": "it is for HTTP", "websocket": "it is for WebSockets"}
_ALIKE = 0.6
_MOST = 3
_LONGEST = 500
"""Characters of a path that somebody may have misspelt. The comparison costs more than the path is long."""


def nearest(routes: Iterable[BaseRoute], scope: Scope) -> list[dict[str, Any]]:
    """At most three routes whose templates come near the path, or whose hosts come near the host; nearest first.

    Each is `{"route": template, "methods": [...], "failed": reason}`.
    """
    path = get_route_path(scope)
    if len(path) > _LONGEST:
        return []
    ranked: list[tuple[float, int, str, BaseRoute, str]] = []
    for order, route in enumerate(routes):
        if isinstance(template := getattr(route, "path", None), str):
            distance, failed = _compare(template, path, is_mount=route.mounted() is not None)
            failed = failed or _KINDS.get(getattr(route, "protocol", ""), _OTHER_KIND)
        elif isinstance(template := getattr(route, "host", None), str):
            distance, failed = _compare_host(template, host_of(scope)[:_LONGEST])
            if any(below.matches(scope)[0] is not NONE for below in getattr(route, "routes", ())):
                distance, failed = 0, f"which has this path; {failed}"
        else:
            continue
        if distance < 1 - _ALIKE:
            ranked.append((distance, order, template, route, failed))
    ranked.sort(key=lambda entry: entry[:2])
    return [
        {"route": template, "methods": sorted(getattr(route, "methods", None) or ()), "failed": failed}
        for _, _, template, route, failed in ranked[:_MOST]
    ]


def _compare_host(template: str, host: str) -> tuple[float, str]:
    return 1 - _alike(PARAM.sub("*", template.lower()), host), f"the host is {host}" if host else "there is no host"


def _compare(template: str, path: str, *, is_mount: bool) -> tuple[float, str]:
    """How far the path is from the template (0 is near, 1 is far) and the first thing that is wrong with it."""
    wanted, given = template.split("/"), path.split("/")
    if is_mount:
        given = given[: len(wanted)]
    if len(wanted) != len(given):
        return 1 - _alike(PARAM.sub("*", template), path), f"it has {_count(wanted)}, the path has {_count(given)}"
    reasons: list[str] = []
    distance = 0.0
    for want, have in zip(wanted, given, strict=True):
        reason, step = _compare_segment(want, have)
        if reason:
            reasons.append(reason)
            distance += step
    return distance / max(1, len(wanted) - 1), "; ".join(reasons)


def _alike(one: str, other: str) -> float:
    """How alike they are, from 0 to 1; 0 for all that is too far to be told, which is known at less cost."""
    matcher = SequenceMatcher(None, one, other)
    if matcher.real_quick_ratio() <= _ALIKE or matcher.quick_ratio() <= _ALIKE:
        return 0
    return matcher.ratio()


def _compare_segment(want: str, have: str) -> tuple[str, float]:
    """What is wrong with one segment, in words, and how much that is: a wrong value is little, a wrong name more."""
    if want == have:
        return "", 0.0
    if not PARAM.search(want):
        case = ", upper and lower case count" if have.lower() == want.lower() else ""
        return f"segment '{have}' is not '{want}'{case}", 1 - SequenceMatcher(None, want, have).ratio()
    pattern, _, convertors = compile_path(want)
    if path_matcher(want, pattern, convertors)(have) is not None:
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
