"""What programs put in the place of FastAPI's functions to be called: `applications.get_swagger_ui_html = ...`.

Many do so to have the files of the documentation from elsewhere. Other names that are replaced in a module there change
what is imported from there, and nothing else.
"""

from __future__ import annotations

from typing import Any, Final

from webfoot.api.openapi import pages
from webfoot.api.openapi.routes import own_pages

HEEDED: Final = {
    f"fastapi.applications.{name}": getattr(pages, name) for name in ("get_redoc_html", "get_swagger_ui_html")
}


def heed(module: str, name: str, value: Any) -> None:
    """`value` was put into `module` there; the function that belongs there stands for none."""
    ours = HEEDED.get(f"{module}.{name}")
    if ours is value:
        own_pages.pop(name, None)
    elif ours is not None:
        own_pages[name] = value
