"""The media type of a file by its name: what the system knows, then what pages are made of in any case.

Python's `mimetypes` reads the system's table, and what is added by `mimetypes.add_type`. Small containers have no such
table, and Python's own leaves out fonts and newer images until its latest versions: a browser that is told
application/octet-stream may refuse them.
"""

from __future__ import annotations

import os
from mimetypes import guess_type
from typing import Final

UNKNOWN: Final = "application/octet-stream"

# Source: the registry of media types at IANA.
_OF_PAGES: Final = {
    ".flac": "audio/flac",
    ".jsonld": "application/ld+json",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".md": "text/markdown",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
}


def media_type_of(name: str | os.PathLike[str]) -> str:
    known = guess_type(name)[0]
    return known or _OF_PAGES.get(os.path.splitext(name)[1].lower(), UNKNOWN)
