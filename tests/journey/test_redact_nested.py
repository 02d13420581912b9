"""No secret is left, however deep it lies and whatever it lies in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.journey import redact
from webfoot.journey.capture.texts import clean

SECRET = "hiddenword"
NAMES = st.sampled_from(
    ["password", "Access_Token", "x-api-key", "clientSecret", "AUTHORIZATION", "refreshToken", "set-cookie", "pin"]
)
PLAIN = st.sampled_from(["name", "pond", "shipping", "author", "page", "keyboard"])
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["plain", "", "a b", 'quo"te', "ü", "x" * 50])
INSIDE = st.just(SECRET) | st.lists(st.just(SECRET), max_size=3) | st.dictionaries(PLAIN, st.just(SECRET), max_size=3)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(children, max_size=4)
        | st.dictionaries(PLAIN, children, max_size=4)
        | st.builds(lambda name, secret, rest: {**rest, name: secret}, NAMES, INSIDE, st.dictionaries(PLAIN, children))
        | st.builds(lambda name, secret: {"name": name, "value": secret}, NAMES, st.just(SECRET))
        | children.map(json.dumps)  # a text that is JSON again
    )


VALUES = st.recursive(LEAVES, _nested, max_leaves=20)


@given(VALUES)
def test_as_data(value: Any) -> None:
    kept = redact.data(_without_what_only_texts_hide(value))
    assert SECRET not in json.dumps(kept)


def _without_what_only_texts_hide(value: Any) -> Any:
    """Data that is kept of facts is no body: a text in it is prose, and pairs are tuples."""
    if isinstance(value, dict):
        if set(value) == {"name", "value"}:
            return [(value["name"], value["value"])]
        return {key: _without_what_only_texts_hide(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_what_only_texts_hide(each) for each in value]
    return None if isinstance(value, str) and value[:1] in ("{", "[", '"') else value


@given(VALUES, st.sampled_from(["application/json", "application/problem+json", ""]), st.sampled_from([None, 1, 2]))
def test_as_the_text_of_a_body(value: Any, media_type: str, indent: int | None) -> None:
    if not isinstance(value, dict | list):
        value = [value]
    text = json.dumps(value, indent=indent)
    kept = clean(text, media_type)
    assert SECRET not in kept
    json.loads(kept)


@given(VALUES, st.integers(0, 400))
def test_as_a_text_that_was_cut_off(value: Any, length: int) -> None:
    assert SECRET not in clean(json.dumps([value])[:length], "application/json")


@pytest.mark.parametrize("media_type", ["application/json", ""])
@pytest.mark.parametrize(
    "text",
    [
        "{password: 'hiddenword', name: 'plain'}",
        "{'password': 'hiddenword', 'name': 'plain'}",
        "{name: 'plain', password: {is: ['hiddenword']}}",
        "[info] plain password=hiddenword",
        "{plain} token: hiddenword",
        '{"name": plain, "password": {"is": "hiddenword"}}',
    ],
)
def test_what_is_nearly_json(text: str, media_type: str) -> None:
    kept = clean(text, media_type)
    assert SECRET not in kept
    assert "plain" in kept


@given(st.lists(st.tuples(NAMES, st.just(SECRET)) | st.tuples(PLAIN, st.just("plain")), min_size=1, max_size=6))
def test_as_a_form_and_a_query(pairs: list[tuple[str, str]]) -> None:
    text = urlencode(pairs)
    assert SECRET not in clean(text, "application/x-www-form-urlencoded")
    kept = redact.target(f"/ponds?{text}")
    assert SECRET not in kept
    assert kept.count("plain") == sum(value == "plain" for _, value in pairs)


@given(st.lists(st.tuples(NAMES, st.just(SECRET)) | st.tuples(PLAIN, st.just("plain")), max_size=6))
def test_as_fields(pairs: list[tuple[str, str]]) -> None:
    fields = [(name.encode(), value.encode()) for name, value in pairs]
    kept = redact.headers(fields)
    assert SECRET not in str(kept)
    assert [name for name, _ in kept] == [name for name, _ in fields]
