"""The own files of Swagger UI and ReDoc, from packages that carry them, so that the pages work without the internet."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from webfoot.web.exceptions import HTTPException
from webfoot.web.requests import Request
from webfoot.web.responses import FileResponse, Response

_CACHE_CONTROL = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A page's files: where they are, None when the package is not installed, and the media types of those that the
    page asks for; no other is served. folder: the last part of the address under which an application serves them."""

    folder: str
    directory: Callable[[], Path | None]
    media_types: Mapping[str, str]

    def server(self) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that gives one of the files, or 304 when the client has it already (RFC 9110 section 13.1.2)."""

        async def serve_asset(request: Request) -> Response:
            directory, name = self.directory(), request.path_params["name"]
            if directory is None or name not in self.media_types:
                raise HTTPException(status_code=404)
            tag = _entity_tag(directory / name)
            headers = {"etag": tag, "cache-control": _CACHE_CONTROL}
            held = {known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")}
            if tag in held or "*" in held:
                return Response(status_code=304, headers=headers)
            return FileResponse(directory / name, media_type=self.media_types[name], headers=headers)

        return serve_asset


def swagger_ui_directory() -> Path | None:
    try:
        from swagger_ui_bundle import swagger_ui_path
    except ImportError:
        return None
    return Path(swagger_ui_path)


def redoc_directory() -> Path | None:
    """The files only: the package is one for Django, which nobody has to have for it."""
    spec = find_spec("drf_spectacular_sidecar")
    if spec is None or not spec.origin:
        return None
    found = Path(spec.origin).parent / "static" / "drf_spectacular_sidecar" / "redoc" / "bundles"
    return found if found.is_dir() else None


SWAGGER_UI = Bundle(
    "swagger-ui-dist",
    swagger_ui_directory,
    {
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
        "favicon-32x32.png": "image/png",
    },
)
REDOC = Bundle("redoc-dist", redoc_directory, {"redoc.standalone.js": "text/javascript"})


@lru_cache
def _entity_tag(file: Path) -> str:
    """Made of the content, so it is the same on every worker and every machine."""
    return f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}"'
