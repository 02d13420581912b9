"""WebSockets: messages, parameters and dependencies, several clients at once, refusing and closing; on real sockets and
in the test client of each side."""

from typing import Annotated, Any

import pytest
from fastapi.testclient import TestClient as TheirClient
from pydantic import BaseModel
from tests.differential.api.pages.harness import PATIENCE, get, served
from tests.differential.api.twins import FASTAPI, WEBFOOT
from websockets.sync.client import connect

from webfoot.testing import TestClient as OurClient

CLIENTS = ((FASTAPI, TheirClient), (WEBFOOT, OurClient))


class Duck(BaseModel):
    name: str
    age: int = 1


class Pond:
    """Everybody who is connected."""

    def __init__(self) -> None:
        self.swimming: list[Any] = []

    async def enter(self, websocket: Any) -> None:
        await websocket.accept()
        self.swimming.append(websocket)

    async def tell(self, text: str) -> None:
        for websocket in self.swimming:
            await websocket.send_text(text)


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    log = app.state.log = []
    pond = Pond()

    @app.get("/")
    async def home():
        return lib.HTMLResponse("<script>new WebSocket('ws://testserver/echo')</script>")

    @app.websocket("/echo")
    async def echo(websocket: lib.WebSocket):
        await websocket.accept()
        while True:
            said = await websocket.receive_text()
            if said == "end":
                break
            await websocket.send_text(f"said: {said}")
        await websocket.close(4000, "as asked")

    @app.websocket("/kinds")
    async def kinds(websocket: lib.WebSocket):
        await websocket.accept()
        await websocket.send_json({"ü": [1, None]})
        await websocket.send_json([1], mode="binary")
        await websocket.send_bytes(b"\x00\xff")
        await websocket.send_text(str(await websocket.receive_json()))
        await websocket.send_bytes(await websocket.receive_bytes())
        await websocket.close()

    @app.websocket("/iterated")
    async def iterated(websocket: lib.WebSocket):
        await websocket.accept(subprotocol=(websocket.scope["subprotocols"] or [None])[0], headers=[(b"x-pond", b"1")])
        async for text in websocket.iter_text():
            await websocket.send_text(text.upper())
        log.append("iterated")

    async def token_of(
        websocket: lib.WebSocket,
        nest: Annotated[str | None, lib.Cookie()] = None,
        token: Annotated[str | None, lib.Query()] = None,
    ):
        if nest is None and token is None:
            raise lib.WebSocketException(code=lib.status.WS_1008_POLICY_VIOLATION, reason="no key")
        return nest or token

    @app.websocket("/items/{item_id}/ws")
    async def items(
        websocket: lib.WebSocket,
        item_id: int,
        key: Annotated[str, lib.Depends(token_of)],
        q: int | None = None,
        x_many: Annotated[list[str], lib.Header()] = [],
    ):
        await websocket.accept()
        await websocket.send_json([item_id, key, q, x_many, websocket.url.path, websocket.path_params])
        await websocket.close()

    async def session():
        log.append("open")
        try:
            yield "session"
        finally:
            log.append("close")

    @app.websocket("/session")
    async def with_session(websocket: lib.WebSocket, it: Annotated[str, lib.Depends(session)]):
        await websocket.accept()
        await websocket.send_text(it)
        log.append(await websocket.receive_text())
        await websocket.close(3000)

    @app.websocket("/pond/{name}")
    async def swim(websocket: lib.WebSocket, name: str):
        await pond.enter(websocket)
        try:
            while True:
                await pond.tell(f"{name}: {await websocket.receive_text()}")
        except lib.WebSocketDisconnect as gone:
            pond.swimming.remove(websocket)
            log.append([name, gone.code])
            await pond.tell(f"{name} left")

    @app.websocket("/closes")
    async def closes(websocket: lib.WebSocket, code: int = 1000):
        await websocket.close(code)

    @app.websocket("/raises")
    async def raises(websocket: lib.WebSocket, when: str, what: str = "policy"):
        if when == "after":
            await websocket.accept()
        if what == "http":
            raise lib.HTTPException(403, "not here", {"x-why": "y"})
        raise lib.WebSocketException(4001 if what == "own" else 1008, "said so")

    @app.websocket("/denies")
    async def denies(websocket: lib.WebSocket):
        await websocket.send_denial_response(lib.JSONResponse({"denied": True}, 402, headers={"x-denied": "1"}))

    @app.websocket("/model")
    async def model(websocket: lib.WebSocket, duck: Annotated[Duck, lib.Query()]):
        await websocket.accept()
        await websocket.send_json(duck.model_dump())
        await websocket.close()

    router = lib.APIRouter(prefix="/under", dependencies=[lib.Depends(token_of)])

    @router.websocket("/ws", name="below", dependencies=[lib.Depends(session)])
    async def below(websocket: lib.WebSocket):
        await websocket.accept()
        await websocket.send_text(websocket.url_for("below").path)
        await websocket.close(1001)

    app.include_router(router)
    sub = lib.FastAPI()
    sub.websocket("/ws")(echo)
    app.mount("/sub", sub)
    return app


page = served(app)


def test_document(page):
    document = page.same_document()
    assert list(document["paths"]) == ["/"]


def test_messages(page):
    def conversation(websocket: Any) -> Any:
        heard = []
        for text in ("quack", "", "ü🦆", "x" * 70000, "end"):
            websocket.send(text)
            if text != "end":
                heard.append(websocket.recv(PATIENCE))
        return heard

    page.same_talk("/echo", conversation)
    page.same_talk("/sub/ws", conversation)

    def kinds(websocket: Any) -> Any:
        heard = [websocket.recv(PATIENCE) for _ in range(3)]
        websocket.send('{"a": [1.5]}')
        heard.append(websocket.recv(PATIENCE))
        websocket.send(b"\xff")
        return [*heard, websocket.recv(PATIENCE)]

    page.same_talk("/kinds", kinds)


def test_iterated(page):
    def conversation(websocket: Any) -> Any:
        heard = [websocket.subprotocol, websocket.response.headers["x-pond"]]
        for text in ("a", "b"):
            websocket.send(text)
            heard.append(websocket.recv(PATIENCE))
        websocket.close()
        return heard

    page.same_talk("/iterated", conversation)
    page.noted(["iterated"])
    page.same_talk("/iterated", conversation, subprotocols=["duck", "goose"])
    page.noted(["iterated"])


def test_parameters_and_dependencies(page):
    def listen(websocket: Any) -> Any:
        return websocket.recv(PATIENCE)

    for target in ("/items/3/ws?token=t", "/items/3/ws?token=t&q=4", "/model?name=a&age=2", "/under/ws?token=x"):
        page.same_talk(target, listen)
    headers = [("cookie", "nest=reeds"), ("x-many", "1"), ("x-many", "2")]
    page.same_talk("/items/7/ws", listen, additional_headers=headers)
    page.noted(["open", "close"])
    for target in ("/items/3/ws", "/under/ws", "/nowhere", "/"):
        refused = page.same_talk(target, listen)
        assert refused[0] in (403, 404, 200), refused


def test_what_does_not_fit(page):
    for target in ("/items/x/ws?token=t", "/items/3/ws?token=t&q=x", "/model", "/model?name=a&age=old"):
        theirs, ours = (side.talk(target, lambda websocket: None, {}) for side in (page.theirs, page.ours))
        assert theirs[0] == ours[0] == 403


def test_sessions(page):
    def conversation(websocket: Any) -> Any:
        heard = websocket.recv(PATIENCE)
        websocket.send("last words")
        return heard

    page.same_talk("/session", conversation)
    page.noted(["open", "last words", "close"])

    page.same_talk("/session", lambda websocket: websocket.close())
    page.noted(["open", "close"])


def test_several_clients(page):
    heard = []
    for side in (page.theirs, page.ours):
        address = f"ws://127.0.0.1:{side.port}/pond/"
        with connect(address + "jemima", proxy=None) as one, connect(address + "puddle", proxy=None) as other:
            one.send("quack")
            said = [one.recv(PATIENCE), other.recv(PATIENCE)]
            other.send("honk")
            said += [one.recv(PATIENCE), other.recv(PATIENCE)]
            other.close(1000)
            said.append(one.recv(PATIENCE))
        heard.append(said)
    assert heard[1] == heard[0]
    page.noted([["puddle", 1000], ["jemima", 1000]])


@pytest.mark.parametrize(
    "target",
    [
        "/closes", "/closes?code=4003", "/raises?when=before", "/raises?when=after", "/raises?when=before&what=own",
        "/raises?when=after&what=own", "/raises?when=before&what=http", "/denies",
    ],
)  # fmt: skip
def test_closed_and_refused(page, target):
    page.same_talk(target, lambda websocket: None)


def test_a_get_where_a_websocket_is(page):
    page.right(get("/"))
    page.wrong(get("/echo"), get("/sub/ws"))


def test_in_a_test():
    said = []
    for lib, client_of in CLIENTS:
        client = client_of(app(lib))
        heard: list[Any] = []
        with client.websocket_connect("/echo", headers={"x": "y"}) as session:
            session.send_text("a")
            heard.append(session.receive_text())
            session.send_text("end")
            with pytest.raises(lib.WebSocketDisconnect) as gone:
                session.receive_text()
            heard.append((gone.value.code, gone.value.reason))
        with client.websocket_connect("/kinds") as session:
            heard += [session.receive_json(), session.receive_json(mode="binary"), session.receive_bytes()]
            session.send_json({"a": 1})
            heard.append(session.receive_text())
            session.send_bytes(b"x")
            heard.append(session.receive()["bytes"])
        with client.websocket_connect("/iterated", subprotocols=["duck"]) as session:
            heard += [session.accepted_subprotocol, session.extra_headers]
        with client.websocket_connect("/items/1/ws?token=t", params=None) as session:
            heard.append(session.receive_json())
        for target in ("/items/1/ws", "/items/x/ws", "/closes"):
            with pytest.raises(lib.WebSocketDisconnect), client.websocket_connect(target):
                pass
        said.append(heard)
    assert said[1] == said[0]
