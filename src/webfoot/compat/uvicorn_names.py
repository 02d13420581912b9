"""Uvicorn's public names, module by module; see `webfoot.compat.names` for how a row is read."""

from __future__ import annotations

from typing import Final

UVICORN: Final[dict[str, dict[str, str]]] = {
    "uvicorn": {"webfoot.compat.command": "main", "webfoot.compat.server": "Config Server run"},
    "uvicorn.config": {
        "webfoot.compat.log_formats": "LOGGING_CONFIG TRACE_LOG_LEVEL",
        "webfoot.compat.server": "Config STARTUP_FAILURE",
        "webfoot.compat.server_options": "LOG_LEVELS",
        "webfoot.compat.stand_ins": "UvicornDeprecationWarning",
    },
    "uvicorn.importer": {"webfoot.compat.importer": "ImportFromStringError import_from_string"},
    "uvicorn.logging": {
        "webfoot.compat.log_formats": "AccessFormatter ColourizedFormatter DefaultFormatter TRACE_LOG_LEVEL"
    },
    "uvicorn.main": {"webfoot.compat.command": "main", "webfoot.compat.server": "Config STARTUP_FAILURE Server run"},
    "uvicorn.middleware": {},
    "uvicorn.middleware.asgi2": {"webfoot.compat.asgi2": "ASGI2Middleware"},
    "uvicorn.middleware.proxy_headers": {"webfoot.compat.proxy_headers": "ProxyHeadersMiddleware"},
    "uvicorn.middleware.wsgi": {"webfoot.web.middleware.wsgi": "WSGIMiddleware"},
    "uvicorn.protocols": {},
    "uvicorn.protocols.utils": {
        "webfoot.asgi.types": "ClientDisconnected",
        "webfoot.compat.scopes": "get_client_addr get_path_with_query_string",
    },
    "uvicorn.server": {"webfoot.compat.server": "Config Server"},
    "uvicorn.supervisors": {"webfoot.compat.supervisors": "ChangeReload Multiprocess"},
    "uvicorn.supervisors.multiprocess": {"webfoot.compat.supervisors": "Multiprocess"},
    "uvicorn.supervisors.watchfilesreload": {"webfoot.compat.supervisors": "WatchFilesReload=ChangeReload"},
}
