"""An endpoint that yields: how it is answered, and the type of what it yields."""

from __future__ import annotations

import collections.abc
from typing import Any, Final, get_args, get_origin

from webfoot.api.errors import PlanError
from webfoot.api.options import UNSET, RouteOptions
from webfoot.api.plan.plans import Kind, Origin, StreamKind
from webfoot.api.plan.shapes import bare, is_a
from webfoot.api.sse import ServerSentEvent
from webfoot.web.responses import (
    EventSourceResponse,
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from webfoot.web.responses import ServerSentEvent as UntypedServerSentEvent

YIELDING: Final[frozenset[Kind]] = frozenset({"async generator", "generator"})

_STREAMS: Final = (
    collections.abc.AsyncIterable,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
    collections.abc.Iterable,
    collections.abc.Iterator,
    collections.abc.Generator,
)
_WHOLE: Final = (FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse)


def stream_kind(response_class: type[Response], origin: Origin) -> StreamKind:
    """How what the endpoint at `origin` yields is written. PlanError for a class whose content is one whole.

    A class of somebody else, which is no StreamingResponse and may take an iterator all the same, is believed.
    """
    if is_a(response_class, EventSourceResponse):
        return "events"
    if is_a(response_class, JSONResponse):
        return "lines"
    if is_a(response_class, *_WHOLE) or response_class is Response:
        raise PlanError(
            f"{origin}: yields, and {response_class.__name__} cannot send what comes piece by piece; the response "
            "class has to be a StreamingResponse or EventSourceResponse, or none for JSON Lines"
        )
    return "chunks"


def item_type(annotation: Any, options: RouteOptions, kind: StreamKind) -> Any:
    """What each item is held to: the `X` of `AsyncIterable[X]`. None when items are written as they are.

    With a `response_model` the annotation has no say, and the model has none in what is no single value.
    """
    if kind == "chunks" or options.get("response_model", UNSET) is not UNSET:
        return None
    annotation = bare(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) not in _STREAMS or not arguments:
        return None
    return None if is_a(bare(arguments[0]), ServerSentEvent, UntypedServerSentEvent) else arguments[0]
