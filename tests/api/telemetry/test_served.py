"""On a server of ours: what a client asks for over a socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.api.telemetry.rig import Rig
from tests.thirdparty.serving import talk

from webfoot import Request, Webfoot
from webfoot.web import StaticFiles


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_a_request_a_file_and_an_upload(tmp_path: Path, parser: str) -> None:
    (tmp_path / "duck.bin").write_bytes(b"quack" * 200_000)
    rig = Rig()
    app = Webfoot(telemetry=rig.options(operation_spans=False))
    app.mount("/files", StaticFiles(directory=tmp_path))

    @app.post("/ducks/{duck}")
    async def add(duck: int, request: Request) -> int:
        return len(await request.body())

    async def conversation(client: Any) -> list[int]:
        uploaded = await client.post("/ducks/1?token=quack", content=b"x" * 300_000)
        several = await asyncio.gather(*(client.get("/files/duck.bin") for _ in range(3)))
        missing = await client.get("/files/goose.bin")
        return [uploaded.json(), *(len(one.content) for one in several), missing.status_code]

    assert talk(app, conversation, http=parser) == [300_000, 1_000_000, 1_000_000, 1_000_000, 404]
    spans = rig.spans()
    files = "GET /files/{path}"
    assert sorted(span.name for span in spans) == [files, files, files, files, "POST /ducks/{duck}"]
    assert [span.attributes["http.response.status_code"] for span in spans if span.name == files] == [
        200,
        200,
        200,
        404,
    ]
    (post,) = [span for span in spans if span.name.startswith("POST")]
    assert post.attributes["url.query"] == "token=REDACTED"
    assert {count for _, count in rig.points()["http.server.active_requests"]} == {0}


def test_traces_of_requests_at_the_same_time_stay_apart() -> None:
    rig = Rig()
    app = Webfoot(telemetry=rig.options())
    tracer = rig.tracers.get_tracer("mine")

    @app.get("/ducks/{duck}")
    async def show(duck: int) -> int:
        with tracer.start_as_current_span("mine"):
            await asyncio.sleep(0)
        return duck

    @app.get("/threads/{duck}")
    def threaded(duck: int) -> int:
        tracer.start_span("mine").end()
        return duck

    async def conversation(client: Any) -> None:
        paths = [f"/{kind}/{number}" for kind in ("ducks", "threads") for number in range(10)]
        await asyncio.gather(*(client.get(path) for path in paths))

    talk(app, conversation)
    raw = {span.context.span_id: span for span in rig.raw_spans()}
    own = [span for span in raw.values() if span.name == "mine"]
    assert len(own) == 20
    assert {raw[span.parent.span_id].name for span in own if span.parent} == {"fastapi.endpoint"}
    assert len({span.context.trace_id for span in own}) == 20
