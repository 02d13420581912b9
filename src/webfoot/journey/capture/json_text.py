"""The text of a JSON value without its secrets, as it was written otherwise; also of one that was cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from webfoot.journey import redact

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\],:]|[^\s{}\[\],:"]++|\s++', re.DOTALL)
_BARE = re.compile(r"true|false|null|NaN|-?Infinity|-?\d[\d.eE+-]*+|\x1e")
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-")
_HIDDEN = f'"{redact.REDACTED}"'
_OWN_WORDS = frozenset(("value_error", "assertion_error"))  # errors whose message is the application's
_DEEPEST = 200  # levels of nesting


@dataclass(slots=True)
class _Level:
    """An object or a list that is open. `key`: of the member that comes; None while the name itself is to come.

    `tells_place`: it is the `loc` of a validation error, so that a secret's name in it is about the object around.
    """

    is_object: bool
    tells_place: bool = False
    key: str | None = None
    count: int = 0
    first: str = ""
    of_secret: bool = False
    members: dict[str, str] = field(default_factory=dict)


def without_secrets(text: str, clean: Callable[[str], str]) -> str:
    """`clean` is for the texts in it. What follows the name of a secret is left out, whatever it is and however much.

    Beside the name of a member, the name may stand in the `loc` of a validation error, whose input is the value then;
    in the `name` of an object whose `value` is; or first in a list of two.
    """
    return "".join(_walk(text, clean))


def is_json(text: str) -> bool:
    """Whether it is made of what JSON is made of, also where it was cut off: no names without quotes, and no prose."""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] in '"{}[]:,' or token.isspace() or _BARE.fullmatch(token) is not None:
            continue
        return found.end() == len(text) and any(word.startswith(token) for word in _LITERALS)
    return True


def _walk(text: str, clean: Callable[[str], str]) -> Iterator[str]:
    levels = [_Level(is_object=False)]
    hidden = 0  # levels open inside of what is left out
    for found in _TOKEN.finditer(text):
        token = found[0]
        kind = token[0]
        if hidden:
            hidden += (kind in "{[") - (kind in "}]")
        elif kind in ",:" or kind.isspace():
            yield token
            if kind == ",":
                levels[-1].key = None
        elif kind in "}]":
            if len(levels) > 1:
                _close(levels)
            yield token
        elif _is_name(levels[-1], kind):
            levels[-1].key = _decoded(token)
            yield token
        elif _is_hidden(levels[-1]):
            yield _HIDDEN
            hidden = int(kind in "{[")
            levels[-1].count += 1
        elif kind in "{[":
            yield token
            _open(levels, kind)
            if len(levels) > _DEEPEST:
                yield "…"
                return
        else:
            yield _value(levels[-1], token, clean)


def _is_name(level: _Level, kind: str) -> bool:
    return level.is_object and level.key is None and kind == '"'


def _is_hidden(level: _Level) -> bool:
    if not level.is_object:
        return level.count == 1 and redact.is_secret(level.first)
    key = level.key
    if key is None:
        return False
    if redact.is_secret(key):
        return True
    if level.of_secret:
        return key in ("input", "ctx") or (key == "msg" and level.members.get("type") in _OWN_WORDS)
    return key == "value" and redact.is_secret(level.members.get("name", ""))


def _open(levels: list[_Level], kind: str) -> None:
    above = levels[-1]
    above.count += 1
    levels.append(_Level(kind == "{", tells_place=kind == "[" and above.is_object and above.key == "loc"))


def _close(levels: list[_Level]) -> None:
    closed = levels.pop()
    if closed.tells_place and closed.of_secret:
        levels[-1].of_secret = True


def _value(level: _Level, token: str, clean: Callable[[str], str]) -> str:
    level.count += 1
    if token[0] != '"':
        return token
    text = _decoded(token)
    if level.is_object:
        if level.key in ("name", "type"):
            level.members[level.key] = text
    else:
        if level.count == 1:
            level.first = text
        if level.tells_place and (redact.is_secret(text) or (level.count == 1 and text == "cookie")):
            level.of_secret = True
    cleaned = clean(text)
    return token if cleaned == text else json.dumps(cleaned, ensure_ascii=False)


def _decoded(token: str) -> str:
    """What the text in quotes says. A cut may have gone through an escape, of which there is nothing to be read."""
    if "\\" not in token:
        return token.strip('"')
    for shorter in range(7):
        closed = token if token.endswith('"') and not shorter else f'{token[: len(token) - shorter]}"'
        try:
            return str(json.loads(closed, strict=False))
        except ValueError:
            continue
    return redact.REDACTED
