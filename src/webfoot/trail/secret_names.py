"""Names under which secrets travel: those that sound like it, and those of which an application says so.

Most secrets are recognised by their names ("authorization", "api_key"). Nobody could guess the others; they are
declared: `APIKeyHeader(name="X-Duck")`. One set for the process, filled while applications are made: that a name is a
secret to one of them does no harm to another one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

REDACTED: Final = "[redacted]"

TELLTALES: Final = (
    r"pass(word|wd|phrase|code)|pwd|secret|token|credential|authori[sz]ation|cookie|session|csrf|xsrf|signature"
    r"|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|bearer|card[-_]?number|account[-_]?number"
)
"""What a name has within it that belongs to a secret, as a regular expression."""

# Short words count only when they stand alone: "pin" is a secret, "shipping" is not.
_SECRET_NAME = re.compile(rf"({TELLTALES})|(?<![a-z])(pass|pin|otp|cvv|cvc|ssn|iban|sid|auth|key)(?![a-z])", re.I)

_declared: set[str] = set()


def declare_secret(name: str) -> None:
    """Header fields and query parameters of this name, in any case, are never kept."""
    _declared.add(name.lower())


def is_declared_secret(name: str) -> bool:
    return bool(_declared) and name.lower() in _declared


@lru_cache(maxsize=1024)
def sounds_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def query_without_secrets(query: str) -> str:
    """A query as a log may show it: `a=1&token=quack` -> `a=1&token=[redacted]`."""
    return "&".join(map(_shown, query.split("&"))) if "=" in query else query


def _shown(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if not equals:
        return pair
    name_as_meant = unquote_plus(name)
    is_secret = is_declared_secret(name_as_meant) or sounds_secret(name_as_meant)
    return f"{name}={REDACTED}" if is_secret else pair
