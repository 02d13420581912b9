"""Swagger UI's own files, from the package `swagger_ui_bundle`, so that the page works without the internet."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from webfoot.web.exceptions import HTTPException
from webfoot.web.requests import Request
from webfoot.web.responses import FileResponse, Response

MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
    "oauth2-redirect.js": "text/javascript",
}
"""The files that the pages ask for; no other is served."""

_CACHE_CONTROL = "public, max-age=86400"


def swagger_ui_directory() -> Path | None:
    """Where the files are; None when the package is not installed."""
    try:
        from swagger_ui_bundle import swagger_ui_path
    except ImportError:
        return None
    return Path(swagger_ui_path)


async def serve_asset(request: Request) -> Response:
    """One of the files, or 304 when the client has it already (RFC 9110 section 13.1.2)."""
    directory = swagger_ui_directory()
    name = request.path_params["name"]
    if directory is None or name not in MEDIA_TYPES:
        raise HTTPException(status_code=404)
    tag = _entity_tag(directory / name)
    headers = {"etag": tag, "cache-control": _CACHE_CONTROL}
    held = {known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")}
    if tag in held or "*" in held:
        return Response(status_code=304, headers=headers)
    return FileResponse(directory / name, media_type=MEDIA_TYPES[name], headers=headers)


@lru_cache
def _entity_tag(file: Path) -> str:
    """Made of the content, so it is the same on every worker and every machine."""
    return f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}"'
