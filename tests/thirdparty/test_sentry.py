"""Sentry's ASGI middleware: what it would send when an endpoint fails. Its transport keeps it; there is no network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.transport import Transport
from tests.thirdparty.serving import get

from webfoot.web import Middleware, Mount, PlainTextResponse, Route, WebApp


class Kept(Transport):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            if (event := item.get_event()) is not None:
                self.events.append(event)
            if (transaction := item.get_transaction_event()) is not None:
                self.transactions.append(transaction)


@pytest.fixture
def kept() -> Iterator[Kept]:
    transport = Kept()
    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        transport=transport,
        traces_sample_rate=1.0,
        default_integrations=False,
        auto_enabling_integrations=False,
    )
    yield transport
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


async def broken(request: Any) -> PlainTextResponse:
    raise LookupError("no duck")


async def fine(request: Any) -> PlainTextResponse:
    return PlainTextResponse("fine")


def pond(**options: Any) -> WebApp:
    return WebApp(
        routes=[Route("/broken", broken), Mount("/in", routes=[Route("/{name}", fine)])],
        **options,
    )


APPS = {
    "inside": lambda: pond(middleware=[Middleware(SentryAsgiMiddleware)]),
    "around": lambda: SentryAsgiMiddleware(pond()),
}


@pytest.mark.parametrize("how", APPS)
def test_a_failure_is_reported_once_with_its_request(how: str, kept: Kept) -> None:
    answer = get(APPS[how](), "/broken?eider=1", headers={"user-agent": "duck/1"})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    (event,) = kept.events
    (exception,) = event["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("LookupError", "no duck")
    assert exception["stacktrace"]["frames"][-1]["function"] == "broken"
    assert event["request"]["url"].endswith("/broken")
    assert event["request"]["query_string"] == "eider=1"
    assert event["request"]["headers"]["user-agent"] == "duck/1"


@pytest.mark.parametrize("how", APPS)
def test_a_transaction_knows_its_outcome(how: str, kept: Kept) -> None:
    assert get(APPS[how](), "/in/eider").text == "fine"
    assert kept.events == []
    (transaction,) = kept.transactions
    assert transaction["contexts"]["trace"]["op"] == "http.server"
    assert transaction["contexts"]["trace"]["status"] == "ok"


def test_a_trace_goes_on(kept: Kept) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    get(APPS["inside"](), "/in/eider", headers={"sentry-trace": f"{trace}-b7ad6b7169203331-1"})
    assert kept.transactions[0]["contexts"]["trace"]["trace_id"] == trace
