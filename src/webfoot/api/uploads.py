"""UploadFile as a type that pydantic knows: a form's file passes, anything else is refused."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from webfoot.web.datastructures import UploadFile as WebUploadFile


class UploadFile(WebUploadFile):
    """A file from a multipart form. Annotate a parameter with it; `File()` adds a description or an alias."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        described_as = core_schema.bytes_schema()
        return core_schema.no_info_plain_validator_function(cls._validate, json_schema_input_schema=described_as)

    @classmethod
    def _validate(cls, value: Any) -> UploadFile:
        if isinstance(value, cls):
            return value
        if not isinstance(value, WebUploadFile):
            raise ValueError(f"Expected UploadFile, received: {type(value)}")
        return cls(value.file, size=value.size, filename=value.filename, headers=value.headers)
