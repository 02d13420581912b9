"""Sockets that systemd has opened before it started us (sd_listen_fds(3)): descriptors from 3 on, some with names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

_FIRST: Final = 3


def passed_descriptors(environ: Mapping[str, str] = os.environ) -> dict[int, str]:
    """Descriptor -> name, which is empty if systemd gave none; nothing if they are meant for another process."""
    count = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return {}
    numbers = range(_FIRST, _FIRST + int(count))
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    return dict(zip(numbers, names + [""] * len(numbers), strict=False))


def descriptor_named(name: str) -> int | None:
    """The first one with this name (`FileDescriptorName=` of the socket unit)."""
    return next((number for number, each in passed_descriptors().items() if each == name), None)
