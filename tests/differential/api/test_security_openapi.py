"""`security` of operations and `components.securitySchemes`: ours equal FastAPI's, in order."""

import functools
import logging
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from tests.differential.api import test_security
from tests.differential.api.documents import same_document, same_documents
from tests.differential.api.twins import FASTAPI, WEBFOOT


def every_scheme(lib: Any) -> Any:
    app = lib.FastAPI()
    token = lib.OAuthFlowPassword(tokenUrl="t", scopes={"s": "S"})
    flows = {
        "password": {"tokenUrl": "t", "scopes": {"b": "B", "a": "A"}},
        "implicit": {"authorizationUrl": "x", "refreshUrl": "r"},
        "clientCredentials": {"tokenUrl": "t"},
        "authorizationCode": {"tokenUrl": "t", "authorizationUrl": "a", "x-more": 1},
    }
    schemes = {
        "query": lib.APIKeyQuery(name="key"),
        "header": lib.APIKeyHeader(name="X-Key", description="Ask *Emma*"),
        "cookie": lib.APIKeyCookie(name="key", scheme_name="Biscuit", auto_error=False),
        "basic": lib.HTTPBasic(description=""),
        "realm": lib.HTTPBasic(realm="pond", scheme_name="Pond"),
        "bearer": lib.HTTPBearer(),
        "jwt": lib.HTTPBearer(bearerFormat="JWT", scheme_name="JWT", description="d"),
        "digest": lib.HTTPDigest(),
        "other": lib.HTTPBase(scheme="hawk", scheme_name="Hawk"),
        "oauth2": lib.OAuth2(),
        "flows": lib.OAuth2(flows=flows, scheme_name="All", description="All of them"),
        "models": lib.OAuth2(flows=lib.OAuthFlows(password=token), scheme_name="Models"),
        "password": lib.OAuth2PasswordBearer("token"),
        "refresh": lib.OAuth2PasswordBearer(
            "token", scheme_name="Fresh", scopes={"b": "B", "a": "A"}, description="D", refreshUrl="R"
        ),
        "code": lib.OAuth2AuthorizationCodeBearer("authorize", "token"),
        "more": lib.OAuth2AuthorizationCodeBearer("a", "t", "r", "Code", {"x": "X"}, "C", False),
        "discovered": lib.OpenIdConnect(openIdConnectUrl="/discover", description="o"),
    }
    for name, scheme in schemes.items():
        app.get(f"/{name}")(lambda found=lib.Security(scheme): found)
    return app


def ways(lib: Any) -> Any:
    app = lib.FastAPI()
    Depends, Security = lib.Depends, lib.Security
    token = lib.OAuth2PasswordBearer("token", scopes={"a": "A"})
    key = lib.APIKeyHeader(name="key", scheme_name="Key")
    bearer = lib.HTTPBearer()

    def nothing() -> None: ...
    def plain(found: Annotated[Any, Depends(token)]) -> None: ...
    def scoped(found: Annotated[Any, Security(token, scopes=["z"])]) -> None: ...
    def both(one: Annotated[Any, Security(scoped, scopes=["o"])], other: Annotated[Any, Depends(key)]) -> None: ...

    class Above(lib.HTTPBearer):  # type: ignore[misc]
        async def __call__(self, request: lib.Request, k: Annotated[Any, Security(key, scopes=["k"])]) -> None: ...

    def asking(path: str, *markers: Any, **options: Any) -> None:
        first, second, third = [*markers, Depends(nothing), Depends(nothing)][:3]

        def endpoint(a: Annotated[Any, first], b: Annotated[Any, second], c: Annotated[Any, third]) -> None: ...

        app.get(path, **options)(endpoint)

    asking("/none", Depends(nothing))
    asking("/merged", Security(plain, scopes=["s1"]), Security(plain, scopes=["s2", "s1"]))
    asking("/inner-last", Security(scoped, scopes=["b", "a"]))
    asking("/several", Security(token, scopes=["b", "a"]), Depends(key), Security(bearer, scopes=["q"]))
    asking("/first-seen", Depends(key), Security(plain, scopes=["m"]), Depends(token))
    asking("/uncached", Depends(token), Security(plain, scopes=["m"]), Security(token, scopes=["n"], use_cache=False))
    asking("/route", Security(plain, scopes=["fn"]), Depends(key), dependencies=[Security(plain, scopes=["route"])])
    asking("/twice", Security(token, scopes=["m", "m"]))
    asking("/extra", Security(token, scopes=["m"]), openapi_extra={"security": [{"Key": []}]})
    asking("/hidden", Depends(lib.HTTPDigest()), include_in_schema=False)
    asking("/deep", Security(both, scopes=["e"]))
    asking("/deep-again", Security(both, scopes=["e"]), Security(both, scopes=["f"]), Depends(both))
    asking("/above", Security(Above(), scopes=["z"]))
    asking("/partial", Depends(functools.partial(lib.HTTPBearer(scheme_name="Partial"))))
    asking("/method", Depends(lib.HTTPBearer(scheme_name="Method").__call__))

    @app.post("/values")
    def values(body: dict[str, int], q: int, found: Annotated[str, Depends(key)]) -> None:
        """With everything else."""

    return app


def own_scheme(lib: Any) -> Any:
    app = lib.FastAPI()

    class Mine(lib.SecurityBase):  # type: ignore[misc]
        def __init__(self) -> None:
            self.model = lib.APIKey(**{"in": "header", "name": "mine", "x-more": [1]})
            self.scheme_name = "mine"

        def __call__(self, q: int = 1) -> int:
            return q

    class Renamed(lib.HTTPBearer):  # type: ignore[misc]
        pass

    app.get("/mine")(lambda a=lib.Depends(Mine()), b=lib.Depends(Renamed()): a)
    return app


def levels(lib: Any) -> Any:
    token = lib.OAuth2PasswordBearer("token")
    key = lib.APIKeyHeader(name="key")
    app = lib.FastAPI(dependencies=[lib.Depends(key)])
    router = lib.APIRouter(dependencies=[lib.Security(token, scopes=["router"])])

    @router.get("/own", dependencies=[lib.Security(token, scopes=["route"])])
    def own(found: Annotated[str, lib.Security(token, scopes=["parameter"])]) -> None: ...

    @router.get("/none")
    def none() -> None: ...

    outer = lib.APIRouter(prefix="/outer", dependencies=[lib.Depends(lib.HTTPBearer())])
    outer.include_router(router, dependencies=[lib.Security(token, scopes=["include"])])
    app.include_router(outer)
    app.include_router(router)
    app.get("/app")(lambda: None)
    return app


def callbacks_and_webhooks(lib: Any) -> Any:
    app = lib.FastAPI()
    callbacks = lib.APIRouter()

    @callbacks.post("{$request.body#/url}")
    def back(found: Annotated[str, lib.Security(lib.OAuth2PasswordBearer("token"), scopes=["call"])]) -> None: ...

    @app.post("/subscribe", callbacks=callbacks.routes)
    def subscribe(found: Annotated[str, lib.Depends(lib.APIKeyHeader(name="key"))]) -> None: ...

    @app.webhooks.post("hatched")
    def hatched(found: Annotated[Any, lib.Depends(lib.HTTPBearer())]) -> None: ...

    return app


def same_name(lib: Any) -> Any:
    app = lib.FastAPI()
    one, other = lib.APIKeyHeader(name="one"), lib.APIKeyHeader(name="other")
    app.get("/one")(lambda a=lib.Depends(one): a)
    app.get("/both")(lambda a=lib.Depends(one), b=lib.Security(other, scopes=["s"]): a)
    app.get("/one-again")(lambda a=lib.Depends(one): a)
    return app


BUILDS = [
    every_scheme, ways, own_scheme, levels, callbacks_and_webhooks, same_name,
    test_security.authorized, test_security.keys, test_security.overriding, test_security.calls, test_security.forms,
]  # fmt: skip


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_same_document(build: Any) -> None:
    same_document(build)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_schemes_are_in_the_same_order(build: Any) -> None:
    ours, theirs = build(WEBFOOT).openapi(), build(FASTAPI).openapi()
    same_documents(ours, theirs)
    assert order_of_schemes(ours) == order_of_schemes(theirs)


def order_of_schemes(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    return [(name, list(said)) for name, said in schemes.items()]


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_our_document_is_valid(build: Any) -> None:
    validate(build(WEBFOOT).openapi())


def test_every_scheme_that_is_required_is_described() -> None:
    """FastAPI leaves out those of callbacks."""
    document = callbacks_and_webhooks(WEBFOOT).openapi()
    assert list(document["components"]["securitySchemes"]) == ["APIKeyHeader", "OAuth2PasswordBearer", "HTTPBearer"]


def test_two_schemes_of_one_name_are_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "webfoot"):
        same_name(WEBFOOT).openapi()
    (record,) = caplog.records
    assert record.getMessage().startswith("/both: another security scheme is called 'APIKeyHeader'")


def test_equal_schemes_are_one(caplog: pytest.LogCaptureFixture) -> None:
    app = WEBFOOT.FastAPI()
    for path in ("/a", "/b"):
        app.get(path)(lambda found=WEBFOOT.Depends(WEBFOOT.HTTPBearer()): found)
    app.openapi()
    assert caplog.records == []
