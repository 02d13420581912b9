"""The OAuth2 scopes that the way to a dependency asked for."""

from __future__ import annotations

from collections.abc import Iterable


class SecurityScopes:
    """Ask for it by type to learn which scopes every `Security(...)` on the way to this callable named.

    `scopes` is their list, outermost first; `scope_str` the same joined by spaces, as OAuth2 writes it.
    """

    __slots__ = ("scope_str", "scopes")

    def __init__(self, scopes: Iterable[str] | None = None) -> None:
        self.scopes = list(scopes or ())
        self.scope_str = " ".join(self.scopes)
