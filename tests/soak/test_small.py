"""A small version of each soak: enough bytes that a server which does not wait for the slower side is found out.

`make soak` runs the large one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.soak.flows import FLOODS, FRAMINGS, HTTP_FLOWS, WEBSOCKET_FLOWS, pipelining
from tests.soak.limits import LEAK, PEAK, verdict
from tests.soak.mixture import mix
from tests.soak.served import PART
from tests.soak.watching import MIB, Server, Watched, served

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")

PARTS = 32 * MIB // PART
REQUESTS = 1500


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with served(request.param) as server:
        yield server


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("flow", HTTP_FLOWS)
def test_the_faster_side_waits(server: Server, flow: str, framing: str):
    state = server.state()
    with server.watched() as watched:
        HTTP_FLOWS[flow](server.port, PARTS, framing)
    assert verdict(watched) == ""
    assert server.settled(state) == state


@pytest.mark.parametrize("flow", WEBSOCKET_FLOWS)
def test_the_faster_side_of_a_websocket_waits(server: Server, flow: str):
    state = server.state()
    with server.watched() as watched:
        WEBSOCKET_FLOWS[flow](server.port, PARTS)
    assert verdict(watched) == ""
    assert server.settled(state) == state


@pytest.mark.parametrize("flood", FLOODS)
def test_who_takes_no_answers_is_not_listened_to(server: Server, flood: str):
    with server.watched() as watched:
        pipelining(server.port, FLOODS[flood], quiet=0.2)
    assert watched.peak <= PEAK


def test_nothing_is_left_of_a_mixture(server: Server):
    mix(server.port, REQUESTS)
    state, before = server.settled({}, within=0.2), server.memory()
    mix(server.port, REQUESTS, seed=2)
    assert server.settled(state) == state
    assert server.memory() - before <= LEAK


class TestVerdict:
    @pytest.mark.parametrize(
        ("samples", "said"),
        [
            ([10, 12, 11, 12], ""),
            ([10, 10, 19, 10], "memory rose by 9.0 MiB"),
            ([10, 11, 12, 14], "memory grew by 3.0 MiB from the first half to the second"),
        ],
    )
    def test_of_samples(self, samples: list[int], said: str):
        assert verdict(Watched(10 * MIB, [sample * MIB for sample in samples])) == said
