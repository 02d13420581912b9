"""What a client says in Accept-Encoding, and which of the codings on offer suits it best (RFC 9110 section 12.5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_ALIASES: Final = {"x-gzip": "gzip"}  # "a recipient SHOULD consider" them equivalent, section 8.4.1.3
_REMEMBERED_SIZE: Final = 256


def choose_coding(accepted: bytes, offered: tuple[str, ...]) -> str | None:
    """The coding that the client wants most; of those that it wants equally the one offered first.

    accepted: the value of Accept-Encoding, its lines joined by commas; b"" when there is none. None: the client takes
    none of them, or would rather have the content as it is.
    """
    if len(accepted) > _REMEMBERED_SIZE:  # clients send a handful of values; a strange one shall not stay in memory
        return _choose(accepted, offered)
    return _choose_known(accepted, offered)


def _choose(accepted: bytes, offered: tuple[str, ...]) -> str | None:
    weights = read_weights(accepted)
    rest = weights.get("*", 0.0)
    # Content as it is needs no mention to be acceptable. Mentioned, it may be wanted more than a coding.
    best, best_weight = None, weights.get("identity", 0.0)
    for coding in offered:
        weight = weights.get(coding, rest)
        if weight > best_weight or (weight == best_weight > 0.0 and best is None):
            best, best_weight = coding, weight
    return best


_choose_known = lru_cache(maxsize=256)(_choose)


def read_weights(accepted: bytes) -> dict[str, float]:
    """Coding, in lower case, to its weight from 0 (not acceptable) to 1. A member that is malformed says nothing."""
    weights: dict[str, float] = {}
    for member in accepted.decode("latin-1").lower().split(","):
        name, *parameters = [part.strip() for part in member.split(";")]
        weight = _weight(parameters)
        if name and weight is not None:
            weights[_ALIASES.get(name, name)] = weight
    return weights


def _weight(parameters: Sequence[str]) -> float | None:
    """`q=0.5` as a number, 1 without one (RFC 9110 section 12.4.2: up to three digits behind the point)."""
    if not parameters:
        return 1.0
    name, _, value = parameters[0].partition("=")
    whole, _, fraction = value.partition(".")
    digits = whole + fraction
    if len(parameters) > 1 or name != "q" or whole not in ("0", "1") or len(fraction) > 3:
        return None
    if not (digits.isascii() and digits.isdigit()):
        return None
    weight = float(value)
    return weight if weight <= 1.0 else None
