"""One program, two toolkits, a real socket: the same application, each under our server, answers the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.conformance.harness import Answers, Dialogue, with_server
from tests.differential.web.kits import OURS, THEIRS

Made = Callable[[SimpleNamespace], Any]


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    """The bytes of a request that closes its connection."""
    fields = {"Host": "pond.example", "Connection": "close", **(headers or {})}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (body or b"")


def over_sockets(make: Made, *parts: bytes) -> tuple[list[Any], list[Any]]:
    """What (theirs, ours) answer: for each response its status, its headers in order of their names, and its body.

    `make(kit)` gives the application; `kit` has the names of `kits`. Several `parts` are written one after the other.
    """
    return _ask(make(THEIRS), parts), _ask(make(OURS), parts)


def _ask(app: Any, parts: tuple[bytes, ...]) -> list[Any]:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(*parts)
        return Answers(await dialogue.hear(lambda heard: False), True)

    answers = asyncio.run(with_server(app, talk))
    told = zip(answers.statuses, answers.heads, answers.bodies, strict=True)
    return [
        (status, sorted(_field(*pair) for pair in head.items() if pair[0] != "date"), body)
        for status, head, body in told
    ]


def _field(name: str, value: str) -> tuple[str, str]:
    # Their Allow comes from a set and has no order.
    return name, ", ".join(sorted(value.split(", "))) if name == "allow" else value
