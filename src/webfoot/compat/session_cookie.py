"""The session's cookie with its attributes in Starlette's order and case, which RFC 6265 section 5.2 leaves open."""

from __future__ import annotations

from webfoot.web.responses.set_cookie import cookie_line


def session_cookie_line(
    key: str,
    value: str,
    max_age: int | None,
    expires: str | None,
    path: str,
    domain: str | None,
    secure: bool,
    httponly: bool,
    samesite: str,
    partitioned: bool,
) -> str:
    """As `cookie_line`, and with its errors. `expires`: the cookie is removed."""
    cookie_line(key, value, max_age, expires, path, domain, secure, httponly, samesite, partitioned)
    parts = [f"{key}={value}" if expires is None else f"{key}=null", f"path={path}"]
    if expires is not None:
        parts.append(f"expires={expires}")
    elif max_age is not None:
        parts.append(f"Max-Age={max_age}")
    parts += ["httponly"] * httponly
    parts.append(f"samesite={samesite}")
    parts += ["secure"] * secure
    if domain is not None:
        parts.append(f"domain={domain}")
    return "; ".join(parts + ["partitioned"] * partitioned)


WRITTEN = staticmethod(session_cookie_line)
"""As an attribute of a class."""
