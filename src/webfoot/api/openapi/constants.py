"""Where the models of a document are, as FastAPI names the place."""

from __future__ import annotations

from typing import Final

REF_PREFIX: Final = "#/components/schemas/"
REF_TEMPLATE: Final = "#/components/schemas/{model}"

METHODS_WITH_BODY: Final = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}
"""As in FastAPI's documents: for other methods (QUERY, OPTIONS...) only the schemas tell of the body that they take."""
