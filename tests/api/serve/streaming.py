"""A route that yields, asked in process: what its application sends."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, Field
from tests.api.serve.visiting import visit_to as brief_visit_to

from webfoot.api.serve.pipeline import serve
from webfoot.web import StreamingResponse


class Duck(BaseModel):
    name: str
    age: int = Field(1, serialization_alias="years")


class Png(StreamingResponse):
    media_type = "image/png"


JEMIMA = b'{"name":"Jemima","years":1}'


def visit_to(endpoint: Any, **request: Any) -> Any:
    """Of a client that stays and has nothing more to say, on a server whose `send` tells when it leaves."""

    async def receive() -> Any:
        await asyncio.Event().wait()

    visit = brief_visit_to(endpoint, **request)
    visit.receive = receive
    visit.scope["asgi"] = {"spec_version": "2.4"}
    return visit


def served(endpoint: Any, **request: Any) -> list[dict[str, Any]]:
    visit = visit_to(endpoint, **request)
    asyncio.run(serve(visit))
    return visit.sent


def body_of(endpoint: Any, **options: Any) -> bytes:
    sent = served(endpoint, options=options)
    return b"".join(message["body"] for message in sent[1:])


def head_of(sent: list[dict[str, Any]]) -> tuple[int, dict[bytes, bytes]]:
    return sent[0]["status"], dict(sent[0]["headers"])
