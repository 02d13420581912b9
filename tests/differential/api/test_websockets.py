"""WebSocket path operations do as those of FastAPI do: the same events for the same client."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from tests.differential.api.twins import FASTAPI, WEBFOOT, same


@dataclass(frozen=True)
class Call:
    """A client that connects, says `texts` and leaves."""

    target: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


async def put(app: Any, call: Call) -> tuple[list[Any], str | None]:
    """What the application sent, and the name of what came out of it."""
    path, _, query = call.target.partition("?")
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "pond", **call.headers}.items()],
        "client": ("testclient", 50000),
        "server": ("testserver", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
    said = [{"type": "websocket.receive", "text": text} for text in call.texts]
    events = [{"type": "websocket.connect"}, *said, {"type": "websocket.disconnect", "code": 1001, "reason": ""}]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        await asyncio.wait_for(app(scope, receive, send), 10)
    except Exception as error:
        return sent, type(error).__name__
    return sent, None


def compare(build: Any, *calls: Call) -> list[Any]:
    theirs_app, ours_app = build(FASTAPI), build(WEBFOOT)
    for call in calls:
        (theirs, their_error), (ours, our_error) = asyncio.run(put(theirs_app, call)), asyncio.run(put(ours_app, call))
        if their_error == "WebSocketDisconnect":  # "That the client has left is no failure"
            their_error = None
        for event in theirs:  # "Why a WebSocket was refused is a text"
            if event["type"] == "websocket.close" and isinstance(event["reason"], list):
                first = event["reason"][0]
                event["reason"] = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        same(str(call), (ours, our_error), (theirs, their_error))
    same("what the application noted", getattr(ours_app.state, "log", None), getattr(theirs_app.state, "log", None))
    return ours


def everything(lib: Any) -> Any:
    app = lib.FastAPI(dependencies=[lib.Depends(lambda: app.state.log.append("application"))])
    app.state.log = log = []

    def user(websocket: lib.WebSocket, x_token: Annotated[str | None, lib.Header()] = None) -> str:
        if x_token == "bad":
            raise lib.WebSocketException(1008, "who?")
        if x_token == "worse":
            raise lib.HTTPException(401, "who?")
        return x_token or "nobody"

    async def session(connection: lib.HTTPConnection) -> Any:
        log.append(f"session {connection.url.path}")
        try:
            yield 1
        except BaseException as error:
            log.append(f"session saw {type(error).__name__}")
            raise
        finally:
            log.append("session left")

    router = lib.APIRouter(prefix="/r", dependencies=[lib.Depends(lambda: log.append("router"))])

    @router.websocket("/{name}/{age}", dependencies=[lib.Depends(lambda: log.append("own"))])
    async def serve(
        websocket: lib.WebSocket,
        name: str,
        age: Annotated[int, lib.Path(gt=0)],
        user: Annotated[str, lib.Depends(user)],
        it: Annotated[int, lib.Depends(session)],
        ids: Annotated[list[int] | None, lib.Query()] = None,
        pond: Annotated[str, lib.Cookie(min_length=2)] = "blue",
    ) -> None:
        log.append("endpoint")
        await websocket.accept()
        await websocket.send_json([name, age, user, ids, pond])
        async for text in websocket.iter_text():
            if text == "zero":
                raise ZeroDivisionError
            if text == "refuse":
                raise lib.WebSocketException(4001, "as you like")
            if text == "close":
                await websocket.close(4002, "bye")
                return
            await websocket.send_text(text)
        await websocket.receive_text()

    @router.websocket("")
    async def nothing(websocket: lib.WebSocket, request: lib.Request = None) -> None:
        await websocket.accept()
        await websocket.send_text(str(request))
        await websocket.close()

    @router.websocket_route("/plain")
    async def plain(websocket: Any) -> None:
        await websocket.accept()
        await websocket.close()

    outer = lib.APIRouter()
    outer.include_router(router, prefix="/o", dependencies=[lib.Depends(lambda: log.append("included"))])
    app.include_router(outer)
    app.add_api_websocket_route("/direct", nothing)
    return app


@pytest.mark.parametrize(
    "call",
    [
        Call("/o/r/Jemima/3"),
        Call("/o/r/Jemima/3?ids=1&ids=2", {"x-token": "t", "cookie": "pond=red"}, ("quack", "close")),
        Call("/o/r/Jemima/3", texts=("refuse",)),
        Call("/o/r/Jemima/3", texts=("zero",)),
        Call("/o/r/Jemima/0"),
        Call("/o/r/Jemima/old?ids=x"),
        Call("/o/r/Jemima/3?ids=1&ids=x"),
        Call("/o/r/Jemima/3", {"cookie": "pond=r"}),
        Call("/o/r/Jemima/3", {"x-token": "bad"}),
        Call("/o/r/Jemima/3", {"x-token": "worse"}),
        Call("/o/r"),
        Call("/o/r/plain"),
        Call("/direct"),
        Call("/nowhere"),
    ],
    ids=lambda call: call.target,
)
def test_everything(call: Call) -> None:
    compare(everything, call)


@pytest.mark.parametrize("handled", ["misfit", "zero", "neither"])
def test_handlers(handled: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.state.log = []
        errors = {"misfit": lib.WebSocketRequestValidationError, "zero": ZeroDivisionError, "neither": KeyError}

        @app.exception_handler(errors[handled])
        async def handler(websocket: Any, error: Exception) -> None:
            app.state.log.append([dict(one) for one in getattr(error, "errors", list)()])
            await websocket.close(4000)

        @app.websocket("/{age}")
        async def serve(websocket: lib.WebSocket, age: int) -> None:
            await websocket.accept()
            await websocket.send_json(1 // age)

        return app

    compare(build, Call("/1"), Call("/0"), Call("/old"))


def test_a_dependency_may_end_what_goes_wrong() -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()

        async def swallows() -> Any:
            try:
                yield
            except ZeroDivisionError:
                pass

        @app.websocket("/", dependencies=[lib.Depends(swallows)])
        async def serve(websocket: lib.WebSocket) -> None:
            await websocket.accept()
            raise ZeroDivisionError

        return app

    compare(build, Call())


def test_overrides() -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()

        async def real() -> str:
            return "real"

        @app.websocket("/")
        async def serve(websocket: lib.WebSocket, token: Annotated[str, lib.Depends(real)]) -> None:
            await websocket.accept()
            await websocket.send_text(token)

        app.dependency_overrides[real] = lambda pond="blue": f"fake {pond}"
        return app

    compare(build, Call(), Call("/?pond=red"))
