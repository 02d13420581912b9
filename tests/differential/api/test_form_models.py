"""Forms read as models: one, several, optional ones, unions, and those told apart by a field."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from tests.differential.api.shapes import Cat, Dog
from tests.differential.api.twins import Ask, Twins


class Duck(BaseModel):
    name: int
    note: str = "x"


class Goose(BaseModel):
    goose: int
    eggs: list[int] = []
    other: str = Field("o", alias="al-ias")


def build(lib: Any) -> Any:
    app, Form, UploadFile = lib.FastAPI(), lib.Form, lib.UploadFile

    def told(*values: Any) -> list[Any]:
        return [[type(value).__name__, value] for value in values]

    @app.post("/optional")
    async def optional(v: Annotated[Duck | None, Form()] = None):
        return told(v)

    @app.post("/needed-optional")
    async def needed_optional(v: Annotated[Duck | None, Form()]):
        return told(v)

    @app.post("/default")
    async def default(v: Annotated[Duck, Form()] = None):
        return told(v)

    @app.post("/union")
    async def union(v: Annotated[Duck | Goose, Form()]):
        return told(v)

    @app.post("/union-default")
    async def union_default(v: Annotated[Duck | Goose, Form()] = None):
        return told(v)

    @app.post("/union-optional")
    async def union_optional(v: Annotated[Duck | Goose | None, Form()] = None):
        return told(v)

    @app.post("/pet")
    async def pet(v: Annotated[Cat | Dog, Form(discriminator="kind")]):
        return told(v)

    @app.post("/annotated-pet")
    async def annotated_pet(
        v: Annotated[Cat | Dog, Field(discriminator="kind"), Form()], s: Annotated[int, Form()] = 3
    ):
        return told(v, s)

    @app.post("/two")
    async def two(v: Annotated[Duck, Form()], w: Annotated[Goose, Form()]):
        return told(v, w)

    @app.post("/two-optional")
    async def two_optional(v: Annotated[Duck | None, Form()] = None, w: Annotated[Goose | None, Form()] = None):
        return told(v, w)

    @app.post("/union-and-field")
    async def union_and_field(v: Annotated[Duck | Goose, Form()], s: Annotated[int, Form()] = 3):
        return told(v, s)

    @app.post("/union-and-file")
    async def union_and_file(v: Annotated[Duck | Goose, Form()], f: UploadFile | None = None):
        return told(v)

    @app.post("/model-or-number")
    async def model_or_number(v: Annotated[Duck | int, Form()]):
        return told(v)

    return app


PATHS = [
    *("/optional", "/needed-optional", "/default", "/union", "/union-default", "/union-optional", "/pet"),
    *("/annotated-pet", "/two", "/two-optional", "/union-and-field", "/union-and-file", "/model-or-number"),
]
FORMS: list[list[tuple[str, str]]] = [
    [],
    [("name", "1")],
    [("name", "x")],
    [("note", "only")],
    [("goose", "2")],
    [("goose", "2"), ("eggs", "1"), ("eggs", "2"), ("al-ias", "a")],
    [("name", "1"), ("goose", "2"), ("s", "5")],
    [("al-ias", "a")],
    [("s", "5")],
    [("v", "1")],
    [("kind", "cat")],
    [("kind", "dog"), ("good", "no"), ("s", "x")],
    [("kind", "fox")],
    [("kind", "cat"), ("kind", "dog")],
]

twins = Twins(build)


@pytest.mark.parametrize("path", PATHS)
def test_forms(path: str) -> None:
    twins.compare(*(Ask("POST", path, form=form) for form in FORMS))


@pytest.mark.parametrize("path", [path for path in PATHS if "union" not in path])
def test_left_empty(path: str) -> None:
    """Of unions only what the error repeats as `input` differs: there each model has its own view of the form."""
    twins.compare(Ask("POST", path, form=[("name", "")]), Ask("POST", path, form=[("name", ""), ("note", "")]))
