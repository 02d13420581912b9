"""Uvicorn's public names, module by module; see `webfoot.compat.names` for how a row is read."""

from __future__ import annotations

from typing import Final

UVICORN: Final[dict[str, dict[str, str]]] = {
    "uvicorn": {"webfoot.compat.server": "Config Server run"},
    "uvicorn.config": {"webfoot.compat.server": "Config"},
    "uvicorn.main": {"webfoot.compat.server": "Config Server run"},
    "uvicorn.middleware": {},
    "uvicorn.middleware.proxy_headers": {"webfoot.compat.proxy_headers": "ProxyHeadersMiddleware"},
    "uvicorn.server": {"webfoot.compat.server": "Config Server"},
}
