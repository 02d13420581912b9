"""The text of a body or of a message as a journey may show it: without secrets, whatever it is written in."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote_plus, unquote_plus

from webfoot.journey import redact
from webfoot.journey.capture.json_text import is_json, without_secrets
from webfoot.trail import secret_names

_ENDLESS = 1 << 30  # texts have been bounded before they come here
_BETWEEN_WORDS = " \t\n\"'<>,;"
_SCHEMES = ("bearer", "basic", "negotiate")
_LONGEST_SCHEME = 16
_PAIRS = re.compile(r"[^\s=&<>{\[\"]{1,200}=[^\s<>\"]*+\Z")
_ELEMENT = re.compile(rf"(<(?=[\w:-]*?({secret_names.TELLTALES}))[\w:.-]++(?:\s[^>]*+)?>)([^<]++)", re.I)
_TAG = re.compile(r"<[a-z][^>]{0,2000}+>", re.I)
# Where such an object ends nobody can say of a text that is no JSON.
_SECRET_OBJECT = re.compile(
    rf"((?<![\w-])(?=[\w-]*?({secret_names.TELLTALES}))[\w-]++[\"']?\s*+[:=]\s*+)[{{\[(].*", re.I | re.DOTALL
)
_ATTRIBUTE = re.compile(r"""\b(name|id|property|value|content)\s*=\s*("[^"]*"|'[^']*'|[^\s>"']++)""", re.I)
_NAMES = frozenset(("name", "id", "property"))


def clean(text: str, media_type: str = "", *, depth: int = 0) -> str:
    """`text` without secrets. What it is written in is seen from the text itself where the media type does not say.

    Texts may hold texts, JSON in a form for example; `depth` counts them.
    """
    if _is_harmless(text):
        return text
    begin = text.lstrip()[:1]
    if depth > redact.DEEPEST:
        return redact.REDACTED if secret_names.mentions_secret(text) else redact.free_text(text, _ENDLESS)
    if media_type.endswith(("json", "json-seq", "jsonlines", "ndjson")) or (begin and begin in '{["'):
        return without_secrets(text, partial(clean, depth=depth + 1)) if is_json(text) else _nearly_json(text)
    if media_type == "application/x-www-form-urlencoded" or ("=" in text and _PAIRS.match(text)):
        return "&".join(_pair(pair, depth) for pair in text.split("&"))
    if begin == "<":
        return _markup(text)
    return redact.free_text(text, _ENDLESS)


def _nearly_json(text: str) -> str:
    """`{password: 'quack'}`, as people write it by mistake, or prose in brackets."""
    return redact.free_text(_SECRET_OBJECT.sub(rf"\1{redact.REDACTED}", text), _ENDLESS)


def before_cut(text: str) -> str:
    """What is left of a text that was cut off where the cut may have gone through a secret: the other half told it."""
    if text.rfind("<") > text.rfind(">") and text.lstrip()[:1] == "<":
        text = text[: text.rfind("<")]
    end = max(map(text.rfind, _BETWEEN_WORDS)) + 1
    word, before = text[end:], text[max(0, end - _LONGEST_SCHEME) : end].rstrip().lower()
    return text[:end] if "://" in word or before.endswith(_SCHEMES) else text


def _is_harmless(text: str) -> bool:
    """Without names of secrets, and without what may hide one; most texts are, and need no closer look."""
    return not ("\\" in text or "%" in text or "://" in text or secret_names.mentions_secret(text))


def _pair(pair: str, depth: int) -> str:
    """`password=quack` -> `password=[redacted]`"""
    name, equals, value = pair.partition("=")
    if not equals:
        return pair
    if redact.is_secret(unquote_plus(name)):
        return f"{name}={redact.REDACTED}"
    meant = unquote_plus(value)
    cleaned = clean(meant, depth=depth + 1)
    return pair if cleaned == meant else f"{name}={quote_plus(cleaned, safe='[]')}"


def _markup(text: str) -> str:
    """XML and HTML: elements that are named like secrets, and fields of forms that are."""
    text = _ELEMENT.sub(lambda found: f"{found[1]}{redact.REDACTED}", text)
    text = _TAG.sub(_tag, text)
    return redact.free_text(text, _ENDLESS)


def _tag(found: re.Match[str]) -> str:
    attributes = [(one[1].lower(), one[2].strip("\"'")) for one in _ATTRIBUTE.finditer(found[0])]
    if not any(name in _NAMES and redact.is_secret(value) for name, value in attributes):
        return found[0]
    return _ATTRIBUTE.sub(lambda one: one[0] if one[1].lower() in _NAMES else f'{one[1]}="{redact.REDACTED}"', found[0])
