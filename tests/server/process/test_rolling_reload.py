"""SIGHUP: new workers for old ones, and no request is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.server.process.crowd import Crowd, write_generation
from tests.server.process.serving import Serving, ask, poll, webfoot

RUN = ("run", "main:app", "--port", "0", "--no-access-log", "--workers")


def reload(serving: Serving, crowd: Crowd, directory: Path, generation: int) -> None:
    """Wait until all that answer are of the new generation."""
    write_generation(directory, generation)
    serving.send(signal.SIGHUP)
    serving.wait_for("INFO:     reloaded")
    poll(lambda: crowd.generations[generation] > 20)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_nothing_is_lost_in_three_reloads(tmp_path: Path, loop: str) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, "2", "--loop", loop, cwd=tmp_path) as serving, Crowd(serving.url()) as crowd:
        poll(lambda: len(crowd.answers) == 4)
        for generation in (2, 3, 4):
            reload(serving, crowd, tmp_path, generation)
        crowd.__exit__()
        assert serving.end() == 0
    assert crowd.lost == []
    assert len(crowd.pids) == 8
    assert "Traceback" not in serving.output
    assert "killed" not in serving.output
