"""What the client of a saved WebSocket said and when, as far as it was kept, so that it can be said again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from webfoot.journey.capture.frames import FIRST, LONGEST
from webfoot.journey.saved.ending import closed, was_closed_by_server
from webfoot.journey.saved.gaps import Gap, Gaps, Text
from webfoot.journey.saved.reading import Journey, data_of, facts_of
from webfoot.journey.saved.request import made_up, sent_fields

Kind: TypeAlias = Literal["text", "binary", "close", "leave"]

_DATA = ("text", "binary")
_HANDSHAKE = ("connection", "upgrade", "sec-websocket-version", "sec-websocket-key")
_GOING_AWAY, _NO_STATUS = 1001, 1005  # RFC 6455 section 7.4.1
_LONGEST_REASON = 123  # bytes, RFC 6455 section 5.5
_PAUSE = 1_000_000.0  # microseconds that the application of today may be later


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the client's, or how it ended the session.

    number: of the messages of the client's that were kept, from 1; 0 for the end.
    after: how many messages the application had sent before; None: the application was to end the session.
    patience: seconds in which these should be there: as long as it took then, and a little.
    text: of a text, or of a binary message that is one all the same; of a close it is the reason. data: of a binary
    message that is none. code: of a close; None is a Close frame without one.
    size: letters of a text or bytes of a binary message. kept: "whole", "in part", or "not".
    """

    kind: Kind
    number: int
    after: int | None
    patience: float
    text: Text = ()
    code: int | None = None
    size: int = 0
    kept: Literal["whole", "in part", "not"] = "whole"
    data: bytes | None = None

    @property
    def gaps(self) -> list[str]:
        return [piece.name for piece in self.text if isinstance(piece, Gap)]


@dataclass(frozen=True, slots=True)
class SavedSession:
    """`said`: the end is always the last. `answers_close`: the client answered a Close frame of the server's.

    `lacks`: what was not kept of the session as a whole, one sentence each.
    """

    said: tuple[Said, ...]
    answers_close: bool
    lacks: tuple[str, ...]

    @property
    def messages(self) -> tuple[Said, ...]:
        return self.said[:-1]


def handshake_fields(journey: Journey, key: str) -> list[tuple[str, str]]:
    """Those fields that make a request a handshake, as they were; `key` stands for the one that was redacted."""
    saved = [(name, value) for name, value in sent_fields(journey) if name.lower() in _HANDSHAKE]
    usual = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    fields = saved or [*usual, ("Sec-WebSocket-Key", key)]
    return [(name, key if name.lower() == "sec-websocket-key" else value) for name, value in fields]


def session_of(journey: Journey, taken: Sequence[str] = ()) -> SavedSession:
    """`taken`: names of gaps in the handshake. Raises SavedError for messages that nobody would send."""
    frames = journey.get("frames") or []
    hole = FIRST if journey.get("frames_left_out") else None
    said = [*_messages(frames, hole, Gaps(taken)), _end(journey, frames)]
    answered = facts_of(journey, "closed").get("code") is not None or closed(journey) is None
    return SavedSession(tuple(said), answered, tuple(_lacks(journey, frames)))


def _lacks(journey: Journey, frames: list[dict[str, Any]]) -> Iterator[str]:
    left_out = journey.get("frames_left_out") or 0
    if journey.get("status") == 101 and not frames:
        yield "the messages were not kept, and none is sent: only `webfoot dev` and `webfoot journey` keep them"
    elif left_out:
        count = len(frames) + left_out
        after = min(FIRST, len(frames))
        yield f"of {count} messages {left_out} were not kept, those after the first {after}; none of them is sent"


def _messages(frames: list[dict[str, Any]], hole: int | None, gaps: Gaps) -> Iterator[Said]:
    """`hole`: before which frame others were left out; how long those took nobody waits again."""
    number = heard = 0
    since = _at(frames[0], 0.0) if frames else 0.0
    for index, frame in enumerate(frames):
        at = _at(frame, since)
        if index == hole:
            since = at
        if frame["kind"] not in _DATA:
            continue
        if frame["way"] == "out":
            heard += 1
            continue
        number += 1
        yield _said(frame, number, heard, _patience(since, at), gaps)
        since = at


def _said(frame: dict[str, Any], number: int, heard: int, patience: float, gaps: Gaps) -> Said:
    kind: Kind = "text" if frame["kind"] == "text" else "binary"
    text, size, data = frame.get("text"), frame.get("size") or 0, data_of(frame)
    if kind == "binary" or not isinstance(text, str):
        made_up(size, f"message {number}")
    if kind == "binary" and data is not None:
        is_cut = len(data) < size
        return Said(kind, number, heard, patience, size=size, kept="in part" if is_cut else "whole", data=data)
    if not isinstance(text, str):
        return Said(kind, number, heard, patience, size=size, kept="not" if size else "whole")
    is_cut = size > LONGEST and text.endswith("…")
    pieces = gaps.of(text[:-1] if is_cut else text, f"message_{number}")
    return Said(kind, number, heard, patience, pieces, size=size, kept="in part" if is_cut else "whole")


def _end(journey: Journey, frames: list[dict[str, Any]]) -> Said:
    """Where the application was to end it, and does not today, the client goes away."""
    messages = [frame for frame in frames if frame["kind"] in _DATA]
    heard = sum(frame["way"] == "out" for frame in messages) if frames else None
    since = next((_at(frame, 0.0) for frame in reversed(messages) if frame["way"] == "in"), 0.0)
    mark = closed(journey) or {}
    patience = _patience(since, _at(mark, since))
    close = next((frame for frame in reversed(frames) if frame["kind"] == "close"), None)
    by_application = was_closed_by_server(journey) or (close is not None and close["way"] == "out")
    if by_application or journey.get("status") not in (101, None):
        return Said("close", 0, None, patience, code=_GOING_AWAY)
    code = (close or mark.get("facts") or {"code": _GOING_AWAY}).get("code")
    if not isinstance(code, int) or not _may_be_sent(code):
        return Said("leave", 0, heard, patience)
    reason = _fitting((close or {}).get("text") or "")
    return Said("close", 0, heard, patience, (reason,), None if code == _NO_STATUS else code)


def _patience(since: float, at: float) -> float:
    return (max(at - since, 0.0) + _PAUSE) / 1e6


def _may_be_sent(code: int) -> bool:
    """By a Close frame (RFC 6455 section 7.4); 1005 is one without a code."""
    return code == _NO_STATUS or 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def _fitting(reason: str) -> str:
    return reason.encode(errors="replace")[:_LONGEST_REASON].decode(errors="ignore")


def _at(told: dict[str, Any], fallback: float) -> float:
    at = told.get("at_us")
    return float(at) if isinstance(at, int | float) else fallback
