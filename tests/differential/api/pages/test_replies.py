"""Response model and return type; extra models; response status code."""

from typing import Annotated, Any, Union

from pydantic import BaseModel, ConfigDict, EmailStr, Field, computed_field, field_serializer
from tests.differential.api.pages.harness import ask, get, head, post, served


class Duck(BaseModel):
    name: str
    description: str | None = None
    weight: float
    tax: float = 10.5
    tags: list[str] = []


class BaseKeeper(BaseModel):
    username: str
    email: EmailStr
    full_name: str | None = None


class KeeperIn(BaseKeeper):
    password: str


class KeeperOut(BaseModel):
    username: str
    email: EmailStr
    full_name: str | None = None


class StoredKeeper(BaseKeeper):
    hashed_password: str


class Swimmer(BaseModel):
    description: str
    type: str = "swimmer"


class Flyer(BaseModel):
    description: str
    type: str = "flyer"
    wings: int


class Told(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    plain: int = Field(alias="itsPlain")
    other: str = Field("x", serialization_alias="theOther")

    @computed_field
    @property
    def twice(self) -> int:
        return self.plain * 2

    @field_serializer("other")
    def loud(self, value: str) -> str:
        return value.upper()


class Row:
    """What a database gives."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


DUCKS = {
    "jemima": {"name": "Jemima", "weight": 50.2},
    "donald": {"name": "Donald", "description": "Loud", "weight": 62, "tax": 20.2},
    "daisy": {"name": "Daisy", "description": None, "weight": 50.2, "tax": 10.5, "tags": []},
}


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    status = lib.status

    @app.post("/ducks")
    async def add(duck: Duck) -> Duck:
        return duck

    @app.get("/ducks")
    async def every() -> list[Duck]:
        return [Duck(name="a", weight=1), Duck(name="b", weight=2)]

    @app.get("/as-any", response_model=list[Duck])
    async def as_any() -> Any:
        return [{"name": "a", "weight": 1, "more": "x"}, Row(name="b", weight=2)]

    @app.get("/rows", response_model=list[Told])
    async def rows() -> Any:
        return [Row(itsPlain=1, more=2), {"itsPlain": "3", "other": "y"}]

    @app.get("/rows-by-name", response_model=Told, response_model_by_alias=False)
    async def rows_by_name() -> Any:
        return {"itsPlain": 4}

    @app.post("/same", response_model=KeeperIn)
    async def same(keeper: KeeperIn) -> Any:
        return keeper

    @app.post("/less", response_model=KeeperOut)
    async def less(keeper: KeeperIn) -> Any:
        return keeper

    @app.post("/inherited")
    async def inherited(keeper: KeeperIn) -> BaseKeeper:
        return keeper

    @app.post("/inherited-many")
    async def inherited_many(keeper: KeeperIn) -> dict[str, list[BaseKeeper]]:
        return {"keepers": [keeper, StoredKeeper(**keeper.model_dump(), hashed_password="secret")]}

    @app.get("/portal")
    async def portal(teleport: bool = False) -> lib.Response:
        if teleport:
            return lib.RedirectResponse(url="https://pond.example/a b?c=\u00e9")
        return lib.JSONResponse(content={"message": "Here is your portal."})

    @app.get("/teleport")
    async def teleport() -> lib.RedirectResponse:
        return lib.RedirectResponse(url="/ducks", status_code=303)

    @app.get("/portal-or-dict", response_model=None)
    async def portal_or_dict(teleport: bool = False) -> lib.Response | dict[str, Any]:
        return lib.RedirectResponse(url="/x") if teleport else {"message": object.__name__}

    @app.get("/priority", response_model=KeeperOut)
    async def priority() -> KeeperIn:
        return KeeperIn(username="a", email="a@pond.example", password="secret")

    @app.get("/unset/{name}", response_model=Duck, response_model_exclude_unset=True)
    async def unset(name: str):
        return DUCKS[name]

    @app.get("/defaults/{name}", response_model=Duck, response_model_exclude_defaults=True)
    async def defaults(name: str):
        return DUCKS[name]

    @app.get("/none/{name}", response_model=Duck, response_model_exclude_none=True)
    async def none(name: str):
        return DUCKS[name]

    @app.get("/include/{name}", response_model=Duck, response_model_include={"name", "description"})
    async def include(name: str):
        return DUCKS[name]

    @app.get("/include-list/{name}", response_model=Duck, response_model_include=["name", "nothing"])
    async def include_list(name: str):
        return DUCKS[name]

    @app.get("/exclude/{name}", response_model=Duck, response_model_exclude={"tax"})
    async def exclude(name: str) -> Any:
        return Duck(**DUCKS[name])

    @app.get("/both/{name}", response_model_include=["name", "tags"], response_model_exclude=["tags"])
    async def both(name: str) -> Duck:
        return Duck(**DUCKS[name])

    @app.get("/broken/{name}")
    async def broken(name: str) -> Duck:
        return {"name": [name]}  # type: ignore[return-value]

    @app.post("/stored", response_model=KeeperOut)
    async def stored(keeper: KeeperIn):
        return StoredKeeper(**keeper.model_dump(), hashed_password="super" + keeper.password)

    @app.get("/swimmers-or-flyers/{kind}", response_model=Union[Flyer, Swimmer])  # noqa: UP007 the old way
    async def either(kind: str):
        return {"a": {"description": "low"}, "b": {"description": "high", "wings": 2, "type": "b"}}[kind]

    @app.get("/weights", response_model=dict[str, float])
    async def weights():
        return {"a": 2, "b": "3.5"}

    @app.get("/text-of-a-model", response_class=lib.HTMLResponse, response_model=list[Told])
    async def text_of_a_model():
        return lib.HTMLResponse("<p>told")

    @app.get("/plain-values")
    async def plain_values(what: str) -> int | str | bool | None:
        return {"int": 1, "str": "x", "bool": True, "none": None}[what]

    @app.get("/checked")
    async def checked() -> Annotated[int, Field(gt=3)]:
        return 4

    @app.post("/created", status_code=201)
    async def created(name: str):
        return {"name": name}

    @app.post("/named-status", status_code=status.HTTP_202_ACCEPTED)
    async def named_status():
        return None

    for code in (200, 204, 205, 299, 304, 307, 404, 418, 500):

        @app.get(f"/status/{code}", status_code=code)
        async def with_status() -> None:
            return None

    @app.delete("/gone", status_code=status.HTTP_204_NO_CONTENT)
    async def gone():
        pass

    @app.delete("/gone-with-model", status_code=204, response_model=None)
    async def gone_with_model() -> None: ...

    return app


page = served(app)
KEEPER = {"username": "emma", "email": "emma@pond.example", "full_name": "Emma", "password": "secret"}


def test_document(page):
    page.same_document()


def test_models(page):
    page.right(
        post("/ducks", DUCKS["donald"]), post("/ducks", {**DUCKS["jemima"], "more": 1}), get("/ducks"), get("/rows")
    )
    page.right(get("/rows-by-name"))
    page.same(get("/as-any"))
    page.wrong(head("/ducks"), post("/ducks", {}))


def test_less_comes_out_than_went_in(page):
    for path in ("/same", "/less", "/inherited", "/inherited-many", "/stored"):
        page.right(post(path, KEEPER))
        for email in (
            "",
            "emma",
            "emma@",
            "@pond.example",
            "emma@pond",
            "e m@pond.example",
            "\u00e9mma@p\u00f6nd.example",
        ):
            page.same(post(path, {**KEEPER, "email": email}))


def test_responses(page):
    page.right(get("/portal"), get("/portal?teleport=1"), get("/teleport"), get("/portal-or-dict?teleport=1"))
    page.right(get("/portal-or-dict"), get("/priority"))


def test_left_out(page):
    for way in ("unset", "defaults", "none", "include", "include-list", "exclude", "both"):
        page.right(*(get(f"/{way}/{name}") for name in DUCKS))


def test_broken_promises(page):
    assert [answer.status for answer in page.same(get("/broken/x"), get("/unset/nobody"))] == [500, 500]


def test_other_types(page):
    page.right(get("/text-of-a-model"))
    page.right(*map(get, ("/swimmers-or-flyers/a", "/swimmers-or-flyers/b", "/weights", "/checked")))
    page.right(*(get(f"/plain-values?what={what}") for what in ("int", "str", "bool", "none")))


def test_statuses(page):
    page.right(
        post("/created?name=x"), post("/named-status"), ask("DELETE", "/gone"), ask("DELETE", "/gone-with-model")
    )
    page.same(*(get(f"/status/{code}") for code in (200, 204, 299, 304, 307, 404, 418, 500)))
