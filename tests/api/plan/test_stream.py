"""How an endpoint that yields is planned."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

import pytest

from webfoot import EventSourceResponse, Response, ServerSentEvent, Webfoot
from webfoot.api.errors import PlanError
from webfoot.api.json_lines import JSONLinesResponse
from webfoot.api.plan.reply import plan_reply
from webfoot.web import EventSourceResponse as UntypedEventSourceResponse
from webfoot.web import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    StreamingResponse,
)


class Mine(JSONResponse):
    media_type = "application/x-mine"


class Foreign(Response):
    """Takes an iterator, as classes of others do."""


async def numbers() -> AsyncIterable[int]:
    yield 1


async def events() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent()


async def bare() -> AsyncIterator:
    yield 1


async def listed() -> list[int]:
    yield 1


def unannotated():
    yield 1


def texts() -> Iterable[str]:
    yield "1"


@pytest.mark.parametrize(
    ("endpoint", "options", "kind", "response_class", "model"),
    [
        (numbers, {}, "lines", JSONLinesResponse, int),
        (texts, {"response_class": JSONResponse}, "lines", JSONLinesResponse, str),
        (numbers, {"response_class": Mine}, "lines", JSONLinesResponse, int),
        (numbers, {"response_model": int}, "lines", JSONLinesResponse, None),
        (bare, {}, "lines", JSONLinesResponse, None),
        (listed, {}, "lines", JSONLinesResponse, None),
        (unannotated, {}, "lines", JSONLinesResponse, None),
        (numbers, {"response_class": EventSourceResponse}, "events", EventSourceResponse, int),
        (numbers, {"response_class": UntypedEventSourceResponse}, "events", UntypedEventSourceResponse, int),
        (events, {"response_class": EventSourceResponse}, "events", EventSourceResponse, None),
        (numbers, {"response_class": StreamingResponse}, "chunks", StreamingResponse, None),
        (unannotated, {"response_class": Foreign}, "chunks", Foreign, None),
    ],
)
def test_the_way_it_is_answered(endpoint: Any, options: Any, kind: str, response_class: Any, model: Any) -> None:
    plan = plan_reply(endpoint, options)
    assert (plan.stream, plan.response_class, plan.model) == (kind, response_class, model)
    assert (plan.adapter is None) is (model is None)
    assert not plan.direct


def test_an_endpoint_that_returns_has_no_stream() -> None:
    async def returns() -> int:
        return 1

    assert plan_reply(returns, {}).stream is None


@pytest.mark.parametrize("response_class", [Response, HTMLResponse, PlainTextResponse, RedirectResponse, FileResponse])
def test_what_cannot_be_sent_piece_by_piece_is_refused(response_class: Any) -> None:
    sentence = rf"^numbers \(.*test_stream.py:\d+\): yields, and {response_class.__name__} cannot send what comes"
    with pytest.raises(PlanError, match=sentence):
        Webfoot().get("/", response_class=response_class)(numbers)
    with pytest.raises(PlanError, match=sentence):
        Webfoot(default_response_class=response_class).get("/")(numbers)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_is_refused(status: int) -> None:
    with pytest.raises(PlanError, match=rf"numbers .*: yields, and status {status} has no body"):
        Webfoot().get("/", status_code=status)(numbers)


def test_an_item_type_that_pydantic_cannot_validate_is_refused() -> None:
    class Pond:
        pass

    async def ponds() -> AsyncIterable[Pond]:
        yield Pond()

    ponds.__annotations__["return"] = AsyncIterable[Pond]
    with pytest.raises(PlanError, match=r"ponds .*: .*Pond.* cannot be the response model"):
        Webfoot().get("/")(ponds)
