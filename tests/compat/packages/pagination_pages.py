"""fastapi-pagination: pages of a list, by number, by offset and by cursor, with their parameters from the query."""

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from fastapi_pagination import LimitOffsetPage, Page, Params, add_pagination, paginate, set_page
from fastapi_pagination.api import create_page, resolve_params
from fastapi_pagination.cursor import CursorPage
from fastapi_pagination.customization import CustomizedPage, UseName, UseParamsFields
from fastapi_pagination.iterables import LimitOffsetPage as LimitOffsetOfIterable
from fastapi_pagination.iterables import paginate as paginate_iterable
from fastapi_pagination.links import Page as LinkedPage
from pydantic import BaseModel

NUMBERS = list(range(95))
SmallPage = CustomizedPage[Page, UseName("SmallPage"), UseParamsFields(size=5)]


class Duck(BaseModel):
    number: int


app = FastAPI()
router = APIRouter(prefix="/ducks", tags=["ducks"])
late = APIRouter()


@app.get("/numbers")
def numbers() -> Page[int]:
    return paginate(NUMBERS)


@app.get("/models", response_model=Page[Duck])
async def models():
    return paginate([{"number": number} for number in NUMBERS])


@app.get("/small")
async def small() -> SmallPage[int]:
    return paginate(NUMBERS)


@app.get("/explicit")
async def explicit(size: int = 3) -> dict:
    with set_page(Page[int]):
        return {"total": paginate(NUMBERS, Params(size=size)).total}


@app.get("/cursor")
async def cursor() -> CursorPage[int]:
    params = resolve_params()
    wanted = params.to_raw_params()
    begin = int(wanted.cursor or 0)
    end = begin + wanted.size
    return create_page(NUMBERS[begin:end], total=95, params=params, next_=str(end) if end < 95 else None)


@app.get("/linked")
async def linked() -> LinkedPage[int]:
    return paginate(NUMBERS)


@router.get("/offset")
async def offset() -> LimitOffsetPage[int]:
    return paginate(NUMBERS)


@router.get("/transformed")
async def transformed() -> Page[str]:
    return paginate(NUMBERS, transformer=lambda items: [f"duck {item}" for item in items])


@router.get("/iterable")
async def iterable() -> LimitOffsetOfIterable[int]:
    return paginate_iterable(iter(NUMBERS), total=95)


@router.get("/plain")
async def plain(size: int = 1):
    return size


@router.get("/own", dependencies=[])
async def own() -> Page[int]:
    return paginate(NUMBERS)


app.include_router(router, prefix="/v1")
app.include_router(router, prefix="/v2")
add_pagination(app)

app.include_router(late)
add_pagination(late)


@late.get("/late")
async def added_late() -> Page[int]:
    return paginate(NUMBERS)


def names(path):
    parameters = client.get("/openapi.json").json()["paths"][path]["get"].get("parameters", [])
    return [parameter["name"] for parameter in parameters]


with TestClient(app) as client:  # add_pagination looks at the routes once more when the application starts
    page = client.get("/numbers", params={"page": 2, "size": 10}).json()
    assert page == {"items": list(range(10, 20)), "total": 95, "page": 2, "size": 10, "pages": 10}
    assert client.get("/numbers", params={"size": 0}).status_code == 422
    assert client.get("/models", params={"size": 1}).json()["items"] == [{"number": 0}]
    assert client.get("/small").json()["items"] == NUMBERS[:5]
    assert client.get("/explicit").json() == {"total": 95}
    for version in ("/v1", "/v2"):
        page = client.get(f"{version}/ducks/offset", params={"limit": 5, "offset": 90}).json()
        assert page == {"items": NUMBERS[90:], "total": 95, "limit": 5, "offset": 90}
        assert client.get(f"{version}/ducks/transformed", params={"size": 1}).json()["items"] == ["duck 0"]
        assert client.get(f"{version}/ducks/iterable", params={"limit": 2}).json()["items"] == [0, 1]
        assert client.get(f"{version}/ducks/plain").json() == 1
        assert names(f"{version}/ducks/offset") == ["limit", "offset"]
        assert names(f"{version}/ducks/plain") == ["size"]
    assert len(client.get("/v1/ducks/own").json()["items"]) == 50
    assert client.get("/late", params={"size": 4}).json()["items"] == NUMBERS[:4]
    assert names("/numbers") == ["page", "size"]
    assert names("/late") == ["page", "size"]

    seen, following = [], {}
    while following is not None:
        page = client.get("/cursor", params={"size": 40, **following}).json()
        seen += page["items"]
        following = {"cursor": page["next_page"]} if page["next_page"] else None
    assert seen == NUMBERS
    assert client.get("/cursor", params={"cursor": "a"}).status_code == 400
    links = client.get("/linked", params={"page": 2, "size": 10}).json()["links"]
    assert links["prev"] == "/linked?size=10&page=1"
