"""Response model and options -> ReplyPlan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter

from webfoot.api.errors import AnswerError, PlanError, PydanticV1NotSupportedError
from webfoot.api.json_lines import JSONLinesResponse
from webfoot.api.options import UNSET, RouteOptions
from webfoot.api.plan.plans import ReplyPlan
from webfoot.api.plan.shapes import is_of_pydantic_1
from webfoot.api.plan.signature import EMPTY, kind_of, origin_of, read_returns
from webfoot.api.plan.stream import YIELDING, item_type, stream_kind
from webfoot.api.plan.values import reason_of
from webfoot.api.statuses import has_body
from webfoot.web.responses import JSONResponse, Response

# option of the route -> keyword of pydantic's serializer, sent only where it is not pydantic's default
_SERIALIZER_OPTIONS: Mapping[str, str] = {
    "response_model_include": "include",
    "response_model_exclude": "exclude",
    "response_model_exclude_unset": "exclude_unset",
    "response_model_exclude_defaults": "exclude_defaults",
    "response_model_exclude_none": "exclude_none",
}


def plan_reply(endpoint: Callable[..., Any], options: RouteOptions) -> ReplyPlan:
    """How results of `endpoint` are written.

    Raises PlanError for a response class that is none, for a model that pydantic cannot use, for a model or a stream
    beside a status that has no body, and for a stream in a response class that cannot send one.
    """
    origin = origin_of(endpoint)
    response_class = options.get("response_class") or JSONResponse
    if not isinstance(response_class, type):
        raise PlanError(f"{origin}: response_class has to be a class such as HTMLResponse, not {response_class!r}")
    stream = stream_kind(response_class, origin) if kind_of(endpoint) in YIELDING else None
    if stream is None:
        model = response_model(endpoint, options)
    else:
        model = item_type(read_returns(endpoint), options, stream)
    status_code = options.get("status_code")
    if status_code is not None and not has_body(status_code):
        if stream is not None:
            raise PlanError(f"{origin}: yields, and status {status_code} has no body, so there is nothing to stream")
        if model is not None:
            bodiless = f"Status code {status_code} must not have a response body, so there can be no response model"
            raise AnswerError(f"{origin}: {bodiless} {model!r}")
    if stream == "lines":
        response_class = JSONLinesResponse
    return ReplyPlan(
        model=model,
        adapter=None if model is None else _adapter(model, str(origin)),
        by_alias=options.get("response_model_by_alias", True),
        options=_serializer_options(options),
        status_code=None if status_code is None else int(status_code),
        response_class=response_class,
        direct=response_class is JSONResponse,
        stream=stream,
    )


def response_model(endpoint: Callable[..., Any], options: RouteOptions) -> Any:
    """The model that results are held to: the option if it is given, else the return annotation unless that is a
    Response. None when results are written as they are."""
    model = options.get("response_model", UNSET)
    if model is not UNSET:
        return None if model is False else model
    annotation = read_returns(endpoint)
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if (
        annotation is EMPTY
        or bare is None
        or bare is NoneType
        or (isinstance(bare, type) and issubclass(bare, Response))
    ):
        return None
    return annotation


def _adapter(model: Any, origin: str) -> TypeAdapter[Any]:
    if is_of_pydantic_1(model):
        raise PydanticV1NotSupportedError(
            f"{origin}: its response model {model!r} is one of pydantic.v1; take `pydantic.BaseModel`"
        )
    try:
        return TypeAdapter(model)
    except Exception as error:  # of pydantic, or of whatever stands in the place of a type
        raise PlanError(
            f"{origin}: {model!r} cannot be the response model, for it is no valid Pydantic field type: "
            f"{reason_of(error)}. If the return annotation is not meant as one (`Response | dict`, say), pass the "
            "parameter response_model=None"
        ) from error


def _serializer_options(options: RouteOptions) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for option, keyword in _SERIALIZER_OPTIONS.items():
        value = options.get(option)
        if value:
            chosen[keyword] = set(value) if isinstance(value, list | tuple) else value
    return chosen
