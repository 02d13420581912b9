"""How the terminal at stdin reads and echoes. A debugger changes that, and may be killed before it changes it back."""

from __future__ import annotations

import os
import termios
from typing import Any


class TerminalMode:
    """As it is now; nothing where stdin is no terminal."""

    def __init__(self) -> None:
        self._attributes: list[Any] | None = None
        if os.isatty(0):
            self._attributes = termios.tcgetattr(0)

    def restore(self) -> None:
        # A process in the background may not do that; it would be stopped.
        if self._attributes is not None and os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp():
            termios.tcsetattr(0, termios.TCSANOW, self._attributes)
