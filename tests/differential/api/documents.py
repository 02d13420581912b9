"""Two OpenAPI documents, which must be equal but for the known differences; told is what differs and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.differential.api.differences import DOCUMENT_DIFFERENCES
from tests.differential.api.twins import FASTAPI, WEBFOOT


def same_document(build: Callable[[Any], Any]) -> dict[str, Any]:
    """Of the application that `build` makes of FastAPI's names, and of ours; gives ours."""
    return same_documents(build(WEBFOOT).openapi(), build(FASTAPI).openapi())


def same_documents(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    for difference in DOCUMENT_DIFFERENCES:
        difference.adapt(theirs, ours)
    apart = list(_parts_apart(ours, theirs, "#"))
    assert not apart, "\n".join(["", *apart])
    return ours


def _parts_apart(ours: Any, theirs: Any, where: str) -> Iterator[str]:
    """The smallest parts of two JSON values that are not equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**theirs, **ours}:
            if key not in ours or key not in theirs:
                yield f"{where}/{key}\n  only {'theirs' if key in theirs else 'ours'}: {theirs.get(key, ours.get(key))}"
            else:
                yield from _parts_apart(ours[key], theirs[key], f"{where}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _parts_apart(*pair, f"{where}/{number}")
    elif ours != theirs:
        yield f"{where}\n  ours:   {ours}\n  theirs: {theirs}"
