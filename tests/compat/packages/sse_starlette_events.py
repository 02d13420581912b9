"""sse-starlette: events from an async generator, with ids and a comment that keeps the line open."""

from sse_starlette.sse import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient


async def numbers(request):
    async def events():
        for number in range(3):
            yield ServerSentEvent(data=str(number), event="number", id=str(number))
        yield {"data": "end"}

    return EventSourceResponse(events(), headers={"X-Kind": "numbers"})


with TestClient(Starlette(routes=[Route("/numbers", numbers)])) as client:
    answer = client.get("/numbers")
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
    assert answer.headers["x-kind"] == "numbers"
    assert answer.text == "".join(
        [f"id: {number}\r\nevent: number\r\ndata: {number}\r\n\r\n" for number in range(3)] + ["data: end\r\n\r\n"]
    )
