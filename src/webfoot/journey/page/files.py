"""The browser's part: what lies in `static`, by its name. Read when it is asked for, so that it can be edited."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}


def file_named(name: str) -> tuple[str, bytes] | None:
    """Content type and content; None for what is not there. Only a name that is listed leads to a file."""
    for path in _STATIC.iterdir():
        if path.name == (name or "index.html") and path.suffix in _TYPES and path.is_file():
            return _TYPES[path.suffix], path.read_bytes()
    return None
