"""Names under which secrets travel: those that sound like it, and those of which an application says so.

Most secrets are recognised by their names ("authorization", "api_key"), some by their looks. Nobody could guess the
others; they are declared: `APIKeyHeader(name="X-Duck")`. One set for the process, filled while applications are made:
that a name is a secret to one of them does no harm to another one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

REDACTED: Final = "[redacted]"

TELLTALES: Final = (
    r"pass(word|wd|phrase|code)|pwd|secret|token|credential|authori[sz]ation|cookie|session|csrf|xsrf|signature"
    r"|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|bearer|card[-_]?number|account[-_]?number"
)
"""What a name has within it that belongs to a secret, as a regular expression."""

# Short words count only when they stand alone: "pin" is a secret, "shipping" is not.
_SECRET_NAME = re.compile(rf"({TELLTALES})|(?<![a-z])(pass|pin|otp|cvv|cvc|ssn|iban|sid|auth|key)(?![a-z])", re.I)

# One of these is in each of those names, or stands before credentials. To look for them takes a tenth of the time.
_TRACES = (
    *("pass", "pwd", "secret", "token", "credential", "auth", "cookie", "session", "csrf", "xsrf", "signature", "key"),
    *("bearer", "card", "account", "pin", "otp", "cvv", "cvc", "ssn", "iban", "sid", "basic", "negotiate"),
)

_declared: set[str] = set()


def declare_secret(name: str) -> None:
    """Header fields and query parameters of this name, in any case, are never kept."""
    _declared.add(name.lower())
    is_secret_name.cache_clear()
    none_is_secret.cache_clear()


def is_declared_secret(name: str) -> bool:
    return bool(_declared) and name.lower() in _declared


def sounds_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what travels under this name must not be kept."""
    return is_declared_secret(name) or sounds_secret(name)


@lru_cache(maxsize=1024)
def none_is_secret(names: tuple[str, ...]) -> bool:
    """For names that an application has given: the same few again and again."""
    return not any(map(is_secret_name, names))


def mentions_secret(text: str) -> bool:
    """Whether the name of a secret may stand anywhere in `text`, or what is one by its looks.

    Quick, and too careful rather than too careless.
    """
    folded = text.casefold()
    if any(map(folded.__contains__, _TRACES)) or any(map(folded.__contains__, _declared)):
        return True
    return without_known_shapes(text) != text


# Secrets that are known by their looks, whatever they are called: JSON Web Tokens, private keys, the tokens of
# well-known services. Each alternative begins with letters of its own, so that a text is looked through once.
_SHAPES = re.compile(
    r"(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2}))eyJ[\w-]{4,}+\.[\w-]{4,}+(?:\.[\w-]*+)*+"
    r"|-----BEGIN[ +\w%]{0,40}PRIVATE(?:[ +]|%20)KEY-----.*?(?:-----END[ +\w%]{0,40}KEY-----|\Z)"
    r"|(?:gh[pousr]_|github_pat_|glpat-|sk_live_|sk_test_|rk_live_|whsec_|xox[abeprs]-|sk-ant-|AIza)[\w-]{16,}"
    r"|(?<![A-Za-z0-9])A[KS]IA[0-9A-Z]{16}",
    re.DOTALL,
)
# Payment cards: 15 or 16 digits with the first ones of an issuer, alone or in groups of four.
_CARDS = re.compile(r"(?<![\w.-])(?:[45]\d{3}|2[2-7]\d{2}|6(?:011|5\d{2})|3[47]\d{2})(?:[ -]?\d{4,6}){2,3}(?![\w.-])")

_MANY_DIGITS = re.compile(r"\d{4}[ -]?\d{4}")


def without_known_shapes(text: str) -> str:
    """`text` without what is a secret by its looks alone."""
    if len(text) < 15:
        return text
    if "eyJ" in text or "-" in text or "_" in text or "IA" in text or "AIza" in text:
        text = _SHAPES.sub(REDACTED, text)
    return _CARDS.sub(_without_card, text) if _MANY_DIGITS.search(text) is not None else text


def _without_card(found: re.Match[str]) -> str:
    digits = [int(char) for char in found[0] if char.isdigit()]
    return REDACTED if len(digits) in (15, 16) and _is_card(digits) else found[0]


def _is_card(digits: list[int]) -> bool:
    """By the check digit of ISO/IEC 7812."""
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def query_without_secrets(query: str) -> str:
    """A query as a log may show it: `a=1&token=quack` -> `a=1&token=[redacted]`."""
    return without_known_shapes("&".join(map(_shown, query.split("&")))) if "=" in query else query


def _shown(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if not equals:
        return pair
    name_as_meant = unquote_plus(name)
    is_secret = is_declared_secret(name_as_meant) or sounds_secret(name_as_meant)
    return f"{name}={REDACTED}" if is_secret else pair
