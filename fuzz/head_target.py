"""The head target: one request head, both parsers and the reference, without a connection around them; so it is fast.

What is refused must be a fault, whatever it is called; an accepted head means the same to all three, and no part of it
may have been refused while it came in.
"""

from __future__ import annotations

from typing import Any

from fuzz.findings import describe, hold
from fuzz.inputs import Input
from fuzz.reference import Reading, read
from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.http1.grammar import END_OF_HEAD, examine_partial
from webfoot.server.protocol.errors import RemoteFault

PARSERS = {name: choose_parser(name) for name in ("httptools", "h11")}


def run(data: bytes) -> None:
    """Raises Finding."""
    raw = (Input.read(data).wire.lstrip(b"\r\n") + END_OF_HEAD).partition(END_OF_HEAD)[0] + END_OF_HEAD
    if raw == END_OF_HEAD or raw.startswith(b"\r"):
        return
    one, other = (conclude(name, raw) for name in PARSERS)
    hold(one == other, "parsers", lambda: f"parsers differ: {one}, {other}")
    compare(one, read(raw))
    if isinstance(one, dict):
        for end in range(1, len(raw) - 3):
            partial(raw[:end], 0)
            partial(raw[:end], end - 1)


def conclude(name: str, raw: bytes) -> Any:
    """What the server makes of a head: its attributes, or status, rule and reason of the fault."""
    try:
        head = PARSERS[name](raw, None)
        rules.accept(head, None)
    except RemoteFault as fault:
        return fault.status, fault.rule, fault.reason
    except Exception as error:
        hold(False, "escaped", f"{name}: {describe(error)}")
    return {name: getattr(head, name) for name in head.__slots__}


def compare(told: Any, reading: Reading) -> None:
    if not isinstance(told, dict):
        hold(told[0] in reading.statuses, "reference", lambda: f"refused: {told}, and the reference reads {reading}")
        return
    accepted = reading.requests and not reading.statuses
    hold(accepted, "reference", lambda: f"accepted: {told}, and the reference reads {reading}")
    request = reading.requests[0]
    length = -1 if request.length is None else request.length
    ours = told["method"], told["target"], told["version"], told["body_length"], told["keep_alive"]
    theirs = request.method, request.target, request.version, length, request.keeps
    hold(ours == theirs, "reference", lambda: f"read differently: {ours} and {theirs}")
    hold(told["expects_continue"] == request.expects, "reference", lambda: f"expects_continue: {request}")


def partial(start: bytes, seen: int) -> None:
    try:
        examine_partial(start, seen)
    except RemoteFault as fault:
        hold(False, "partial", f"refused, and could become a request: {start!r} {fault}")
