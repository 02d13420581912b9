"""Texts in which something is missing that nobody kept: secrets, which whoever sends the request again has to give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_plus

from webfoot.journey.redact import REDACTED

# The name before a gap, as it stands in JSON, in a query, in a cookie field.
_NAME_BEFORE = re.compile(r"""([A-Za-z_][\w.-]*)["']?\s*[:=]\s*["']?$""")
_CONTEXT = 100  # characters in which that name is looked for


@dataclass(frozen=True, slots=True)
class Gap:
    """`name`: upper-case letters, digits and underscores, as a variable of the environment may be called."""

    name: str


Text: TypeAlias = "tuple[str | Gap, ...]"


class Gaps:
    """Names the gaps of one request: each has its own, and the same place the same one.

    `taken`: names that are not free.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.names = list(taken)

    def of(self, text: str, fallback: str) -> Text:
        """`text` cut at its gaps. `fallback` names one before which no name stands."""
        return tuple(self._pieces(text, fallback))

    def _pieces(self, text: str, fallback: str) -> Iterator[str | Gap]:
        begin = 0
        for found in re.finditer(re.escape(REDACTED), text):
            if found.start() > begin:
                yield text[begin : found.start()]
            named = _NAME_BEFORE.search(text[max(0, found.start() - _CONTEXT) : found.start()])
            yield self._gap(unquote_plus(named[1]) if named else fallback)
            begin = found.end()
        if begin < len(text):
            yield text[begin:]

    def _gap(self, wanted: str) -> Gap:
        name = plain = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_").upper() or "SECRET"
        if name[0].isdigit():
            name = plain = f"SECRET_{name}"
        count = 1
        while name in self.names:
            count += 1
            name = f"{plain}_{count}"
        self.names.append(name)
        return Gap(name)


def filled(text: Text, write: Callable[[str], str], write_gap: Callable[[Gap], str]) -> str:
    return "".join(write(piece) if isinstance(piece, str) else write_gap(piece) for piece in text)


def has_gap(text: Text) -> bool:
    return any(isinstance(piece, Gap) for piece in text)
