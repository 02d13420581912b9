"""JSON that the client carries for us: signed and dated, so it can be read by anybody and changed by nobody.

The form is Starlette's, so that its cookies are ours with the same key: base64 of the JSON, then a time stamp and an
HMAC of both, as itsdangerous' TimestampSigner writes them.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from webfoot.web.datastructures.settings import Secret
from webfoot.web.packages import missing


class NotTaken(ValueError):
    """The cookie does not count; the text says why, and holds nothing of it."""


class SignedCookie:
    """Values of cookies, written and read with secret keys: the last one signs, all of them are accepted.

    `max_age` is in seconds; None accepts a value of any age.
    """

    def __init__(self, secret_key: str | Secret | Sequence[str | Secret], max_age: int | None) -> None:
        try:
            import itsdangerous
        except ImportError as error:
            raise missing("itsdangerous", "a signed cookie", "web") from error
        keys = [secret_key] if isinstance(secret_key, str | Secret) else secret_key
        secrets = [str(key) for key in keys]
        if not secrets or not all(secrets):
            raise ValueError("secret_key must not be empty: whoever knows the key can write any session")
        self._signer = itsdangerous.TimestampSigner(secrets)
        self._too_old = itsdangerous.SignatureExpired
        self._forged = itsdangerous.BadSignature
        self.max_age = max_age

    def write(self, values: Mapping[str, Any]) -> str:
        """TypeError or ValueError when the values cannot be written as JSON."""
        return self._signer.sign(b64encode(text_of(values).encode())).decode()

    def read(self, cookie: str) -> tuple[dict[str, Any], str]:
        """The values, and the JSON that they were. NotTaken for whatever else a client may send."""
        try:
            signed = self._signer.unsign(cookie, max_age=self.max_age)
        except self._too_old as error:
            raise NotTaken(f"it is older than max_age ({self.max_age} seconds)") from error
        except self._forged as error:
            raise NotTaken("its signature is not of this secret_key") from error
        try:  # what is signed may still be another program's, with the same key
            text = b64decode(signed).decode()
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise NotTaken("it is signed, but what it holds is no JSON") from error
        if type(values) is not dict:
            raise NotTaken("it is signed, but what it holds is no JSON object")
        return values, text


def text_of(values: Mapping[str, Any]) -> str:
    """As JSON. The exception that values of other kinds cause names the session."""
    try:
        return json.dumps(values)
    except (TypeError, ValueError) as error:
        raise type(error)(f"request.session is kept as JSON: {error}") from None
    except RecursionError:
        raise ValueError("request.session is kept as JSON: it is nested too deeply") from None
