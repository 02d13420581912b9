"""The tree of callables under FastAPI's names."""

from __future__ import annotations

from typing import Annotated

from webfoot import BackgroundTasks, Body, Cookie, Depends, Header, Request, Response, Security, WebSocket
from webfoot.api.plan.dependants import dependant_of
from webfoot.api.scopes import SecurityScopes
from webfoot.web.requests import HTTPConnection


def leaf(connection: HTTPConnection, scopes: SecurityScopes, token: Annotated[str, Header()]): ...


def middle(found: Annotated[int, Security(leaf, scopes=["read"])], limit: int = 1): ...


async def endpoint(
    x: int,
    item: Annotated[dict, Body()],
    session: Annotated[str, Cookie()],
    request: Request,
    response: Response,
    tasks: BackgroundTasks,
    got: Annotated[int, Depends(middle, use_cache=False, scope="function")],
): ...


async def socket(websocket: WebSocket): ...


def test_each_callable_stands_where_it_is_asked_for() -> None:
    drawn = dependant_of(endpoint, "/{x}", frozenset({"x"}), [Depends(leaf)])
    assert (drawn.call, drawn.name, drawn.path) == (endpoint, None, "/{x}")
    first, got = drawn.dependencies
    assert (first.call, first.name, got.call, got.name) == (leaf, None, middle, "got")
    assert (got.use_cache, got.scope, first.use_cache, first.scope) == (False, "function", True, None)
    assert (got.dependencies[0].own_oauth_scopes, got.own_oauth_scopes) == (["read"], None)


def test_what_each_wants() -> None:
    drawn = dependant_of(endpoint, "/{x}", frozenset({"x"}))
    wanted = (drawn.path_params, drawn.query_params, drawn.header_params, drawn.cookie_params, drawn.body_params)
    assert [[field.name for field in place] for place in wanted] == [["x"], [], [], ["session"], ["item"]]
    assert (drawn.request_param_name, drawn.response_param_name) == ("request", "response")
    assert drawn.background_tasks_param_name == "tasks"
    below = drawn.dependencies[0].dependencies[0]
    assert (below.http_connection_param_name, below.security_scopes_param_name) == ("connection", "scopes")
    assert [field.alias for field in below.header_params] == ["token"]
    served = dependant_of(socket, "/", frozenset(), serves="websocket")
    assert served.websocket_param_name == "websocket"


def test_dependencies_that_meet_again_are_drawn_once() -> None:
    """Else thirty diamonds on top of each other would be a tree of a thousand million nodes."""

    def on_top_of(below):
        def dependency(one=Depends(below), other=Depends(below)): ...

        return dependency

    call = leaf
    for _ in range(30):
        call = on_top_of(call)
    one, other = dependant_of(call, "/", frozenset()).dependencies
    assert (one.name, other.name) == ("one", "other")
    assert one.dependencies[0] is other.dependencies[0]
