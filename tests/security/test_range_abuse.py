"""Short requests that would cost the server much: Range.

CVE-2011-3192 ("Apache Killer"): many overlapping ranges, each of which is sent · CVE-2025-62727 (Starlette 0.39-0.49):
merging them takes a time that grows with the square of their number · RFC 9110 section 17.15
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.driving import Answered, call

from webfoot.web import FileResponse
from webfoot.web.responses.ranges import MalformedRange, read_ranges

SIZE = 10_000


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "duck"
    path.write_bytes(b"d" * SIZE)
    return path


def asked(path: Path, field: str) -> Answered:
    return asyncio.run(call(FileResponse(path), "GET", "/", headers={"range": field}))


@pytest.mark.parametrize(
    "field",
    [
        "bytes=" + ",".join(f"0-{number}" for number in range(1300)),
        "bytes=" + ",".join(["0-"] * 100),
        "bytes=" + ",".join(["0-9999", "1-9999", "-9999"] * 33),
        "bytes=" + ",".join(f"{number}-" for number in range(100)),
        "bytes=" + ",".join(f"-{number}" for number in range(1, 101)),
    ],
)
def test_no_byte_is_sent_twice(duck: Path, field: str) -> None:
    answered = asked(duck, field)
    assert answered.status in (200, 206)
    assert len(answered.body) <= SIZE


def test_what_stands_between_the_parts_is_bounded(duck: Path) -> None:
    field = "bytes=" + ",".join(f"{number * 3}-{number * 3}" for number in range(100))
    answered = asked(duck, field)
    assert answered.status == 206
    assert len(answered.body) < 100 * 200
    assert len(asked(duck, field + ",9000-9000").body) == SIZE, "beyond the hundredth, Range is ignored"


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=100))
def test_the_merging_is_right(pairs: list[tuple[int, int]]) -> None:
    """Held against a set of bytes."""
    field = "bytes=" + ",".join(f"{min(pair)}-{max(pair)}" for pair in pairs)
    wanted = {byte for pair in pairs for byte in range(min(pair), max(pair) + 1) if byte < 100}
    try:
        found = read_ranges(field, 100, 100)
    except MalformedRange:
        assert not pairs
        return
    assert found is not None
    assert sum(map(len, found)) == len(wanted)
    assert {byte for part in found for byte in part} == wanted


def test_reading_many_takes_no_more_steps_each_than_reading_few() -> None:
    """Counted, not timed: comparisons while they are merged."""

    class Counted(int):
        compared = 0

        def __le__(self, other: Any) -> bool:
            Counted.compared += 1
            return int(self) <= int(other)

    from webfoot.web.responses.ranges import _coalesce

    class Part:
        def __init__(self, start: int) -> None:
            self.start, self.stop = Counted(start), Counted(start + 1)

    def compared(count: int) -> int:
        Counted.compared = 0
        _coalesce([Part(number * 2) for number in range(count)])  # type: ignore[misc]
        return Counted.compared

    assert compared(100) <= 2 * 100
    assert compared(10_000) <= 2 * 10_000


@pytest.mark.parametrize("around", [" ", "\t", " \t"])
def test_blanks_around_a_range_are_cut_off_and_not_tried_in_every_way(duck: Path, around: str) -> None:
    """CWE-1333. What shows it is test_backtracking.py, for all expressions; 60 kB of blanks took seconds."""
    blanks = around * (60_000 // len(around))
    assert asked(duck, f"bytes={blanks}x").status == 400
    assert asked(duck, f"bytes={blanks}0-4{blanks},{blanks}").headers["content-range"] == f"bytes 0-4/{SIZE}"


def test_a_number_of_a_thousand_digits_is_a_number(duck: Path) -> None:
    assert asked(duck, "bytes=0-" + "9" * 1000).status == 206
    assert asked(duck, "bytes=" + "9" * 60_000 + "-").status == 400, "CVE-2020-10735: reading it would take long"
