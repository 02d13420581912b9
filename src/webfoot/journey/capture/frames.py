"""The messages of a WebSocket, and the events of a stream, in the order in which they went by."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from sys import getsizeof
from time import perf_counter_ns
from typing import Literal, NamedTuple, TypeAlias

from webfoot.asgi.types import Message
from webfoot.journey import redact
from webfoot.journey.capture.binary import holds, may_hold_secret, text_in
from webfoot.journey.capture.closing import in_words
from webfoot.journey.capture.texts import before_cut, clean

FIRST, LAST = 50, 150
"""Frames kept of a session: how it began, and what came last."""

LONGEST = 2048
"""Characters kept of the text of one, or bytes of one that is no text."""

_LONGEST_EVENT = 8 * 1024  # bytes of an event that has not ended
_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END = re.compile(r"\r\n|\n|\r")

Way: TypeAlias = Literal["in", "out"]


class Frame(NamedTuple):
    """`at` is a `perf_counter_ns` value, `size` in bytes or characters, `code` that of a close. `data`: the bytes of a
    binary message that is no text, or their beginning.
    """

    at: int
    way: Way
    kind: str
    size: int
    text: str | None
    code: int | None
    says: str
    data: bytes | None = None


class Frames:
    """`count`: all that went by. `close`: the code of the end and what it means, once that is known. keeps_bytes: also
    of what is no text, and so cannot be searched for secrets as a text can.
    """

    __slots__ = ("_first", "_keeps_bytes", "_last", "_open", "close", "count", "weight")

    def __init__(self, *, keeps_bytes: bool = True) -> None:
        self._keeps_bytes = keeps_bytes
        self.count = 0
        self.weight = 0
        self.close: tuple[int | None, str] | None = None
        self._first: list[Frame] = []
        self._last: deque[Frame] = deque(maxlen=LAST)
        self._open = b""  # of an event stream: what has come of an event that has not ended

    @property
    def kept(self) -> list[Frame]:
        return [*self._first, *self._last]

    @property
    def left_out(self) -> int:
        return self.count - len(self._first) - len(self._last)

    def _add(
        self,
        way: Way,
        kind: str,
        says: str,
        *,
        size: int = 0,
        text: str | None = None,
        code: int | None = None,
        data: bytes | None = None,
    ) -> None:
        """`text` is without secrets already."""
        frame = Frame(perf_counter_ns(), way, kind, size, text, code, says, data)
        self.count += 1
        if len(self._first) < FIRST:
            self._first.append(frame)
        else:
            if len(self._last) == LAST:
                self.weight -= _weight(self._last[0])
            self._last.append(frame)
        self.weight += _weight(frame)

    def hide(self, without: Callable[[str], str]) -> None:
        for frames in (self._first, self._last):
            for number, frame in enumerate(frames):
                if frame.text is not None:
                    frames[number] = frame._replace(text=without(frame.text))
                elif frame.data is not None and holds(frame.data, without):
                    frames[number] = frame._replace(data=None, says=_not_kept(frame.size))

    # WebSockets.

    def see(self, message: Message, way: Way, *, accepted: bool) -> None:
        seen = _SEEN.get(message["type"])
        if seen is not None:
            seen(self, message, way, accepted)

    def _see_data(self, message: Message, way: Way, accepted: bool) -> None:
        text, data = message.get("text"), message.get("bytes")
        if isinstance(text, str):
            self._add(way, "text", f"{len(text)} characters", size=len(text), text=_shown(text))
        elif isinstance(data, bytes | bytearray | memoryview):
            self._add_binary(way, len(data), bytes(data[:LONGEST]))

    def _add_binary(self, way: Way, size: int, begin: bytes) -> None:
        is_cut = size > len(begin)
        text = text_in(begin, is_cut=is_cut)
        says = f"{size} bytes"
        if text is not None:
            self._add(way, "binary", says, size=size, text=_cut(text) if is_cut else clean(text))
        elif not self._keeps_bytes:
            self._add(way, "binary", says, size=size)
        elif may_hold_secret(begin):
            self._add(way, "binary", _not_kept(size), size=size)
        else:
            self._add(way, "binary", says, size=size, data=begin)

    def _see_accept(self, message: Message, way: Way, accepted: bool) -> None:
        chosen = message.get("subprotocol")
        self._add(way, "accept", f"accepted{f', subprotocol {redact.short(str(chosen))}' if chosen else ''}")

    def _see_close(self, message: Message, way: Way, accepted: bool) -> None:
        code, reason = message.get("code"), message.get("reason")
        code = code if isinstance(code, int) else 1000 if way == "out" else None
        says = in_words(code)
        if not accepted:
            says = f"refused before it was accepted: the client gets 403 and never sees {code}; browsers call it 1006"
            code_there: int | None = 1006
        else:
            code_there = code
        said = redact.free_text(str(reason)) if reason else None
        self._add(way, "close", says, text=said, code=code)
        if self.close is None or accepted:
            self.close = code_there, says

    def end(self, code: object, reason: object) -> None:
        """How the connection says that it ended, where no frame told of it."""
        if self.close is None and isinstance(code, int):
            self.close = code, in_words(code)
            text = redact.free_text(str(reason)) if reason else None
            self._add("in", "close", in_words(code), text=text, code=code)

    # Event streams.

    def add_events(self, data: bytes) -> None:
        *whole, self._open = _EVENT_END.split(self._open + data)
        for event in whole:
            self._add_event(event)
        if len(self._open) > _LONGEST_EVENT:
            self._add_event(self._open)
            self._open = b""

    def _add_event(self, event: bytes) -> None:
        lines = [line for line in _LINE_END.split(event.decode("utf-8", "replace")) if line]
        if not lines:
            return
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("event:")]
        says = "a comment" if all(line.startswith(":") for line in lines) else f"event {(names or ['message'])[-1]}"
        content = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
        others = [redact.free_text(line) for line in lines if not line.startswith(("data:", "event:"))]
        text = "\n".join([*others, *([_shown(content)] if content else [])])
        self._add("out", "event", redact.printable(redact.short(says)), size=len(event), text=text[:LONGEST])


_SEEN: dict[str, Callable[[Frames, Message, Way, bool], None]] = {
    "websocket.receive": Frames._see_data,
    "websocket.send": Frames._see_data,
    "websocket.accept": Frames._see_accept,
    "websocket.close": Frames._see_close,
    "websocket.disconnect": Frames._see_close,
}


def _shown(text: str) -> str:
    return clean(text) if len(text) <= LONGEST else _cut(text[:LONGEST])


def _cut(begin: str) -> str:
    return f"{clean(before_cut(begin))}…"


def _not_kept(size: int) -> str:
    return f"{size} bytes, not kept: there may be a secret in them"


def _weight(frame: Frame) -> int:
    return 200 + getsizeof(frame.text or "") + len(frame.data or b"")  # a letter has one, two or four bytes
