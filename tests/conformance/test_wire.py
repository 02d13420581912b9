"""Every wire case on both parsers: whole, byte by byte, and cut at random places."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.harness import echo, exchange_bytes
from tests.conformance.wire_cases import ALL, Case

PARSERS = ["httptools", "h11"]


def verdict(case: Case, parts: list[bytes], parser: str) -> None:
    answers = exchange_bytes(echo, parts, http=parser)
    assert tuple(answers.statuses) == case.statuses, answers.raw
    assert answers.closed is not case.kept, answers.raw
    if case.told:
        told = answers.told(-1)
        assert {key: told[key] for key in case.told} == case.told
    if not case.kept and case.statuses[-1] != 200:
        assert answers.heads[-1]["connection"] == "close"
        assert answers.bodies[-1].startswith(str(case.statuses[-1]).encode()), "the reason is in the reply"


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", ALL, ids=str)
def test_whole(case: Case, parser: str) -> None:
    verdict(case, [case.raw], parser)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", [case for case in ALL if len(case.raw) < 300], ids=str)
def test_byte_by_byte(case: Case, parser: str) -> None:
    verdict(case, [case.raw[i : i + 1] for i in range(len(case.raw))], parser)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=st.sampled_from(ALL), data=st.data(), parser=st.sampled_from(PARSERS))
def test_cut_anywhere(case: Case, data: st.DataObject, parser: str) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(case.raw) - 1), max_size=6)))
    edges = [0, *cuts, len(case.raw)]
    verdict(case, [case.raw[a:b] for a, b in pairwise(edges)], parser)
