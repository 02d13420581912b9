"""OpenID Connect: the provider tells of itself at an address."""

from __future__ import annotations

from webfoot.api.security import models
from webfoot.api.security.authorization import WholeField


class OpenIdConnect(WholeField):
    """The value is the whole Authorization field. `openIdConnectUrl` is told in the document, and never asked."""

    def __init__(
        self,
        *,
        openIdConnectUrl: str,  # noqa: N803  (OpenAPI's name)
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        model = models.OpenIdConnect(openIdConnectUrl=openIdConnectUrl, description=description)
        super().__init__(model, scheme_name, auto_error)
