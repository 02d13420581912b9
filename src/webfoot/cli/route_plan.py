"""`webfoot routes module:app --plan 'POST /items/{id}'`: what one path operation does with a request."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click

from webfoot.cli.route_tables import Placed, name_and_place
from webfoot.web.routing import compile_path


def plan_of(routes: Iterable[Placed], asked: str) -> str:
    """The operation that `asked` names by its method and its path, as it is declared or as a client sends it.

    UsageError when there is none, or when its route has no plan.
    """
    method, _, path = asked.strip().rpartition(" ")
    method, path = method.strip().upper(), path.partition("?")[0]
    known = list(routes)
    declared = [placed for placed in known if placed.path == path and _serves(placed, method)]
    sent = [placed for placed in known if _serves(placed, method) and _takes(placed.path, path)]
    for placed in declared or sent:
        return _told(placed)
    near = [_title(placed) for placed in known if path == placed.path or _takes(placed.path, path)]
    near = near or get_close_matches(f"{method} {path}".strip(), map(_title, known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise click.UsageError(f"--plan: no route answers {asked.strip()!r}{hint}")


def _serves(placed: Placed, method: str) -> bool:
    return not method or placed.methods == "*" or method in placed.methods.split(",")


def _takes(template: str, path: str) -> bool:
    """Whether a request for `path` comes to the route with this whole template; names may repeat below a mount."""
    try:
        return compile_path(template)[0].match(path) is not None
    except (ValueError, AssertionError):
        return False


def _title(placed: Placed) -> str:
    return f"{placed.methods} {placed.path}"


def _told(placed: Placed) -> str:
    plan = getattr(placed.route, "plan", None) or getattr(placed.route, "socket_plan", None)
    title = _title(placed)
    name, place = name_and_place(placed.handler)
    if plan is None:
        raise click.UsageError(f"--plan: {title} is no path operation: {name} gets the request")
    from webfoot.api.plan.words import in_words

    return f"{title}   {name} ({place})\n\n{in_words(plan)}"
