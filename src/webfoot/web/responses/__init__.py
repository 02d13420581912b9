"""Responses: each is an ASGI application that sends itself."""

from webfoot.web.responses.file import FileResponse
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

__all__ = [
    "FileResponse",
    "HTMLResponse",
    "JSONResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "Response",
    "StreamingResponse",
]
