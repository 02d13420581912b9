"""The command line of this process, so that it can be run again as it was when the process began to serve."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import Final

ESTATE: Final = "WEBFOOT_ESTATE"
"""The variable in which a process of ours tells the next one what it leaves to it (see `estate`)."""


@dataclass(frozen=True, slots=True)
class Command:
    """words: of the command line. directory: where it is run. environment: the variables that it is run with."""

    words: list[str]
    directory: str
    environment: dict[str, str]


_own: list[Command] = []


def remember_command() -> None:
    """Called before the application is loaded, which may change the directory and the environment."""
    # A command line is to be run again only where it leads here again: not that of a child of multiprocessing, and not
    # that of an interpreter which reads its program from stdin.
    if len(sys.orig_argv) > 1 and sys.orig_argv[1] != "-" and parent_process() is None:
        environment = {name: value for name, value in os.environ.items() if name != ESTATE}
        _own[:] = [Command([sys.executable, *sys.orig_argv[1:]], os.getcwd(), environment)]


def own_command() -> Command | None:
    """None: it is not known, or cannot be run again."""
    return _own[0] if _own else None
