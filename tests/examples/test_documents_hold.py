"""What the examples' documents promise, held against what they answer: requests made up from the document alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.examples.serving import program

CHECKS = [not_a_server_error, content_type_conformance, response_headers_conformance, response_schema_conformance]
BAD_REQUEST = 400
"""For a body that cannot be read at all. As in FastAPI's documents, no operation speaks of it."""

ENDLESS = {"GET /sightings/live"}


@pytest.fixture(scope="module", params=["examples.ducks:app", "examples.hello_api:app"])
def operations(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    data = tmp_path_factory.mktemp("data")
    words = ["-m", "webfoot", "run", "--port", "0", "--no-access-log", request.param]
    with program(*words, DUCKS_DATA=str(data), DATABASE_URL="") as served:
        schema = schemathesis.openapi.from_url(f"{served.url()}/openapi.json")
        yield [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_answers_are_as_documented(operations: list[Any], mode: str) -> None:
    assert operations
    for operation in operations:
        if operation.label not in ENDLESS:
            _hold(operation, schemathesis.GenerationMode[mode])


def _hold(operation: Any, mode: Any) -> None:
    asked = 0

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold(case: Any) -> None:
        nonlocal asked
        response = case.call(timeout=10)
        asked += 1
        documented = [] if response.status_code == BAD_REQUEST else [status_code_conformance]
        case.validate_response(response, checks=[*CHECKS, *documented])

    try:
        hold()
    except Unsatisfiable:  # nothing is wrong for an operation that takes nothing
        assert mode is schemathesis.GenerationMode.NEGATIVE
        assert not operation.body
    else:
        assert asked
