"""The load generators, pinned to one core, and what they say: wrk, and `benchmarks.echoes` for WebSocket."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Echo, Request
from benchmarks.failure import Failure
from benchmarks.serving import ROOT

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What was counted: requests answered or messages echoed, how many per second, 99th percentile in ms."""

    count: int
    per_second: float
    p99_ms: float


def load(work: Request | Echo, port: int, seconds: int, core: int) -> Load:
    """Repeat `work` on its connections for `seconds`.

    Raises Failure if any answer was an error: a server that refuses is faster than one that works.
    """
    return _wrk(work, port, seconds, core) if isinstance(work, Request) else _echoes(work, port, seconds, core)


def _wrk(request: Request, port: int, seconds: int, core: int) -> Load:
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "request.lua")
        script.write_text(_script(request))
        words = ["wrk", "-t1", f"-c{request.connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
        done = _run([*words, f"http://127.0.0.1:{port}{request.target}"], seconds, core)
    if done.returncode != 0:
        raise Failure(f"wrk failed: {(done.stderr or done.stdout).strip()}")
    return _read(done.stdout)


def _echoes(echo: Echo, port: int, seconds: int, core: int) -> Load:
    words = [sys.executable, "-m", "benchmarks.echoes", str(port), echo.target, echo.text]
    done = _run([*words, "--connections", str(echo.connections), "--seconds", str(seconds)], seconds, core)
    if done.returncode != 0:
        raise Failure(f"the echoes failed: {done.stderr.strip().splitlines()[-1:]}")
    return Load(**json.loads(done.stdout))


def _run(words: list[str], seconds: int, core: int) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["taskset", "-c", str(core), *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds + 20,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{words[0]} did not end") from error


# Tracing clients send a field that is never the same.
_FRESH = """\
local number = 0
request = function()
  number = number + 1
  wrk.headers["Traceparent"] = string.format("00-%032x-0123456789abcdef-01", number)
  return wrk.format()
end
"""


def _script(request: Request) -> str:
    lines = [f'wrk.method = "{request.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in request.headers.items()]
    if request.body is not None:
        lines.append(f"wrk.body = [[{request.body}]]")
    return "\n".join(lines) + "\n" + (_FRESH if request.fresh else "")


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
