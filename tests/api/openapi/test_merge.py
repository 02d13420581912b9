from __future__ import annotations

from typing import Any

import pytest

from webfoot.api.openapi.merge import merge


@pytest.mark.parametrize(
    ("into", "more", "merged"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1]}, {"a": [2]}, {"a": [1, 2]}),
        ({"a": [1]}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": {"b": 2}}, {"a": [1]}, {"a": [1]}),
        ({"a": {"b": {"c": [1], "d": 2}}}, {"a": {"b": {"c": [3]}}}, {"a": {"b": {"c": [1, 3], "d": 2}}}),
    ],
)
def test_dicts_are_merged_lists_joined_and_the_rest_replaced(
    into: dict[str, Any], more: dict[str, Any], merged: dict[str, Any]
) -> None:
    before = repr(more)
    merge(into, more)
    assert into == merged
    assert repr(more) == before


def test_nothing_is_shared_with_what_was_added() -> None:
    into: dict[str, Any] = {}
    more = {"a": {"b": {}}, "c": [1]}
    merge(into, more)
    into["a"]["b"]["x"] = 1
    merge(into, {"c": [2]})
    assert more == {"a": {"b": {}}, "c": [1]}
