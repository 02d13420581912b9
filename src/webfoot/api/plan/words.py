"""A plan in words: what a route takes from a request, what it runs, and how the result is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, get_args

from annotated_types import GroupedMetadata
from pydantic_core import PydanticUndefined

from webfoot.api.fields import Field
from webfoot.api.plan.plans import CallPlan, Kind, RoutePlan, SocketPlan, Special, Step
from webfoot.api.plan.shapes import bare
from webfoot.web.callables import shown_place

_RUNS: Final[dict[Kind, str]] = {
    "async": "event loop",
    "sync": "thread",
    "inline": "event loop, at once",
    "async generator": "event loop, around yield",
    "generator": "thread, around yield",
}
_GIVEN: Final[dict[Special, str]] = {
    "request": "the Request",
    "websocket": "the WebSocket",
    "connection": "the HTTPConnection",
    "response": "the Response, to set headers and the status",
    "background": "the BackgroundTasks",
    "scopes": "the SecurityScopes",
    "application": "the application",
}
_STREAMS: Final = {
    "lines": "a line of JSON for each item",
    "events": "a server-sent event for each item",
    "chunks": "each chunk as it comes",
}


def in_words(plan: RoutePlan | SocketPlan) -> str:
    """Some paragraphs of lines in columns, each below its heading: values, order, reply, clean-up. What is made once
    for the application comes before the order."""
    sections = {
        "Values": _table(_values(plan)),
        "Made at start-up": _table(_made_at_start(plan)),
        "Order": _table(_order(plan)),
        "Reply": _reply(plan) if isinstance(plan, RoutePlan) else [],
        "Clean-up": _clean_up(plan),
    }
    return "\n\n".join(
        "\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in sections.items() if lines
    )


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _values(plan: RoutePlan | SocketPlan) -> Iterator[tuple[str, ...]]:
    for call in plan.calls:
        for field in call.fields:
            name = "all of them" if field.spread else ", ".join(field.aliases)
            yield _place(field, plan), name, _asked_of(field), f"for {call.origin.name}"
        for parameter, special in call.specials:
            yield "given", parameter, _GIVEN[special], f"for {call.origin.name}"


def _place(field: Field, plan: RoutePlan | SocketPlan) -> str:
    body = plan.body
    if field.place != "body" or body is None:
        return field.place
    return "in the body" if body.embed else "body"


def _asked_of(field: Field) -> str:
    """`int, ge=1` or `str = 'mallard'`."""
    limits = [_limit(each) for each in (*field.info.metadata, *_limits_of(field.annotation))]
    asked = ", ".join(dict.fromkeys([type_in_words(field.annotation), *filter(None, limits)]))
    if field.required:
        return asked
    factory = field.info.default_factory
    default = f"{_name_of(factory)}()" if factory is not None else repr(field.info.default)
    return asked if default == repr(PydanticUndefined) else f"{asked} = {default}"


def _limits_of(annotation: Any) -> Iterator[Any]:
    for each in getattr(annotation, "__metadata__", ()):
        yield from each if isinstance(each, GroupedMetadata) else getattr(each, "metadata", [each])


def _limit(limit: Any) -> str:
    """`ge=1` for `annotated_types.Ge(1)`, and as it is written for what is not of that kind."""
    written = vars(limit) if hasattr(limit, "__dict__") else {name: getattr(limit, name) for name in _slots(limit)}
    return ", ".join(f"{name}={value!r}" for name, value in written.items() if value is not None)


def _slots(limit: Any) -> tuple[str, ...]:
    slots = getattr(type(limit), "__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def type_in_words(annotation: Any) -> str:
    """A type as its user wrote it, by the names of its classes: `Duck | None`, `list[int]`."""
    annotation = bare(annotation)
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__qualname__
    return inspect.formatannotation(annotation)


def _order(plan: RoutePlan | SocketPlan) -> Iterator[tuple[str, ...]]:
    steps = (*plan.steps, plan.endpoint)
    for number, step in enumerate(steps, start=1):
        yield (
            f"{number}.",
            step.plan.origin.name,
            _RUNS[step.plan.kind],
            _notes(step, number - 1, plan),
            _where(step.plan),
        )


def _made_at_start(plan: RoutePlan | SocketPlan) -> Iterator[tuple[str, ...]]:
    for step in plan.kept:
        yield step.plan.origin.name, _RUNS[step.plan.kind], _where(step.plan)


def _notes(step: Step, number: int, plan: RoutePlan | SocketPlan) -> str:
    notes = []
    if step.arguments:
        notes.append("takes " + ", ".join(f"{parameter} from {of + 1}." for parameter, of in step.arguments))
    if step.limit is not None:
        notes.append(f"{step.limit.at_most} at a time")
    if step.kept:
        notes.append("has " + ", ".join(f"{parameter} from start-up" for parameter, _ in step.kept))
    wanted = plan.telling.count(number)
    if wanted > 1:
        notes.append(f"runs once for {wanted} who ask")
    if step.scopes:
        notes.append(f"scopes {' '.join(step.scopes)}")
    return "; ".join(notes)


def _where(call: CallPlan) -> str:
    return shown_place(call.origin.file, call.origin.line)


def _reply(plan: RoutePlan) -> list[str]:
    reply = plan.reply
    status = reply.status_code or 200
    options = "".join(f", {name}={value!r}" for name, value in reply.options.items())
    if reply.model is None:
        content = "whatever is returned, not checked"
    else:
        content = f"{type_in_words(reply.model)}, checked{options}"
    way = "written to JSON bytes by pydantic" if reply.direct else f"in {reply.response_class.__qualname__}"
    if reply.stream is not None:
        way = _STREAMS[reply.stream]
    return [f"{status}: {content}; {way}"]


_ENDS: Final = {
    "function": "before the response is sent",
    "request": "after the response was sent",
}


def _clean_up(plan: RoutePlan | SocketPlan) -> list[str]:
    """The generators in the order in which they are left: the last entered first."""
    lines = []
    for leaves, when in _ENDS.items():
        names = [step.plan.origin.name for step in reversed(plan.steps) if step.leaves == leaves]
        if names:
            lines.append(f"{when}: {', '.join(names)}")
    return lines


def _name_of(factory: Callable[..., Any]) -> str:
    return getattr(factory, "__qualname__", repr(factory))
