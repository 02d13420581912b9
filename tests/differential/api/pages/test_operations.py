"""Path operation configuration; metadata and documentation URLs; JSON-compatible encoder; body updates."""

import dataclasses
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel
from tests.differential.api.pages.harness import get, patch, post, put, served


class Tags(Enum):
    ducks = "ducks"
    keepers = "keepers"


class Duck(BaseModel):
    name: str | None = None
    description: str | None = None
    weight: float | None = None
    tax: float = 10.5
    tags: set[str] = set()
    hatched: datetime | None = None


@dataclasses.dataclass
class Nest:
    eggs: int
    where: str = "reeds"


DESCRIPTION = """
A pond on the net. 🦆

## Ducks

You can **count** them.
"""


def configured(lib: Any) -> Any:
    app = lib.FastAPI(
        title="Pond",
        description=DESCRIPTION,
        summary="Ducks, mostly.",
        version="0.0.1",
        terms_of_service="https://pond.example/terms/",
        contact={"name": "The keeper", "url": "https://pond.example/contact", "email": "keeper@pond.example"},
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=[
            {"name": "keepers", "description": "Who feeds."},
            {
                "name": "ducks",
                "description": "Who *eats*.",
                "externalDocs": {"description": "More", "url": "https://pond.example"},
            },
        ],
    )

    @app.post(
        "/ducks/", status_code=lib.status.HTTP_201_CREATED, tags=["ducks"], summary="Add a duck", response_model=Duck
    )
    async def add(duck: Duck):
        """
        Add a duck with all that is known:

        - **name**: each has one
        - **tax**: nobody pays it
        \f
        Not for the document.
        """
        return duck

    @app.get("/ducks/", tags=[Tags.ducks, "more"], description="Written *beside* it.", response_description="The ducks")
    async def ducks():
        """Not this."""
        return []

    @app.get("/keepers/", tags=[Tags.keepers], deprecated=True, operation_id="every_keeper", name="all keepers")
    async def keepers():
        return ["emma"]

    @app.get("/hidden", include_in_schema=False)
    async def hidden():
        return "hidden"

    @app.put(
        "/responses/{x}", responses={404: {"description": "No such x", "model": Nest}, "5XX": {"description": "Ours"}}
    )
    async def responses(x: int):
        return x

    @app.get("/extra", openapi_extra={"x-duck": {"a": 1}, "parameters": [{"in": "query", "name": "q"}]})
    async def extra():
        """One line"""
        return 1

    return app


def elsewhere(lib: Any) -> Any:
    """The document and its page under other addresses."""
    return lib.FastAPI(openapi_url="/api/v1/openapi.json", docs_url="/documentation", redoc_url=None, title="Elsewhere")


def nowhere(lib: Any) -> Any:
    return lib.FastAPI(openapi_url=None)


def updated(lib: Any) -> Any:
    app = lib.FastAPI()
    app.state.ducks = {
        "jemima": {"name": "Jemima", "weight": 50.2},
        "donald": {"name": "Donald", "description": "Loud", "weight": 62, "tax": 20.2, "tags": {"a"}},
    }
    encoder = lib.jsonable_encoder

    @app.get("/ducks/{name}", response_model=Duck)
    async def read(name: str):
        return app.state.ducks[name]

    @app.put("/ducks/{name}", response_model=Duck)
    async def replace(name: str, duck: Duck):
        app.state.ducks[name] = encoder(duck)
        return app.state.ducks[name]

    @app.patch("/ducks/{name}")
    async def change(name: str, duck: Duck) -> Duck:
        stored = Duck(**app.state.ducks[name])
        changed = stored.model_copy(update=duck.model_dump(exclude_unset=True))
        app.state.ducks[name] = encoder(changed)
        return changed

    @app.post("/encoded")
    async def encoded(duck: Duck, how: str = "plain"):
        options: dict[str, Any] = {
            "plain": {},
            "unset": {"exclude_unset": True},
            "defaults": {"exclude_defaults": True},
            "none": {"exclude_none": True},
            "include": {"include": {"name", "hatched"}},
            "exclude": {"exclude": ["name"]},
            "custom": {"custom_encoder": {datetime: lambda value: value.year}},
        }[how]
        data = encoder(duck, **options)
        assert type(data) is dict
        return [data, encoder({"nest": Nest(3), "when": datetime(2026, 1, 2), Tags.ducks: b"x"}, **options)]

    return app


page = served(configured)
moved = served(elsewhere)
without = served(nowhere)
changing = served(updated)


def test_documents(page, moved, changing):
    page.same_document()
    moved.same_document("/api/v1/openapi.json")
    changing.same_document()


def test_urls(page, moved, without):
    page.right(get("/ducks/"), get("/keepers/"), get("/hidden"), get("/extra"), post("/ducks/", {}))
    moved.wrong(get("/openapi.json"), get("/docs"), get("/redoc"), get("/documentation/oauth2-redirect"))
    without.wrong(get("/openapi.json"), get("/docs"), get("/redoc"), get("/docs/oauth2-redirect"))
    assert [side.client.get("/documentation").status_code for side in (moved.ours, moved.theirs)] == [200, 200]


def test_encoder(changing):
    duck = {"name": "a", "weight": 3, "hatched": "2026-01-02T03:04:05Z", "tags": ["x"], "description": None}
    for how in ("plain", "unset", "defaults", "none", "include", "exclude", "custom"):
        changing.right(post(f"/encoded?how={how}", duck), post(f"/encoded?how={how}", {"tax": 10.5}))


def test_updates(changing):
    changing.right(get("/ducks/jemima"), patch("/ducks/jemima", {"description": "x"}), get("/ducks/jemima"))
    changing.right(
        patch("/ducks/donald", {}),
        patch("/ducks/donald", {"tax": 1, "tags": ["q"], "name": None}),
        get("/ducks/donald"),
    )
    changing.right(put("/ducks/donald", {"name": "D"}), get("/ducks/donald"), put("/ducks/new", {}), get("/ducks/new"))
    changing.wrong(patch("/ducks/donald"), patch("/ducks/donald", {"weight": "x"}), put("/ducks/donald", [1]))
    changing.same(patch("/ducks/nobody", {}))
