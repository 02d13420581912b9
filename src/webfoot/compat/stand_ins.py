"""Small names of FastAPI and Starlette that have no use here, but that packages built on them import."""

from __future__ import annotations

import logging
import mimetypes
import re
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeAlias

from pydantic import BaseModel, create_model

from webfoot.api.options import NotGiven
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.datastructures import UploadFile
from webfoot.web.responses.streaming import Chunk

logger = logging.getLogger("fastapi")
"""For applications that log to it, or set its level. webfoot itself logs to "webfoot"."""

guess_type = mimetypes.guess_type

AsyncContentStream: TypeAlias = AsyncIterable[Chunk]
SyncContentStream: TypeAlias = Iterable[Chunk]


def Default(value: Any) -> Any:  # noqa: N802 - FastAPI's name
    """An option that was not given, so that an outer level may decide."""
    return NotGiven(value)


def get_value_or_default(first_item: Any, *extra_items: Any) -> Any:
    """The first that was given, else the first. Of our routes' attributes, those that nobody gave are None."""
    given = (each for each in (first_item, *extra_items) if each is not None and not isinstance(each, NotGiven))
    return next(given, first_item)


class FastAPIDeprecationWarning(UserWarning):
    """What `webfoot.compat.old_options` warns by; webfoot itself does not."""


class StarletteDeprecationWarning(UserWarning):
    """webfoot warns of nothing by it; suites filter it by its name."""


class UvicornDeprecationWarning(UserWarning):
    """As StarletteDeprecationWarning."""


RequestErrorModel: type[BaseModel] = create_model("Request")
WebSocketErrorModel: type[BaseModel] = create_model("WebSocket")


@dataclass
class MultipartPart:
    """One part of a form, for parsers that packages bring with them."""

    content_disposition: bytes | None = None
    field_name: str = ""
    data: bytearray = field(default_factory=bytearray)
    file: UploadFile | None = None
    item_headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class AsyncExitStackMiddleware:
    """FastAPI's place for what a request has opened, to be put into a stack by hand. Here requests close it."""

    def __init__(self, app: ASGIApp, context_name: str = "fastapi_middleware_astack") -> None:
        self.app = app
        self.context_name = context_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def isoformat(o: date | time) -> str:
    return o.isoformat()


def get_path_param_names(path: str) -> set[str]:
    return set(re.findall(r"{(.*?)}", path))


def generate_operation_id_for_path(*, name: str, path: str, method: str) -> str:
    return re.sub(r"\W", "_", name + path) + "_" + method.lower()


def deep_dict_update(main_dict: dict[Any, Any], update_dict: dict[Any, Any]) -> None:
    """Put everything of the second into the first: dicts into dicts, lists behind lists."""
    from webfoot.api.openapi.merge import merge  # not for those who came for other names

    merge(main_dict, update_dict)


def generate_encoders_by_class_tuples(
    type_encoder_map: dict[Any, Callable[[Any], Any]],
) -> dict[Callable[[Any], Any], tuple[Any, ...]]:
    """The types of each encoder."""
    types: dict[Callable[[Any], Any], tuple[Any, ...]] = {}
    for kind, encoder in type_encoder_map.items():
        types[encoder] = (*types.get(encoder, ()), kind)
    return types
