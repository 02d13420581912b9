"""Reading the Cookie field as browsers write it (RFC 6265 section 5.4), with quoted values (section 4.1.1)."""

from __future__ import annotations

import re

_escaped = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)


def parse_cookies(field: str) -> dict[str, str]:
    """Names and values of `a=1; b=2`. Of several with one name the last counts; one without "=" has an empty name.

    Nothing is refused, since one odd cookie of another application on the same host must not hide the rest.
    """
    cookies: dict[str, str] = {}
    for pair in field.split(";"):
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", name
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = _unquoted(value)
    return cookies


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _escaped.sub(lambda match: chr(int(match[1], 8)) if match[1] else match[2], value[1:-1])
