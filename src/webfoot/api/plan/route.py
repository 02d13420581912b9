"""Lay out everything a route needs: the dependencies in the order in which they run, the body, the reply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import replace
from typing import Any

from webfoot.api.errors import PlanError
from webfoot.api.fields import Field
from webfoot.api.options import RouteOptions
from webfoot.api.params import Body, Depends
from webfoot.api.plan.direct import direct_model
from webfoot.api.plan.layout import Layout, Overrides
from webfoot.api.plan.plans import BodyPlan, CallPlan, RoutePlan, SocketPlan
from webfoot.api.plan.reply import plan_reply

REFUSES_SYNC_SOCKETS = True
"""Else what an endpoint gives is awaited, as packages want that have functions which make coroutines."""


def plan_route(
    endpoint: Callable[..., Any], path_names: frozenset[str], options: RouteOptions, overrides: Overrides | None = None
) -> RoutePlan:
    """Plan `endpoint` for a path with these names, with each callable in `overrides` replaced by its stand-in.

    `options["dependencies"]` run before those of the signature. Raises PlanError, naming function, file and line.
    """
    layout = Layout(path_names, overrides or {})
    layout.first(options.get("dependencies") or (), endpoint)
    last = layout.endpoint(endpoint)
    steps = tuple(layout.steps)
    return RoutePlan(
        steps=steps,
        telling=(*layout.telling, len(steps)),
        endpoint=last,
        kept=tuple(layout.kept.values()),
        body=_plan_body([*(step.plan for step in steps), last.plan], options),
        reply=plan_reply(endpoint, options),
    )


def plan_socket(
    endpoint: Callable[..., Any],
    path_names: frozenset[str],
    dependencies: Sequence[Depends],
    overrides: Overrides | None = None,
) -> SocketPlan:
    """As `plan_route`, for an endpoint that serves WebSockets."""
    layout = Layout(path_names, overrides or {}, "websocket")
    layout.first(dependencies, endpoint)
    last = layout.endpoint(endpoint)
    if last.plan.kind != "async":
        if REFUSES_SYNC_SOCKETS:
            raise PlanError(f"{last.plan.origin}: serves a WebSocket, so it has to be an async function")
        last = replace(last, plan=replace(last.plan, kind="async"))
    steps = tuple(layout.steps)
    kept = tuple(layout.kept.values())
    return SocketPlan(steps=steps, telling=(*layout.telling, len(steps)), endpoint=last, kept=kept)


def _plan_body(plans: Sequence[CallPlan], options: RouteOptions) -> BodyPlan | None:
    fields: dict[str, Field] = {}
    for plan in plans:
        for field in plan.sources.body:
            fields.setdefault(field.name, field)
    if not fields:
        return None
    if len(fields) == 1:  # of one name that is the whole body the endpoint's has the word
        fields |= {field.name: field for field in plans[-1].sources.body}
    places = {field.place for field in fields.values()}
    first = next(iter(fields.values()))
    assert isinstance(first.info, Body)
    is_form = bool(places & {"form", "file"})
    embed = len(fields) > 1 or bool(first.info.embed) or (is_form and not first.spread)
    model = None if embed else direct_model(plans)
    return BodyPlan(
        kind="form" if is_form else "json",
        media_type=_media_type(fields.values()),
        fields=tuple(fields.values()),
        embed=embed,
        required=any(field.required for field in fields.values()),
        strict=options.get("strict_content_type", True),
        limits=options.get("form_limits") or {},
        contents=frozenset(
            name for plan in plans for field in plan.sources.body if field.content for name in field.aliases
        ),
        direct=None if model is None else model.__pydantic_validator__,
    )


def _media_type(fields: Collection[Field]) -> str:
    """The one that all of them name, else that of the first one's kind. Beside a form the others do not count."""
    forms = [field for field in fields if field.place != "body"]
    if any(field.place == "file" for field in forms):
        return "multipart/form-data"
    markers = [field.info for field in forms or fields if isinstance(field.info, Body)]
    named = {marker.media_type for marker in markers}
    return named.pop() if len(named) == 1 else markers[0].default_media_type


def refuse_unreachable(calls: Sequence[CallPlan], path: str, path_names: Container[str]) -> None:
    """PlanError for a path that no request has, and for a parameter that comes from a part that the path has not.

    calls: those of one route, the endpoint last.
    """
    if not path.startswith("/"):
        raise PlanError(f"{calls[-1].origin}: its path {path!r} has to begin with '/'")
    for call in calls:
        for field in call.fields:
            if field.place == "path" and field.alias not in path_names:
                raise PlanError(
                    f"{call.origin}: parameter {field.name!r} comes from the path, but {path!r} has no part "
                    f"{{{field.alias}}}"
                )
