"""Keys of a terminal as they are pressed, and its whole screen, both given back as they were."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from typing import Final

_ENTER: Final = ("\r", "\n")
_BACKSPACE: Final = ("\x7f", "\b")
_ESCAPE: Final = "\x1b"


class Keys:
    """One key after the other; while somebody types a line, what he has typed is `text`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pressed = ""  # and not read yet
        self.is_typing = False
        self.text = ""

    def begin(self, text: str) -> None:
        """From now on keys are a text, until Enter."""
        self.is_typing, self.text = True, text

    def read(self, seconds: float) -> str | None:
        """The next key; None if there is none in that time. The keys of a text are taken in."""
        if not self._pressed:
            ready, _, _ = select.select([self._descriptor], [], [], seconds)
            if not ready:
                return None
            self._pressed = os.read(self._descriptor, 64).decode("utf-8", "replace")
        if not self._pressed:
            return "\x04"  # the terminal has gone
        if self._pressed[0] == _ESCAPE and len(self._pressed) > 1:
            self._pressed = ""
            return ""  # an arrow, say
        key, self._pressed = self._pressed[0], self._pressed[1:]
        if self.is_typing:
            self._take(key)
        return key

    def _take(self, key: str) -> None:
        if key in _ENTER:
            self.is_typing = False
        elif key == _ESCAPE:
            self.is_typing, self.text = False, ""
        elif key in _BACKSPACE:
            self.text = self.text[:-1]
        elif key.isprintable():
            self.text += key


@contextlib.contextmanager
def raw_keys() -> Iterator[Keys]:
    """Without waiting for Enter, and without showing them. Ctrl-C still interrupts."""
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def whole_screen() -> Iterator[None]:
    """What stood there is there again afterwards."""
    sys.stdout.write("\x1b[?1049h\x1b[?25l")
    try:
        yield
    finally:
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()
