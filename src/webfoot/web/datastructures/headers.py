"""Header fields as a case-insensitive multi-dict over the list of byte pairs that ASGI uses.

`Headers` only reads; `MutableHeaders` also writes, in place, so that whoever holds the same list sees the change.
Names in the list are lower-case, as ASGI asks; both sides are latin-1 (RFC 9110 section 5.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final

RawHeaders = list[tuple[bytes, bytes]]

is_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_splits_lines = re.compile(r"[\r\n\0]").search
# How to encode a name to be looked for: what latin-1 lacks becomes "?", which stands in no name. So it is not found.
_NO_NAME: Final = "replace"


def encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """One field as ASGI sends it.

    Raises:
        ValueError: the name is not a token, or the value holds CR, LF or NUL. With those, a value taken from a
            request could end its line and write a header, or a whole response, of its own (response splitting;
            RFC 9110 section 5.5 forbids all three). Also for a character outside latin-1.
        TypeError: one of the two is not a str.
    """
    try:
        if _splits_lines(value) is not None:
            raise ValueError(f"header {name!r}: a value must not hold CR, LF or NUL (RFC 9110 section 5.5): {value!r}")
        return encode_name(name), value.encode("latin-1")
    except UnicodeEncodeError as error:
        character = value[error.start]
        raise ValueError(f"header {name!r}: latin-1 has no {character!r}; percent-encode the value") from None
    except (TypeError, AttributeError):
        wrong = value if isinstance(name, str) else name
        raise TypeError(f"header {name!r}: name and value must be str, not {type(wrong).__name__}") from None


@lru_cache(maxsize=1024)
def encode_name(name: str) -> bytes:
    """A field name as ASGI sends it: checked (RFC 9110 section 5.1), lower-case, latin-1."""
    if is_token(name) is None:
        raise ValueError(f"{name!r} is not a header name (RFC 9110 section 5.1: a token, no spaces or colons)")
    return name.lower().encode("latin-1")


def field_lines(scope: Mapping[str, Any], name: bytes) -> list[bytes]:
    """The values of a request's field (`name` in lower case), one for each of its lines (RFC 9110 section 5.2)."""
    return [value for present, value in scope["headers"] if present == name]


class Headers(Mapping[str, str]):
    """The header fields of a message; names are found in any case, the first of several wins.

    Give one of: `headers` (a mapping of str), `raw` (byte pairs; taken as they are, names lower-case), or `scope`
    (an ASGI scope or message that has "headers"). Two objects are equal when they hold the same fields in any order.
    """

    __slots__ = ("_list",)
    _list: RawHeaders

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        raw: RawHeaders | None = None,
        scope: MutableMapping[str, Any] | None = None,
    ) -> None:
        if (headers is not None) + (raw is not None) + (scope is not None) > 1:
            raise AssertionError('Give only one of "headers", "raw" and "scope".')
        if scope is not None:
            self._list = self._adopt(scope)
        elif raw is not None:
            self._list = raw
        elif headers is not None:
            self._list = [encode_header(name, value) for name, value in headers.items()]
        else:
            self._list = []

    @staticmethod
    def _adopt(scope: MutableMapping[str, Any]) -> RawHeaders:
        raw = scope["headers"]
        return raw if type(raw) is list else list(raw)

    @property
    def raw(self) -> RawHeaders:
        return self._list

    def keys(self) -> list[str]:  # type: ignore[override]
        return [name.decode("latin-1") for name, _ in self._list]

    def values(self) -> list[str]:  # type: ignore[override]
        return [value.decode("latin-1") for _, value in self._list]

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._list]

    def getlist(self, key: str) -> list[str]:
        """All values of a field, in the order received; empty when there is none."""
        wanted = key.lower().encode("latin-1", _NO_NAME)
        return [value.decode("latin-1") for name, value in self._list if name == wanted]

    def mutablecopy(self) -> MutableHeaders:
        return MutableHeaders(raw=self._list[:])

    def __getitem__(self, key: str) -> str:
        wanted = key.lower().encode("latin-1", _NO_NAME)
        for name, value in self._list:
            if name == wanted:
                return value.decode("latin-1")
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        wanted = key.lower().encode("latin-1", _NO_NAME)
        return any(name == wanted for name, _ in self._list)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._list)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return False
        return sorted(self._list) == sorted(other._list)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = dict(self.items())
        if len(fields) == len(self):
            return f"{type(self).__name__}({fields!r})"
        return f"{type(self).__name__}(raw={self._list!r})"


class MutableHeaders(Headers):
    """Header fields that can be changed. Every name and value written is checked, see `encode_header`.

    Made from `scope`, it puts its own list into that scope or message, so that changes reach whoever gets the
    message next: `MutableHeaders(scope=message).append("x-duck", "mallard")`.
    """

    __slots__ = ()

    @staticmethod
    def _adopt(scope: MutableMapping[str, Any]) -> RawHeaders:
        # A copy: the list in a message is often a response's own, and a response may be sent more than once.
        raw: RawHeaders = list(scope.get("headers") or ())
        scope["headers"] = raw
        return raw

    def __setitem__(self, key: str, value: str) -> None:
        """Set a field in the place of its first occurrence and remove the others, or append it."""
        pair = encode_header(key, value)
        places = [place for place, (name, _) in enumerate(self._list) if name == pair[0]]
        for place in reversed(places[1:]):
            del self._list[place]
        if places:
            self._list[places[0]] = pair
        else:
            self._list.append(pair)

    def __delitem__(self, key: str) -> None:
        """Remove all fields of that name; no error when there is none."""
        unwanted = key.lower().encode("latin-1", _NO_NAME)
        self._list[:] = [pair for pair in self._list if pair[0] != unwanted]

    def __ior__(self, other: Mapping[str, str]) -> MutableHeaders:
        if not isinstance(other, Mapping):
            raise TypeError(f"Expected a mapping but got {type(other).__name__}")
        self.update(other)
        return self

    def __or__(self, other: Mapping[str, str]) -> MutableHeaders:
        merged = self.mutablecopy()
        merged |= other
        return merged

    def setdefault(self, key: str, value: str) -> str:
        """The field's value if it is there, else set it to `value`."""
        pair = encode_header(key, value)
        for name, present in self._list:
            if name == pair[0]:
                return present.decode("latin-1")
        self._list.append(pair)
        return value

    def update(self, other: Mapping[str, str]) -> None:
        for key, value in other.items():
            self[key] = value

    def append(self, key: str, value: str) -> None:
        """Add a field and keep those of the same name (RFC 9110 section 5.3 says for which fields that is right)."""
        self._list.append(encode_header(key, value))

    def add_vary_header(self, vary: str) -> None:
        """Append to Vary (RFC 9110 section 12.5.5), as one line."""
        self["vary"] = ", ".join([*self.getlist("vary"), vary])
