"""`python -m benchmarks.reload`: milliseconds from a save to the first answer of the new code.

The example application is copied, served with its reloader, and saved again and again: each save puts another number
into a new route, and that route is asked until it gives the number. Contenders take turns. Nothing is pinned to a core.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.failure import Failure
from benchmarks.report import as_table
from benchmarks.serving import PYTHON, ROOT, Serving, free_port

COMMANDS: dict[str, tuple[str, ...]] = {
    "webfoot dev": ("webfoot", "dev", "examples.ducks:app", "--port", "{port}"),
    "uvicorn --reload": ("uvicorn", "examples.ducks:app", "--reload", "--port", "{port}"),
}
ROUTE = "\n\n@app.get('/saved')\nasync def saved() -> int:\n    return {number}\n"

SERVED_WITHIN = 20.0
PAUSE = 0.002
"""Seconds between two questions."""

CALM = 1.5
"""Seconds between two saves: nobody saves faster, and what a reloader does behind the scenes is done."""


class Developer:
    """Somebody who saves a file of the application in `directory` and looks at `port`."""

    def __init__(self, directory: Path, port: int) -> None:
        self._file = directory / "examples" / "ducks" / "application.py"
        self._text = self._file.read_text()
        self._port = port
        self._saves = 0

    def save(self) -> float:
        """Milliseconds until the new code has answered. Raises Failure."""
        self._saves += 1
        expected = str(self._saves).encode()
        began = time.perf_counter()
        self._file.write_text(self._text + ROUTE.format(number=self._saves))
        while self._ask() != expected:
            if time.perf_counter() - began > SERVED_WITHIN:
                raise Failure(f"what was saved was not served within {SERVED_WITHIN:g} s")
            time.sleep(PAUSE)
        return (time.perf_counter() - began) * 1e3

    def _ask(self) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=SERVED_WITHIN) as connection:
                connection.sendall(b"GET /saved HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                heard = b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:
            return b""
        return heard.partition(b"\r\n\r\n")[2]


@contextlib.contextmanager
def developing(command: Sequence[str]) -> Iterator[Developer]:
    """A copy of the example, served by `command` until the block ends. Raises Failure."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as output:
        directory = Path(name)
        shutil.copytree(ROOT / "examples", directory / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        port = free_port()
        words = [PYTHON, "-m", *(word.format(port=port) for word in command)]
        process = subprocess.Popen(
            words, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            developer = Developer(directory, port)
            developer.save()  # the start of the server: not counted
            yield developer
        except Failure as failure:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failure(f"{command[0]}: {failure}; it said: {' | '.join(said) or 'nothing'}") from None
        finally:
            Serving(process, port).end()


def measure(names: Sequence[str], saves: int) -> dict[str, list[float]]:
    """The milliseconds of each save; all contenders serve, and save in turn."""
    took: dict[str, list[float]] = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        developers = {name: stack.enter_context(developing(COMMANDS[name])) for name in names}
        for _ in range(saves):
            for name, developer in developers.items():
                time.sleep(CALM)
                took[name].append(developer.save())
    return took


def table(took: dict[str, list[float]]) -> str:
    first = next(iter(took.values()))
    rows = []
    for name, times in took.items():
        ratios = [mine / theirs for mine, theirs in zip(first, times, strict=True)]
        ratio = f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} - {max(ratios):.2f})"
        figures = (statistics.median(times), min(times), max(times))
        rows.append((name, *(f"{figure:.0f}" for figure in figures), ratio if times is not first else ""))
    return as_table(("served by", "median ms", "least", "most", "ratio (ours / this)"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.reload", description="From a save to the new code's answer.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"who serves (all): {', '.join(COMMANDS)}")
    parser.add_argument("--saves", type=int, default=20, help="how often (20)")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in COMMANDS]:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(COMMANDS)}")
    try:
        print(table(measure(asked.names or list(COMMANDS), max(1, asked.saves))))
    except Failure as failure:
        print(f"benchmarks: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
