"""`ORJSONResponse` and `UJSONResponse`, which FastAPI has deprecated: pydantic writes JSON as fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from warnings import warn

from webfoot.compat.stand_ins import FastAPIDeprecationWarning
from webfoot.web.responses import JSONResponse


class _PackagedJSONResponse(JSONResponse):
    package = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        warn(f"{name} is deprecated: return the value, or a JSONResponse", FastAPIDeprecationWarning, stacklevel=2)
        super().__init__(*args, **kwargs)

    def _package(self) -> Any:
        try:
            return import_module(self.package)
        except ImportError as error:
            raise ImportError(f"{type(self).__name__} needs {self.package}: pip install {self.package}") from error


class ORJSONResponse(_PackagedJSONResponse):
    """JSON written by orjson, which knows dates, UUIDs and numpy's arrays."""

    package = "orjson"

    def render(self, content: Any) -> bytes:
        orjson = self._package()
        written: bytes = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
        return written


class UJSONResponse(_PackagedJSONResponse):
    """JSON written by ujson."""

    package = "ujson"

    def render(self, content: Any) -> bytes:
        written: str = self._package().dumps(content, ensure_ascii=False)
        return written.encode()
