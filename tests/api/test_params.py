import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot import Body, Cookie, Depends, File, Form, Header, Path, Query, Security, Webfoot
from webfoot.api import params
from webfoot.testing import TestClient


@pytest.mark.parametrize(
    ("marker", "kind", "place"),
    [
        (Path(), params.Path, "path"),
        (Query(), params.Query, "query"),
        (Header(), params.Header, "header"),
        (Cookie(), params.Cookie, "cookie"),
        (Body(), params.Body, "body"),
        (Form(), params.Form, "form"),
        (File(), params.File, "file"),
    ],
)
def test_each_function_makes_the_marker_of_its_name(marker, kind, place):
    assert type(marker) is kind
    assert isinstance(marker, FieldInfo)
    assert marker.place == place
    assert marker.default is PydanticUndefined


def test_options_are_pydantics():
    marker = Query(3, gt=1, title="T", description="D", alias="a", regex="x+", deprecated=True, include_in_schema=False)
    assert (marker.default, marker.title, marker.description, marker.alias) == (3, "T", "D", "a")
    assert (marker.deprecated, marker.include_in_schema) == (True, False)
    assert [repr(one) for one in marker.metadata] == ["Gt(gt=1)", "_PydanticGeneralMetadata(pattern='x+')"]


@pytest.mark.parametrize("marker", [Path, Query, Header, Cookie, Body, Form, File])
def test_an_option_that_there_is_not_is_refused(marker):
    with pytest.raises(TypeError, match=rf"{marker.__name__}\(\).* 'min_lenght'; did you mean 'min_length'\?"):
        marker(min_lenght=3)


def test_dots_mean_that_there_is_no_default():
    assert Query(...).default is PydanticUndefined


def test_a_marker_shows_what_was_written():
    assert str(Query(3, gt=1)) == "Query(3, gt=1)"
    assert str(Header()) == "Header()"
    assert str(Depends(len)) == "Depends(len)"
    assert str(Security(use_cache=False)) == "Security(, use_cache=False)"


def test_what_only_some_markers_know():
    assert not Header(convert_underscores=False).convert_underscores
    assert Body(embed=True).embed
    assert [Body().media_type, Form().media_type, File().media_type, Body(media_type="a/b").media_type] == [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "a/b",
    ]
    assert Depends(len, use_cache=False, scope="function").scope == "function"
    assert Security(len, scopes=["a", "b"]).scopes == ["a", "b"]


def test_a_marker_keeps_its_meaning_as_the_field_of_a_model():
    class Filter(BaseModel):
        size: int = Query(3, gt=1)

    assert Filter().size == 3
    with pytest.raises(ValueError, match="greater than 1"):
        Filter(size=0)


def test_a_parameter_that_does_not_say_where_is_in_the_query():
    app = Webfoot(openapi_url=None)

    @app.get("/")
    async def root(q: str | None = params.Param(default=None)):
        return q

    assert TestClient(app).get("/?q=quack").json() == "quack"
