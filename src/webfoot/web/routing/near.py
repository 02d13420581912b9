"""Near misses: the routes that almost matched, and in words what was wrong. Only asked for while somebody watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, NamedTuple

from webfoot.asgi.types import Scope
from webfoot.web.routing.convertors import CONVERTOR_TYPES
from webfoot.web.routing.entry import FULL, NONE, BaseRoute
from webfoot.web.routing.host_index import host_of
from webfoot.web.routing.index import Candidate
from webfoot.web.routing.path import PARAM, compile_path, get_route_path, path_matcher
from webfoot.web.routing.path_route import PathRoute

_ARTICLES = {"int": "an int", "float": "a float", "uuid": "a UUID", "str": "a text"}
_BEHIND = "it stands behind the one that was found"
_OTHER_KIND = "it is for another kind of connection"
_ALIKE = 0.6
_STRANGE = 0.6
"""How far one name may be from another, to be a slip of the pen."""
_MOST = 3
_SLIP = 0.02
"""How far a path is that was put together wrongly: nearer than any slip of the pen."""
_LONGEST = 500
"""Characters of a path that somebody may have misspelt. The comparison costs more than the path is long."""


class _Near(NamedTuple):
    """A route that came near. kind: the kind of connection that it is for, where that is all that is wrong."""

    distance: float
    order: int
    template: str
    methods: Iterable[str]
    failed: str
    kind: str


def nearest(routes: Iterable[BaseRoute], scope: Scope) -> list[dict[str, Any]]:
    """At most three templates that come near the path, or whose hosts come near the host; nearest first.

    Each is `{"route": template, "methods": [...], "failed": reason}`, with the methods of all routes of this template.
    A route for the other kind of connection is near only with exactly this path, and has `"kind": "http"` or
    `"websocket"`, too.
    """
    path = get_route_path(scope)
    if len(path) > _LONGEST:
        return []
    compared = (_compared(order, route, path, scope) for order, route in enumerate(routes))
    ranked = sorted(found for found in compared if found is not None)
    if ranked and ranked[0].distance == _SLIP:  # that is what was meant
        ranked = [found for found in ranked if found.distance == _SLIP]
    told: dict[tuple[str, str, str], set[str]] = {}
    for each in ranked:
        told.setdefault((each.template, each.failed, each.kind), set()).update(each.methods)
    return [
        {"route": template, "methods": sorted(methods), "failed": failed, **({"kind": kind} if kind else {})}
        for (template, failed, kind), methods in islice(told.items(), _MOST)
    ]


def shadowed(found: BaseRoute, candidates: Sequence[Candidate], scope: Scope) -> list[dict[str, Any]]:
    """A route that has exactly this path and stands behind the one that was found, which takes it for a value.

    At most one, as `nearest` tells it.
    """
    is_behind = False
    for _, route, texts in candidates:
        if is_behind and texts == () and isinstance(route, PathRoute) and route.matches(scope)[0] is FULL:
            methods = getattr(route, "methods", None) or ()
            return [{"route": route.path, "methods": sorted(methods), "failed": _BEHIND}]
        is_behind = is_behind or (route is found and texts != ())
    return []


def _compared(order: int, route: BaseRoute, path: str, scope: Scope) -> _Near | None:
    """None for a route that is too far away."""
    kind = ""
    if isinstance(template := getattr(route, "path", None), str):
        distance, failed = _compare(template, path, is_mount=route.mounted() is not None)
        protocol = getattr(route, "protocol", "")
        if not failed:
            kind = protocol
            failed = _OTHER_KIND
        elif protocol not in ("", scope["type"]):
            return None
    elif isinstance(template := getattr(route, "host", None), str):
        distance, failed = _compare_host(template, host_of(scope)[:_LONGEST])
        if any(below.matches(scope)[0] is not NONE for below in getattr(route, "routes", ())):
            distance, failed = 0, f"which has this path; {failed}"
    else:
        return None
    if distance >= 1 - _ALIKE:
        return None
    return _Near(distance, order, template, getattr(route, "methods", None) or (), failed, kind)


def _compare_host(template: str, host: str) -> tuple[float, str]:
    return 1 - _alike(PARAM.sub("*", template.lower()), host), f"the host is {host}" if host else "there is no host"


def _compare(template: str, path: str, *, is_mount: bool) -> tuple[float, str]:
    """How far the path is from the template (0 is near, 1 is far) and the first thing that is wrong with it."""
    wanted, given = template.split("/"), path.split("/")
    if is_mount:
        given = given[: len(wanted)]
    if not is_mount and (slip := _slip(wanted, given)):
        return _SLIP, slip
    if len(wanted) != len(given):
        alike = _alike(PARAM.sub("*", template), path)
        if alike == 0 or not _share_names(wanted, given):
            return 1.0, ""
        return 1 - alike, f"it has {_count(wanted)}, the path has {_count(given)}"
    reasons: list[str] = []
    distance = 0.0
    for want, have in zip(wanted, given, strict=True):
        reason, step = _compare_segment(want, have)
        if step > _STRANGE:
            return 1.0, ""
        if reason:
            reasons.append(reason)
            distance += step
    return distance / max(1, len(wanted) - 1), "; ".join(reasons)


def _slip(wanted: list[str], given: list[str]) -> str:
    """A slash too many, or a prefix that is missing or stands there twice, where all else fits; "" for none of these.

    wanted, given: segments, of which the first is empty.
    """
    names = ["", *filter(None, given[:-1]), given[-1]]
    for want, have in zip(reversed(wanted), reversed(names), strict=False):
        if "{" not in want:  # of nearly all routes this is where it ends
            if want != have:
                return ""
            break
    if len(names) < len(given) and _fits([*filter(None, wanted)], [*filter(None, given)]):
        return "the path has two slashes in a row"
    fewer, more = sorted((wanted, given), key=len)
    prefix = more[1 : 1 + len(more) - len(fewer)]
    tails = wanted[len(wanted) - len(fewer) + 1 :], given[len(given) - len(fewer) + 1 :]
    if not prefix or any(map(PARAM.search, prefix)) or not _fits(*tails):
        return ""
    said = f"/{'/'.join(prefix)}"
    return f"it begins with {said}, the path does not" if more is wanted else f"the path has {said} before it"


def _fits(wanted: list[str], given: list[str]) -> bool:
    """Segment by segment; and at least one of them is a name, for a parameter takes nearly everything."""
    names = [(want, have) for want, have in zip(wanted, given, strict=False) if want and "{" not in want]
    if len(wanted) != len(given) or not names or any(want != have for want, have in names):
        return False
    return not any(_compare_segment(want, have)[0] for want, have in zip(wanted, given, strict=True))


def _share_names(wanted: list[str], given: list[str]) -> bool:
    """Whether at least half of the template's names are there, or begin alike, counted from either end."""
    names = sum(1 for segment in wanted if segment and "{" not in segment)
    ways = zip(wanted[1:], given[1:], strict=False), zip(wanted[:0:-1], given[:0:-1], strict=False)
    return names <= 2 * max(sum(1 for want, have in way if want and want[:3] == have[:3]) for way in ways)


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
