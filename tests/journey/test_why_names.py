"""The journey knows some layers of the toolkit by name, and may not import them."""

from __future__ import annotations

import pytest

import webfoot.web
from webfoot.journey.why import answers
from webfoot.web.middleware import errors, exceptions


@pytest.mark.parametrize("name", sorted(answers._LEAVE_STATUS))
def test_a_layer_that_is_known_by_name_is_there(name: str) -> None:
    assert any(hasattr(home, name) for home in (webfoot.web, errors, exceptions))
