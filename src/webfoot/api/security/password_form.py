"""What a client posts to get a token by a password (RFC 6749 section 4.3.2). A dependency: write `Depends()` beside it.

`scopes` is the list of what `scope` names, separated by spaces. client_id and client_secret may also come as Basic
credentials (section 2.3.1); `HTTPBasic` reads those.
"""

from __future__ import annotations

from typing import Annotated, Final

from webfoot.api.markers import Form
from webfoot.api.plan.inline import declare_inline

_FORMAT: Final = {"format": "password"}  # the documentation page hides what is typed


class OAuth2PasswordRequestForm:
    """`grant_type` may be left out, which the standard does not allow."""

    @declare_inline
    def __init__(
        self,
        *,
        grant_type: Annotated[str | None, Form(pattern="^password$")] = None,
        username: Annotated[str, Form()],
        password: Annotated[str, Form(json_schema_extra=_FORMAT)],
        scope: Annotated[str, Form()] = "",
        client_id: Annotated[str | None, Form()] = None,
        client_secret: Annotated[str | None, Form(json_schema_extra=_FORMAT)] = None,
    ) -> None:
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret


class OAuth2PasswordRequestFormStrict(OAuth2PasswordRequestForm):
    """`grant_type` has to be there, and to be "password"."""

    @declare_inline
    def __init__(
        self,
        grant_type: Annotated[str, Form(pattern="^password$")],
        username: Annotated[str, Form()],
        password: Annotated[str, Form()],
        scope: Annotated[str, Form()] = "",
        client_id: Annotated[str | None, Form()] = None,
        client_secret: Annotated[str | None, Form()] = None,
    ) -> None:
        super().__init__(
            grant_type=grant_type,
            username=username,
            password=password,
            scope=scope,
            client_id=client_id,
            client_secret=client_secret,
        )
