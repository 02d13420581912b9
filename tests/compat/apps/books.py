"""A FastAPI application of several files' worth: models, routers, dependencies with yield, handlers, middleware."""

import time
from contextlib import asynccontextmanager
from enum import Enum
from typing import Annotated

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    status,
)
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

told: list[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI):
    told.append("start")
    yield {"shelf": "A"}
    told.append("stop")


app = FastAPI(lifespan=lifespan, description="Books.", openapi_tags=[{"name": "books", "description": "To read"}])
app.add_middleware(CORSMiddleware, allow_origins=["https://pond.example"], allow_methods=["*"], allow_headers=["*"])


@app.middleware("http")
async def count(request: Request, call_next):
    begun = time.perf_counter()
    response = await call_next(request)
    response.headers["X-Was-Timed"] = str(time.perf_counter() >= begun)
    return response


class Sort(str, Enum):  # noqa: UP042 - as the tutorials have it
    title = "title"
    year = "year"


class Book(BaseModel):
    title: str = Field(min_length=1, examples=["Dune"])
    year: int | None = Field(default=None, gt=1400)
    tags: set[str] = set()


class BookOut(Book):
    id: int


class Filters(BaseModel):
    model_config = {"extra": "forbid"}
    limit: int = Field(10, le=100)
    sort: Sort = Sort.title


class OutOfPrint(Exception):
    def __init__(self, title: str):
        self.title = title


@app.exception_handler(OutOfPrint)
async def out_of_print(request: Request, exc: OutOfPrint):
    return JSONResponse({"gone": exc.title}, status_code=status.HTTP_410_GONE)


@app.exception_handler(StarletteHTTPException)
async def plain(request, exc):
    return PlainTextResponse(f"sorry: {exc.detail}", status_code=exc.status_code)


@app.exception_handler(RequestValidationError)
async def unprocessable(request: Request, exc: RequestValidationError):
    return JSONResponse({"detail": jsonable_encoder(exc.errors()), "body": exc.body}, status_code=422)


async def transaction():
    told.append("begin")
    try:
        yield "t"
    except HTTPException:
        told.append("rollback")
        raise
    finally:
        told.append("end")


def keeper(x_keeper: Annotated[str | None, Header()] = None) -> str:
    if x_keeper is None:
        raise HTTPException(status_code=401, detail="who are you?", headers={"WWW-Authenticate": "Keeper"})
    return x_keeper


router = APIRouter(prefix="/books", tags=["books"], responses={404: {"description": "Not found"}})
shelf: dict[int, Book] = {1: Book(title="Dune", year=1965)}


@router.get("/", response_model=list[BookOut], response_model_exclude_none=True)
async def books(filters: Annotated[Filters, Query()]):
    return [{**book.model_dump(), "id": number} for number, book in shelf.items()][: filters.limit]


@router.get("/{book_id}", response_model=BookOut)
async def book(book_id: Annotated[int, Path(ge=1)], t: Annotated[str, Depends(transaction)]):
    if book_id == 451:
        raise OutOfPrint("Fahrenheit")
    if book_id not in shelf:
        raise HTTPException(404, "no such book")
    return BookOut(id=book_id, **shelf[book_id].model_dump())


@router.post("/", status_code=201)
def add(book: Book, background: BackgroundTasks, by: Annotated[str, Depends(keeper)]) -> BookOut:
    shelf[len(shelf) + 1] = book
    background.add_task(told.append, f"{by} added {book.title}")
    return BookOut(id=len(shelf), **book.model_dump())


@router.put("/{book_id}", deprecated=True)
async def rename(book_id: int, title: Annotated[str, Body(embed=True, max_length=20)], request: Request):
    return {"url": str(request.url_for("book", book_id=book_id)), "title": title, "shelf": request.state.shelf}


app.include_router(router, prefix="/v1")


@app.get("/told", include_in_schema=False)
def all_told():
    return told


@app.get("/old", response_class=RedirectResponse, status_code=302)
def old():
    return "/v1/books/"


ORIGIN = {"Origin": "https://pond.example"}
ASKS = [
    ("GET", "/v1/books/", {}),
    ("GET", "/v1/books/?sort=year&limit=1", {}),
    ("GET", "/v1/books/?limit=101&sort=size&more=1", {}),
    ("GET", "/v1/books/1", {"headers": ORIGIN}),
    ("GET", "/v1/books/0", {}),
    ("GET", "/v1/books/451", {}),
    ("GET", "/v1/books/7", {}),
    ("GET", "/nowhere", {}),
    ("POST", "/v1/books/", {"json": {"title": "Emma", "tags": ["a"]}}),
    ("POST", "/v1/books/", {"json": {"title": "Emma", "tags": ["a"]}, "headers": {"X-Keeper": "ada"}}),
    ("POST", "/v1/books/", {"json": {"title": "", "year": "x"}, "headers": {"X-Keeper": "ada"}}),
    ("POST", "/v1/books/", {"content": b"{", "headers": {"X-Keeper": "ada", "Content-Type": "application/json"}}),
    ("PUT", "/v1/books/1", {"json": {"title": "Dune II"}}),
    ("PUT", "/v1/books/1", {"json": "Dune II"}),
    ("OPTIONS", "/v1/books/", {"headers": {**ORIGIN, "Access-Control-Request-Method": "PUT"}}),
    ("GET", "/old", {"follow_redirects": False}),
    ("GET", "/told", {}),
    ("GET", "/openapi.json", {}),
]
