"""Who asks: dependencies that take credentials from a request or a WebSocket, and tell of themselves in OpenAPI.

    scheme            what makes a dependency a security scheme; how one refuses
    authorization     the Authorization field, read strictly
    api_key           a key in the query, a header field or a cookie
    http              Basic, Bearer and Digest credentials
    oauth2            OAuth2 flows that end in a bearer token
    open_id_connect   the same, found by discovery
    password_form     what a client posts to get a token by a password
    models            the schemes as the OpenAPI document has them

They find credentials and do not judge them; whether a password or a token is right is for the application to say.
"""

from webfoot.api.scopes import SecurityScopes
from webfoot.api.security.api_key import APIKeyCookie, APIKeyHeader, APIKeyQuery
from webfoot.api.security.authorization import get_authorization_scheme_param
from webfoot.api.security.http import (
    HTTPAuthorizationCredentials,
    HTTPBase,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    HTTPDigest,
)
from webfoot.api.security.oauth2 import OAuth2, OAuth2AuthorizationCodeBearer, OAuth2PasswordBearer
from webfoot.api.security.open_id_connect import OpenIdConnect
from webfoot.api.security.password_form import OAuth2PasswordRequestForm, OAuth2PasswordRequestFormStrict
from webfoot.api.security.scheme import SecurityBase

__all__ = [
    "APIKeyCookie",
    "APIKeyHeader",
    "APIKeyQuery",
    "HTTPAuthorizationCredentials",
    "HTTPBase",
    "HTTPBasic",
    "HTTPBasicCredentials",
    "HTTPBearer",
    "HTTPDigest",
    "OAuth2",
    "OAuth2AuthorizationCodeBearer",
    "OAuth2PasswordBearer",
    "OAuth2PasswordRequestForm",
    "OAuth2PasswordRequestFormStrict",
    "OpenIdConnect",
    "SecurityBase",
    "SecurityScopes",
    "get_authorization_scheme_param",
]
