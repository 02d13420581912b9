"""`inspect.signature` of what takes options: each one by its name and default, as in FastAPI's signatures.

Programs ask `inspect.signature(FastAPI.__init__)` which arguments there are; ours says `**shared` there, and leaves
the names to a TypedDict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature, signature
from typing import Any, Final

from webfoot.api import markers, options
from webfoot.api.application import Webfoot
from webfoot.api.options import ROUTE_DEFAULTS
from webfoot.api.route import ApiRoute
from webfoot.api.router import APIRouter

_HAVE_OPTIONS: Final = (
    *(getattr(Webfoot, name) for name in ("__init__", "add_api_route", "include_router")),
    *(getattr(APIRouter, name) for name in ("__init__", "add_api_route", "include_router")),
    *(getattr(Webfoot, verb) for verb in ("get", "put", "post", "delete", "options", "head", "patch", "trace")),
    Webfoot.api_route,
    ApiRoute.__init__,
    *(getattr(markers, name) for name in ("Path", "Query", "Header", "Cookie", "Body", "Form", "File")),
)
_DEFAULTS: Final[dict[str, Any]] = {**ROUTE_DEFAULTS, "convert_underscores": True}
"""Of those options whose default is not None."""

_kind_of_options = re.compile(r"Unpack\[(\w+)\]").fullmatch


def show_options() -> None:
    for function in _HAVE_OPTIONS:
        vars(function)["__signature__"] = _spelled_out(function)


def _spelled_out(function: Callable[..., Any]) -> Signature:
    told = signature(function)
    return told.replace(parameters=list(_each(told)))


def _each(told: Signature) -> Iterator[Parameter]:
    for parameter in told.parameters.values():
        kind = parameter.kind is Parameter.VAR_KEYWORD and _kind_of_options(str(parameter.annotation))
        if not kind:
            yield parameter
            continue
        for name, hint in getattr(options, kind[1]).__annotations__.items():
            if name not in told.parameters:
                yield Parameter(name, Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=hint)
