"""wrk, pinned to one core, and what it says."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Request
from benchmarks.failure import Failure

CONNECTIONS = 32
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk counted: requests answered, requests per second, 99th percentile of the latency in ms."""

    requests: int
    per_second: float
    p99_ms: float


def load(request: Request, port: int, seconds: int, core: int) -> Load:
    """Ask for `request` on 32 connections for `seconds`.

    Raises Failure if any answer was an error: a server that refuses is faster than one that works.
    """
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "request.lua")
        script.write_text(_script(request))
        words = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
        words += ["-s", str(script), f"http://127.0.0.1:{port}{request.target}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 20, check=False)
    if done.returncode != 0:
        raise Failure(f"wrk failed: {(done.stderr or done.stdout).strip()}")
    return _read(done.stdout)


def _script(request: Request) -> str:
    lines = [f'wrk.method = "{request.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in request.headers.items()]
    if request.body is not None:
        lines.append(f"wrk.body = [[{request.body}]]")
    return "\n".join(lines) + "\n"


def _read(said: str) -> Load:
    requests = re.search(r"(\d+) requests in", said)
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if requests is None or per_second is None or p99 is None or int(requests[1]) == 0:
        raise Failure(f"wrk got no answers: {said.strip()!r}")
    if wrong := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
        raise Failure(f"{wrong[1]} of {requests[1]} answers were errors")
    if lost := re.search(r"Socket errors: (.*)", said):
        raise Failure(f"connections failed: {lost[1]}")
    return Load(int(requests[1]), float(per_second[1]), float(p99[1]) * _UNITS[p99[2]])
