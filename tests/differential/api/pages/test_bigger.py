"""Bigger applications: routers of several modules, included with prefixes, tags, dependencies and responses."""

from typing import Annotated, Any

from tests.differential.api.pages.harness import get, post, put, served


def app(lib: Any) -> Any:
    Depends, Header, HTTPException = lib.Depends, lib.Header, lib.HTTPException

    async def token_header(x_token: Annotated[str, Header()]):
        if x_token != "quack":
            raise HTTPException(status_code=400, detail="X-Token header invalid")

    async def query_token(token: str):
        if token != "jemima":
            raise HTTPException(status_code=400, detail="No token provided")

    keepers = lib.APIRouter()

    @keepers.get("/keepers/", tags=["keepers"])
    async def every_keeper():
        return [{"name": "Emma"}]

    @keepers.get("/keepers/me", tags=["keepers"])
    async def me():
        return {"name": "me"}

    @keepers.get("/keepers/{name}", tags=["keepers"])
    async def keeper(name: str):
        return {"name": name}

    ducks = lib.APIRouter(
        prefix="/ducks",
        tags=["ducks"],
        dependencies=[Depends(token_header)],
        responses={404: {"description": "No such duck"}},
    )

    @ducks.get("/")
    async def every_duck():
        return {"jemima": 1}

    @ducks.get("/{name}")
    async def duck(name: str):
        if name != "jemima":
            raise HTTPException(status_code=404, detail="Duck not found")
        return {"name": name}

    @ducks.put("/{name}", tags=["custom"], responses={403: {"description": "Forbidden"}, 404: {"description": "Own"}})
    async def change(name: str):
        if name == "donald":
            raise HTTPException(status_code=403, detail="You may not")
        return {"name": name}

    admin = lib.APIRouter()

    @admin.post("/")
    async def administer():
        return {"message": "hello"}

    inner = lib.APIRouter(prefix="/inner", deprecated=True, default_response_class=lib.PlainTextResponse)

    @inner.get("")
    async def empty_path():
        return "inner"

    @inner.get("/same")
    async def same():
        return "same"

    outer = lib.APIRouter(prefix="/outer", tags=["outer"], include_in_schema=True)
    outer.include_router(inner, tags=["included"])

    @outer.get("/own")
    async def own():
        return "own"

    hidden = lib.APIRouter(include_in_schema=False)

    @hidden.get("/hidden")
    async def not_told():
        return "hidden"

    app = lib.FastAPI(dependencies=[Depends(query_token)], responses={418: {"description": "Everywhere"}})
    app.include_router(keepers)
    app.include_router(ducks)
    app.include_router(
        admin,
        prefix="/admin",
        tags=["admin"],
        dependencies=[Depends(token_header)],
        responses={418: {"description": "A teapot"}},
    )
    app.include_router(outer, prefix="/v1")
    app.include_router(outer, prefix="/v2", deprecated=True)
    app.include_router(outer, prefix="/{lake}/v3")
    app.include_router(hidden)

    @app.get("/")
    async def root():
        return {"message": "Hello Bigger Pond!"}

    sub = lib.FastAPI(title="Sub")

    @sub.get("/inside")
    async def inside(request: lib.Request):
        return [request.url.path, request.scope["root_path"]]

    app.mount("/sub", sub)
    return app


page = served(app)
QUACK = {"x-token": "quack"}


def test_documents(page):
    page.same_document()
    page.same_document("/sub/openapi.json")


def test_routers(page):
    page.right(
        *(
            get(f"{path}?token=jemima")
            for path in ("/", "/keepers/", "/keepers/me", "/keepers/x", "/hidden", "/keepers")
        )
    )
    page.right(*(get(f"/ducks{path}?token=jemima", headers=QUACK) for path in ("", "/", "/jemima")))
    page.right(put("/ducks/x?token=jemima", headers=QUACK), post("/admin/?token=jemima", headers=QUACK))
    page.wrong(
        get("/"),
        get("/?token=x"),
        get("/keepers/me?token="),
        get("/ducks/?token=jemima"),
        get("/ducks/", headers=QUACK),
    )
    page.wrong(get("/ducks/x?token=jemima", headers=QUACK), put("/ducks/donald?token=jemima", headers=QUACK))
    page.wrong(put("/ducks/x", headers={"x-token": "no"}), post("/admin/?token=jemima"), get("/admin/?token=jemima"))


def test_included_twice(page):
    for start in ("/v1", "/v2", "/como/v3"):
        page.right(
            *(get(f"{start}/outer/{path}?token=jemima") for path in ("own", "inner", "inner/same", "own/", "inner/"))
        )
    page.wrong(get("/v1/outer?token=jemima"), get("/v4/outer/own?token=jemima"))


def test_mounted(page):
    page.right(get("/sub/inside"), get("/sub/inside/"), get("/sub"))
    page.wrong(get("/sub/nothing"))
