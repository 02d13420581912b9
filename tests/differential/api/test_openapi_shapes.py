"""The OpenAPI document: every type in every place of an operation is described as FastAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from tests.differential.api.documents import same_documents
from tests.differential.api.openapi_shapes import OTHERS, SCALARS, holding, places, takes
from tests.differential.api.twins import FASTAPI, WEBFOOT

from webfoot.api.errors import PlanError

VALIDATED = {"/query", "/header", "/body", "/form/file", "/bodies", "/returned", "/further"}
"""Enough of the places; validation takes longer than everything else here."""

NAMED = {"named list": {"/path/{a_value}", "/query/list"}}
"""Refused as the list that it stands for is: docs/differences.md, "Types that have a name"."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning"),
    pytest.mark.filterwarnings("ignore::pydantic.warnings.UnsupportedFieldAttributeWarning"),
    pytest.mark.filterwarnings("ignore:Duplicate Operation ID"),
]


def built(lib: Any, kind: Any, left_out: set[str], **options: Any) -> tuple[Any, dict[str, Exception]]:
    """An application with `kind` in every place but those; what was refused, and why."""
    app, refused = lib.FastAPI(**options), {}
    for path, endpoint, about in places(lib, kind):
        if path in left_out:
            continue
        try:
            app.post(path, operation_id=path, **about)(endpoint)
        except Exception as error:
            refused[path] = error
    return app, refused


def same_document(kind: Any, **options: Any) -> tuple[dict[str, Any], set[str]]:
    """Ours, which equals theirs, and the places that only we refuse."""
    apps = {}
    apps[FASTAPI], theirs_refused = built(FASTAPI, kind, set(), **options)
    apps[WEBFOOT], ours_refused = built(WEBFOOT, kind, set(), **options)
    assert theirs_refused.keys() <= ours_refused.keys(), "taken here and refused there"
    for error in ours_refused.values():
        assert isinstance(error, PlanError)
    if theirs_refused.keys() != ours_refused.keys():
        apps[FASTAPI], _ = built(FASTAPI, kind, set(ours_refused), **options)
    theirs, ours = apps[FASTAPI].openapi(), apps[WEBFOOT].openapi()
    same_documents(ours, theirs)
    return ours, ours_refused.keys() - theirs_refused.keys()


def check(document: dict[str, Any]) -> None:
    validate({**document, "paths": {path: item for path, item in document["paths"].items() if path in VALIDATED}})


@pytest.mark.parametrize("name", SCALARS)
def test_scalars(name: str) -> None:
    document, refused = same_document(SCALARS[name])
    assert not refused
    check(document)


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    document, refused = same_document(OTHERS[name])
    # Texts cannot become these: docs/differences.md, "Refused at start-up".
    assert all(path.startswith(("/header", "/cookie")) for path in refused - NAMED.get(name, set()))
    check(document)


@pytest.mark.parametrize("name", ["computed", "outer", "aliases", "defaults", "page of computed", "octets out", "pet"])
def test_not_separate(name: str) -> None:
    same_document(OTHERS[name], separate_input_output_schemas=False)


@pytest.mark.parametrize("name", [name for name in (*SCALARS, *OTHERS) if name not in ("mutual", "bare page")])
def test_members_of_models(name: str) -> None:
    model = holding({**SCALARS, **OTHERS}[name])

    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.post("/both")(takes(model, value=model))
        app.post("/form")(takes(value=Annotated[model, lib.Form()]))
        if name in SCALARS:
            app.get("/query")(takes(value=Annotated[model, lib.Query()]))
            app.get("/header")(takes(value=(Annotated[model | None, lib.Header()], None)))
        return app

    theirs, ours = build(FASTAPI).openapi(), build(WEBFOOT).openapi()
    same_documents(ours, theirs)
    validate(ours)


def test_constraints_beside_a_marker_that_is_the_default_are_kept() -> None:
    """docs/differences.md, "Constraints of the type are kept"."""
    app = WEBFOOT.FastAPI()
    app.get("/")(takes(a=(SCALARS["positive"], WEBFOOT.Query(1))))
    (parameter,) = app.openapi()["paths"]["/"]["get"]["parameters"]
    assert parameter["schema"]["exclusiveMinimum"] == 0
