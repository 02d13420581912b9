"""A TOML file, read; or one sentence that says where it cannot be."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final, NoReturn

from webfoot.server.settings.table import OptionError

_FAULT: Final = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)


def text_of(path: Path) -> str:
    """Raises OptionError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OptionError(f"the settings cannot be read from {shown(path)}: {why}") from None
    try:
        return data.decode("utf-8-sig")  # editors on Windows put a mark at the beginning
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        _refuse(path, line, column, f"the byte 0x{data[error.start]:02x} is not UTF-8")


def document_of(text: str, path: Path) -> dict[str, Any]:
    """Raises OptionError; `path` is for its sentence."""
    import tomllib  # takes as long to import as much of the server does, and most commands have no such file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = _FAULT.fullmatch(str(error))
        what = fault["what"] if fault is not None else str(error)
        if fault is None or fault["line"] is None:
            lines = text.rstrip("\n").split("\n")
            _refuse(path, len(lines), len(lines[-1]) + 1, f"{what} at the end of the file")
        _refuse(path, int(fault["line"]), int(fault["column"]), what)


def shown(path: Path) -> str:
    """From the working directory, if it is below that."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _refuse(path: Path, line: int, column: int, what: str) -> NoReturn:
    said = f"{what[:1].lower()}{what[1:]}"
    raise OptionError(f"the settings cannot be read from {shown(path)}: line {line}, column {column}: {said}")
