"""Every WebSocket case, whole, byte by byte and cut at random places; the handshake on both parsers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.websocket_cases import ALL
from tests.conformance.websocket_harness import Client, Echo, Heard, close, converse, handshake
from tests.conformance.websocket_makers import Case, fails


def run(case: Case, parts: list[bytes], *, behind: int = 0, **options: object) -> tuple[Heard, Echo]:
    """Send `parts`, the first `behind` of them in the segment of the handshake; then a Close frame if the case leaves
    that to us."""
    echo = Echo()

    async def talk(client: Client) -> Heard:
        heard = await client.open(handshake(case.fields), *parts[:behind])
        assert heard.status == 101, heard
        await client.say(parts[behind:])
        if case.code is None:
            await client.hear(len(case.told), len(case.pongs))
            await client.say([close(1000)])
        return await client.hear_end()

    return converse(echo, talk, **case.options, **options), echo


def verdict(case: Case, heard: Heard, echo: Echo) -> None:
    assert tuple(echo.told) == case.told
    assert tuple(heard.messages) == case.told, "strict echo"
    assert tuple(heard.pongs) == case.pongs
    expected = 1000 if case.code is None else case.code
    assert heard.code == expected, (heard.code, heard.reason)
    assert heard.has_ended
    assert echo.left == expected
    if any(each.is_compressed for each in heard.frames):
        assert "permessage-deflate" in heard.fields["sec-websocket-extensions"]


@pytest.mark.parametrize("case", ALL, ids=str)
def test_whole(case: Case) -> None:
    verdict(case, *run(case, [case.raw]))


@pytest.mark.parametrize("case", [case for case in ALL if len(case.frames) > 1], ids=str)
def test_frame_by_frame(case: Case) -> None:
    verdict(case, *run(case, list(case.frames)))


@pytest.mark.parametrize("case", [case for case in ALL if len(case.raw) < 200], ids=str)
def test_byte_by_byte(case: Case) -> None:
    verdict(case, *run(case, [case.raw[i : i + 1] for i in range(len(case.raw))]))


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize("case", ALL[:: len(ALL) // 40], ids=str)
def test_right_behind_the_handshake(case: Case, parser: str) -> None:
    verdict(case, *run(case, [case.raw], behind=1, http=parser))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=st.sampled_from(ALL), data=st.data(), behind=st.integers(0, 2))
def test_cut_anywhere(case: Case, data: st.DataObject, behind: int) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(case.raw) - 1), max_size=6)))
    parts = [case.raw[a:b] for a, b in pairwise([0, *cuts, len(case.raw)])]
    verdict(case, *run(case, parts, behind=behind))


GOING_ON = [case for case in ALL if case.code is None and not case.options and len(case.raw) < 100_000]
ENDING = [case for case in ALL if case.code is not None and not case.options and "its beginning" not in case.name]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cases=st.lists(st.sampled_from(GOING_ON), min_size=1, max_size=5),
    last=st.sampled_from(ENDING),
    at_once=st.booleans(),
)
def test_one_case_after_the_other(cases: list[Case], last: Case, at_once: bool) -> None:
    """Nothing that a case leaves behind changes the verdict on the next one."""
    fields = last.fields or max(case.fields for case in cases)
    if fields and not last.fields:
        last = fails(1000, "close", "5.5.1", close(1000))  # RSV1 has a meaning now
    cases = [case for case in cases if case.fields in (b"", fields)]
    together = Case(
        name="together",
        section="",
        frames=tuple(each for case in (*cases, last) for each in case.frames),
        told=tuple(each for case in (*cases, last) for each in case.told),
        pongs=tuple(each for case in (*cases, last) for each in case.pongs),
        code=last.code,
        fields=fields,
    )
    verdict(together, *run(together, [together.raw] if at_once else list(together.frames)))
