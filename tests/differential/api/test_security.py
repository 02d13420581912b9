"""Security schemes: what each header, query and cookie makes of a request, and the calls that scopes make."""

import asyncio
from base64 import b64encode
from typing import Annotated, Any

import pytest
from tests.differential.api.twins import Answer, Ask, Twins, fresh, get, post, put


def basic(text: str, encoding: str = "utf-8") -> str:
    return "Basic " + b64encode(text.encode(encoding)).decode()


SCHEMES = [
    "basic", "basic_realm", "basic_named", "bearer", "digest", "other", "oauth2", "password", "code", "discovered"
]  # fmt: skip


def authorized(lib: Any) -> Any:
    """`/NAME` asks for the scheme, `/NAME/maybe` for the same one without errors."""
    app = lib.FastAPI()
    makers: dict[str, Any] = {
        "basic": lambda **options: lib.HTTPBasic(**options),
        "basic_realm": lambda **options: lib.HTTPBasic(realm="the pond", **options),
        "basic_named": lambda **options: lib.HTTPBasic(scheme_name="Named", **options),
        "bearer": lambda **options: lib.HTTPBearer(bearerFormat="JWT", **options),
        "digest": lambda **options: lib.HTTPDigest(**options),
        "other": lambda **options: lib.HTTPBase(scheme="hawk", **options),
        "oauth2": lambda **options: lib.OAuth2(**options),
        "password": lambda **options: lib.OAuth2PasswordBearer("token", **options),
        "code": lambda **options: lib.OAuth2AuthorizationCodeBearer("authorize", "token", **options),
        "discovered": lambda **options: lib.OpenIdConnect(openIdConnectUrl="/discover", **options),
    }
    for name, make in makers.items():

        def strict(found: Annotated[Any, lib.Security(make())]) -> Any:
            return {"found": found}

        def lenient(found: Annotated[Any, lib.Depends(make(auto_error=False))]) -> Any:
            return {"found": found}

        app.get(f"/{name}")(strict)
        app.get(f"/{name}/maybe")(lenient)
    return app


AUTHORIZED = Twins(authorized)

FIELDS = [
    "",
    " ",
    "Basic",
    "Basic ",
    "Bearer",
    "bearer duck",
    "Bearer duck",
    "BEARER   duck ",
    "Bearer\tduck",
    "Bearer duck goose",
    "Bearer duck, Basic goose",
    "Bearer:duck",
    "Bearer \xe9\xff",
    "\xe9 duck",
    " Bearer duck",
    "duck",
    "Digest",
    'Digest username="emma", realm="pond"',
    "dIGEST x",
    "Negotiate x",
    "Hawk id=7",
    basic("emma:quack"),
    basic("emma:quack").replace("Basic", "bAsIc"),
    basic("emma:quack").replace(" ", "   "),
    basic("emma:qu:ack"),
    basic("emma:"),
    basic(":quack"),
    basic(":"),
    basic("emma"),
    basic(""),
    basic("emma:quäck"),
    basic("emma:quäck", "latin-1"),
    basic("emma:\x00\n"),
    basic("emma:quack").rstrip("="),
    "Basic =",
    "Basic !!!",
    "Basic abc",
    "Basic \xe9\xe9\xe9\xe9",
    "Basic " + "A" * 5000,
]

EMPTY_TOKEN = {"Bearer"}  # see test_what_we_refuse
OF_A_TOKEN = {"password", "code"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_authorization(scheme: str) -> None:
    AUTHORIZED.compare(get(f"/{scheme}"), get(f"/{scheme}/maybe"))
    for field in FIELDS:
        if not (scheme in OF_A_TOKEN and field in EMPTY_TOKEN):
            AUTHORIZED.compare(get(f"/{scheme}", authorization=field), get(f"/{scheme}/maybe", authorization=field))


def keys(lib: Any) -> Any:
    app = lib.FastAPI()
    for name, make in {"query": lib.APIKeyQuery, "header": lib.APIKeyHeader, "cookie": lib.APIKeyCookie}.items():

        def strict(key: Annotated[Any, lib.Security(make(name="X-Key"))]) -> Any:
            return {"key": key}

        def lenient(key: Annotated[Any, lib.Depends(make(name="X-Key", auto_error=False, scheme_name="Maybe"))]) -> Any:
            return {"key": key}

        app.get(f"/{name}")(strict)
        app.get(f"/{name}/maybe")(lenient)
    return app


KEYS = Twins(keys)


@pytest.mark.parametrize(
    "ask",
    [
        *(get(f"/query?{q}") for q in ("", "X-Key", "X-Key=", "X-Key=a", "x-key=a", "X-Key=a&X-Key=b", "X-Key=%ff%20")),
        *(get("/header", x_key=value) for value in ("", "a", " ", "\xe9", "a, b")),
        *(get("/cookie", cookie=c) for c in ("", "X-Key", "X-Key=", "X-Key=a", "x-key=a", "X-Key=a; X-Key=b", ";=;")),
    ],
    ids=str,
)
def test_keys(ask: Ask) -> None:
    path, mark, query = ask.target.partition("?")
    KEYS.compare(ask, Ask("GET", f"{path}/maybe{mark}{query}", headers=ask.headers))


def overriding(lib: Any) -> Any:
    app = lib.FastAPI()

    class Forbidden(lib.HTTPBearer):  # type: ignore[misc]
        def make_not_authenticated_error(self) -> Any:
            return lib.HTTPException(status_code=403, detail="Not for you")

    class Challenging(lib.HTTPBearer):  # type: ignore[misc]
        def make_authenticate_headers(self) -> dict[str, str]:
            return {"WWW-Authenticate": 'Bearer realm="pond"', "X-More": "yes"}

    class Above(lib.HTTPBearer):  # type: ignore[misc]
        async def __call__(self, request: lib.Request, tail: str = "") -> Any:
            found = await super().__call__(request)
            return f"{found.credentials}{tail}"

    app.get("/forbidden")(lambda found=lib.Depends(Forbidden()): found)
    app.get("/challenging")(lambda found=lib.Depends(Challenging()): found)
    app.get("/above")(lambda found=lib.Depends(Above()): found)
    return app


@pytest.mark.parametrize("path", ["/forbidden", "/challenging", "/above", "/above?tail=s"])
def test_what_a_subclass_changes(path: str) -> None:
    Twins(overriding).compare(get(path), get(path, authorization="Bearer duck"), get(path, authorization="Basic duck"))


def calls(lib: Any) -> Any:
    """Each path notes which dependencies ran, with which scopes."""
    app = lib.FastAPI()
    log = app.state.log = []
    Depends, Security = lib.Depends, lib.Security

    class Noted(lib.HTTPBearer):  # type: ignore[misc]
        async def __call__(self, request: lib.Request) -> Any:
            log.append("scheme")
            return await super().__call__(request)

    scheme = Noted(auto_error=False)

    def nothing() -> None:
        log.append("nothing")

    def found(one: Annotated[Any, Depends(scheme)], other: Annotated[None, Depends(nothing)]) -> None:
        log.append("found")

    def user(scopes: lib.SecurityScopes, below: Annotated[None, Depends(found)]) -> None:
        log.append(f"user {scopes.scopes} {scopes.scope_str!r}")

    def active(one: Annotated[None, Depends(user)]) -> None:
        log.append("active")

    def narrow(one: Annotated[None, Security(user, scopes=["me"])]) -> None:
        log.append("narrow")

    def asking(path: str, *markers: Any, **options: Any) -> None:
        def endpoint(
            a: Annotated[None, markers[0]], b: Annotated[None, markers[1]], c: Annotated[None, markers[2]]
        ) -> None:
            log.append(path)

        app.get(path, **options)(endpoint)

    asking("/nothing", Security(nothing, scopes=["a"]), Security(nothing, scopes=["b"]), Depends(nothing))
    asking("/scheme", Security(scheme, scopes=["a"]), Security(scheme, scopes=["b"]), Depends(scheme))
    asking("/order", Security(user, scopes=["a", "b"]), Security(user, scopes=["b", "a"]), Depends(user))
    asking("/twice", Security(user, scopes=["a", "a"]), Security(user, scopes=["a"]), Security(user, scopes=[]))
    asking("/below", Security(active, scopes=["a"]), Security(active, scopes=["b"]), Depends(active))
    asking("/narrow", Security(narrow, scopes=["a", "me"]), Security(narrow, scopes=["a"]), Depends(narrow))
    asking("/anew", Security(user, scopes=["a"], use_cache=False), Security(user, scopes=["a"]), Depends(scheme))
    asking("/plain", Depends(found), Security(found, scopes=["a"]), Depends(nothing))
    asking("/route", Depends(user), Depends(user), Depends(user), dependencies=[Security(user, scopes=["r"])])
    return app


@pytest.mark.parametrize(
    "path", ["/nothing", "/scheme", "/order", "/twice", "/below", "/narrow", "/anew", "/plain", "/route"]
)
def test_scopes_decide_what_is_one_call(path: str) -> None:
    fresh(calls, get(path))


def overridden(lib: Any) -> Any:
    """A stand-in runs as often as what it replaces would."""
    app = lib.FastAPI()
    log = app.state.log = []

    def plain() -> None:
        log.append("plain")

    def user(scopes: lib.SecurityScopes) -> None:
        log.append(f"user {scopes.scopes}")

    def replaces_user() -> None:
        log.append("instead of user")

    scheme = lib.HTTPBearer()
    below = [lib.Depends(scheme), lib.Depends(user), lib.Depends(plain)]

    def above(a: Annotated[Any, below[0]], b: Annotated[Any, below[1]], c: Annotated[Any, below[2]]) -> None:
        log.append("above")

    @app.get("/")
    def endpoint(
        a: Annotated[None, lib.Security(above, scopes=["a"])],
        b: Annotated[None, lib.Security(above, scopes=["b"])],
        c: Annotated[None, lib.Depends(above)],
    ) -> None: ...

    app.dependency_overrides = {
        scheme: lambda: log.append("instead of the scheme"),
        user: replaces_user,
        plain: lambda: log.append("instead of plain"),
    }
    return app


def test_stand_ins() -> None:
    fresh(overridden, get("/"))


def levels(lib: Any) -> Any:
    log: list[Any] = []

    def guard(scopes: lib.SecurityScopes) -> None:
        log.append(scopes.scopes)

    app = lib.FastAPI(dependencies=[lib.Security(guard, scopes=["app"])])
    app.state.log = log
    router = lib.APIRouter(dependencies=[lib.Security(guard, scopes=["router"])])

    @router.get("/route", dependencies=[lib.Security(guard, scopes=["route"])])
    def route(own: Annotated[None, lib.Security(guard, scopes=["parameter"])], scopes: lib.SecurityScopes) -> None:
        log.append(scopes.scopes)

    app.include_router(router, prefix="/r", dependencies=[lib.Security(guard, scopes=["include"])])
    return app


def test_levels_do_not_add_up() -> None:
    fresh(levels, get("/r/route"))


def forms(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.post("/token")
    def token(form: Annotated[lib.OAuth2PasswordRequestForm, lib.Depends()]) -> Any:
        return vars(form)

    @app.post("/strict")
    def strict(form: Annotated[lib.OAuth2PasswordRequestFormStrict, lib.Depends()]) -> Any:
        return vars(form)

    return app


FORMS = Twins(forms)


@pytest.mark.parametrize("path", ["/token", "/strict"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"form": {"username": "emma"}},
        {"form": {"username": "emma", "password": "quack"}},
        {"form": {"grant_type": "password", "username": "emma", "password": "quack"}},
        {"form": {"grant_type": "password", "username": "emma", "password": "quack", "scope": " a  b\ta "}},
        {"form": {"grant_type": "password", "username": "e", "password": "q", "client_id": "i", "client_secret": "s"}},
        {"form": {"grant_type": "passwords", "username": "emma", "password": "quack"}},
        {"form": {"grant_type": "", "username": "", "password": ""}},
        {"parts": [("username", None, None, b"emma"), ("password", None, None, b"quack")]},
        {"json": {"username": "emma", "password": "quack"}},
        {"body": b"username=emma&password=quack"},
    ],
    ids=str,
)
def test_password_form(path: str, given: dict[str, Any]) -> None:
    FORMS.compare(post(path, **given))


def refused(twins: Twins, *asks: Ask) -> list[Answer]:
    """Our answers, where theirs are others."""
    answers = []
    for ask in asks:
        theirs, ours = (asyncio.run(put(app, ask)) for app in twins.apps)
        assert theirs.status == 200
        answers.append(ours)
    return answers


@pytest.mark.parametrize(
    ("path", "field", "maybe"),
    [
        ("/password", "Bearer", {"found": None}),
        ("/code", "Bearer", {"found": None}),
        ("/basic", basic("emma:quack").replace("Z", "!Z"), {"detail": "Not authenticated"}),
    ],
)
def test_what_we_refuse(path: str, field: str, maybe: Any) -> None:
    """docs/differences.md, "Malformed credentials"."""
    strict, lenient = refused(AUTHORIZED, get(path, authorization=field), get(f"{path}/maybe", authorization=field))
    assert (strict.status, strict.content) == (401, {"detail": "Not authenticated"})
    assert lenient.content == maybe
