"""HTTP authentication (RFC 9110 section 11): Basic, Bearer, Digest, and any other scheme by its name."""

from __future__ import annotations

from base64 import b64decode

from pydantic import BaseModel, Field

from webfoot.api.errors import PlanError
from webfoot.api.security import models
from webfoot.api.security.authorization import NoCredentials, credentials_of
from webfoot.api.security.scheme import Scheme
from webfoot.web.requests import HTTPConnection


class HTTPBasicCredentials(BaseModel):
    """Compare both with `secrets.compare_digest`, and both every time: how long a refusal takes must not tell which
    of them was wrong."""

    username: str
    password: str = Field(repr=False)


class HTTPAuthorizationCredentials(BaseModel):
    """`scheme` as the client wrote it ("bearer", "Bearer"), `credentials` as they stand behind it."""

    scheme: str
    credentials: str = Field(repr=False)


class HTTPBase(Scheme):
    """Credentials of `scheme`. What a client sends under another scheme is handed over as well, with its name."""

    model: models.HTTPBase
    only: str | None = None
    """The one scheme to take."""

    def __init__(
        self, *, scheme: str, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        super().__init__(models.HTTPBase(scheme=scheme, description=description), scheme_name, auto_error)

    def make_authenticate_headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": self.model.scheme.title()}

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        try:
            scheme, credentials = credentials_of(request, self.only)
        except NoCredentials as missing:
            self.miss(request, str(missing))
            return None
        return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials)


class HTTPBearer(HTTPBase):
    """A bearer token (RFC 6750). `bearerFormat` tells people what it looks like, "JWT" say."""

    only = "Bearer"

    def __init__(
        self,
        *,
        bearerFormat: str | None = None,  # noqa: N803  (OpenAPI's name)
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        super().__init__(scheme="bearer", scheme_name=scheme_name, description=description, auto_error=auto_error)
        self.model = models.HTTPBearer(bearerFormat=bearerFormat, description=description)


class HTTPDigest(HTTPBase):
    """Digest credentials (RFC 7616), unread: computing the digest is for the application."""

    only = "Digest"

    def __init__(
        self, *, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        super().__init__(scheme="digest", scheme_name=scheme_name, description=description, auto_error=auto_error)


class HTTPBasic(HTTPBase):
    """Name and password (RFC 7617), in ASCII; the password may have colons. `realm` is what browsers show when they ask
    for them."""

    only = "Basic"

    def __init__(
        self,
        *,
        scheme_name: str | None = None,
        realm: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        super().__init__(scheme="basic", scheme_name=scheme_name, description=description, auto_error=auto_error)
        if realm and not (realm.isprintable() and all(ord(char) < 0x100 for char in realm)):
            raise PlanError(f"{type(self).__name__}: the realm {realm!r} cannot stand in a header field")
        self.realm = realm

    def make_authenticate_headers(self) -> dict[str, str]:
        if not self.realm:
            return {"WWW-Authenticate": "Basic"}
        quoted = self.realm.replace("\\", r"\\").replace('"', r"\"")  # RFC 9110 section 5.6.4
        return {"WWW-Authenticate": f'Basic realm="{quoted}"'}

    async def __call__(self, request: HTTPConnection) -> HTTPBasicCredentials | None:  # type: ignore[override]
        """Credentials that cannot be read are an error whatever `auto_error` says: the client did try."""
        try:
            _, credentials = credentials_of(request, self.only, maybe_empty=True)
        except NoCredentials as missing:
            self.miss(request, str(missing))
            return None
        username, colon, password = _decoded(credentials).partition(":")
        if not colon:
            self.refuse(request, "the Basic credentials are not ASCII in base64 with a colon")
        return HTTPBasicCredentials(username=username, password=password)


def _decoded(credentials: str) -> str:
    """Empty when it cannot be decoded. Nothing is raised: a UnicodeDecodeError would carry what it could not read."""
    try:
        return b64decode(credentials, validate=True).decode("ascii")
    except ValueError:
        return ""
