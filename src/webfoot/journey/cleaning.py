"""How the facts of a mark become what may be kept: at the end of a request, and only if somebody wants to read them.

Layers hand in what they have at hand. Until the end it is kept as it came, which costs nothing; then each fact goes
through the cleaner of its name (see `redact`). By then all that the client has sent under a secret's name is known, so
it is also taken out of what others have written freely: an exception that quotes the key of which it complains.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from webfoot.journey import redact
from webfoot.journey.failure import Failure, failure_of
from webfoot.trail import STATIONS, StationName

if TYPE_CHECKING:
    from webfoot.journey.marks import Step

_LONGEST_SENTENCE: Final = 400  # characters of what a layer says of its decision
_SHORTEST_SECRET: Final = 6  # characters; a shorter one is also a part of words that are none
_PLACES: Final = ("target", "path", "root_path")
AT_ONCE: Final = frozenset(("error", "errors", "values"))
"""Facts that must not wait for the end: an exception holds on to frames and all of their variables, and the
application's own values may change."""

_PROSE: Final = ("error", "errors", "location", "near", "reason", "what")
_SHOW_SECRETS: Final[frozenset[StationName]] = frozenset(("head_parsed", "scope_built", "values_collected"))
_HANDED_IN: Final = ("path", "query", "header")


class Secrets:
    """Values that one request has shown under the name of a secret."""

    __slots__ = ("_in_paths", "_words")

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._in_paths: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._words or self._in_paths)

    def learn(self, station: StationName, facts: dict[str, object]) -> None:
        """From facts that are not clean yet."""
        if station == "head_parsed":
            self._learn_fields(facts.get("headers"))
        elif station == "scope_built":
            self._learn_query(facts.get("query"))
        elif station == "values_collected":
            for kind in _HANDED_IN:
                self._learn_pairs(facts.get(kind))
            self._add_all(facts.get("cookie"))

    def learn_values(self, values: object) -> None:
        """From parameters as they were found (see `webfoot.api.serve.validate`): fields of a form and a body, too."""
        for told in values if isinstance(values, list) else ():
            if "raw" in told:
                self._learn_named(told.get("name"), told["raw"], 0)

    def learn_sent(self, sent: object) -> None:
        """From the body of a request: a JSON value, or the fields of a form by their names."""
        self._learn_named("", sent, 0)

    def _learn_named(self, name: object, value: object, depth: int) -> None:
        if isinstance(value, str):
            if redact.is_secret(name):
                self._add(value)
        elif depth == redact.DEEPEST:
            return
        elif isinstance(value, Mapping):
            for key, each in islice(value.items(), redact.MOST_ITEMS):
                self._learn_named(name if redact.is_secret(name) else key, each, depth + 1)
        elif isinstance(value, list | tuple):
            for each in value[: redact.MOST_ITEMS]:
                self._learn_named(name, each, depth + 1)

    def hide_in_paths(self, facts: dict[str, object], before: Iterable[Step]) -> None:
        """Only the router knows that the last part of /reset/abc123 is a token; others spoke of the path before."""
        found = redact.secrets_in_path(facts.get("path_params"), facts.get("route"), facts.get("path"))
        if found:
            self._in_paths += found
            for each in found:
                self._add(each)
            for known in (facts, *(facts for _, _, facts in before)):
                self._hide(known)

    def _hide(self, facts: dict[str, object]) -> None:
        for name in _PLACES:
            text = facts.get(name)
            for secret in self._in_paths:
                if isinstance(text, bytes):
                    text = text.decode("latin-1")
                if isinstance(text, str):
                    facts[name] = text = text.replace(secret, redact.REDACTED)

    def take_out_of(self, facts: dict[str, object]) -> None:
        """Of facts that are clean otherwise."""
        if self._in_paths:
            self._hide(facts)
        for name in _PROSE:
            if name in facts:
                facts[name] = self.without(facts[name])

    def without(self, value: Any) -> Any:
        """A text, or data that holds texts, in which somebody may have repeated what he was given."""
        if isinstance(value, str):
            for word in self._words:
                value = value.replace(word, redact.REDACTED)
            return value
        if isinstance(value, Failure):
            cause = value.cause and self.without(value.cause)
            return replace(value, text=self.without(value.text), detail=self.without(value.detail), cause=cause)
        if isinstance(value, dict):
            return {key: self.without(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)([self.without(each) for each in value])
        return value

    def _learn_fields(self, fields: object) -> None:
        if not isinstance(fields, list):
            return
        for name, value in fields:
            if redact.is_secret(name):
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                self._add(text)
                scheme, _, credentials = text.partition(" ")
                self._add(credentials)
                if scheme.lower() == "basic":
                    self._add(_password_in(credentials))
                for pair in text.split(";") if name in (b"cookie", "cookie") else ():
                    self._add(pair.partition("=")[2].strip('" '))

    def _learn_query(self, query: object) -> None:
        text = query.decode("latin-1") if isinstance(query, bytes) else query
        if isinstance(text, str) and "=" in text:
            for name, value in parse_qsl(text, max_num_fields=None):
                if redact.is_secret(name):
                    self._add(value)

    def _learn_pairs(self, pairs: object) -> None:
        if isinstance(pairs, Mapping):
            for name, value in pairs.items():
                if redact.is_secret(name):
                    self._add(value)

    def _add_all(self, pairs: object) -> None:
        if isinstance(pairs, Mapping):
            for value in pairs.values():
                self._add(value)

    def _add(self, value: object) -> None:
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
            self._words[value] = None


def clean(station: StationName, facts: dict[str, object], before: Iterable[Step], secrets: Secrets) -> None:
    """Clean the facts of a mark, in place. `before`: the marks before it, which are clean."""
    if station in _SHOW_SECRETS:
        _quietly(secrets.learn, station, facts)
    elif station == "route_matched":
        _quietly(secrets.hide_in_paths, facts, before)
    for name, cleaner in _CLEANERS.get(station, ()):
        if name in facts:
            facts[name] = _cleaned(cleaner, facts[name])
    if secrets:
        secrets.take_out_of(facts)


def clean_at_once(facts: dict[str, object]) -> None:
    """Clean what must not wait."""
    if "error" in facts:
        facts["error"] = _cleaned(_clean_error, facts["error"])
    if "errors" in facts:
        facts["errors"] = _cleaned(redact.validation_errors, facts["errors"])
    if "values" in facts:
        facts["values"] = _cleaned(redact.parameters, facts["values"])


def learn_values(secrets: Secrets, values: object) -> None:
    """See `Secrets.learn_values`."""
    _quietly(secrets.learn_values, values)


def learn_sent(secrets: Secrets, sent: object) -> None:
    """See `Secrets.learn_sent`."""
    _quietly(secrets.learn_sent, sent)


def _quietly(learn: Callable[..., None], *arguments: object) -> None:
    try:
        learn(*arguments)
    except Exception:  # noqa: S110 - an application's object may refuse to be looked at
        pass


def _cleaned(clean: Callable[[object], object], value: object) -> object:
    try:
        return clean(value)
    except Exception:  # an application's object may refuse to be looked at
        return f"<{type(value).__qualname__} that cannot be shown>"


def _password_in(credentials: str) -> str:
    """Of the Basic scheme (RFC 7617)."""
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2].decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def text_of(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def plain_target(marks: Iterable[Step]) -> str | None:
    """The request target if there is nothing to hide in it, of marks that are not clean; else None."""
    target: object = None
    for _, station, facts in marks:
        if station == "head_parsed":
            target = facts.get("target")
        elif station == "route_matched" and redact.secrets_in_path(
            facts.get("path_params"), facts.get("route"), facts.get("path")
        ):
            return None
    text = text_of(target)
    return text if text is not None and redact.target(text) == text else None


def _clean_target(value: object) -> object:
    text = text_of(value)
    return redact.data(value) if text is None else redact.target(text)


def _clean_query(value: object) -> object:
    text = text_of(value)
    return redact.data(value) if text is None else redact.query(text)


def _clean_cookies(value: object) -> object:
    """Every cookie may be somebody's key, so only the names stay."""
    return dict.fromkeys(map(str, value), redact.REDACTED) if isinstance(value, Mapping) else redact.data(value)


def _clean_sentence(value: object) -> object:
    return redact.free_text(str(value), _LONGEST_SENTENCE)


def _clean_error(value: object) -> object:
    return failure_of(value) if isinstance(value, BaseException) else redact.data(value)


# Facts by the name they go by in STATIONS; one that is not named here is data of bounded size by contract (a status,
# a size, the name of a route), or was cleaned when it came.
_CLEANER_OF: Final[dict[str, Callable[[object], object]]] = {
    "allow": redact.data,
    "app": redact.described,
    "cookie": _clean_cookies,
    "header": redact.data,
    "headers": redact.headers,
    "keys": redact.data,
    "location": _clean_target,
    "near": redact.data,
    "path": _clean_target,
    "path_params": redact.data,
    "query": _clean_query,
    "reason": redact.data,
    "returned": redact.described,
    "root_path": _clean_target,
    "target": _clean_target,
    "tls": redact.data,
    "what": _clean_sentence,
}

_CLEANERS: Final[dict[StationName, tuple[tuple[str, Callable[[object], object]], ...]]] = {
    mark: cleaners
    for station in STATIONS
    if (cleaners := tuple((name, _CLEANER_OF[name]) for name in station.facts if name in _CLEANER_OF))
    for mark in station.marks
}

_ROUTED: Final[StationName] = "route_matched"
CARED_FOR: Final = AT_ONCE.union(_CLEANER_OF, _PROSE, _PLACES)
"""Facts that may be read only when they are clean; what goes by another name never changes."""
PLAIN: Final[frozenset[StationName]] = frozenset(
    mark for station in STATIONS if CARED_FOR.isdisjoint(station.facts) for mark in station.marks
)
"""Marks without such facts."""
NEEDS_CARE: Final[frozenset[StationName]] = frozenset((*_CLEANERS, *_SHOW_SECRETS, _ROUTED))
"""Marks at which there is something to clean, or to learn."""
