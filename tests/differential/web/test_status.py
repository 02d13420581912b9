"""The names of status codes are the same, and so are the codes."""

from __future__ import annotations

import warnings
from typing import Any

import starlette.status

import webfoot.web.status


def codes(module: Any) -> dict[str, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs warns of the four names of older RFCs
        return {name: getattr(module, name) for name in dir(module) if name.startswith(("HTTP_", "WS_"))}


def test_the_same_codes_by_the_same_names() -> None:
    assert codes(webfoot.web.status) == codes(starlette.status)
    assert len(codes(webfoot.web.status)) > 70
