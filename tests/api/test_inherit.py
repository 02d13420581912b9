from webfoot import Depends
from webfoot.api.inherit import inherited, shared_by
from webfoot.web.responses import HTMLResponse, PlainTextResponse


def test_lists_are_added_up_outer_first():
    outer, inner = Depends(len), Depends(int)
    options = inherited(
        {"tags": ["a"], "dependencies": [outer], "callbacks": [1], "responses": {404: {"x": 1}, 400: {}}},
        {"tags": ["b"], "dependencies": [inner], "callbacks": [2], "responses": {404: {"x": 2}}},
    )
    assert options["tags"] == ["a", "b"]
    assert options["dependencies"] == [outer, inner]
    assert options["callbacks"] == [1, 2]
    assert options["responses"] == {404: {"x": 2}, 400: {}}


def test_one_level_is_enough_to_hide_or_deprecate():
    assert inherited({"include_in_schema": False}, {})["include_in_schema"] is False
    assert inherited({}, {"include_in_schema": False})["include_in_schema"] is False
    assert inherited({}, {})["include_in_schema"] is True
    assert inherited({"deprecated": True}, {})["deprecated"] is True
    assert inherited({}, {})["deprecated"] is None


def test_else_the_nearest_level_counts():
    above = {"default_response_class": HTMLResponse, "strict_content_type": False, "generate_unique_id_function": len}
    assert inherited(above, {})["response_class"] is HTMLResponse
    assert inherited(above, {"response_class": PlainTextResponse})["response_class"] is PlainTextResponse
    assert inherited(above, {})["strict_content_type"] is False
    assert inherited(above, {"strict_content_type": True})["strict_content_type"] is True
    assert inherited(above, {"generate_unique_id_function": str})["generate_unique_id_function"] is str
    assert "strict_content_type" not in inherited({}, {})


def test_two_levels_are_one():
    both = shared_by({"tags": ["a"], "default_response_class": HTMLResponse}, {"tags": ["b"]})
    assert both["tags"] == ["a", "b"]
    assert both["default_response_class"] is HTMLResponse
    nearest = shared_by({"default_response_class": HTMLResponse}, {"default_response_class": PlainTextResponse})
    assert nearest["default_response_class"] is PlainTextResponse


def test_nothing_that_was_given_is_changed():
    above, own = {"tags": ["a"]}, {"tags": ["b"]}
    inherited(above, own)["tags"].append("c")
    assert (above, own) == ({"tags": ["a"]}, {"tags": ["b"]})
