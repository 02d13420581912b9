from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journey.saved.journeys import posted, talked, uploaded

from webfoot.journey.export import FORMS
from webfoot.journey.saved.difference import difference
from webfoot.journey.saved.reading import SavedError, read_journeys
from webfoot.journey.saved.session import session_of

SMALL = {"version": 1, "marks": []}


def test_one_several_and_one_a_line():
    one, two = json.dumps(SMALL | {"id": "a"}), json.dumps(SMALL | {"id": "b"})
    assert [each["id"] for each in read_journeys(one, "x")] == ["a"]
    assert [each["id"] for each in read_journeys(f"[{one}, {two}]".encode(), "x")] == ["a", "b"]
    assert [each["id"] for each in read_journeys(f"{one}\n\n{two}\n", "x")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x holds no journey: it is empty"),
        ("[]", "x holds no journey: it is empty"),
        ("quack", "x holds no journey: Expecting value: line 1 column 1 (char 0)"),
        ("{", "x holds no journey: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"\xff\xfe", "x holds no journey: it is not UTF-8 text"),
        ("7", "x holds no journey: 7 is no JSON object"),
        ("{}", "x holds no journey: it was not made by `webfoot journey ... --json`"),
        (json.dumps(SMALL) + "\nquack", "x holds no journey: line 2 is no JSON"),
        (
            json.dumps({"version": 1, "marks": [{"station": 7}]}),
            "x holds no journey: marks.0.station is 7, and no text",
        ),
        (json.dumps({"version": "1", "marks": []}), 'x holds no journey: version is "1", and no number'),
        (json.dumps({"version": 1, "marks": None}), "x holds no journey: marks is null, and no list"),
        (
            json.dumps({"version": 2, "marks": []}),
            "x was written by a later webfoot: its schema is version 2, this one reads 1",
        ),
        (
            json.dumps(SMALL | {"request": {"headers": [["a", 1]], "body": None}}),
            "x holds no journey: request.headers.0.1 is 1, and no text",
        ),
    ],
)
def test_what_is_no_journey_is_told_in_one_sentence(text: str | bytes, sentence: str):
    with pytest.raises(SavedError) as caught:
        read_journeys(text, "x")
    assert str(caught.value) == sentence


def test_json_that_is_nested_too_deeply():
    with pytest.raises(SavedError):
        read_journeys("[" * 100_000, "x")


WHOLE = [posted(), posted(age=1), uploaded(), talked("quack")]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A journey in which something stands that does not belong there."""
    journey = json.loads(json.dumps(draw(st.sampled_from(WHOLE))))
    for _ in range(draw(st.integers(1, 3))):
        where = journey
        for _ in range(draw(st.integers(0, 4))):
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            inner = [key for key in keys if isinstance(where[key], dict | list) and where[key]]
            if not inner:
                break
            where = where[draw(st.sampled_from(inner))]
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        where[draw(st.sampled_from(keys))] = draw(ANYTHING)
    return dict(journey)


@settings(max_examples=300, deadline=None)
@given(damaged(), st.sampled_from(sorted(FORMS)))
def test_a_damaged_journey_breaks_nothing(journey: dict[str, Any], form: str):
    try:
        [read] = read_journeys(json.dumps(journey), "x")
        FORMS[form].write([read], "main:app")
        difference(WHOLE[0], read)
        difference(read, WHOLE[-1])
        session_of(read)
    except SavedError as error:
        assert "\n" not in str(error)
