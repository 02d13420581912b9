"""FastAPI's reference: every class and function of the page of names takes what theirs takes, and has what theirs has.

The same for `fastapi.params`, whose classes are what the functions of those names give, and what their objects say of
themselves: texts, equality, copies, and the attributes that the reference tells of.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastapi.params
import pytest
from pydantic import BaseModel
from tests.differential.api.twins import FASTAPI, WEBFOOT, listed

import webfoot.api.params

PAGE = (Path(__file__).parents[3] / "docs/names.md").read_text()
ROWS = sorted(
    {
        (there, names[1] or names[2], names[2], here)
        for there, cell, here in re.findall(r"^\| `(fastapi[\w.]*)` \| (.*) \| `([\w.]+)` \|$", PAGE, re.M)
        for names in re.finditer(r"(?:`(\w+)` → )?`(\w+)`", cell)
    }
    | {
        ("fastapi.params", name, name, "webfoot.api.params")
        for name in listed("Param Path Query Header Cookie Body Form File Depends Security")
    }
)

# Attributes of theirs that the reference does not tell of: how they do their work.
MACHINERY = {
    "APIRouter": "handle matches",
    "CORSMiddleware": "allow_explicit_origin send simple_response",
    "FileResponse": "generate_multipart",
    "TestClient": "lifespan wait_shutdown wait_startup",
}
# What is called, or is, otherwise on purpose.
OTHERWISE = {
    "GZipMiddleware": "more content types that are compressed already",
    "TestClient.websocket_connect": "its options are parameters with names",
    "RouteContext": "made by iter_route_contexts()",
    "get_redoc_html": "the icon is another one",
    "get_swagger_ui_html": "the files are our own and not those of a network for content",
    "iterate_in_threadpool": "it takes any iterable, and its parameter says so",
    "run_in_threadpool": "a keyword of the function may be called func, too",
}
GIVEN_UP = {
    ("FastAPI", "title"): "an application without a title is not called FastAPI",
}
NOBODYS = {("Depends", "_concurrency"), ("Security", "_concurrency")}  # theirs to themselves


def found(there: str, theirs: str, ours: str, here: str) -> tuple[Any, Any]:
    return getattr(importlib.import_module(there), theirs), getattr(importlib.import_module(here), ours)


def is_model(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseModel)


def callables() -> Iterator[tuple[str, tuple[Any, Any]]]:
    for row in ROWS:
        name, (theirs, ours) = f"{row[0]}.{row[1]}", found(*row)
        if inspect.isfunction(theirs) or (inspect.isclass(theirs) and not is_model(theirs)):
            yield name, (theirs, ours)
        if inspect.isclass(theirs):
            for method, value in inspect.getmembers_static(theirs, inspect.isfunction):
                if not method.startswith("_") and hasattr(ours, method):
                    yield f"{name}.{method}", (value, getattr(ours, method))


CALLABLES = dict(callables())


def short(name: str) -> str:
    """`fastapi.routing.APIRouter.get` as the tables above call it."""
    *_, kind, last = name.split(".")
    return f"{kind}.{last}" if kind[:1].isupper() or kind == "FastAPI" else last


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Those of `**options: Unpack[Options]` stand there one by one. Nothing tells their defaults."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it has none that can be read
        return {}
    taken: dict[str, inspect.Parameter] = {}
    for name, parameter in signature.parameters.items():
        options = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
        if options is not None:
            home = sys.modules[(function.__init__ if inspect.isclass(function) else function).__module__]
            for key in getattr(home, options[1]).__annotations__:
                taken[key] = parameter.replace(name=key, kind=inspect.Parameter.KEYWORD_ONLY, default=NOT_TOLD)
        elif name != "self":
            taken[name] = parameter
    return taken


NOT_TOLD = "not told"
# Read before any test runs: what is spelled out for tools of FastAPI's is spelled out for the whole process.
PARAMETERS = {name: (parameters(theirs), parameters(ours)) for name, (theirs, ours) in CALLABLES.items()}


def default(parameter: inspect.Parameter) -> str:
    """As a text that is the same on both; a default that only says "nothing given" is each one's own."""
    value = parameter.default
    if value is ... or getattr(value, "__module__", "builtins") != "builtins" or type(value).__module__ != "builtins":
        return "its own"
    return repr(value)


def test_the_page_was_read() -> None:
    assert len(ROWS) > 80
    assert len(CALLABLES) > 200
    assert set(OTHERWISE) <= {short(name) for name in CALLABLES}


@pytest.mark.parametrize("name", [name for name in CALLABLES if short(name) not in OTHERWISE])
def test_it_takes_what_theirs_takes(name: str) -> None:
    there, here = PARAMETERS[name]
    if not there or not here:
        return
    anything = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in here.values())
    for key, parameter in there.items():
        if (short(name), key) in NOBODYS or (anything and key not in here):
            continue
        assert key in here, f"{key} is not taken"
        assert here[key].kind is parameter.kind, key
        if here[key].default is not NOT_TOLD and (short(name), key) not in GIVEN_UP:
            assert default(here[key]) in (default(parameter), "None", "its own"), key
    by_place = [key for key, parameter in there.items() if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert [key for key in here if key in by_place] == by_place
    assert all(
        parameter.default is not inspect.Parameter.empty or parameter.kind is inspect.Parameter.VAR_KEYWORD
        for key, parameter in here.items()
        if key not in there
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}.{row[1]}")
def test_it_has_what_theirs_has(row: tuple[str, str, str, str]) -> None:
    theirs, ours = found(*row)
    if is_model(theirs):
        fields = [
            {info.alias or name: (info.is_required(), repr(info.default)) for name, info in kind.model_fields.items()}
            for kind in (theirs, ours)
        ]
        assert fields[1] == fields[0]
        return
    if not inspect.isclass(theirs):
        return
    public = {name for name in dir(theirs) if not name.startswith("_")} - set(MACHINERY.get(row[1], "").split())
    assert {name for name in public if not hasattr(ours, name)} == set()
    for name in public & set(dir(ours)):
        what = [isinstance(inspect.getattr_static(kind, name), property) for kind in (theirs, ours)]
        assert what[0] == what[1], f"{name} is a property on one side only"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}.{row[1]}")
def test_it_is_what_theirs_is(row: tuple[str, str, str, str]) -> None:
    """Of classes that both have under one name, the order in which they are looked through is one."""
    theirs, ours = found(*row)
    if not inspect.isclass(theirs):
        return
    there, here = (list(dict.fromkeys(kind.__name__ for kind in each.__mro__)) for each in (theirs, ours))
    renamed = {theirs: ours for _, theirs, ours, _ in ROWS} | {"Starlette": "WebApp"}
    renamed[theirs.__name__] = ours.__name__
    assert [name for name in here if name in {renamed.get(name, name) for name in there}] == [
        renamed.get(name, name) for name in there if renamed.get(name, name) in here
    ]
    unknown = {renamed.get(name, name) for name in there} - set(here)
    assert unknown <= {"Generic", "BaseModelWithConfig"}


MARKERS = listed("Query Header Cookie Path Body Form File")
SPEAKING: dict[str, Callable[[Any, Any], Any]] = {
    **{f"{name} repr": lambda lib, _, name=name: repr(getattr(lib, name)(gt=1, title="t")) for name in MARKERS},
    **{f"{name} dots": lambda lib, _, name=name: repr(getattr(lib, name)(...)) for name in MARKERS},
    **{
        f"{name} {value!r}": lambda lib, _, name=name, value=value: repr(getattr(lib, name)(value))
        for name in MARKERS
        if name != "Path"
        for value in ("text", None, 1, [])
    },
    **{
        f"{name} names": lambda lib, _, name=name: [
            (one.alias, one.validation_alias, one.serialization_alias)
            for one in (
                getattr(lib, name)(),
                getattr(lib, name)(alias="a"),
                getattr(lib, name)(validation_alias="v"),
                getattr(lib, name)(serialization_alias="s"),
                getattr(lib, name)(alias="a", validation_alias="v"),
                getattr(lib, name)(alias="a", validation_alias="v", serialization_alias="s"),
            )
        ]
        for name in MARKERS
    },
    **{
        f"{name} attributes": lambda lib, _, name=name: {
            attribute: str(getattr(getattr(lib, name)(gt=1, title="t", pattern="x"), attribute, None))
            for attribute in listed(
                "in_ embed media_type openapi_examples include_in_schema deprecated convert_underscores default title "
                "description metadata examples json_schema_extra default_factory discriminator"
            )
        }
        for name in MARKERS
    },
    **{f"{name} kept": lambda lib, _, name=name: kept(getattr(lib, name)(alias="a", title="t")) for name in MARKERS},
    "markers are parameters": lambda lib, params: [issubclass(getattr(params, name), params.Param) for name in MARKERS],
    "depends": lambda lib, _: [
        repr(one).replace(", max_concurrency=None", "")  # in one place or the other
        for one in (lib.Depends(), lib.Depends(len, use_cache=False), lib.Depends(len, scope="request"))
    ],
    "security": lambda lib, _: [
        repr(one).replace(", max_concurrency=None", "") for one in (lib.Security(), lib.Security(len, scopes=["a"]))
    ],
    "equal": lambda lib, _: [
        lib.Depends(len) == lib.Depends(len),
        lib.Depends(len) == lib.Depends(len, use_cache=False),
        lib.Depends(len) == lib.Security(len),
        hash(lib.Depends(len)) == hash(lib.Depends(len)),
        copy.copy(lib.Depends(len)) == lib.Depends(len),
        pickle.loads(pickle.dumps(lib.Depends(len))) == lib.Depends(len),
    ],
    "by place": lambda lib, params: [
        params.Depends(len, False, "function").scope,
        params.Security(len, True, None, ["a"]).scopes,
    ],
    "HTTPException": lambda lib, _: [
        (repr(one), str(one), one.detail, one.headers)
        for one in (lib.HTTPException(404), lib.HTTPException(418, {"a": 1}, {"x": "y"}), lib.HTTPException(999))
    ],
    "HTTPException kept": lambda lib, _: vars(pickle.loads(pickle.dumps(lib.HTTPException(404, "d", {"a": "b"})))),
    "WebSocketException": lambda lib, _: [
        (repr(one), str(one), one.code, one.reason)
        for one in (lib.WebSocketException(1008), lib.WebSocketException(1011, "why"))
    ],
    "WebSocketDisconnect": lambda lib, _: vars(lib.WebSocketDisconnect(1001, "r")),
    "errors": lambda lib, _: [
        (repr(one), str(one), vars(one), one.errors(), vars(pickle.loads(pickle.dumps(one))))
        for one in (
            lib.RequestValidationError([{"a": 1}], body=3),
            lib.RequestValidationError([], endpoint_ctx={"function": "f", "path": "GET /", "file": "f.py", "line": 3}),
            lib.ResponseValidationError([{"a": 1}, {"b": 2}], body=[3], endpoint_ctx={"path": "GET /x"}),
            lib.WebSocketRequestValidationError([{"a": 1}]),
        )
    ],
    "scopes": lambda lib, _: [vars_of(one) for one in (lib.SecurityScopes(), lib.SecurityScopes(["a", "b"]))],
    "schemes": lambda lib, _: [
        (one.scheme_name, one.auto_error, one.model.model_dump(mode="json", by_alias=True))
        for one in (
            lib.OAuth2(),
            lib.OAuth2(flows={"password": {"tokenUrl": "x", "scopes": {"a": "b"}}}, description="d"),
            lib.OAuth2PasswordBearer("t", refreshUrl="r"),
            lib.OAuth2AuthorizationCodeBearer("a", "t", scheme_name="s", auto_error=False),
            lib.APIKeyHeader(name="x"),
            lib.APIKeyQuery(name="x", description="d"),
            lib.APIKeyCookie(name="x"),
            lib.HTTPBasic(realm="r"),
            lib.HTTPBearer(bearerFormat="JWT"),
            lib.HTTPDigest(),
            lib.OpenIdConnect(openIdConnectUrl="u"),
        )
    ],
    "keys": lambda lib, _: [
        lib.APIKeyHeader(name="x").check_api_key("k"),
        lib.APIKeyQuery(name="x", auto_error=False).check_api_key(""),
        lib.APIKeyCookie(name="x").make_not_authenticated_error().headers,
    ],
    "forms": lambda lib, _: [
        vars(lib.OAuth2PasswordRequestForm(username="u", password="p", scope="a b", client_id="c")),
        vars(lib.OAuth2PasswordRequestFormStrict(grant_type="password", username="u", password="p")),
    ],
    "credentials": lambda lib, _: [
        lib.HTTPBasicCredentials(username="a", password="b").model_dump(),
        lib.HTTPAuthorizationCredentials(scheme="a", credentials="b").model_dump(),
    ],
    "UploadFile": lambda lib, _: [
        (repr(one), one.filename, one.size, one.content_type, one.headers.items())
        for one in (lib.UploadFile(None, filename="a"), lib.UploadFile(None, size=3))
    ],
    "FastAPI": lambda lib, _: {
        name: getattr(lib.FastAPI(title="t"), name)
        for name in listed(
            "title summary description version terms_of_service contact license_info openapi_url root_path_in_servers "
            "docs_url redoc_url swagger_ui_oauth2_redirect_url swagger_ui_init_oauth swagger_ui_parameters servers "
            "separate_input_output_schemas openapi_external_docs openapi_tags openapi_version openapi_schema root_path "
            "dependency_overrides debug user_middleware"
        )
    },
}


def kept(marker: Any) -> list[tuple[Any, Any]]:
    copies = copy.copy(marker), copy.deepcopy(marker), pickle.loads(pickle.dumps(marker))
    return [(one.alias, one.title) for one in copies]


def vars_of(scopes: Any) -> tuple[list[str], str]:
    return scopes.scopes, scopes.scope_str


@pytest.mark.parametrize("name", SPEAKING)
def test_what_an_object_says_of_itself(name: str) -> None:
    theirs, ours = SPEAKING[name](FASTAPI, fastapi.params), SPEAKING[name](WEBFOOT, webfoot.api.params)
    assert ours == theirs


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib: lib.Query(1, 2),
        lambda lib: lib.Depends(len, False),
        lambda lib: lib.Security(len, ["a"]),
        lambda lib: lib.FastAPI("t"),
        lambda lib: lib.FastAPI(tittle="t"),
        lambda lib: lib.APIRouter("/p"),
        lambda lib: lib.APIRouter(prefx="/p"),
        lambda lib: lib.FastAPI().get("/", tag=["x"])(lambda: None),
        lambda lib: lib.FastAPI().include_router(lib.APIRouter(), "/p"),
        lambda lib: lib.FastAPI().get("/", int)(lambda: None),
        lambda lib: lib.APIKeyHeader("x"),
        lambda lib: lib.OAuth2PasswordBearer(),
        lambda lib: lib.jsonable_encoder(),
        lambda lib: lib.RequestValidationError(),
    ],
)
def test_what_cannot_be_called_so_is_a_type_error_on_both(wrong: Callable[[Any], Any]) -> None:
    for lib in (FASTAPI, WEBFOOT):
        with pytest.raises(TypeError):
            wrong(lib)
