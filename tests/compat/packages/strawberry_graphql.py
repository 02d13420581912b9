"""Strawberry: queries and mutations, the context as a dependency, and the page for those who explore."""

import strawberry
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from strawberry.fastapi import GraphQLRouter


def keeper() -> str:
    return "Ada"


async def get_context(name: str = Depends(keeper)):
    return {"keeper": name}


ducks = ["Jemima"]


@strawberry.type
class Query:
    @strawberry.field
    def ducks(self, info: strawberry.Info) -> list[str]:
        return [f"{duck} of {info.context['keeper']}" for duck in ducks]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add(self, name: str) -> int:
        ducks.append(name)
        return len(ducks)


app = FastAPI()
app.include_router(GraphQLRouter(strawberry.Schema(Query, Mutation), context_getter=get_context), prefix="/graphql")

client = TestClient(app)
assert client.post("/graphql", json={"query": "{ ducks }"}).json()["data"] == {"ducks": ["Jemima of Ada"]}
added = client.post("/graphql", json={"query": "mutation($n: String!) { add(name: $n) }", "variables": {"n": "Donald"}})
assert added.json()["data"] == {"add": 2}
assert client.get("/graphql", params={"query": "{ ducks }"}).json()["data"]["ducks"][1] == "Donald of Ada"
wrong = client.post("/graphql", json={"query": "{ geese }"}).json()
assert "geese" in wrong["errors"][0]["message"]
page = client.get("/graphql", headers={"accept": "text/html"})
assert page.status_code == 200
assert "<html" in page.text.lower()
assert client.post("/graphql", content=b"{").status_code == 400
