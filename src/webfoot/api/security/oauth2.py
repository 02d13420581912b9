"""OAuth2 (RFC 6749) flows that end in a bearer token (RFC 6750)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from webfoot.api.errors import PlanError
from webfoot.api.security import models
from webfoot.api.security.authorization import NoCredentials, WholeField, credentials_of
from webfoot.web.requests import HTTPConnection


class OAuth2(WholeField):
    """The value is the whole Authorization field. `flows` is what OpenAPI says of the ways to a token."""

    model: models.OAuth2

    def __init__(
        self,
        *,
        flows: models.OAuthFlows | dict[str, dict[str, Any]] | None = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        try:
            model = models.OAuth2.model_validate({"flows": flows or {}, "description": description})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise PlanError(f"{type(self).__name__}: its {where} cannot be: {first['msg']}") from None
        super().__init__(model, scheme_name, auto_error)


class _BearerToken(OAuth2):
    """The value is the token alone."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        try:
            return credentials_of(request, "Bearer")[1]
        except NoCredentials as missing:
            self.miss(request, str(missing))
            return None


class OAuth2PasswordBearer(_BearerToken):
    """A token that was got with a name and a password, posted to `tokenUrl` (see `OAuth2PasswordRequestForm`).

    `tokenUrl` is best relative ("token"): so it stays right behind a proxy that strips a prefix.
    """

    def __init__(
        self,
        tokenUrl: str,  # noqa: N803  (OpenAPI's names)
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
        refreshUrl: str | None = None,  # noqa: N803
    ) -> None:
        flow = {"tokenUrl": tokenUrl, "refreshUrl": refreshUrl, "scopes": scopes or {}}
        super().__init__(
            flows={"password": flow}, scheme_name=scheme_name, description=description, auto_error=auto_error
        )


class OAuth2AuthorizationCodeBearer(_BearerToken):
    """A token that was got with a code, which a provider's page at `authorizationUrl` gave."""

    def __init__(
        self,
        authorizationUrl: str,  # noqa: N803  (OpenAPI's names)
        tokenUrl: str,  # noqa: N803
        refreshUrl: str | None = None,  # noqa: N803
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        flow = {
            "authorizationUrl": authorizationUrl,
            "tokenUrl": tokenUrl,
            "refreshUrl": refreshUrl,
            "scopes": scopes or {},
        }
        super().__init__(
            flows={"authorizationCode": flow}, scheme_name=scheme_name, description=description, auto_error=auto_error
        )
