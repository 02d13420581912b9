"""Additional responses, as routes declare them, held to what a document can say of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError

from webfoot.api.errors import AnswerError, PydanticV1NotSupportedError
from webfoot.api.plan.shapes import is_a, is_of_pydantic_1
from webfoot.api.plan.signature import origin_of
from webfoot.api.statuses import has_body

_WORDS: Final = frozenset({"DEFAULT", "1XX", "2XX", "3XX", "4XX", "5XX"})
"""What may stand in the place of a status (OpenAPI 3.1 section 4.8.16)."""


def check_additional(responses: Mapping[Any, Any], endpoint: Callable[..., Any]) -> None:
    """Raises AnswerError for a status that there is not, a model where no body is sent or that pydantic does not know,
    and what describes nothing."""
    for status, described in responses.items():
        if wrong := _what_is_wrong(status, described):
            raise AnswerError(f"{_said(status, endpoint)}: {wrong}")
        if is_of_pydantic_1(described.get("model")):
            hint = "its model is one of pydantic.v1; take `pydantic.BaseModel`"
            raise PydanticV1NotSupportedError(f"{_said(status, endpoint)}: {hint}")


def _said(status: Any, endpoint: Callable[..., Any]) -> str:
    return f"{origin_of(endpoint)}: responses={{{status!r}: ...}}"


def _what_is_wrong(status: Any, described: Any) -> str | None:
    if not isinstance(described, Mapping):
        return 'an additional response must be a dict, such as {"description": "Not there"}'
    model = described.get("model")
    known = not isinstance(model, Hashable) or is_a(model, BaseModel) or is_of_pydantic_1(model)
    if not known and (reason := _unknown(model)):
        return f"{model!r} cannot be a model: {reason}"
    if str(status).upper() in _WORDS:
        return None
    try:
        number = int(status)
    except (TypeError, ValueError):
        number = 0
    if number < 100:
        return 'has to be for a status such as 404 or "404", or for "4XX" or "default"'
    if model is not None and not has_body(number):
        return f"Status code {number} must not have a response body, so there can be no model"
    return None


@lru_cache(maxsize=256)  # one answer is often that of many routes
def _unknown(model: Any) -> str | None:
    """Why pydantic cannot describe `model`. What is not there yet (a type whose name stands in quotes) may be later."""
    try:
        TypeAdapter(model)
    except (PydanticUserError, SchemaError) as error:
        return str(error).partition("\n")[0]
    except NameError:
        return None
    return None
