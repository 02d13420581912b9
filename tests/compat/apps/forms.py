"""A FastAPI application of forms, files, cookies and sub-applications, with overrides as its tests have them."""

import fastapi
import fastapi.responses
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, Response, UploadFile
from fastapi.openapi.utils import get_openapi
from fastapi.params import Depends as DependsClass
from fastapi.routing import APIRoute
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request


class Named(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def named(request: Request) -> Response:
            response = await handler(request)
            response.headers["X-Route"] = self.path
            return response

        return named


def unique(route: APIRoute) -> str:
    return f"{route.name}-of-{len(route.methods)}"


app = FastAPI(title="Forms", version="2", generate_unique_id_function=unique)
app.router.route_class = Named
app.add_middleware(SessionMiddleware, secret_key="a secret")


def settings():
    return {"name": "real"}


@app.post("/login")
async def login(request: Request, username: str = Form(), password: str = Form(min_length=4)):
    request.session["user"] = username
    return {"user": username}


@app.post("/files")
async def files(one: UploadFile, many: list[UploadFile] = File(default=[]), raw: bytes = File(default=b"")):
    return {"one": [one.filename, one.size, (await one.read()).decode()], "many": len(many), "raw": len(raw)}


@app.get("/seen")
def seen(response: Response, last: str | None = Cookie(default=None), user_agent: str = Header(default="")):
    response.set_cookie("last", "now", httponly=True)
    response.status_code = 202
    return {"last": last, "agent": user_agent}


@app.get("/settings")
def shown(values: dict = Depends(settings)):
    return values


app.dependency_overrides[settings] = lambda: {"name": "fake"}

inner = FastAPI(title="Inner")


@inner.get("/here")
def here(request: Request):
    return [request.scope["root_path"], request.url.path, str(request.base_url)]


app.mount("/inner", inner)


def described():
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(title="Ours", version="3", routes=app.routes)
        app.openapi_schema["info"]["x-logo"] = {"url": "/logo.png"}
    return app.openapi_schema


app.openapi = described
assert fastapi.responses.JSONResponse is not None
assert isinstance(Depends(settings), DependsClass)

PART = {"one": ("a.txt", b"hello", "text/plain")}
ASKS = [
    ("POST", "/login", {"data": {"username": "ada", "password": "quack"}}),
    ("POST", "/login", {"data": {"username": "ada", "password": "no"}}),
    ("POST", "/files", {"files": PART}),
    ("POST", "/files", {"files": [*PART.items(), ("many", b"1"), ("many", b"2"), ("raw", b"abc")]}),
    ("POST", "/files", {"data": {"one": "text"}}),
    ("GET", "/seen", {"headers": {"User-Agent": "duck"}}),
    ("GET", "/seen", {}),
    ("GET", "/settings", {}),
    ("GET", "/inner/here", {}),
    ("GET", "/inner/openapi.json", {}),
    ("GET", "/openapi.json", {}),
]
