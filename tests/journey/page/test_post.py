"""What a worker answers to another one that goes meanwhile: no trace of it in the log."""

import asyncio
import socket
from select import select

import pytest
import uvloop
from tests.conformance.harness import PATIENCE
from tests.journey.page.paging import hub_of

from webfoot.journey.page import post
from webfoot.journey.page.post import Post

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.mark.parametrize("ends", [False, True], ids=["goes on", "ends"])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_follower_that_has_gone(loop: str, ends: bool, tmp_path, monkeypatch):
    """Also when the process ends while it is not yet known that it has."""
    monkeypatch.setattr(post, "ALIVE", 60.0 if ends else 0.01)
    complaints = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(tmp_path / "post"))
        listening.listen()
        listening.setblocking(False)
        before = asyncio.all_tasks()
        serving = asyncio.create_task(Post(hub_of()).serve(listening))
        with socket.socket(socket.AF_UNIX) as follower:
            follower.connect(str(tmp_path / "post"))
            follower.sendall(b'{"ask": "follow"}\n')
            while not select([follower], [], [], 0)[0]:
                await asyncio.sleep(0.001)
            answering = asyncio.all_tasks() - before - {serving}
            assert len(answering) == 1
        await asyncio.sleep(0.02)  # what it has not read is lost, of which uvloop makes another error than of an end
        if ends:
            for each in answering:
                each.cancel()
        await asyncio.wait(answering, timeout=PATIENCE)
        assert all(each.done() for each in answering)
        serving.cancel()
        await asyncio.wait([serving], timeout=PATIENCE)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(main())
    assert complaints == []
