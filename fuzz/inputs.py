"""What an input of the fuzzer means: decisions for the driver, decisions for the applications, and the wire's bytes.

    size of the first part (1 byte) | size of the second (1 byte) | driver's decisions | applications' | wire

A decision that is missing is 0, which is the plainest choice everywhere, so that the shortest input is the dullest run
and taking bytes away makes an input simpler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Decisions, one byte each."""

    def __init__(self, decisions: bytes) -> None:
        self._decisions = decisions
        self._next = 0

    @property
    def left(self) -> bool:
        return self._next < len(self._decisions)

    def byte(self) -> int:
        if not self.left:
            return 0
        self._next += 1
        return self._decisions[self._next - 1]

    def of(self, options: Sequence[T]) -> T:
        return options[self.byte() % len(options)]


@dataclass(frozen=True)
class Input:
    driver: bytes
    apps: bytes
    wire: bytes

    @classmethod
    def read(cls, data: bytes) -> Input:
        first, second = (*data[:2], 0, 0)[:2]
        rest = data[2:]
        return cls(rest[:first], rest[first : first + second], rest[first + second :])

    def write(self) -> bytes:
        driver, apps = self.driver[:255], self.apps[:255]
        return bytes((len(driver), len(apps))) + driver + apps + self.wire
