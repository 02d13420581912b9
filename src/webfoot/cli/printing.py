"""Standard output as the commands about journeys write to it: how wide it is, and whether it takes colours."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from io import TextIOWrapper

from webfoot.journey.terminal import WIDTH
from webfoot.server.logs.handler import wants_colour

_NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Paper:
    width: int
    colour: bool


def paper() -> Paper:
    """From here on a terminal without Unicode shows question marks, and no traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    columns = shutil.get_terminal_size((WIDTH, 40)).columns
    width = max(_NARROWEST, columns) if sys.stdout.isatty() else WIDTH
    return Paper(width, wants_colour(sys.stdout, None))
