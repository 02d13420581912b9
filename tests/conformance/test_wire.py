"""Every wire case on both parsers: whole, byte by byte, and cut at random places."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.harness import Answers, echo, exchange_bytes
from tests.conformance.wire_cases import ALL, KNOWN_DIFFERENCES, Case

from webfoot.server.protocol.errors import RemoteFault

PARSERS = ["httptools", "h11"]
CASES = pytest.mark.parametrize("case", ALL, ids=str)


@contextmanager
def refusals() -> Iterator[list[RemoteFault]]:
    """The faults that the server logs meanwhile."""
    faults: list[RemoteFault] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            faults.extend(one for one in record.args or () if isinstance(one, RemoteFault))

    ear, log = Ear(), logging.getLogger("webfoot")
    level = log.level
    log.addHandler(ear)
    log.setLevel(logging.INFO)
    try:
        yield faults
    finally:
        log.setLevel(level)
        log.removeHandler(ear)


def verdict(case: Case, parts: list[bytes], parser: str) -> Answers:
    with refusals() as faults:
        answers = exchange_bytes(echo, parts, http=parser, date_header=False)
    assert tuple(answers.statuses) == case.statuses, answers.raw
    assert answers.closed is not case.kept, answers.raw
    if case.told:
        told = answers.told(case.statuses.count(200) - 1)
        assert {key: told[key] for key in case.told} == case.told
    assert [fault.rule for fault in faults] == ([case.rule] if case.rule else [])
    if faults:
        assert answers.heads[-1]["connection"] == "close"
        assert answers.bodies[-1].decode() == f"{case.statuses[-1]} {faults[0]}\n", "the reason is in the reply"
    return answers


@CASES
def test_whole_and_alike_by_both_parsers(case: Case) -> None:
    one, other = (verdict(case, [case.raw], parser) for parser in PARSERS)
    assert (one.raw == other.raw) is (case.name not in KNOWN_DIFFERENCES), "every byte of the answers"


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", [case for case in ALL if len(case.raw) < 300], ids=str)
def test_byte_by_byte(case: Case, parser: str) -> None:
    verdict(case, [case.raw[i : i + 1] for i in range(len(case.raw))], parser)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=st.sampled_from(ALL), data=st.data(), parser=st.sampled_from(PARSERS))
def test_cut_anywhere(case: Case, data: st.DataObject, parser: str) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(case.raw) - 1), max_size=6)))
    edges = [0, *cuts, len(case.raw)]
    verdict(case, [case.raw[a:b] for a, b in pairwise(edges)], parser)


def test_the_cases_are_many_and_each_stands_once() -> None:
    assert len(ALL) > 400
    assert [name for name, count in Counter(case.name for case in ALL).items() if count > 1] == []
    assert [raw for raw, count in Counter(case.raw for case in ALL).items() if count > 1] == []
    assert KNOWN_DIFFERENCES.keys() <= {case.name for case in ALL}
