"""First steps, and path parameters: operations by method, types in paths, order, enumerations, paths in paths."""

from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import pytest
from tests.differential.api.pages.harness import ask, delete, get, head, patch, post, put, served


class Kind(str, Enum):  # noqa: UP042 as the guide has it
    mallard = "mallard"
    teal = "teal"
    eider = "Eider duck"


class Depth(IntEnum):
    shallow = 1
    deep = 9


def app(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.get("/")
    async def read_shore() -> Any:
        return {"shore": "quiet"}

    @app.post("/")
    def call_all():
        return ["quack", 1, None]

    @app.put("/")
    async def fill() -> str:
        return "full"

    @app.delete("/")
    async def drain() -> None:
        return None

    @app.options("/")
    async def offers():
        return {"offers": True}

    @app.head("/")
    async def look():
        return None

    @app.patch("/")
    async def mend():
        return 3.5

    @app.trace("/")
    async def trace():
        return True

    @app.get("/ducks/mine")
    async def mine():
        return "mine"

    @app.get("/ducks/{duck_id}")
    async def duck(duck_id: int):
        """One duck.

        It *may* be asleep.
        """
        return {"duck_id": duck_id}

    @app.get("/ducks")
    async def ducks():
        return ["first"]

    @app.get("/ducks")
    async def ducks_again():
        return ["second"]

    @app.get("/names/{name}")
    async def by_name(name):
        return name

    @app.get("/kinds/{kind}")
    async def by_kind(kind: Kind):
        if kind is Kind.mallard:
            return {"kind": kind, "green": True}
        return {"kind": kind, "value": kind.value}

    @app.get("/depths/{depth}")
    async def by_depth(depth: Depth):
        return {"depth": depth}

    @app.get("/weights/{weight}")
    async def by_weight(weight: float):
        return weight

    @app.get("/flags/{flag}")
    async def by_flag(flag: bool):
        return flag

    @app.get("/rings/{ring}")
    async def by_ring(ring: UUID):
        return ring

    @app.get("/files/{file_path:path}")
    async def file(file_path: str):
        return {"file_path": file_path}

    @app.get("/ponds/{pond_id}/ducks/{name}")
    async def in_pond(name: str, pond_id: int):
        return [pond_id, name]

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_every_method(page):
    page.right(
        get("/"), post("/"), put("/"), delete("/"), ask("OPTIONS", "/"), head("/"), patch("/"), ask("TRACE", "/")
    )
    page.wrong(ask("PURGE", "/ducks"), post("/ducks"), put("/ducks/1"), delete("/names/a"))
    page.right(get("/?x=1"), get("/", content=b"a body that nobody reads"))


def test_pages_of_the_documentation(page):
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        theirs, ours = (side.client.get(path) for side in (page.theirs, page.ours))
        assert ours.status_code == theirs.status_code == 200
        assert ours.headers["content-type"] == theirs.headers["content-type"]


def test_not_there(page):
    page.wrong(get("/nowhere"), get("/ducks/1/2"), get("/Ducks"), get("/kinds"))
    page.right(get("/ducks/"), get("/names/x/"))


def test_integers(page):
    page.right(
        *map(get, ("/ducks/3", "/ducks/-3", "/ducks/+3", "/ducks/003", "/ducks/3.0", "/ducks/mine", "/ducks/1_0"))
    )
    page.right(get("/ducks/" + "9" * 40), get("/ducks/%203%20"))
    page.wrong(
        *map(get, ("/ducks/foo", "/ducks/4.2", "/ducks/%20", "/ducks/0x1", "/ducks/1e2", "/ducks/٣x", "/ducks/a%20b"))
    )
    page.same(get("/ducks/" + "9" * 5000), get("/ducks/٣"), get("/ducks/%FF"), get("/ducks/%00"))


def test_texts(page):
    page.right(*map(get, ("/names/3", "/names/%C3%A9mile", "/names/a%20b", "/names/a+b", "/names/%22", "/names/null")))
    page.same(get("/names/a%2Fb"), get("/names/%FF"), get("/names/"), get("/names/%F0%9F%A6%86"), get("/names/%25"))


@pytest.mark.parametrize("path", ["weights", "flags", "depths", "rings", "kinds"])
def test_other_types(page, path):
    values = [
        "1", "1.5", "-0", "1e3", "inf", "nan", "true", "True", "on", "off", "yes", "n", "2", "9", "mallard", "teal",
        "Eider%20duck", "Mallard", "12345678-1234-5678-1234-567812345678", "{12345678123456781234567812345678}", "x",
        "12345678-1234-5678-1234", "%20", "null", "shallow",
    ]  # fmt: skip
    page.same(*(get(f"/{path}/{value}") for value in values))


def test_paths_in_paths(page):
    page.right(*map(get, ("/files/a", "/files/a/b.txt", "/files//home/x", "/files/", "/files/a%2Fb", "/files/a/")))
    page.right(get("/ponds/1/ducks/jemima"))
    page.wrong(get("/ponds/x/ducks/1"))
    page.right(get("/files"))
