"""What counts as a finding, and who listens to the log for one."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

WITH_PLACE = ("escaped", "log")
"""Oracles whose words end in a place in the code, which tells one finding from another."""

_DETAILS = re.compile(r"[0-9]+|b?(['\"]).*?\1")


class Finding(Exception):
    """Something that must never happen has happened. `oracle` says which promise is broken, in a word or two."""

    def __init__(self, oracle: str, told: str) -> None:
        super().__init__(told)
        self.oracle = oracle

    @property
    def kind(self) -> str:
        """The same for two findings that are probably one: what is said, up to the details of the input."""
        told = super().__str__()
        if self.oracle not in WITH_PLACE:
            told = told.partition(": ")[0]
        return f"{self.oracle}: {_DETAILS.sub('', told)[:200]}"

    def __str__(self) -> str:
        return f"[{self.oracle}] {super().__str__()}"


def hold(truth: object, oracle: str, told: str | Callable[[], str]) -> None:
    """Raise a Finding unless `truth`."""
    if not truth:
        raise Finding(oracle, told if isinstance(told, str) else told())


def describe(error: BaseException) -> str:
    """Where an exception comes from, for a reader who has only this line."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__}: {error} at {where}"


class ListeningLog(logging.Handler):
    """Takes what the server and asyncio log, and keeps it from the screen.

    A traceback is a finding unless `expected` knows the exception: one that the application was told to raise.
    """

    def __init__(self, expected: Callable[[BaseException], bool]) -> None:
        super().__init__(logging.DEBUG)
        self.expected = expected
        self.findings: list[Finding] = []
        self._loggers = [logging.getLogger("webfoot"), logging.getLogger("asyncio")]
        self._before: list[tuple[Any, ...]] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception as error:
            self.findings.append(Finding("log", f"a log call is wrong: {describe(error)}"))
            return
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not self.expected(error):
            self.findings.append(Finding("log", f"{text}: {describe(error)}"))
        elif record.name == "asyncio":
            self.findings.append(Finding("log", f"asyncio complains: {text}"))

    def __enter__(self) -> Self:
        self._before = [(one.handlers, one.level, one.propagate) for one in self._loggers]
        for one in self._loggers:
            one.handlers, one.propagate = [self], False
            one.setLevel(logging.INFO)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one, (handlers, level, propagate) in zip(self._loggers, self._before, strict=True):
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)
