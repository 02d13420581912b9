"""The result becomes a response: held to its model, written as JSON bytes."""

from __future__ import annotations

from typing import Any

from pydantic_core import ValidationError

from webfoot.api.encoders import jsonable_encoder
from webfoot.api.errors import ResponseValidationError
from webfoot.api.plan.plans import ReplyPlan
from webfoot.api.serve.visit import Visit
from webfoot.api.statuses import has_body
from webfoot.trail import Trail
from webfoot.web.responses import Response
from webfoot.web.responses.json_text import json_writer

_JSON_TYPE = (b"content-type", b"application/json")

_write = json_writer(jsonable_encoder)


def reply(plan: ReplyPlan, result: Any, visit: Visit) -> Response:
    """The response for what the endpoint returned; a Response that it built itself is sent as it is.

    Raises ResponseValidationError when the result is not what the response model promises.
    """
    if isinstance(result, Response):
        if result.background is None:
            result.background = visit.background
        if visit.trail is not None:
            _mark_response(plan, result, visit.trail)
        return result
    changes = visit.changes
    status = plan.status_code if changes is None or changes.status_code is None else changes.status_code
    try:
        if plan.direct:
            response = _written(_json_bytes(plan, result, visit), 200 if status is None else status)
        else:
            response = _wrapped(plan, result, status, visit)
    except ResponseValidationError as error:
        _mark_refused(plan, error, visit)
        raise
    except Exception as error:  # there is no JSON for it
        if visit.trail is not None:
            visit.trail.mark("reply_validated", outcome="raised", model=plan.as_promised["model"], error=error)
        raise
    response.background = visit.background
    if changes is not None:
        response.raw_headers.extend(changes.raw_headers)
    if visit.closely is not None:
        facts = {**plan.as_promised, "size": len(response.body), "returned": type(result).__name__}
        visit.closely.note("reply_validated", facts)
    return response


def validated(plan: ReplyPlan, item: Any, visit: Visit) -> Any:
    """One item of a stream, held to its type. Raises ResponseValidationError."""
    try:
        return _validated(plan, item, visit)
    except ResponseValidationError as error:
        _mark_refused(plan, error, visit)
        raise


def _mark_response(plan: ReplyPlan, response: Response, trail: Trail) -> None:
    kind = type(response).__name__
    if plan.stream is None:
        trail.mark("reply_validated", outcome="response", returned=kind)
    else:
        trail.mark("reply_validated", outcome="stream", returned=kind, model=plan.as_promised["model"])


def _mark_refused(plan: ReplyPlan, error: ResponseValidationError, visit: Visit) -> None:
    if visit.trail is not None:
        visit.trail.mark("reply_validated", outcome="refused", model=plan.as_promised["model"], errors=error.errors())


class _Written(Response):
    """JSON that is already written."""

    media_type = "application/json"


def _written(body: bytes, status: int) -> Response:
    # Past __init__: there is nothing to render and nothing to look up.
    response = _Written.__new__(_Written)
    response.status_code = status
    if has_body(status):
        response.body = body
        response.raw_headers = [(b"content-length", b"%d" % len(body)), _JSON_TYPE]
    else:
        response.body = b""
        response.raw_headers = [_JSON_TYPE]
    return response


def _wrapped(plan: ReplyPlan, result: Any, status: int | None, visit: Visit) -> Response:
    """The content in an object of the route's response class, which has its own mind about the status."""
    if plan.adapter is None:
        content = jsonable_encoder(result)
    else:
        value = _validated(plan, result, visit)
        content = plan.adapter.serializer.to_python(value, mode="json", by_alias=plan.by_alias, **plan.options)
    response = plan.response_class(content) if status is None else plan.response_class(content, status_code=status)
    if not has_body(response.status_code):
        response.body = b""
    return response


def _json_bytes(plan: ReplyPlan, result: Any, visit: Visit) -> bytes:
    if plan.adapter is not None:
        value, write = _validated(plan, result, visit), plan.adapter.serializer.to_json
        if plan.options:
            return write(value, by_alias=plan.by_alias, **plan.options)
        return write(value, by_alias=plan.by_alias)  # a call without ** is an eighth of the whole writing
    try:
        body = _write(result)
    except TypeError:  # a key that JSON has no word for; in all else the encoder helps on the way
        return _write(jsonable_encoder(result))
    # SQLAlchemy's own state does not belong to the client; the encoder leaves it out.
    return _write(jsonable_encoder(result)) if body.find(b'"_sa') >= 0 else body


def _validated(plan: ReplyPlan, result: Any, visit: Visit) -> Any:
    assert plan.adapter is not None
    try:
        return plan.adapter.validator.validate_python(result, from_attributes=True)
    except ValidationError as error:
        errors = [{**one, "loc": ("response", *one["loc"])} for one in error.errors(include_url=False)]
        raise ResponseValidationError(errors, body=result, endpoint_ctx=visit.endpoint_ctx) from error
