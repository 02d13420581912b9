"""Small names of FastAPI that have no use here, but that packages built on it import."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger("fastapi")
"""For applications that log to it, or set its level. webfoot itself logs to "webfoot"."""


def Default(value: Any) -> Any:  # noqa: N802 - FastAPI's name
    """An option that was not given: None, which our options read as such, so that an outer level may decide."""
    return None
