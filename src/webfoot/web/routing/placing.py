"""Where the parameters of a template stand, when a text can be cut in more than one way: `/{name}-{size}.{kind}`.

An expression tries the ways one after the other. With three parameters in one segment those are as many as the cube
of its length, so a client could stop the server with one long path (CWE-1333). Here no end of a parameter is tried
twice, for what follows an end does not depend on how one got there. What is found is what the expression would find:
the first parameter as long as possible, then the second, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from webfoot.web.routing.convertors import (
    Convertor,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)

_RUNS: Final = (StringConvertor.regex, IntegerConvertor.regex, PathConvertor.regex)
"""Any number of characters of one kind: a value may end wherever a longer one does, and before."""

_KNOWN: Final = (*_RUNS, FloatConvertor.regex, UUIDConvertor.regex)


class Placed:
    """The part of a `re.Match` that routes use."""

    __slots__ = ("_spans", "_text")

    def __init__(self, text: str, spans: dict[str, tuple[int, int]]) -> None:
        self._text = text
        self._spans = spans

    def groupdict(self) -> dict[str, Any]:
        return {name: self._text[start:end] for name, (start, end) in self._spans.items()}

    def start(self, name: str) -> int:
        return self._spans[name][0]


class Placing:
    """Stands in for the expression of a template; `match` gives what the expression's would."""

    __slots__ = ("_first", "_names", "_parameters")

    def __init__(self, pieces: Sequence[tuple[str, str | None]], convertors: Mapping[str, Convertor[Any]]) -> None:
        self._first = pieces[0][0]
        self._names = [name for _, name in pieces if name is not None]
        literals = [literal for literal, _ in pieces[1:]]
        self._parameters = [
            _Parameter(convertors[name].regex, literal) for name, literal in zip(self._names, literals, strict=True)
        ]

    def match(self, text: str) -> Placed | None:
        if not text.startswith(self._first) or not text.endswith(self._parameters[-1].literal):
            return None
        limits = [len(text)] * len(self._parameters)
        spans = self._place(0, text, len(self._first), limits)
        return None if spans is None else Placed(text, dict(zip(self._names, spans, strict=True)))

    def _place(self, number: int, text: str, start: int, limits: list[int]) -> list[tuple[int, int]] | None:
        """Where parameter `number`, which begins at `start`, and those after it stand; None when they cannot.

        limits: for each parameter the furthest end that was not tried yet.
        """
        parameter = self._parameters[number]
        is_last = number + 1 == len(self._parameters)
        limit = limits[number] if start <= limits[number] else len(text)
        furthest = parameter.furthest(text, start, limit)
        if furthest is None:
            return None
        for end in parameter.last_end(text, start, furthest) if is_last else parameter.ends(text, start, furthest):
            if is_last:
                return [(start, end)]
            rest = self._place(number + 1, text, end + len(parameter.literal), limits)
            if rest is not None:
                return [(start, end), *rest]
        if parameter.shares_ends:
            limits[number] = min(limits[number], start)
        return None


class _Parameter:
    """One parameter, and the literal text after it."""

    __slots__ = ("_is_known", "_is_run", "_least", "_value", "literal", "shares_ends")

    def __init__(self, regex: str, literal: str) -> None:
        self._value = re.compile(regex)
        self._least = 0 if self._value.fullmatch("") else 1
        self._is_run = regex in _RUNS
        self._is_known = regex in _KNOWN
        # From a start in the middle of a value one comes to all the ends that a start before it has beyond that place.
        self.shares_ends = self._is_known and regex != UUIDConvertor.regex
        self.literal = literal

    def furthest(self, text: str, start: int, limit: int) -> int | None:
        """Where the longest value from `start` ends, at `limit` at the latest."""
        if not self._is_known:
            end = text.find("/", start)
            return len(text) if end < 0 else end
        found = self._value.match(text, start, limit)
        return None if found is None else found.end()

    def ends(self, text: str, start: int, furthest: int) -> Iterator[int]:
        """Where the value may end so that the literal follows, the furthest first."""
        least, width = start + self._least, len(self.literal)
        if not self._is_known:
            least = furthest  # the end of the segment, and no other
        end = text.rfind(self.literal, least, furthest + width)
        while end >= 0:
            if self._is_run or self._value.fullmatch(text, start, end):
                yield end
            end = text.rfind(self.literal, least, end + width - 1) if end > least else -1

    def last_end(self, text: str, start: int, furthest: int) -> Iterable[int]:
        """As `ends`, where the literal has to be the end of the text."""
        end = len(text) - len(self.literal)
        fits = start + self._least <= end <= furthest and text.endswith(self.literal)
        return (end,) if fits and (self._is_run or self._value.fullmatch(text, start, end)) else ()


def placing_of(pieces: Sequence[tuple[str, str | None]], convertors: Mapping[str, Convertor[Any]]) -> Placing | None:
    """For a template whose expression could have to try many ways; None for the others.

    pieces: (literal text, name of the parameter after it), the last one without a name. Where a value of a convertor of
    your own ends is only known if it is the end of its segment; other templates with one are left to expressions.
    """
    if not _is_ambiguous(pieces, convertors):
        return None
    names = [name for _, name in pieces if name is not None]
    last = len(pieces) - 1
    for place, name in enumerate(names, start=1):
        literal, convertor = pieces[place][0], convertors[name]
        ends_segment = literal.startswith("/") or (place == last and not literal)
        if convertor.regex not in _KNOWN and not (convertor.within_segment and ends_segment):
            return None
    return Placing(pieces, convertors)


def _is_ambiguous(pieces: Sequence[tuple[str, str | None]], convertors: Mapping[str, Convertor[Any]]) -> bool:
    """Whether two parameters stand in one segment, or one stands behind a parameter that may hold slashes."""
    names = [name for _, name in pieces if name is not None]
    between = [literal for literal, _ in pieces[1:-1]]
    return any(
        "/" not in literal or not convertors[name].within_segment for name, literal in zip(names, between, strict=False)
    )
