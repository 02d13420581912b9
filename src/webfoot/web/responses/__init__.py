"""Responses: each is an ASGI application that sends itself."""

from webfoot.web.responses.events import EventSourceResponse, ServerSentEvent
from webfoot.web.responses.file import FileResponse
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

__all__ = [
    "EventSourceResponse",
    "FileResponse",
    "HTMLResponse",
    "JSONResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "Response",
    "ServerSentEvent",
    "StreamingResponse",
]
