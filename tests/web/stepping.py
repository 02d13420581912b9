"""Counts the steps of a call: a measure of work that no clock and no busy machine can disturb."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import webfoot.web

_TOOLKIT = webfoot.web.__path__[0]


def steps_of(call: Callable[[], object]) -> int:
    """How many lines of the toolkit's code are run."""
    steps = 0

    def count(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        if not frame.f_code.co_filename.startswith(_TOOLKIT):
            return None
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(before)
    return steps
