"""What may be kept of a fact: never a secret, never a whole body, never a reference to the application's objects.

A record outlives its request, so whatever a layer hands to `mark()` is turned into plain, small data first. Secrets
are recognised by the name they travel under (header, query parameter, body field, path parameter) and, inside free
text such as an exception's message, by the shape `name=value`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import cast
from urllib.parse import unquote_plus

from webfoot.trail import secret_names

REDACTED = secret_names.REDACTED
LONGEST_TEXT = 200  # characters kept of one text
_LEAST_SECRET = 15  # characters; in a shorter field none is looked for
MOST_ITEMS = 32  # entries kept of one list or mapping
MOST_FIELDS = 2 * MOST_ITEMS  # of one header
DEEPEST = 4  # levels kept of nested data

# A word is looked at once, from its beginning, and never given back: what comes from a client may be long.
_SECRET_IN_TEXT = re.compile(
    rf"""(?P<name>(?<![\w-])(?=[\w-]*?({secret_names.TELLTALES}))[\w-]++["']?\s*+[:=]\s*+)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s&,;}"']+)""",
    re.I,
)
# As they stand in an Authorization field; the digit (or the like) tells them from words, as in "basic credentials".
_CREDENTIALS = re.compile(r"\b(?P<scheme>Bearer|Basic|Negotiate)\s+(?=\S*(?:[\d+/=~]|\.\w))[\w+/.~=-]{6,}", re.I)
_SCHEMES = ("bearer", "basic", "negotiate")
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
# These carry URLs, and URLs carry tokens.
_URL_FIELDS = frozenset(("referer", "origin", "location", "content-location", "refresh", "link"))
# Written by ourselves while the client waits, of names and sentences that are clean.
_OWN_FIELDS = frozenset(("server-timing", "webfoot-why", "webfoot-journey"))
# What may follow a cookie (RFC 6265 section 4.1.1): by these a browser decides whether it keeps it.
_COOKIE_ATTRIBUTES = frozenset(
    ("expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned", "priority")
)
_PRINTABLE_MODULES = frozenset(("uuid", "decimal", "datetime", "pathlib", "ipaddress", "fractions"))
# At the beginning of a pair only: a long text without one would be searched from each of its characters on.
_QUERY_PAIR = re.compile(r"(?<![^&?#])(?P<name>[^&=?#]+)=(?P<value>[^&#]*)")


def is_secret(name: object) -> bool:
    """Whether what travels under `name` (text or bytes) must not be kept."""
    if type(name) is not str:
        name = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    return secret_names.is_secret_name(name)


def short(text: str, longest: int = LONGEST_TEXT) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def printable(text: str) -> str:
    """On one line and without control characters: what came from a request must not command somebody's terminal."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def free_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Prose that somebody else wrote: an exception's message, a reason, a validation error's `msg`."""
    if len(text) < _LEAST_SECRET and not (" " in text or "=" in text or ":" in text):
        return text  # one short word, as most values are
    text = secret_names.without_known_shapes(text)
    if "://" in text:
        text = _USER_INFO.sub(f"{REDACTED}@", text)
    # Before names and values, for which "authorization: Bearer" would be one pair and the token the next word.
    if " " in text and any(map(text.lower().__contains__, _SCHEMES)):
        text = _CREDENTIALS.sub(rf"\g<scheme> {REDACTED}", text)
    if "=" not in text and ":" not in text:
        return short(text, longest)
    return short(_SECRET_IN_TEXT.sub(rf"\g<name>{REDACTED}", text), longest)


def query(text: str) -> str:
    """`a=1&token=xyz` -> `a=1&token=[redacted]`."""
    return short(secret_names.without_known_shapes(_QUERY_PAIR.sub(_pair, text))) if text else text


def target(text: str) -> str:
    """A request target, a path or a URL: what follows the question mark is a query string."""
    if len(text) < _LEAST_SECRET and "?" not in text:
        return text
    text = secret_names.without_known_shapes(text)
    if "://" in text:
        text = _USER_INFO.sub(f"{REDACTED}@", text)
    path, mark, rest = text.partition("?")
    if not mark:
        return short(text)
    return f"{short(path)}?{query(rest)}"


def _pair(found: re.Match[str]) -> str:
    return f"{found['name']}={REDACTED}" if is_secret(unquote_plus(found["name"])) else found[0]


def secrets_in_path(params: object, route: object, path: object) -> list[str]:
    """The parts of a path that a route names as secrets: by its parameters, or by its template where it was refused."""
    found = [*params.items()] if type(params) is dict else []
    if not found and isinstance(route, str) and isinstance(path, str) and "{" in route:
        wanted, given = route.split("/"), path.split("/")
        found = list(zip(wanted, given, strict=True)) if len(wanted) == len(given) else []
        found = [(name, value) for name, value in found if name.startswith("{")]
    return [value for name, value in found if isinstance(value, str) and value and is_secret(name)]


def headers(fields: object) -> object:
    """Header fields as (name, value) pairs of bytes, as they came; a number (just the count) is kept as it is."""
    if isinstance(fields, int):
        return fields
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    kept = []
    for pair in pairs:  # type: ignore[attr-defined]  # what cannot be iterated over is told by its type
        care = _care_for(pair[0])
        kept.append(pair if care == "none" and len(pair[1]) < _LEAST_SECRET else _careful(pair, care))
        if len(kept) == MOST_FIELDS:
            break
    return kept


def _care_for(name: str | bytes) -> str:
    text = _text(name)
    if secret_names.is_secret_name(text):
        return "cookie" if text.lower() == "set-cookie" else "secret"
    return _usual_care(text)


@lru_cache(maxsize=1024)
def _usual_care(name: str) -> str:
    name = name.lower()
    return "url" if name in _URL_FIELDS else "length" if name in _OWN_FIELDS else "none"


def _careful(pair: tuple[str | bytes, str | bytes], care: str) -> tuple[bytes, bytes]:
    value = _text(pair[1])
    match care:
        case "secret":
            kept = REDACTED
        case "cookie":
            kept = set_cookie(value)
        case "length":
            kept = short(value)
        case "url":
            kept = target(value)
        case _:
            kept = free_text(value)
    return _text(pair[0]).encode("latin-1", "replace"), kept.encode("latin-1", "replace")


def set_cookie(text: str) -> str:
    """`id=quack; Path=/; Secure` -> `id=[redacted]; Path=/; Secure`."""
    pair, *attributes = text.split(";", maxsplit=len(_COOKIE_ATTRIBUTES))
    name, equals, _ = pair.partition("=")
    kept = [f"{free_text(name.strip())}={REDACTED}" if equals else REDACTED]
    for attribute in attributes:
        is_known = attribute.partition("=")[0].strip().lower() in _COOKIE_ATTRIBUTES and ";" not in attribute
        kept.append(free_text(attribute.strip()) if is_known else REDACTED)
    return "; ".join(kept)


def readable(fields: Iterable[tuple[str | bytes, str | bytes]]) -> list[tuple[str, str]]:
    """Header fields as text, names in lower case."""
    return [(_text(name).lower(), _text(value)) for name, value in fields]


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def data(value: object, depth: int = 0) -> object:
    """Any value as plain data of bounded size. Bytes are told by their length, other objects by their type."""
    if type(value) is str:
        return free_text(value)
    if type(value) is dict:  # whether something else is a Mapping takes long to tell
        return _mapping(value, depth)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 256 else "int of more than 77 digits"
    if isinstance(value, str):
        return free_text(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _sequence(value, depth)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, type):
        return value.__qualname__
    if type(value).__module__ in _PRINTABLE_MODULES:
        return free_text(str(value))
    return f"<{type(value).__qualname__}>"


def _mapping(value: Mapping[object, object], depth: int) -> object:
    if depth == DEEPEST:
        return f"<{len(value)} entries>"
    kept: dict[str, object] = {}
    for key, entry in value.items():
        if len(kept) == MOST_ITEMS:
            kept["…"] = f"{len(value) - MOST_ITEMS} more"
            break
        name = short(key if type(key) is str else _text(key) if isinstance(key, (str, bytes)) else str(data(key)))
        kept[name] = REDACTED if is_secret(name) else data(entry, depth + 1)
    return kept


def _sequence(value: Collection[object], depth: int) -> object:
    if depth == DEEPEST:
        return f"<{len(value)} entries>"
    # A list of pairs (parsed query, form) is a mapping that allows repetition.
    kept = [_entry(entry, depth) for entry in islice(value, MOST_ITEMS)]
    if len(value) > MOST_ITEMS:
        kept.append(f"… {len(value) - MOST_ITEMS} more")
    return kept


def _entry(entry: object, depth: int) -> object:
    if isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], (str, bytes)) and is_secret(entry[0]):
        return [_text(entry[0]), REDACTED]
    return data(entry, depth + 1)


def parameters(values: object) -> object:
    """Parameters as they were found and as they were given to a callable; see `webfoot.api.serve.validate`.

    `raw` is kept as data, `value` as Python would write it, beside the name of its type.
    """
    if not isinstance(values, list):
        return data(values)
    return [_parameter(one) for one in values[: 2 * MOST_ITEMS]]


def _parameter(told: Mapping[str, object]) -> dict[str, object]:
    name, place = str(told.get("name")), told.get("place")
    secret = place == "cookie" or is_secret(name)
    kept: dict[str, object] = {"place": place, "name": short(name)}
    if "raw" in told:
        kept["raw"] = REDACTED if secret else data(told["raw"])
    if "value" in told:
        value = told["value"]
        kept["type"] = type(value).__name__
        kept["value"] = REDACTED if secret else short(written(value))
    return kept


def written(value: object, depth: int = 0) -> str:
    """A value as Python writes it, a model or a data class with its fields; no code of the application's is called."""
    if type(value) is str:
        return repr(free_text(value))
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if value is None or type(value) in (bool, int, float):
        return str(data(value))
    fields = getattr(value, "__dict__", None)
    if isinstance(fields, dict) and (hasattr(type(value), "model_fields") or is_dataclass(value)):
        return f"{type(value).__name__}({_members(fields, '=', depth)})"
    if type(value) is dict:
        return f"{{{_members(value, ': ', depth)}}}"
    if type(value) in (list, tuple, set, frozenset) and depth < DEEPEST:
        items = islice(cast("Iterable[object]", value), MOST_ITEMS)
        kind = "" if isinstance(value, list) else type(value).__name__
        return f"{kind}[{', '.join(written(one, depth + 1) for one in items)}]"
    return str(data(value))


def _members(fields: Mapping[object, object], sign: str, depth: int) -> str:
    if depth >= DEEPEST:
        return "…"
    shown = (
        f"{repr(key) if sign == ': ' else key}{sign}{REDACTED if is_secret(key) else written(value, depth + 1)}"
        for key, value in islice(fields.items(), MOST_ITEMS)
    )
    return ", ".join(shown)


def described(value: object) -> str:
    """What kind of thing a function returned, without its content: `dict of 3`, `Sighting`, `None`."""
    if value is None or isinstance(value, str):
        return short(str(value))
    kind = value.__qualname__ if isinstance(value, type) else type(value).__qualname__
    return f"{kind} of {len(value)}" if isinstance(value, dict | list | tuple | set | bytes) else kind


def validation_errors(errors: object) -> object:
    """Validation errors (`loc`, `type`, `msg`, `input`, `ctx`) without the input of secret fields.

    Every cookie is a secret; an input that is the body itself is not kept. Messages that the application's own
    validators wrote may repeat the value, so for a secret they go as well.
    """
    if not isinstance(errors, list | tuple):
        return data(errors)
    return [_validation_error(error) if isinstance(error, Mapping) else data(error) for error in errors[:MOST_ITEMS]]


def _validation_error(error: Mapping[str, object]) -> dict[str, object]:
    loc = tuple(part if isinstance(part, int) else short(str(part)) for part in _parts(error.get("loc")))
    kind, message = str(error.get("type", "")), str(error.get("msg", ""))
    secret = loc[:1] == ("cookie",) or any(isinstance(part, str) and is_secret(part) for part in loc[1:])
    quotes = secret and (kind in ("value_error", "assertion_error") or _may_quote(message, error.get("input")))
    kept: dict[str, object] = {
        "loc": loc,
        "type": short(kind),
        "msg": f"{kind} ({REDACTED})" if quotes else free_text(message),
    }
    if "input" in error:
        value = error["input"]
        is_whole_body = loc[:1] == ("body",) and isinstance(value, str) and len(loc) < 2
        kept["input"] = REDACTED if secret else f"<{len(str(value))} characters>" if is_whole_body else data(value)
    if "ctx" in error and not secret:
        kept["ctx"] = data(error["ctx"])
    return kept


def _may_quote(message: str, value: object) -> bool:
    """Written out, nested data may be as large as a body; it is never asked for its text."""
    if isinstance(value, str):
        return value in message
    return str(data(value)) in message if value is None or isinstance(value, int | float) else True


def _parts(loc: object) -> tuple[object, ...]:
    return tuple(loc)[:16] if isinstance(loc, list | tuple) else ()
