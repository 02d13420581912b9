"""What kind of thing each option is, held to what is given, where it is given.

Without it a text in the place of a list would be noticed late, or told in words of the machinery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from webfoot.api.errors import PlanError
from webfoot.api.limits import check_limits
from webfoot.api.options import NotGiven, keep_given
from webfoot.api.plan.shapes import is_a
from webfoot.api.plan.signature import origin_of

_Fits: TypeAlias = Callable[[Any], bool]


def _is_status(value: Any) -> bool:
    """RFC 9110 section 15. A 1xx is no answer, and yet a document may describe it."""
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_dict(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_no_model(value: Any) -> bool:
    return not is_a(value, BaseModel)


def _lists_methods(value: Any) -> bool:
    return not isinstance(value, Iterable) or all(isinstance(one, str) for one in value)


_KINDS: Final[dict[str, tuple[_Fits, str]]] = {
    "callbacks": (_is_list, "is a list of routes; those of a router are router.routes"),
    "default_response_class": (_is_no_model, "is a class such as HTMLResponse; what a model describes is no class"),
    "dependencies": (_is_list, "is a list, such as [Depends(...)]"),
    "description": (_is_text, "is a text"),
    "generate_unique_id_function": (callable, "is a function that takes the route"),
    "methods": (_lists_methods, 'is a list of texts, such as ["GET"]'),
    "name": (_is_text, "is a text"),
    "openapi_extra": (_is_dict, "is a dict"),
    "path": (_is_text, "is a text"),
    "prefix": (_is_text, "is a text"),
    "response_class": (_is_no_model, "is a class such as HTMLResponse; a model is the response_model"),
    "response_model": (lambda value: not _is_text(value), "is a type, and not the name of one"),
    "responses": (_is_dict, 'is a dict, such as {404: {"description": "Not there"}}'),
    "status_code": (_is_status, "is a number from 100 to 599"),
    "tags": (lambda value: isinstance(value, Iterable), "is a list of texts"),
}


def settle_options(options: Any, endpoint: Callable[..., Any] | None = None, /, **beside: Any) -> None:
    """Take out of `options` what nobody gave, and hold the rest, and what stands `beside` it, to what it has to be.

    PlanError, and ValueError for limits, in one sentence.
    """
    keep_given(options)
    check_kinds({**beside, **options}, endpoint)
    check_limits(options)


def check_kinds(options: Mapping[str, Any], endpoint: Callable[..., Any] | None = None) -> None:
    """PlanError for one of `options` that is not what it has to be. None says nothing, and is let through."""
    for name, value in options.items():
        if value is None or isinstance(value, NotGiven) or name not in _KINDS:
            continue
        fits, words = _KINDS[name]
        if not fits(value):
            whose = f"{origin_of(endpoint)}: " if callable(endpoint) else ""
            raise PlanError(f"{whose}{name} {words}, not {value!r}")
