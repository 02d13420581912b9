"""prometheus_client's ASGI application behind a mount."""

from __future__ import annotations

from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, make_asgi_app
from prometheus_client.parser import text_string_to_metric_families
from tests.thirdparty import serving

from webfoot.web import Middleware, Mount, PlainTextResponse, Route, WebApp
from webfoot.web.middleware.gzip import GZipMiddleware

get, talk = (partial(call, guard=False) for call in (serving.get, serving.talk))  # its header names are in mixed case


def pond(**options: Any) -> WebApp:
    registry = CollectorRegistry()
    seen = Counter("ducks_seen", "Ducks that were seen.", ["kind"], registry=registry)

    async def see(request: Any) -> PlainTextResponse:
        seen.labels(request.path_params["kind"]).inc()
        return PlainTextResponse("seen")

    return WebApp(
        routes=[Route("/see/{kind}", see), Mount("/metrics", app=make_asgi_app(registry))],
        **options,
    )


def test_what_was_counted_is_scraped() -> None:
    async def conversation(client: Any) -> Any:
        for kind in ("eider", "eider", "smew"):
            await client.get(f"/see/{kind}")
        return await client.get("/metrics/")

    answer = talk(pond(), conversation)
    assert answer.headers["content-type"].startswith("text/plain")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    totals = {sample.labels["kind"]: sample.value for sample in samples if sample.name == "ducks_seen_total"}
    assert totals == {"eider": 2.0, "smew": 1.0}


def test_it_knows_its_query() -> None:
    assert "ducks_seen" not in get(pond(), "/metrics/?name[]=nothing").text


def test_what_it_compressed_itself_is_not_compressed_again() -> None:
    answer = get(pond(middleware=[Middleware(GZipMiddleware, minimum_size=1)]), "/metrics/")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("# HELP ducks_seen_total")
