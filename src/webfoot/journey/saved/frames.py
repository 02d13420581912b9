"""What the application sent in two journeys, message by message: of a WebSocket, or the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, Literal, TypeAlias

from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.ending import come_before_it_was_left
from webfoot.journey.saved.reading import Journey, data_of

_MOST_IN_HEX: Final = 32  # bytes

Kind: TypeAlias = Literal["same", "changed", "only before", "only now"]


@dataclass(frozen=True, slots=True)
class SentFrame:
    """One that the application sent, then or now. `before` and `now` say what it was, None: there was none."""

    kind: Kind
    before: str | None
    now: str | None


def frames_compared(before: Journey, now: Journey) -> tuple[SentFrame, ...]:
    """Aligned as a difference of two files is. Nothing where they were not kept; see `frames_not_compared`."""
    was, are = _sent(before), _sent(now)
    if not _were_kept(before, now, was, are):
        return ()
    left_after = come_before_it_was_left(before)
    if left_after is not None:  # what came behind that the client would not have waited for
        are = are[: max(left_after, len(was))]
    return tuple(_aligned(was, are))


def frames_not_compared(before: Journey, now: Journey) -> Iterator[str]:
    was, are = _sent(before), _sent(now)
    if not _were_kept(before, now, was, are):
        yield "the messages: they were not kept"
    for name, journey in (("the saved journey", before), ("this one", now)):
        if journey.get("frames_left_out"):
            yield f"{journey['frames_left_out']} messages of {name}, which has too many to keep"
    if any(map(_is_unknown, was)):
        yield "what some binary messages hold: only their sizes were kept"
    if any(_is_cut(frame) for frame in was):
        yield "the end of long messages"


def _were_kept(before: Journey, now: Journey, was: list[dict[str, Any]], are: list[dict[str, Any]]) -> bool:
    """The flight recorder keeps none. Where a handshake was refused there were none to keep."""
    was_refused = now.get("kind") == "websocket" and before.get("status") != 101
    return bool(was) or not are or was_refused


def _sent(journey: Journey) -> list[dict[str, Any]]:
    return [frame for frame in journey.get("frames") or () if frame["way"] == "out"]


def _aligned(was: list[dict[str, Any]], are: list[dict[str, Any]]) -> Iterator[SentFrame]:
    unknown = {frame.get("size") for frame in (*was, *are) if _is_unknown(frame)}
    before_keys, now_keys = ([_key(frame, unknown) for frame in frames] for frames in (was, are))
    matcher = SequenceMatcher(None, before_keys, now_keys, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        for one, other in zip_longest(was[i1:i2], are[j1:j2]):
            before, now = _told(one), _told(other)
            if tag == "equal":
                yield SentFrame("same", before, now)
            elif one is not None and other is not None:
                yield SentFrame("changed", before, now)
            else:
                yield SentFrame("only now" if one is None else "only before", before, now)


def _key(frame: dict[str, Any], unknown: Set[object]) -> tuple[object, ...]:
    """What was redacted is not known, nor how long it was. `unknown`: sizes of binary messages of which there is one
    that nothing else is known of."""
    text, size, data = frame.get("text"), frame.get("size"), frame.get("data")
    if frame["kind"] == "binary" and size in unknown:
        return "binary", size
    if isinstance(text, str) and REDACTED in text:
        size = None
    return frame["kind"], text, size, data, frame.get("code"), _choice(frame)


def _is_unknown(frame: dict[str, Any]) -> bool:
    is_kept = isinstance(frame.get("text"), str) or isinstance(frame.get("data"), str)
    return frame["kind"] == "binary" and not is_kept and bool(frame.get("size"))


def _choice(frame: dict[str, Any]) -> object:
    """The subprotocol, in words, or the name of an event."""
    return frame.get("says") if frame["kind"] in ("accept", "event") else None


def _is_cut(frame: dict[str, Any]) -> bool:
    text, size, data = frame.get("text"), frame.get("size") or 0, data_of(frame)
    return len(data) < size if data is not None else isinstance(text, str) and text.endswith("…") and len(text) < size


def _told(frame: dict[str, Any] | None) -> str | None:
    """`close 4000: bye`, `event tick: {"n": 1}`, `text: quack`, `binary: 5 bytes 00 ff 10 20 30`"""
    if frame is None:
        return None
    kind, text, size = frame["kind"], frame.get("text"), frame.get("size")
    if kind == "binary":
        shown = text or _in_hex(data_of(frame))
        return f"binary: {size} bytes{' ' if shown else ''}{shown}"
    name = f"close {frame.get('code')}" if kind == "close" else str(_choice(frame) or kind)
    more = f" ({size} characters)" if _is_cut(frame) else ""
    return f"{name}: {text}{more}" if text else name


def _in_hex(data: bytes | None) -> str:
    """`00 ff 10`"""
    return "" if data is None else data[:_MOST_IN_HEX].hex(" ") + (" …" if len(data) > _MOST_IN_HEX else "")
