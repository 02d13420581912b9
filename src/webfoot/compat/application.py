"""`FastAPI` is our `Webfoot` itself, but for the title of documents that were given none: tests compare those."""

from __future__ import annotations

from typing import Any

from webfoot.api.application import Webfoot as FastAPI
from webfoot.compat.installing import is_installed

__all__ = ["FastAPI", "title_documents"]


def title_documents(title: str) -> None:
    defaults: dict[str, Any] | None = FastAPI.__init__.__kwdefaults__
    assert defaults is not None
    defaults["title"] = title


if is_installed():
    title_documents("FastAPI")
