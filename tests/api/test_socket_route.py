"""WebSocket path operations: their parameters, dependencies, refusals and handlers."""

import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from webfoot import (
    APIRouter,
    ApiWebSocketRoute,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    Response,
    Security,
    Webfoot,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    WebSocketRequestValidationError,
    WebSocketState,
)
from webfoot.api.errors import PlanError
from webfoot.api.scopes import SecurityScopes
from webfoot.testing import TestClient, WebSocketDenialResponse
from webfoot.web import HTTPConnection, WebSocketEndpoint


class Where(BaseModel):
    pond: str
    depth: int = 1


def told_by(app: Webfoot, target: str, **options: Any) -> Any:
    with TestClient(app).websocket_connect(target, **options) as session:
        return session.receive_json()


def refusal_of(app: Webfoot, target: str) -> str:
    """What the application closed with; a client only learns that it is refused."""
    with pytest.raises(WebSocketDenialResponse) as raised, TestClient(app).websocket_connect(target):
        pass
    assert raised.value.status_code == 403
    (said,) = re.findall(r"the close code, (.*), reaches no client", str(raised.value))
    return said


async def tell(websocket: WebSocket, *values: Any) -> None:
    await websocket.accept()
    await websocket.send_json(values)
    await websocket.close()


def test_values_of_all_kinds() -> None:
    app = Webfoot()

    @app.websocket("/{name}/{age:int}")
    async def serve(
        websocket: WebSocket,
        name: str,
        age: Annotated[int, Path(gt=0)],
        ids: Annotated[list[int], Query()],
        x_token: Annotated[str, Header()],
        session: Annotated[str | None, Cookie()] = None,
        loud: bool = False,
    ) -> None:
        await tell(websocket, name, age, ids, x_token, session, loud)

    headers = {"x-token": "secret", "cookie": "session=s1"}
    told = told_by(app, "/Jemima/3?ids=1&ids=2&loud=yes", headers=headers)
    assert told == ["Jemima", 3, [1, 2], "secret", "s1", True]
    assert refusal_of(app, "/Jemima/0?ids=1") == "1008 path.age: Input should be greater than 0"


def test_a_model_of_the_whole_query_string() -> None:
    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket, where: Annotated[Where, Query()]) -> None:
        await tell(websocket, where.pond, where.depth)

    assert told_by(app, "/?pond=blue&depth=4") == ["blue", 4]
    assert refusal_of(app, "/?depth=4") == "1008 query.pond: Field required"


def test_dependencies_of_all_kinds_and_in_their_order() -> None:
    log: list[str] = []

    async def first() -> None:
        log.append("of the application")

    def in_a_thread(websocket: WebSocket, connection: HTTPConnection, token: str = "none") -> str:
        assert websocket is connection
        log.append("in a thread")
        return token

    async def opened(token: Annotated[str, Depends(in_a_thread)]) -> Any:
        log.append("opened")
        yield f"{token}!"
        log.append("closed")

    def opened_in_a_thread() -> Any:
        yield "x"
        log.append("closed in a thread")

    async def brief() -> Any:
        yield
        log.append("brief closed")

    class Counter:
        def __init__(self, start: int = 0) -> None:
            self.start = start

    app = Webfoot(dependencies=[Depends(first)])

    @app.websocket("/", dependencies=[Depends(brief, scope="function")])
    async def serve(
        websocket: WebSocket,
        one: Annotated[str, Depends(opened)],
        two: Annotated[str, Depends(opened_in_a_thread)],
        token: Annotated[str, Depends(in_a_thread)],
        counter: Annotated[Counter, Depends()],
    ) -> None:
        log.append("endpoint")
        await tell(websocket, one, two, token, counter.start)

    assert told_by(app, "/?token=t&start=5") == ["t!", "x", "t", 5]
    assert log == [
        *("of the application", "in a thread", "opened", "endpoint"),
        *("brief closed", "closed in a thread", "closed"),
    ]


def test_security_scopes_are_told() -> None:
    async def user(scopes: SecurityScopes) -> list[str]:
        return scopes.scopes

    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket, user: Annotated[list[str], Security(user, scopes=["feed"])]) -> None:
        await tell(websocket, user)

    assert told_by(app, "/") == [["feed"]]


def test_a_dependency_sees_what_ended_the_endpoint() -> None:
    seen: list[BaseException] = []

    async def session() -> Any:
        try:
            yield
        except BaseException as error:
            seen.append(error)
            raise

    app = Webfoot(dependencies=[Depends(session)])

    @app.websocket("/left")
    async def left(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()

    @app.websocket("/refuses")
    async def refuses(websocket: WebSocket) -> None:
        raise WebSocketException(1008, "no ducks")

    @app.websocket("/asks")
    async def asks(websocket: WebSocket, age: int) -> None: ...

    with TestClient(app).websocket_connect("/left"):
        pass
    refusal_of(app, "/refuses")
    refusal_of(app, "/asks")
    assert [type(error) for error in seen] == [WebSocketDisconnect, WebSocketException, WebSocketRequestValidationError]


def test_exceptions_close_with_their_code() -> None:
    app = Webfoot()

    @app.websocket("/{late}")
    async def serve(websocket: WebSocket, late: bool) -> None:
        if late:
            await websocket.accept()
        raise WebSocketException(4001, "no ducks")

    assert refusal_of(app, "/no") == "4001 no ducks"
    with TestClient(app).websocket_connect("/yes") as session, pytest.raises(WebSocketDisconnect) as raised:
        session.receive_text()
    assert (raised.value.code, raised.value.reason) == (4001, "no ducks")


def test_a_misfit_after_a_dependency_accepted_is_told_as_a_text() -> None:
    async def accepts(websocket: WebSocket) -> None:
        await websocket.accept()

    app = Webfoot(dependencies=[Depends(accepts)])

    @app.websocket("/")
    async def serve(websocket: WebSocket, name: Annotated[str, Query(alias="ü" * 200)]) -> None: ...

    with TestClient(app).websocket_connect("/") as session, pytest.raises(WebSocketDisconnect) as raised:
        session.receive_text()
    assert raised.value.code == 1008
    assert raised.value.reason == "query." + "ü" * 58  # what fits into a close frame


def test_handlers_of_the_application() -> None:
    app = Webfoot()
    seen: list[Any] = []

    @app.exception_handler(WebSocketRequestValidationError)
    async def misfit(websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
        seen.append((error.errors()[0]["loc"], str(error)))
        await websocket.close(4000)

    @app.exception_handler(ZeroDivisionError)
    async def zero(websocket: WebSocket, error: ZeroDivisionError) -> None:
        await websocket.close(4002)

    @app.websocket("/{age}")
    async def serve(websocket: WebSocket, age: int) -> None:
        await websocket.accept()
        await websocket.send_json(1 // age)

    assert refusal_of(app, "/old") == "4000"
    ((loc, text),) = seen
    assert loc == ("path", "age")
    assert ", in serve\n    WS /{age}" in text
    with TestClient(app).websocket_connect("/0") as session, pytest.raises(WebSocketDisconnect) as raised:
        session.receive_text()
    assert raised.value.code == 4002


def test_an_http_exception_refuses_the_handshake_with_its_status() -> None:
    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket) -> None:
        raise HTTPException(401, "who?")

    with pytest.raises(WebSocketDenialResponse) as raised, TestClient(app).websocket_connect("/"):
        pass
    assert (raised.value.status_code, raised.value.json()) == (401, {"detail": "who?"})


def test_routers_prefixes_and_their_dependencies() -> None:
    log: list[str] = []

    def noting(what: str) -> Any:
        async def note() -> None:
            log.append(what)

        return Depends(note)

    inner = APIRouter(prefix="/inner", dependencies=[noting("inner")])

    @inner.websocket("/{name}", name="named", dependencies=[noting("own")])
    async def serve(websocket: WebSocket, name: str) -> None:
        await tell(websocket, name)

    @inner.websocket("")
    async def at_the_prefix(websocket: WebSocket) -> None:
        await tell(websocket, "prefix")

    @inner.websocket_route("/plain")
    class Plain(WebSocketEndpoint):
        async def on_connect(self, websocket: WebSocket) -> None:
            await tell(websocket, "plain")

    outer = APIRouter()
    outer.include_router(inner, prefix="/outer", dependencies=[noting("included")])
    app = Webfoot(dependencies=[noting("application")])
    app.include_router(outer, prefix="/v1/{version}")
    app.add_api_websocket_route("/direct", at_the_prefix, "direct")

    assert told_by(app, "/v1/2/outer/inner/Jemima") == ["Jemima"]
    assert log == ["application", "included", "inner", "own"]
    assert told_by(app, "/v1/2/outer/inner") == ["prefix"]
    assert app.url_path_for("named", version=2, name="Jemima") == "/v1/2/outer/inner/Jemima"
    assert told_by(app, "/direct") == ["prefix"]


def test_a_toolkit_route_is_included_under_a_prefix() -> None:
    router = APIRouter()

    @router.websocket_route("/plain")
    async def plain(websocket: WebSocket) -> None:
        await tell(websocket, "plain")

    app = Webfoot()
    app.include_router(router, prefix="/v1")

    @app.websocket_route("/own")
    async def own(websocket: WebSocket) -> None:
        await tell(websocket, "own")

    assert told_by(app, "/v1/plain") == ["plain"]
    assert told_by(app, "/own") == ["own"]


def test_a_path_serves_requests_and_websockets() -> None:
    def either(request: Request = None, websocket: WebSocket = None) -> str:  # type: ignore[assignment]
        return "request" if websocket is None else "websocket" if request is None else "both"

    app = Webfoot()
    app.get("/")(lambda it=Depends(either): it)

    @app.websocket("/")
    async def serve(websocket: WebSocket, it: Annotated[str, Depends(either)]) -> None:
        await tell(websocket, it)

    assert TestClient(app).get("/").json() == "request"
    assert told_by(app, "/") == ["websocket"]
    assert list(app.openapi()["paths"]["/"]) == ["get"]


def test_a_body_that_may_be_left_out_is() -> None:
    def both(pond: Where = Body(Where(pond="blue")), name: str = Form("Jemima"), loud: bool = False) -> list[Any]:
        return [pond.pond, name, loud]

    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket, told: Annotated[list[Any], Depends(both)]) -> None:
        await tell(websocket, told)

    assert told_by(app, "/?loud=1") == [["blue", "Jemima", True]]
    assert refusal_of(app, "/?loud=perhaps").startswith("1008 query.loud: ")


def test_overrides() -> None:
    async def token() -> str:
        return "real"

    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket, token: Annotated[str, Depends(token)]) -> None:
        await tell(websocket, token)

    assert told_by(app, "/") == ["real"]
    app.dependency_overrides[token] = lambda: "fake"
    assert told_by(app, "/") == ["fake"]
    app.dependency_overrides.clear()
    assert told_by(app, "/") == ["real"]


@pytest.mark.parametrize("leaves", [True, False])
def test_background_tasks_run_when_it_has_ended(leaves: bool) -> None:
    log: list[str] = []

    async def session() -> Any:
        yield
        log.append("session left")

    app = Webfoot(dependencies=[Depends(session)])

    @app.websocket("/")
    async def serve(websocket: WebSocket, background: BackgroundTasks, response: Response) -> None:
        background.add_task(log.append, "background")
        await websocket.accept()
        if leaves:
            await websocket.receive_text()
        log.append("endpoint")

    with TestClient(app).websocket_connect("/"):
        pass
    assert log == (["background"] if leaves else ["endpoint", "background", "session left"])


def test_an_error_of_the_application_goes_on() -> None:
    app = Webfoot()

    @app.websocket("/")
    async def serve(websocket: WebSocket) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), TestClient(app).websocket_connect("/"):
        pass


class Ready:
    async def __call__(self, websocket: WebSocket) -> None:
        assert websocket.application_state is WebSocketState.CONNECTING
        await tell(websocket, "ready")


def test_an_object_may_be_the_endpoint() -> None:
    app = Webfoot()
    app.add_api_websocket_route("/", Ready())
    assert told_by(app, "/") == ["ready"]


async def wants_request(websocket: WebSocket, request: Request) -> None: ...
async def wants_body(websocket: WebSocket, where: Where) -> None: ...
async def wants_form(websocket: WebSocket, where: Annotated[str, Form()]) -> None: ...
async def wants_embedded(websocket: WebSocket, where: Annotated[int, Body()]) -> None: ...
async def wants_path(websocket: WebSocket, name: Annotated[str, Path()]) -> None: ...
def is_sync(websocket: WebSocket) -> None: ...
async def yields(websocket: WebSocket) -> Any:
    yield


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        (wants_request, "'request' asks for a Request, but serves a WebSocket; HTTPConnection is both"),
        (wants_body, "'where' comes from a body, and a WebSocket has none"),
        (wants_form, "'where' comes from a body, and a WebSocket has none"),
        (wants_embedded, "'where' comes from a body, and a WebSocket has none"),
        (wants_path, r"'name' comes from the path, but '/' has no part \{name\}"),
        (is_sync, "serves a WebSocket, so it has to be an async function"),
        (yields, "serves a WebSocket, so it has to be an async function"),
    ],
)
def test_what_is_refused_at_start_up(endpoint: Any, sentence: str) -> None:
    with pytest.raises(PlanError, match=rf"^{endpoint.__name__} \(.*test_socket_route.py:\d+\): .*{sentence}"):
        Webfoot().websocket("/")(endpoint)


def test_a_websocket_in_a_request_is_refused() -> None:
    with pytest.raises(PlanError, match="'websocket' asks for a WebSocket, but serves requests"):
        Webfoot().get("/")(Ready())


def test_a_dependency_without_a_callable_is_refused() -> None:
    with pytest.raises(PlanError, match="A parameter-less dependency must have a callable"):
        Webfoot().websocket("/", dependencies=[Depends()])(Ready())


def test_a_path_without_a_slash_is_refused() -> None:
    with pytest.raises(PlanError, match="its path 'ws' has to begin with '/'"):
        Webfoot().websocket("ws")(Ready())


def test_the_route_alone() -> None:
    route = ApiWebSocketRoute("/{name}", wants_path, name="route")
    assert (route.path, route.name, route.dependencies) == ("/{name}", "route", [])
    assert [call.origin.name for call in route.socket_plan.calls] == ["wants_path"]
