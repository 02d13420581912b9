"""What the search for a reason gives: a cause, and the sentence made of it."""

from __future__ import annotations

from dataclasses import dataclass

from webfoot.journey.redact import printable
from webfoot.trail import StationName


@dataclass(frozen=True, slots=True)
class Why:
    """One sentence, the layer that decided (`router`, `validation`, `endpoint`, `server`, ...), and where it shows."""

    sentence: str
    layer: str
    station: StationName


@dataclass(frozen=True, slots=True)
class Cause:
    """The first part of a chain that ends in a status.

    `subject` reads as the beginning of a sentence and `because` as its continuation after a colon. `status` is the
    one that this layer itself asks for; None if it did not speak of a status. `failed`: nobody meant to answer so.
    """

    subject: str
    because: str
    layer: str
    station: StationName
    status: int | None = None
    failed: bool = False

    def answered(self, status: int | None) -> Why:
        verb = "failed with" if self.failed else "answered"
        return self.why(f"{self.subject} {verb} {status or 'nothing'}: {self.because}")

    def refused_socket(self, status: int) -> Why:
        return self.why(f"{self.subject} refused the WebSocket with {status}: {self.because}")

    def turned_by(self, who: str, layer: str, station: StationName, status: int | None) -> Why:
        """Somebody further out made another answer of it: an exception handler, a middleware."""
        instead = "to a failure of" if self.failed else f"in place of {self.status} from"
        return Why(sentence(f"{who} answered {status} {instead} {self.subject}: {self.because}"), layer, station)

    def why(self, text: str) -> Why:
        return Why(sentence(text), self.layer, self.station)


def sentence(text: str) -> str:
    """Capital first, one line, one full stop."""
    line = printable(text)
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith(('.', '!', '?')) else '.'}"


def listed(items: list[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}" if items else ""
