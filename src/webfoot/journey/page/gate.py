"""Who may see the page: the developer at this machine, or whoever has the token. Never another web page.

Without a token the request has to come from this machine (see `webfoot.asgi.this_machine`), and the browser must not
say that another site asks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from webfoot.asgi.this_machine import is_this_machine, names_this_machine, sign_of_a_proxy
from webfoot.asgi.types import Scope

COOKIE: Final = "webfoot_journey"
_GUESSES, _SPAN = 10, 30.0  # wrong tokens, and the seconds in which there may be so many


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    reason: str


class Gate:
    """token: "" for none; then only this machine is let in."""

    def __init__(self, token: str = "") -> None:
        self.needs_token = bool(token)
        self._token = token.encode()
        # The cookie is no use for finding the token, and holds across restarts.
        self.cookie = hmac.new(self._token, b"webfoot journey page", hashlib.sha256).hexdigest()
        self._wrong: list[float] = []

    def refuse(self, scope: Scope, headers: Mapping[bytes, bytes], *, is_data: bool) -> Refusal | None:
        """`is_data`: journeys are asked for, and not only the files of the page, which hold no secrets."""
        refusal = self._refuse_stranger(scope, headers) if not self.needs_token else None
        if refusal is None and is_data:
            refusal = _refuse_other_site(headers)
        if refusal is None and is_data and self.needs_token:
            refusal = self._refuse_without_token(headers)
        return refusal

    def takes(self, token: str) -> Refusal | None:
        """Whether it is the token."""
        if self._is_guessed_at():
            return Refusal(429, "too many wrong tokens; wait half a minute")
        if hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            return None
        self._wrong.append(monotonic())
        return Refusal(401, "this is not the token that --journey-token (or WEBFOOT_JOURNEY_TOKEN) says")

    def _refuse_stranger(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Refusal | None:
        sign = sign_of_a_proxy(headers)
        if sign is not None:
            said = f"it came through a proxy (there is a field {sign}), which may bring anybody"
            return Refusal(403, f"{said}; with --journey-token the page is for whoever has the token")
        if not is_this_machine(scope.get("client")):
            said = "the page is for this machine only"
            return Refusal(403, f"{said}; with --journey-token it is for whoever has the token")
        host = headers.get(b"host", b"").decode("latin-1")
        if not names_this_machine(host):
            return Refusal(403, "the Host field names another machine; open the page as localhost or 127.0.0.1")
        return None

    def _refuse_without_token(self, headers: Mapping[bytes, bytes]) -> Refusal | None:
        kind, _, credentials = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() == "bearer":
            return self.takes(credentials.strip())
        if hmac.compare_digest(_cookie_in(headers).encode("utf-8", "replace"), self.cookie.encode()):
            return None
        return Refusal(401, "a token is needed: open this page once with ?token=..., as --journey-token says")

    def _is_guessed_at(self) -> bool:
        since = monotonic() - _SPAN
        self._wrong = [at for at in self._wrong if at > since]
        return len(self._wrong) >= _GUESSES


def _refuse_other_site(headers: Mapping[bytes, bytes]) -> Refusal | None:
    """Fetch Metadata where the browser sends it, which no page can forge; else Origin."""
    site = headers.get(b"sec-fetch-site")
    origin = headers.get(b"origin")
    if site is not None:
        is_own = site in (b"same-origin", b"none")
    elif origin is not None:
        is_own = origin.partition(b"://")[2].lower() == headers.get(b"host", b"").lower()
    else:
        is_own = True
    return None if is_own else Refusal(403, "another web page asked for this")


def _cookie_in(headers: Mapping[bytes, bytes]) -> str:
    for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
