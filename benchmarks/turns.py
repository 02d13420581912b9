"""A B A B: ours and one peer in turn, each time in a fresh process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from benchmarks.cases import Case, Contender, Echo, Request
from benchmarks.failure import Failure
from benchmarks.load import load
from benchmarks.serving import Serving, serving


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often. The server has one core for itself, the load generator the other."""

    rounds: int
    seconds: int
    warm_up: int
    server_core: int
    load_core: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one contender: CPU us per request (or message), how many per second, 99th percentile in ms."""

    cpu_us: float
    per_second: float
    p99_ms: float


@dataclass(slots=True)
class Pair:
    """Ours and one peer: the runs belong together by their place in the lists."""

    peer: Contender
    ours: list[Measured] = field(default_factory=list)
    theirs: list[Measured] = field(default_factory=list)

    def ratios(self) -> list[float]:
        return [mine.cpu_us / other.cpu_us for mine, other in zip(self.ours, self.theirs, strict=True)]


@dataclass(slots=True)
class Outcome:
    """A case when all is done. A peer that could not be measured is in `failed`, with the reason."""

    case: Case
    pairs: list[Pair]
    failed: dict[str, str] = field(default_factory=dict)

    def ratios(self, peer: str) -> list[float]:
        return next((pair.ratios() for pair in self.pairs if pair.peer.key == peer), [])

    def as_json(self) -> dict[str, object]:
        return {
            "case": self.case.key,
            "title": self.case.title,
            "failed": self.failed,
            "peers": {
                pair.peer.key: {
                    "label": pair.peer.label,
                    "ours": [asdict(run) for run in pair.ours],
                    "theirs": [asdict(run) for run in pair.theirs],
                    "ratios": pair.ratios(),
                }
                for pair in self.pairs
            },
        }


def measure(case: Case, peers: Iterable[Contender], plan: Plan) -> Outcome:
    """Measure `case` against each of `peers`. A pair that cannot be measured is noted, and the rest goes on."""
    outcome = Outcome(case, [])
    for peer in peers:
        pair = Pair(peer)
        try:
            for _ in range(plan.rounds):
                pair.ours.append(_run(case.ours, case.work, plan))
                pair.theirs.append(_run(peer, case.work, plan))
        except Failure as failure:
            outcome.failed[peer.key] = str(failure)
            continue
        outcome.pairs.append(pair)
    return outcome


def _run(contender: Contender, work: Request | Echo, plan: Plan) -> Measured:
    with serving(contender.label, contender.words(), plan.server_core) as server:
        if isinstance(work, Request):  # of an Echo, each one is compared
            _answers(contender, work, server)
        load(work, server.port, plan.warm_up, plan.load_core)
        before = server.cpu_seconds()
        counted = load(work, server.port, plan.seconds, plan.load_core)
        spent = server.cpu_seconds() - before
    return Measured(spent / counted.count * 1e6, counted.per_second, counted.p99_ms)


def _answers(contender: Contender, request: Request, server: Serving) -> None:
    """A contender that gives another answer does another job: it is not measured."""
    try:
        status, body = server.ask(request.method, request.target, request.headers, request.body)
        answer = body if isinstance(request.answer, bytes | None) else json.loads(body)
    except (OSError, ValueError) as error:
        raise Failure(f"{contender.label} did not answer: {error!r}") from error
    if status != request.status or (request.answer is not None and answer != request.answer):
        raise Failure(f"{contender.label} gave another answer: {status} {body[:200]!r}")


def middle(values: Sequence[float]) -> float:
    return median(values) if values else float("nan")
