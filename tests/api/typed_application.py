"""An application as its users write it, for the type checker: `test_typing.py` has it checked with --strict.

Where a line is wrong on purpose it says `type: ignore`, and --strict complains when the mistake goes unnoticed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, assert_type

import httpx2
from pydantic import BaseModel

from webfoot import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    RequestValidationError,
    Response,
    UploadFile,
    Webfoot,
    status,
    views,
)
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.testing import AsyncTestClient, TestClient
from webfoot.web import CORSMiddleware, JSONResponse, Middleware, Mount, PlainTextResponse, Route, WebApp
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware, RequestResponseEndpoint


class Duck(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app: Webfoot) -> AsyncIterator[dict[str, str]]:
    yield {"pond": app.title}


async def token(authorization: Annotated[str, Header()], theme: str = Cookie("light")) -> str:
    return authorization + theme


def session() -> Iterator[int]:
    yield 1


Token = Annotated[str, Depends(token)]
app = Webfoot(title="ducks", lifespan=lifespan, dependencies=[Depends(token)], responses={404: {"model": Duck}})
router = APIRouter(prefix="/ducks", tags=["ducks"])


@router.get("/{number}", response_model=list[Duck], status_code=status.HTTP_200_OK)
async def read(
    number: Annotated[int, Path(ge=1)],
    token: Token,
    session: Annotated[int, Depends(session)],
    words: list[str] = Query([]),
    limit: int | None = Query(default=None, le=10),
) -> list[Duck]:
    raise HTTPException(404, detail={"no": number}, headers={"x-words": ",".join(words)})


@router.post("/", status_code=201)
def add(duck: Duck, tasks: BackgroundTasks, loud: bool = Body(False, embed=True)) -> Duck:
    tasks.add_task(print, duck, loud)
    return duck


@app.post("/photos")
async def photo(file: UploadFile, name: str = Form(...), more: bytes | None = File(None)) -> int:
    return len(await file.read())


assert_type(add(Duck(name="Jemima"), BackgroundTasks()), Duck)
endpoint: Callable[[int, str, int, list[str], int | None], Coroutine[Any, Any, list[Duck]]] = read
app.include_router(router, prefix="/v1", dependencies=[Depends(session)])


@app.middleware("http")
async def timed(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["x-time"] = "1"
    return response


@app.exception_handler(RequestValidationError)
async def refused(request: Request, exc: RequestValidationError) -> JSONResponse:
    return JSONResponse({"errors": exc.errors()}, status_code=400)


class Pure:
    def __init__(self, app: ASGIApp, name: str = "") -> None:
        self.app, self.name = app, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Dispatched(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


async def page(request: Request) -> PlainTextResponse:
    assert_type(request.query_params.get("q"), str | None)
    assert_type(request.headers.get("x", "default"), str)
    return PlainTextResponse(request.url.path)


app.add_middleware(Pure, name="outer")
app.add_middleware(Dispatched)
app.add_middleware(CORSMiddleware, allow_origins=["*"])
app.dependency_overrides[token] = lambda: "none"
app.mount("/pages", WebApp(routes=[Route("/", page), Mount("/api", app)], middleware=[Middleware(Pure, name="in")]))


def with_the_client() -> None:
    with TestClient(app, raise_server_exceptions=False) as client:
        assert_type(client.post("/ducks", json={"name": "Jemima"}), httpx2.Response)


async def with_the_async_client() -> None:
    async with AsyncTestClient(app) as client:
        assert_type(await client.get("/ducks/1"), httpx2.Response)


async def opened() -> AsyncIterator[str]:
    yield "session"


def in_thread() -> Iterator[bytes]:
    yield b"session"


async def awaited(q: int = 1) -> int:
    return q


class Pond:
    def __init__(self, size: int = 3) -> None:
        self.size = size


async def outside_of_requests() -> None:
    async with app.resolve(opened) as text:
        assert_type(text, str)
    async with app.resolve(in_thread) as raw:
        assert_type(raw, bytes)
    async with app.resolve(awaited, q=2) as number:
        assert_type(number, int)
    async with app.resolve(token) as plain:
        assert_type(plain, str)
    async with app.resolve(Pond, size=4) as pond:
        assert_type(pond, Pond)


@app.view("/views", tags=["views"], middleware=[Middleware(Pure, name="view")])
class Ducks(views.View):
    session: Annotated[str, Depends(opened, scope="function")]
    pool: Pond = Depends(Pond, scope="app")
    loud: bool = False

    @views.get("/", status_code=200)
    async def listed(self, q: str = "") -> list[str]:
        return [self.session, q]


async def a_view_by_hand() -> None:
    assert_type(await Ducks(session="fake", pool=Pond()).listed(), list[str])
    Ducks(session=1, pool=Pond())  # type: ignore[arg-type]
    Ducks(sesion="", pool=Pond())  # type: ignore[call-arg]
    views.get("/", tgas=[])  # type: ignore[call-arg]
    APIRouter(middleware=[Middleware(Pure, name="router")]).include_view(Ducks, prefix="/x")


def what_is_wrong() -> None:
    app.get("/", respones_model=Duck)  # type: ignore[call-arg]
    app.get("/", status_code="200")  # type: ignore[arg-type]
    app.add_middleware(Pure, nam="outer")  # type: ignore[call-arg]
    Webfoot(titel="ducks")  # type: ignore[call-arg]
    APIRouter(prefix=1)  # type: ignore[arg-type]
    TestClient(app, base_ulr="http://ducks")  # type: ignore[call-arg]
