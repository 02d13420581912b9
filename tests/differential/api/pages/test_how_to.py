"""How-to recipes: requests and routes of one's own classes, the docs page and its settings; what the page of general
recipes points to: filtering, redirecting, describing. Templates beside them."""

import gzip
import json
import time
from pathlib import Path
from typing import Annotated, Any

import pytest
from jinja2 import DictLoader, Environment
from pydantic import BaseModel, Field, SecretStr
from tests.differential.api.pages.harness import get, post, served
from tests.differential.api.twins import listed


class Egg(BaseModel):
    mark: str
    secret: SecretStr = SecretStr("hidden")
    price: float = Field(1, gt=0)


def own_routes(lib: Any) -> Any:
    class Unpacking(lib.Request):
        async def body(self) -> bytes:
            if not hasattr(self, "_unpacked"):
                body = await super().body()
                packed = "gzip" in self.headers.getlist("content-encoding")
                self._unpacked = gzip.decompress(body) if packed else body
            return self._unpacked

    class UnpackingRoute(lib.APIRoute):
        def get_route_handler(self) -> Any:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                return await original(Unpacking(request.scope, request.receive))

            return handler

    class TellingRoute(lib.APIRoute):
        """Tells in its answer what did not fit, and the body it was in."""

        def get_route_handler(self) -> Any:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                try:
                    return await original(request)
                except lib.RequestValidationError as error:
                    body = await request.body()
                    raise lib.HTTPException(422, {"errors": error.errors(), "body": body.decode()}) from None

            return handler

    class TimedRoute(lib.APIRoute):
        def get_route_handler(self) -> Any:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                began = time.perf_counter()
                response = await original(request)
                response.headers["x-took"] = str(time.perf_counter() - began >= 0)
                return response

            return handler

    app = lib.FastAPI()
    app.router.route_class = UnpackingRoute
    telling = lib.APIRouter(prefix="/telling", route_class=TellingRoute)
    timed = lib.APIRouter(route_class=TimedRoute)

    @app.post("/sum")
    async def total(numbers: Annotated[list[int], lib.Body()]):
        return {"sum": sum(numbers)}

    @telling.post("/sum")
    async def told(numbers: Annotated[list[int], lib.Body()]):
        return sum(numbers)

    @timed.get("/timed")
    async def is_timed(q: int = 0):
        return q

    @timed.get("/raises")
    async def raises():
        raise lib.HTTPException(404)

    app.get("/not-timed")(is_timed)
    app.include_router(telling)
    app.include_router(timed)
    return app


def general(lib: Any) -> Any:
    app = lib.FastAPI(openapi_tags=[{"name": "eggs", "description": "Those"}], redirect_slashes=False)

    @app.post("/eggs", response_model=Egg, response_model_exclude={"price"}, tags=["eggs"], deprecated=True)
    async def filtered(egg: Egg):
        return egg

    @app.get("/", include_in_schema=False)
    async def home():
        return lib.RedirectResponse("/docs")

    @app.get("/slash/")
    async def slash():
        return 1

    @app.get("/documented", summary="Short", description="Long", response_description="It", tags=["eggs", "other"])
    async def documented():
        return lib.jsonable_encoder(Egg(mark="a"), exclude={"secret"})

    return app


SHOWN = {
    "deepLinking": False, "syntaxHighlight": {"theme": "obsidian"}, "tryItOutEnabled": True, "docExpansion": "none",
}  # fmt: skip


def shown(lib: Any) -> Any:
    return lib.FastAPI(
        title="Shown </script><b>",
        docs_url="/papers",
        swagger_ui_parameters=SHOWN,
        swagger_ui_oauth2_redirect_url="/papers/back",
        swagger_ui_init_oauth={"clientId": "id", "usePkceWithAuthorizationCodeGrant": True},
    )


def own_page(lib: Any) -> Any:
    """The page by hand, its files from somewhere else."""
    app = lib.FastAPI(docs_url=None, redoc_url=None)

    @app.get("/own", include_in_schema=False)
    async def own():
        return lib.get_swagger_ui_html(
            openapi_url=app.openapi_url,
            title="Own title",
            oauth2_redirect_url=app.swagger_ui_oauth2_redirect_url,
            swagger_js_url="/static/bundle.js",
            swagger_css_url="https://cdn.example/ui.css",
            swagger_favicon_url="/static/icon.png",
            init_oauth={"clientId": "x"},
            swagger_ui_parameters={"filter": True},
        )

    @app.get(app.swagger_ui_oauth2_redirect_url, include_in_schema=False)
    async def back():
        return lib.get_swagger_ui_oauth2_redirect_html()

    return app


HERE = Path(__file__).parent


def pages(lib: Any) -> Any:
    app = lib.FastAPI()
    app.mount("/static", lib.StaticFiles(directory=HERE), name="static")
    page = "<a href=\"{{ url_for('read', mark=mark) }}\">{{ mark }}</a>{{ url_for('static', path='/x.css') }}"
    templates = lib.Jinja2Templates(env=Environment(loader=DictLoader({"egg.html": page}), autoescape=True))

    @app.get("/eggs/{mark}", response_class=lib.HTMLResponse)
    async def read(request: lib.Request, mark: str):
        return templates.TemplateResponse(request=request, name="egg.html", context={"mark": mark}, status_code=203)

    @app.get("/none")
    async def none(request: lib.Request):
        return templates.TemplateResponse(request, "egg.html", {"mark": None}, headers={"x-page": "1"})

    return app


of_routes = served(own_routes)
of_general = served(general)
of_shown = served(shown)
of_own_page = served(own_page)
of_pages = served(pages)


def test_documents(of_routes, of_general, of_own_page):
    of_routes.same_document()
    of_general.same_document()
    of_own_page.same_document()


def test_routes_of_ones_own(of_routes):
    packed = {
        "content": gzip.compress(b"[1, 2]"),
        "headers": {"content-encoding": "gzip", "content-type": "application/json"},
    }
    of_routes.right(post("/sum", [1, 2]), post("/sum", **packed), post("/telling/sum", [3]))
    of_routes.wrong(
        post("/sum", ["x"]),
        post("/telling/sum", ["x"]),
        post("/telling/sum", **packed),
    )
    of_routes.same(post("/telling/sum", content=b"{"))
    of_routes.right(get("/timed"), get("/not-timed"))
    of_routes.wrong(get("/timed?q=x"), get("/raises"))


def test_general(of_general):
    of_general.right(post("/eggs", {"mark": "a", "secret": "s", "price": 3}), get("/documented"), get("/slash/"))
    of_general.wrong(get("/slash"), get("/eggs/"), post("/eggs", {"mark": "a", "price": 0}))
    of_general.right(get("/"))


def test_the_page_takes_the_settings(of_shown):
    for side in (of_shown.theirs, of_shown.ours):
        html = side.client.get("/papers").text
        for name, value in SHOWN.items():
            assert json.dumps(name) in html, name
            assert json.dumps(value) in html or json.dumps(value, separators=(",", ":")) in html, name
        assert "/papers/back" in html
        assert "clientId" in html
    of_shown.wrong(get("/docs"), get("/docs/oauth2-redirect"))
    assert [side.client.get("/papers/back").status_code for side in (of_shown.theirs, of_shown.ours)] == [200, 200]


@pytest.mark.parametrize(
    "words",
    listed(
        "/static/bundle.js https://cdn.example/ui.css /static/icon.png clientId filter /openapi.json oauth2-redirect"
    ),
)
def test_a_page_of_ones_own(of_own_page, words):
    for side in (of_own_page.theirs, of_own_page.ours):
        answer = side.client.get("/own")
        assert answer.status_code == 200
        assert words in answer.text
        assert side.client.get("/docs/oauth2-redirect").status_code == 200
    of_own_page.wrong(get("/docs"), get("/redoc"))


def test_templates(of_pages):
    of_pages.right(get("/eggs/a%20b"), get("/eggs/%3Cb%3E"), get("/none"))
    of_pages.wrong(get("/static/none.css"), get("/eggs/a/b"))
    of_pages.same_document()
