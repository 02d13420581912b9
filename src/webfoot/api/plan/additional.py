"""Additional responses, as routes declare them, held to what a document can say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from webfoot.api.errors import AnswerError, PydanticV1NotSupportedError
from webfoot.api.plan.shapes import is_of_pydantic_1
from webfoot.api.plan.signature import origin_of
from webfoot.api.statuses import has_body

_WORDS: Final = frozenset({"DEFAULT", "1XX", "2XX", "3XX", "4XX", "5XX"})
"""What may stand in the place of a status (OpenAPI 3.1 section 4.8.16)."""


def check_additional(responses: Mapping[Any, Any], endpoint: Callable[..., Any]) -> None:
    """Raises AnswerError for a status that there is not, a model where no body is sent, and what describes nothing."""
    for status, described in responses.items():
        said = f"{origin_of(endpoint)}: responses={{{status!r}: ...}}"
        if not isinstance(described, Mapping):
            raise AnswerError(f'{said}: an additional response must be a dict, such as {{"description": "Not there"}}')
        if is_of_pydantic_1(described.get("model")):
            raise PydanticV1NotSupportedError(f"{said}: its model is one of pydantic.v1; take `pydantic.BaseModel`")
        if str(status).upper() in _WORDS:
            continue
        try:
            number = int(status)
        except (TypeError, ValueError):
            number = 0
        if number < 100:
            raise AnswerError(f'{said}: has to be for a status such as 404 or "404", or for "4XX" or "default"')
        if described.get("model") is not None and not has_body(number):
            raise AnswerError(f"{said}: Status code {number} must not have a response body, so there can be no model")
