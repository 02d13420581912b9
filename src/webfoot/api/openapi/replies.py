"""What a route answers, as OpenAPI says it: `responses` of an operation."""

from __future__ import annotations

import http.client
import inspect
from functools import lru_cache
from typing import Any

from webfoot.api.openapi.merge import merge
from webfoot.api.openapi.schemas import SchemaBook
from webfoot.api.statuses import has_body
from webfoot.web.responses import JSONResponse, Response

_RANGES = {
    "1XX": "Information",
    "2XX": "Success",
    "3XX": "Redirection",
    "4XX": "Client Error",
    "5XX": "Server Error",
    "DEFAULT": "Default Response",
}


def describe_replies(route: Any, unique_id: str, book: SchemaBook, *, refuses: bool) -> dict[str, Any]:
    """All answers by status: the route's own, those of `responses=`, and 422 when it `refuses` values."""
    response_class = route.plan.reply.response_class
    status = str(route.plan.reply.status_code or _status_of(response_class))
    own: dict[str, Any] = {"description": route.response_description}
    content = _own_content(route, unique_id, book)
    if _has_body(status) and response_class.media_type:
        own["content"] = {response_class.media_type: content}
    if route.plan.reply.stream == "lines":
        response_class = JSONResponse  # what else the route may answer is no stream
    replies = {status: own}
    for code, wanted in (route.responses or {}).items():
        key = str(code).upper()
        _add(
            replies.setdefault("default" if key == "DEFAULT" else key, {}), key, wanted, response_class, unique_id, book
        )
    if refuses:
        refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}
        replies["422"] = {"description": "Validation Error", "content": refusal}
    return replies


def tells_of_refusals(route: Any) -> bool:
    """Whether `route` says itself what a refused request is answered with."""
    told = {str(route.plan.reply.status_code), *(str(code).upper() for code in route.responses or ())}
    return not told.isdisjoint({"422", "4XX", "DEFAULT"})


def _own_content(route: Any, unique_id: str, book: SchemaBook) -> dict[str, Any]:
    """One schema for all of it, or for each item of what comes bit by bit (`itemSchema`, OpenAPI 3.2 section 4.14)."""
    reply = route.plan.reply
    if reply.stream not in ("lines", "events"):
        return {"schema": _own_schema(route, unique_id, book)}
    item: dict[str, Any] = {}
    if reply.adapter is not None:
        item = book.of_reply(reply.model, f"StreamItem_{unique_id}", reply.adapter)
    if reply.stream == "lines":
        return {"itemSchema": item}
    return {"itemSchema": _event_schema(None if reply.adapter is None else item)}


def _event_schema(item: dict[str, Any] | None) -> dict[str, Any]:
    """An event. Its data is a text; `item` is what that holds as JSON, where somebody has said so."""
    data: dict[str, Any] = {"type": "string"}
    if item is not None:
        data |= {"contentMediaType": "application/json", "contentSchema": item}
    event: dict[str, Any] = {
        "type": "object",
        "properties": {
            "data": data,
            "event": {"type": "string"},
            "id": {"type": "string"},
            "retry": {"type": "integer", "minimum": 0},
        },
    }
    if item is not None:
        event["required"] = ["data"]
    return event


def _own_schema(route: Any, unique_id: str, book: SchemaBook) -> dict[str, Any]:
    reply = route.plan.reply
    schema = {} if reply.adapter is None else book.of_reply(reply.model, f"Response_{unique_id}", reply.adapter)
    # Beside a text, or nothing, the models of the promise stay among the components, as in FastAPI's documents.
    return schema if issubclass(reply.response_class, JSONResponse) else {"type": "string"}


def _add(
    reply: dict[str, Any],
    key: str,
    wanted: dict[str, Any],
    response_class: type[Response],
    unique_id: str,
    book: SchemaBook,
) -> None:
    """One entry of `responses=`: everything OpenAPI knows for a response, and `model` for its schema."""
    model = wanted.get("model")
    merge(reply, {name: value for name, value in wanted.items() if name != "model"})
    if model is not None and _has_body(key):
        content = reply.setdefault("content", {}).setdefault(response_class.media_type or "application/json", {})
        title = f"Response_{key if key != 'DEFAULT' else 'default'}_{unique_id}"
        content["schema"] = book.of_reply(model, title)
    if not reply.get("description"):
        phrase = http.client.responses.get(int(key)) if key.isdigit() else None
        reply["description"] = _RANGES.get(key) or phrase or "Additional Response"


def _has_body(status: str) -> bool:
    """Of a range of statuses, some have."""
    return not status.isdigit() or has_body(int(status))


@lru_cache
def _status_of(response_class: type[Response]) -> int:
    """The status that an instance has when nobody says otherwise: 307 for a redirect."""
    parameter = inspect.signature(response_class.__init__).parameters.get("status_code")
    return parameter.default if parameter is not None and isinstance(parameter.default, int) else 200
