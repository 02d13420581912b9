"""Additional status codes; a response returned directly; custom responses, class by class; cookies, headers and status
of a response that the endpoint did not make."""

import asyncio
import io
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field
from tests.differential.api.pages.harness import ask, get, head, post, put, served
from tests.differential.api.twins import listed

PAGE = Path(__file__)
STORK = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


class Egg(BaseModel):
    mark: str
    weight: float | None = None
    laid: datetime | None = None
    pond: str = Field("blue", serialization_alias="water")


class Feather(BaseModel):
    colour: str


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    eggs = {"a": {"mark": "a", "weight": 60.0}}

    class YamlResponse(lib.Response):
        media_type = "application/yaml"

        def render(self, content: Any) -> bytes:
            return "".join(f"{key}: {value}\n" for key, value in content.items()).encode()

    class Spaced(lib.JSONResponse):
        media_type = "application/vnd.duck+json"

        def render(self, content: Any) -> bytes:
            return super().render({"wrapped": content}).replace(b":", b" : ")

    class Nothing(lib.Response):
        pass

    class Svg(lib.StreamingResponse):
        media_type = "image/svg+xml"

    # Additional status codes

    @app.put("/eggs/{mark}")
    async def upsert(mark: str, weight: Annotated[float | None, lib.Body()] = None):
        if mark in eggs:
            eggs[mark]["weight"] = weight
            return eggs[mark]
        made = {"mark": mark, "weight": weight}
        return lib.JSONResponse(status_code=lib.status.HTTP_201_CREATED, content=made)

    # Returned directly

    @app.post("/direct")
    def direct(egg: Egg):
        return lib.JSONResponse(content=lib.jsonable_encoder(egg), headers={"X-Egg": egg.mark})

    @app.get("/direct-of-a-model", response_model=Egg, status_code=202)
    async def direct_of_a_model():
        return lib.JSONResponse({"not": "an egg"})

    @app.get("/annotated")
    async def annotated(hollow: bool = False) -> lib.Response:
        if hollow:
            return lib.RedirectResponse("/text?x=ä ö")
        return lib.Response(content="<egg/>", media_type="application/xml")

    @app.get("/subclass")
    async def subclass() -> lib.RedirectResponse:
        return lib.RedirectResponse("https://pond.example/a?b=c#d", status_code=303)

    @app.get("/either", response_model=None)
    async def either(short: bool = False) -> lib.Response | dict:
        return {"long": 1} if not short else lib.Response(status_code=204)

    @app.get("/unserialisable")
    async def unserialisable():
        return lib.JSONResponse({"at": datetime(2020, 1, 1, tzinfo=timezone.utc)})  # noqa: UP017 as users have it

    def counted(response: lib.Response, n: int = 1):
        response.headers["x-n"] = str(n)
        response.set_cookie("n", str(n))
        return n

    # Class by class, declared

    @app.get("/html", response_class=lib.HTMLResponse)
    async def html():
        return "<html><body>ü</body></html>"

    @app.get("/html-direct")
    async def html_direct():
        return lib.HTMLResponse("<p>x</p>", status_code=418)

    @app.get("/html-both", response_class=lib.HTMLResponse)
    async def html_both():
        return lib.HTMLResponse(content="<p>both</p>", headers={"content-language": "en"})

    @app.get("/text", response_class=lib.PlainTextResponse)
    def text(x: str = "plain"):
        return x

    @app.get("/text-of-model", response_class=lib.PlainTextResponse, response_model=int)
    async def text_of_model():
        return "7"

    @app.get("/text-wrong", response_class=lib.PlainTextResponse)
    async def text_wrong():
        return {"a": 1}

    @app.get("/json", response_class=lib.JSONResponse)
    async def json() -> list[Egg]:
        return [Egg(mark="ü"), {"mark": "b", "weight": "2.5", "more": 1}]

    @app.get("/json-media", response_class=lib.JSONResponse, status_code=203)
    async def json_media():
        return lib.JSONResponse([1], media_type="application/problem+json")

    @app.get("/spaced", response_class=Spaced)
    async def spaced() -> Egg:
        return Egg(mark="x")

    @app.get("/yaml", response_class=YamlResponse, response_model=Egg, response_model_exclude_none=True)
    async def yaml():
        return Egg(mark="y", weight=2)

    @app.get("/yaml-direct")
    async def yaml_direct():
        return YamlResponse({"a": 1}, background=None)

    @app.get("/redirect", response_class=lib.RedirectResponse, status_code=302)
    async def redirect():
        return "https://pond.example/"

    @app.get("/redirect-default", response_class=lib.RedirectResponse)
    async def redirect_default():
        return "/text"

    @app.get("/promised-to-nobody", response_class=lib.Response)
    async def promised_to_nobody() -> Feather:
        return lib.Response("of no type, so the document only lists the model")

    @app.get("/nothing", response_class=Nothing)
    async def nothing():
        return b"raw \xff"

    @app.get("/bare", response_class=lib.Response)
    async def bare():
        return "bare"

    @app.get("/stream")
    async def stream():
        async def parts():
            for number in range(3):
                await asyncio.sleep(0)
                yield f"part {number}\n"

        return lib.StreamingResponse(parts(), media_type="text/plain", headers={"x-parts": "3"})

    @app.get("/stream-file")
    def stream_file():
        def lines():
            with io.BytesIO(b"one\ntwo\n") as file:
                yield from file

        return lib.StreamingResponse(lines(), status_code=206)

    @app.get("/stream-iterable")
    async def stream_iterable():
        return lib.StreamingResponse([b"a", "b", memoryview(b"c")])

    @app.get("/yielded", response_class=lib.StreamingResponse)
    async def yielded():
        yield "a"
        yield b"b\xff"

    @app.get("/yielded-in-a-thread", response_class=Svg)
    def yielded_in_a_thread() -> Any:
        with io.BytesIO(STORK) as file:
            yield from file

    @app.get("/yielded-with-headers", response_class=Svg, status_code=203)
    async def yielded_with_headers(n: Annotated[int, lib.Depends(counted)]):
        for _ in range(n):
            yield STORK

    @app.get("/file")
    async def file(name: str | None = None, inline: bool = False):
        kind = "inline" if inline else "attachment"
        return lib.FileResponse(PAGE, filename=name, content_disposition_type=kind, headers={"etag": '"1"'})

    @app.get("/file-declared", response_class=lib.FileResponse)
    async def file_declared():
        return "/nowhere/at/all"

    @app.get("/file-media")
    async def file_media():
        return lib.FileResponse(path=PAGE, media_type="application/x-py", status_code=203, headers={"etag": "W/1"})

    # Cookies, headers, status of a response that is not made yet

    @app.post("/cookies")
    def cookies(response: lib.Response, secure: bool = False):
        response.set_cookie("nest", "a b;c")
        response.set_cookie(
            "all", "1", max_age=3, path="/x", domain="pond.example", secure=secure, httponly=True, samesite="strict"
        )
        response.delete_cookie("gone", path="/y")
        return {"made": True}

    @app.post("/cookies-direct")
    def cookies_direct():
        response = lib.JSONResponse({"made": "directly"})
        response.set_cookie(key="nest", value="ü" if False else "u", samesite=None)
        response.set_cookie("session", expires=60)
        return response

    @app.get("/headers")
    def headers(response: lib.Response):
        response.headers["X-Duck"] = "Jemima"
        response.headers["content-language"] = "de"
        response.headers.append("x-many", "1")
        response.headers.append("x-many", "2")
        return {"said": True}

    @app.get("/headers-direct")
    async def headers_direct():
        return lib.JSONResponse({"a": 1}, headers={"X-Duck": "q", "content-language": "en-US"})

    @app.get("/headers-of-content")
    async def headers_of_content(response: lib.Response):
        response.headers["content-type"] = "application/x-duck"
        response.headers["cache-control"] = "no-store"
        return {"a": 1}

    @app.put("/status/{mark}", status_code=200)
    def change(mark: str, response: lib.Response):
        if mark not in eggs:
            response.status_code = lib.status.HTTP_201_CREATED
        return eggs.get(mark, mark)

    def lowered(response: lib.Response, code: int = 200):
        response.status_code = code
        response.headers["x-from"] = "dependency"
        return code

    @app.get("/status-by-dependency", status_code=202)
    def by_dependency(code: Annotated[int, lib.Depends(lowered)], response: lib.Response, mine: int | None = None):
        if mine:
            response.status_code = mine
            response.headers["x-from"] = "endpoint"
        return code

    @app.get("/merged")
    async def merged(response: lib.Response):
        response.headers["x-lost"] = "1"
        response.status_code = 201
        return lib.JSONResponse({"direct": True}, status_code=203)

    @app.get("/merged-dependency", dependencies=[lib.Depends(lowered)])
    async def merged_dependency():
        return lib.PlainTextResponse("direct")

    @app.get("/raised", dependencies=[lib.Depends(lowered)])
    async def raised(response: lib.Response):
        response.set_cookie("kept", "no")
        raise lib.HTTPException(409, headers={"x-why": "raised"})

    return app


def defaults(lib: Any) -> Any:
    """Classes for a whole application, and for routers in it."""

    class Html(lib.HTMLResponse):
        pass

    class Loud(lib.PlainTextResponse):
        def render(self, content: Any) -> bytes:
            return str(content).upper().encode()

    app = lib.FastAPI(default_response_class=Html)
    router = lib.APIRouter(prefix="/loud", default_response_class=Loud)
    plain = lib.APIRouter(prefix="/plain")

    @app.get("/")
    async def home():
        return "<h1>quack</h1>"

    @app.get("/json", response_class=lib.JSONResponse)
    async def json():
        return {"quack": 1}

    @router.get("/a")
    async def a() -> str:
        return "quack"

    @router.get("/html", response_class=lib.HTMLResponse)
    async def html():
        return "quack"

    @plain.get("/b")
    async def b():
        return "quack"

    plain.include_router(router)
    app.include_router(router)
    app.include_router(plain, default_response_class=lib.PlainTextResponse)
    app.include_router(plain, prefix="/again")
    return app


page = served(app)
of_defaults = served(defaults)


def test_document(page):
    page.same_document()


def test_document_of_defaults(of_defaults):
    of_defaults.same_document()
    of_defaults.right(
        *map(get, listed("/ /json /loud/a /loud/html /plain/b /plain/loud/a /again/plain/b /again/plain/loud/html"))
    )
    of_defaults.wrong(get("/nowhere"), post("/"))


def test_additional_status(page):
    answers = page.right(put("/eggs/a", 5), put("/eggs/new", 7.5), put("/eggs/other"), put("/eggs/new"))
    assert [answer.status for answer in answers] == [200, 201, 201, 201]
    page.wrong(put("/eggs/a", "heavy"), put("/eggs/a", content=b"{"))


def test_returned_directly(page):
    page.right(post("/direct", {"mark": "m", "laid": "2020-02-03T04:05:06Z"}), get("/direct-of-a-model"))
    page.wrong(post("/direct", {}), post("/direct"))
    page.same(*map(get, listed("/annotated /annotated?hollow=1 /subclass /either /either?short=1 /unserialisable")))


def test_class_by_class(page):
    page.right(
        *map(
            get,
            listed(
                "/html /html-both /text /text?x=%C3%BC /json /json-media /spaced /yaml /yaml-direct "
                "/redirect /redirect-default /bare"
            ),
        )
    )
    page.wrong(get("/html-direct"))
    page.same(
        get("/text-wrong"),
        get("/text-of-model"),
        get("/nothing"),
        get("/file-declared"),
        get("/html", headers={"accept": "application/json"}),
        head("/html"),
    )


def test_streams(page):
    page.right(
        *map(
            get,
            listed(
                "/stream /stream-file /stream-iterable /yielded /yielded-in-a-thread /yielded-with-headers "
                "/yielded-with-headers?n=3"
            ),
        )
    )
    page.wrong(get("/yielded-with-headers?n=x"))


def test_files(page):
    page.right(get("/file?name=eider.txt"), get("/file?name=%C3%A9ider.txt&inline=1"), get("/file"), get("/file-media"))
    page.right(get("/file", headers={"range": "bytes=0-9"}), get("/file-media", headers={"range": "bytes=-5"}))
    page.wrong(get("/file", headers={"range": "bytes=999999-"}), ask("POST", "/file"))


def test_cookies(page):
    page.right(post("/cookies"), post("/cookies?secure=true"), post("/cookies-direct"))


def test_headers(page):
    page.right(get("/headers"), get("/headers-direct"), get("/headers-of-content"))


def test_status(page):
    page.right(put("/status/a"), put("/status/none"))
    page.same(
        *(
            get(f"/status-by-dependency?{query}")
            for query in listed("code=200 code=203 code=404 code=204 code=203&mine=201")
        ),
        get("/status-by-dependency?code=x"),
    )
    page.right(get("/merged"), get("/merged-dependency?code=206"))
    page.wrong(get("/raised?code=203"))
