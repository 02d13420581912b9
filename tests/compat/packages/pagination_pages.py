"""fastapi-pagination: pages of a list, with their parameters from the query."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from fastapi_pagination import Page, add_pagination, paginate

app = FastAPI()


@app.get("/numbers")
def numbers() -> Page[int]:
    return paginate(list(range(95)))


add_pagination(app)
client = TestClient(app)
page = client.get("/numbers", params={"page": 2, "size": 10}).json()
assert page == {"items": list(range(10, 20)), "total": 95, "page": 2, "size": 10, "pages": 10}
assert client.get("/numbers", params={"size": 0}).status_code == 422
