"""What a value in a TOML file stands for, where TOML has no kind of its own for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from webfoot.server.settings.kinds import (
    CertificateFiles,
    Directory,
    File,
    HeaderField,
    Kind,
    Listed,
    LoggingConfig,
    Many,
    Permissions,
    Place,
    Size,
)


def value_in_file(kind: Kind, value: object, base: Path) -> object:
    """`value` as it is stored; ValueError if it is not allowed. A path is meant from `base`, the file's directory."""
    match kind, value:
        case ((File() | Directory() | LoggingConfig()), str(path)) if path:
            return kind.check(str(base / path))
        case Place(), str(place) if place.startswith("unix:"):
            return kind.check(f"unix:{base / place.removeprefix('unix:')}")
        case CertificateFiles(), _:
            certificate, key = kind.check(value)
            return str(base / certificate), str(base / key) if key is not None else None
        case ((Size() | HeaderField()), str(text)):
            return kind.read(text)
        case Permissions(), int():
            raise ValueError  # 400 would be another number in octal digits
        case Many(item=HeaderField()), Mapping():
            return kind.check(_header_lines(value))
        case ((Many(item=item) | Listed(item=item)), list()):
            return tuple(value_in_file(item, each, base) for each in value)
    return kind.check(value)


def _header_lines(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """`{X-Pond = "A", Link = ["B", "C"]}`: a header is sent once for each text."""
    for name, content in table.items():
        for each in content if isinstance(content, list) else [content]:
            yield name, each
