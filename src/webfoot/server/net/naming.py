"""Which certificate a client is shown that names the host it wants (SNI, RFC 6066 section 3)."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from typing import Any, Final

from webfoot.server.net.x509 import names_of

_UNKNOWN_NAME: Final = ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


class Naming:
    """Called in each handshake (`SSLContext.sni_callback`). A client that names no host sees the default certificate.

    strict: a name that no certificate has ends the handshake; otherwise the default certificate is shown.
    """

    def __init__(self, default: ssl.SSLContext, strict: bool) -> None:
        self._default = default
        self._strict = strict
        self._contexts: dict[str, ssl.SSLContext] = {}

    def add(self, context: ssl.SSLContext, certificate: bytes) -> None:
        """`certificate`: DER. Of several with the same name the first one added is shown."""
        for name in names_of(certificate):
            self._contexts.setdefault(name, context)

    def __call__(self, tls: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        if name is None:
            return None
        found = self._find(name.lower())
        if found is None:
            return _UNKNOWN_NAME if self._strict else None
        if found is not self._default:
            tls.context = found
        return None

    def _find(self, name: str) -> ssl.SSLContext | None:
        """RFC 9525 section 6.3: an asterisk stands for one label, the leftmost."""
        _, dot, rest = name.partition(".")
        return self._contexts.get(name) or (self._contexts.get(f"*.{rest}") if dot else None)


def expect_odd_names() -> None:
    """Python tells of a host name that is not ASCII on stderr, with a traceback; but it is only a client's fault."""
    if not isinstance(sys.unraisablehook, _Hook):
        sys.unraisablehook = _Hook(sys.unraisablehook)


class _Hook:
    def __init__(self, before: Callable[[sys.UnraisableHookArgs], Any]) -> None:
        self._before = before

    def __call__(self, unraisable: sys.UnraisableHookArgs, /) -> None:
        error = unraisable.exc_value
        is_name = (
            isinstance(error, UnicodeDecodeError) and error.encoding == "ascii" and error.object == unraisable.object
        )
        if not is_name:
            self._before(unraisable)
