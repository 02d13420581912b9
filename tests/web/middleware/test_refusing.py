from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import PlainTextResponse
from webfoot.web.middleware.refusing import answer_instead


def refused(**more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What was sent, and what was told."""
    trail = MarkedTrail()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer_instead(PlainTextResponse("no", 418), "Guard", "it is late", scope, receive, send)

    answered = answer_of(app, **{TRAIL_KEY: trail, **more})
    return answered.messages, trail.only("decided")


def test_a_request_gets_the_response() -> None:
    (start, body), told = refused()
    assert (start["status"], body["body"]) == (418, b"no")
    assert told == {"by": "Guard", "what": "it is late", "status": 418}


def test_so_does_a_websocket_where_the_server_can_deny() -> None:
    (start, body), told = refused(type="websocket", extensions={"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 418)
    assert (body["type"], body["body"]) == ("websocket.http.response.body", b"no")
    assert told["status"] == 418


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}])
def test_else_it_is_closed_which_is_a_403(extensions: Any) -> None:
    messages, told = refused(type="websocket", extensions=extensions)
    assert messages == [{"type": "websocket.close", "code": 1000}]
    assert told["status"] == 403
