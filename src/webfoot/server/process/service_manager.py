"""What systemd, or another service manager that speaks its protocol, is told: sd_notify(3), sd_watchdog_enabled(3).

Only the process that the manager knows speaks: a server alone, or the parent of workers. Without NOTIFY_SOCKET nothing
is said.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Final

log = logging.getLogger("webfoot")

_PATIENCE: Final = 1.0
"""Seconds for the manager to take a message from its queue."""


class ServiceManager:
    """`environ` is empty where nobody is to be told.

    due: monotonic time of the next `beat`; infinite unless the manager wants to hear regularly that we live.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address_in(environ)
        self._interval = _interval_in(environ) if self._address else None
        self.due = math.inf if self._interval is None else 0.0
        self._status = ""
        self._is_reloading = False
        self._is_deaf = False

    @classmethod
    def of_process(cls) -> ServiceManager:
        return cls(os.environ)

    def ready(self, urls: Sequence[str] = ()) -> None:
        """Requests are answered; `urls` says where, if that is new."""
        self._is_reloading = False
        if urls:
            self._status = f"serving on {' and '.join(urls)}"
        self._tell("READY=1", *([f"STATUS={self._status}"] if self._status else []))

    def reloading(self) -> None:
        self._is_reloading = True
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}", "STATUS=reloading")

    def reloaded(self) -> None:
        """As `ready` if a reload was told of, else nothing."""
        if self._is_reloading:
            self.ready()

    def stopping(self) -> None:
        self._tell("STOPPING=1", "STATUS=stopping")

    def beat(self) -> None:
        """Say that we live, if it is time."""
        if self._interval is not None and time.monotonic() >= self.due:
            self.due = time.monotonic() + self._interval
            self._tell("WATCHDOG=1")

    def attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the event loop say so as long as it turns."""
        self.beat()
        if self._interval is not None:
            loop.call_later(self._interval, self.attend, loop)

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
                speaking.settimeout(_PATIENCE)
                speaking.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._is_deaf:
                self._is_deaf = True
                log.warning("the service manager at NOTIFY_SOCKET cannot be told how we are: %s", error)


def _address_in(environ: Mapping[str, str]) -> str | None:
    """Of a socket in the file system or in the abstract namespace of Linux; None if there is none, or another kind."""
    name = environ.get("NOTIFY_SOCKET", "")
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else None


def _interval_in(environ: Mapping[str, str]) -> float | None:
    """Seconds: half of the time after which the manager holds us for dead, as sd_watchdog_enabled(3) advises."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    is_meant = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    return int(microseconds) / 2e6 if is_meant and microseconds.isdecimal() and int(microseconds) else None
