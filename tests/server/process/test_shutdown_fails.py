"""An application whose shutdown raises: what became of it can be seen from outside, by the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.server.process.serving import ask, webfoot, write_app

APP = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        HOW
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"quack"})
"""
RAISES = "raise LookupError('the pond is frozen')"
REFUSES = "await send({'type': 'lifespan.shutdown.failed', 'message': 'the pond is frozen'})"
ENDS = "await send({'type': 'lifespan.shutdown.complete'})"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("how", "code"), [(RAISES, 1), (REFUSES, 1), (ENDS, 0)], ids=["raises", "refuses", "ends"])
def test_the_exit_code(tmp_path: Path, how: str, code: int, workers: str) -> None:
    write_app(tmp_path, APP.replace("HOW", how))
    with webfoot("run", "main:app", "--port", "0", "--workers", workers, cwd=tmp_path) as serving:
        assert ask(serving.url()) == "quack"
        assert serving.end() == code
    failed = [line for line in serving.output.splitlines() if "the application failed to shut down" in line]
    assert len(failed) == (int(workers) if code else 0)
    assert all("the pond is frozen" in line for line in failed)


def test_a_restart_while_developing_goes_on(tmp_path: Path) -> None:
    write_app(tmp_path, APP.replace("HOW", RAISES))
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        write_app(tmp_path, APP.replace("HOW", ENDS))
        serving.wait_for("the application failed to shut down")
        serving.wait_for("serving again")
        assert ask(url) == "quack"
        assert serving.end() == 0
