"""Names under which secrets travel, where an application says so: `APIKeyHeader(name="X-Duck")`.

Whoever keeps facts of requests recognises most secrets by their names ("authorization", "api_key"); these are the ones
that nobody could guess. One set for the process, filled while applications are made: that a name is a secret to one of
them does no harm to another one.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_plus

REDACTED: Final = "[redacted]"

_declared: set[str] = set()


def declare_secret(name: str) -> None:
    """Header fields and query parameters of this name, in any case, are never kept."""
    _declared.add(name.lower())


def is_declared_secret(name: str) -> bool:
    return bool(_declared) and name.lower() in _declared


def without_declared_secrets(target: str) -> str:
    """A request target as a log may show it: `/ducks?key=quack` -> `/ducks?key=[redacted]`."""
    if not _declared or "?" not in target:
        return target
    path, _, query = target.partition("?")
    return f"{path}?{'&'.join(map(_shown, query.split('&')))}"


def _shown(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={REDACTED}" if equals and is_declared_secret(unquote_plus(name)) else pair
