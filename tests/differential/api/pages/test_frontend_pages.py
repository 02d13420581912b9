"""A frontend behind an API, and limits of bodies, over sockets."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

from tests.differential.api.pages.harness import ask, get, head, post, served

DIST = Path(mkdtemp())
(DIST / "assets").mkdir()
(DIST / "docs-of-ours").mkdir()
(DIST / "index.html").write_text("<h1>ducks</h1>")
(DIST / "docs-of-ours" / "index.html").write_text("<h1>docs</h1>")
(DIST / "assets" / "app.js").write_text("quack()" * 1000)
(DIST / "assets" / "\u00e9.css").write_text("p {}")

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def with_frontend(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.get("/api/ducks")
    def ducks() -> list[str]:
        return ["eider"]

    def member(token: str) -> None:
        if token != "quack":
            raise lib.HTTPException(401)

    members = lib.APIRouter(prefix="/members", dependencies=[lib.Depends(member)])
    members.frontend("/", directory=DIST)
    app.frontend("/", directory=DIST)
    app.include_router(members)
    return app


frontend = served(with_frontend)


def test_files(frontend: Any) -> None:
    frontend.right(
        get("/"), get("/index.html"), get("/assets/app.js"), get("/assets/%C3%A9.css"), head("/"),
        head("/assets/app.js"), get("/docs-of-ours"), get("/docs-of-ours/"), get("/api/ducks"), get("/api/ducks/"),
        get("/assets/app.js", headers={"range": "bytes=3-5"}), get("/assets/app.js", headers={"if-none-match": "*"}),
    )  # fmt: skip


def test_links(frontend: Any) -> None:
    frontend.right(get("/ponds/7", headers=PAGE), head("/ponds/7", headers=PAGE), get("/x.js", headers=PAGE))
    frontend.wrong(
        get("/ponds/7"), head("/ponds/7"), get("/x.js", headers={"accept": "*/*"}), post("/ponds/7", headers=PAGE),
        ask("DELETE", "/ponds/7", headers=PAGE), post("/api/ducks"), post("/assets/app.js"), get("/%2e%2e/secret"),
    )  # fmt: skip


def test_members(frontend: Any) -> None:
    frontend.wrong(get("/members/"), get("/members/?token=honk"), get("/members/x?token=quack"), post("/members/x"))
    frontend.right(get("/members/?token=quack"), get("/members?token=quack"))
    frontend.right(get("/members/x?token=quack", headers=PAGE))


def with_limits(lib: Any) -> Any:
    app = lib.FastAPI(max_body_size=100, form_limits={"max_fields": 2})
    photos = lib.APIRouter(prefix="/photos", max_body_size=10_000)

    @app.post("/json")
    async def json(body: dict[str, str]) -> int:
        return len(body)

    @app.post("/form")
    async def form(name: Annotated[str, lib.Form()], mail: Annotated[str, lib.Form()] = "") -> list[str]:
        return [name, mail]

    @app.post("/stream")
    async def stream(request: lib.Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    @photos.post("/")
    def photo(photo: lib.UploadFile) -> int:
        return photo.size

    @photos.post("/small", max_body_size=300)
    def small(photo: lib.UploadFile) -> int:
        return photo.size

    @photos.post("/none", max_body_size=0)
    def none() -> None: ...

    app.include_router(photos)
    return app


limits = served(with_limits)


def test_within_the_limits(limits: Any) -> None:
    limits.right(
        post("/json", json={"a": "b"}), post("/form", data={"name": "eider"}), post("/stream", content=b"x" * 100),
        post("/photos/", files={"photo": b"x" * 5000}), post("/photos/small", files={"photo": b"x" * 50}),
        post("/photos/none"),
    )  # fmt: skip


def test_beyond_them(limits: Any) -> None:
    limits.wrong(
        post("/json", json={"a": "b" * 100}), post("/form", data={"name": "e" * 100}),
        post("/stream", content=b"x" * 101), post("/photos/", files={"photo": b"x" * 10_000}),
        post("/photos/small", files={"photo": b"x" * 300}),
        post("/photos/none", content=b"x"), post("/form", data={"name": "a", "mail": "b", "more": "c"}),
    )  # fmt: skip


def test_chunks_are_counted(limits: Any) -> None:
    raw = b"POST /stream HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    limits.same_raw(raw + b"32\r\n" + b"x" * 50 + b"\r\n0\r\n\r\n")
    limits.same_raw(raw + (b"32\r\n" + b"x" * 50 + b"\r\n") * 3 + b"0\r\n\r\n")
