"""A form in parts (RFC 7578) as a journey shows it: the fields by their values, the files by their size."""

from __future__ import annotations

import re
from collections.abc import Callable

from webfoot.journey import redact

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))', re.I)
_PARAMETER = re.compile(r'(?<![\w*])(name|filename)\*?=(?:"((?:[^"\\]|\\.)*+)"|([^\s;]++))', re.I)


def fields_of(data: bytes, content_type: str, clean: Callable[[str], str]) -> str | None:
    """One line for each part, as much of them as there is; None where no boundary tells the parts from each other."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return None
    parts = (b"\r\n" + data).split(b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace"))
    last = len(parts) - 1
    return "\n".join(
        _part(part, clean, is_cut=number == last)
        for number, part in enumerate(parts)
        if number and not part.startswith(b"--")
    )


def _part(part: bytes, clean: Callable[[str], str], *, is_cut: bool) -> str:
    head, there, content = part.partition(b"\r\n\r\n")
    fields = dict(_field(line) for line in head.decode("utf-8", "replace").split("\r\n") if ":" in line)
    told = {
        found[1].lower(): found[2] or found[3] or ""
        for found in _PARAMETER.finditer(fields.get("content-disposition", ""))
    }
    name = told.get("name", "")
    if "filename" in told:
        kind = fields.get("content-type", "a file")
        size = f"{'more than ' if is_cut else ''}{len(content)} bytes"
        shown = f"<{redact.short(told['filename'])}: {redact.short(kind)}, {size}>"
    elif redact.is_secret(name):
        shown = redact.REDACTED
    else:
        try:
            shown = clean(content.decode())
        except UnicodeDecodeError as error:
            # A cut may have gone through a character.
            shown = clean(content[: error.start].decode()) if is_cut else f"<{len(content)} bytes>"
    if not there:
        return f"{name or 'a part'}: …"
    return f"{name}: {shown}{'…' if is_cut and 'filename' not in told else ''}"


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
