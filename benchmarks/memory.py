"""What an idle connection costs in memory: thousands of them are opened, and the server's processes are looked at.

Only what the processes hold is counted; the kernel's own buffers are the same for all.
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field

from benchmarks.cases import RAW, RAW_GRANIAN, RAW_HYPERCORN, RAW_UVICORN, WEBSOCKET, WEBSOCKET_PEERS, Contender
from benchmarks.echoes import opening
from benchmarks.failure import Failure
from benchmarks.serving import Serving, serving
from benchmarks.turns import Plan

AT_ONCE = 100  # connections that are opened together; no server's queue is that short
PATIENCE = 10.0  # seconds for each answer
SETTLE = 0.5  # seconds until the server has done what it does behind an answer
WARM_UP = 300


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many idle connections. `quick` of them in a short run."""

    key: str
    title: str
    connections: int
    quick: int
    is_websocket: bool
    ours: Contender
    peers: tuple[Contender, ...]


CROWDS = (
    Crowd("idle", "idle keep-alive connections", 10_000, 2_000, False, RAW, (RAW_UVICORN, RAW_GRANIAN, RAW_HYPERCORN)),
    Crowd("idle-websockets", "idle WebSockets", 5_000, 1_000, True, WEBSOCKET, tuple(WEBSOCKET_PEERS)),
)


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that the server's processes held before the connections came, with them, and after they had gone."""

    connections: int
    before: int
    during: int
    after: int

    @property
    def each(self) -> float:
        return (self.during - self.before) / self.connections


@dataclass(slots=True)
class Tally:
    """What each contender held, round by round. One that could not be measured is in `failed`, with the reason."""

    crowd: Crowd
    rounds: dict[str, list[Held]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def ratios(self, peer: str) -> list[float]:
        """Bytes per connection, ours divided by the peer's."""
        pairs = zip(self.rounds.get("ours", []), self.rounds.get(peer, []), strict=False)
        return [ours.each / theirs.each for ours, theirs in pairs]

    def as_json(self) -> dict[str, object]:
        rounds = {stack: [asdict(held) for held in helds] for stack, helds in self.rounds.items()}
        return {"case": self.crowd.key, "title": self.crowd.title, "failed": self.failed, "rounds": rounds}


def weigh(crowd: Crowd, peers: Sequence[Contender], plan: Plan, connections: int) -> Tally:
    """Hold `connections` to ours and to each of `peers`, in turn."""
    tally = Tally(crowd)
    for _ in range(plan.rounds):
        for contender in (crowd.ours, *peers):
            if contender.key not in tally.failed:
                try:
                    held = _weigh(crowd, contender, plan, connections)
                    tally.rounds.setdefault(contender.key, []).append(held)
                except (Failure, OSError) as failure:
                    tally.failed[contender.key] = f"{contender.label}: {failure}"
    return tally


def _weigh(crowd: Crowd, contender: Contender, plan: Plan, connections: int) -> Held:
    allow_files(connections + 200)
    with serving(contender.label, contender.words(), plan.server_core) as server:
        with _held(crowd, server, WARM_UP):
            pass
        time.sleep(SETTLE)
        before = server.memory()
        with _held(crowd, server, connections):
            time.sleep(SETTLE)
            during = server.memory()
        time.sleep(SETTLE)
        return Held(connections, before, during, server.memory())


def allow_files(number: int) -> None:
    """We and the servers that we start may open `number` files. Raises Failure if the system forbids that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        raise Failure(f"{number} files must be open at once, and this user may open {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


@contextmanager
def _held(crowd: Crowd, server: Serving, connections: int) -> Iterator[None]:
    """Open so many connections, have each answered, and keep them until the block ends."""
    ask = opening(server.port, "/") if crowd.is_websocket else b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    expected = b"HTTP/1.1 101 " if crowd.is_websocket else b"HTTP/1.1 200 "
    with ExitStack() as stack:
        while connections:
            opened = []
            for _ in range(min(AT_ONCE, connections)):
                client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
                opened.append(stack.enter_context(client))
            for client in opened:
                client.sendall(ask)
            for client in opened:
                _hear(client, expected)
            connections -= len(opened)
        yield


def _hear(client: socket.socket, expected: bytes) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = client.recv(4096)
        answer += data
        if not data or not answer.startswith(expected[: len(answer)]):
            raise Failure(f"a connection was answered with {answer[:80]!r}")
