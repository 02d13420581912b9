"""Range by the letter of RFC 9110 section 14; what Starlette answers is in tests/differential/web/test_files.py."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.datastructures import MutableHeaders
from webfoot.web.responses.ranges import MalformedRange, Selection, if_range_holds, read_ranges, select

SIZE = 20


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("bytes=0-4", [range(5)]),
        ("bytes=5-", [range(5, 20)]),
        ("bytes=-5", [range(15, 20)]),
        ("bytes=-100", [range(20)]),
        ("bytes=19-", [range(19, 20)]),
        ("bytes=0-100", [range(20)]),
        ("bytes=0-" + "9" * 400, [range(20)]),
        ("Bytes = 0-4", [range(5)]),
        ("bytes= 0-1 ,\t3-4 ", [range(2), range(3, 5)]),
        ("bytes=,0-1,,", [range(2)]),  # section 5.6.1.2: empty elements are ignored
    ],
)
def test_what_is_asked_for(field: str, wanted: list[range]) -> None:
    assert read_ranges(field, SIZE, 100) == wanted


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("bytes=0-5,3-8", [range(9)]),
        ("bytes=0-1,2-3", [range(4)]),
        ("bytes=0-19,5-6,-3", [range(20)]),
        ("bytes=10-12,0-1,11-15", [range(10, 16), range(2)]),
        ("bytes=3-4,0-1", [range(3, 5), range(2)]),
        ("bytes=8-9,0-3,2-8", [range(10)]),
    ],
)
def test_what_overlaps_or_touches_is_one_and_the_order_is_the_clients(field: str, wanted: list[range]) -> None:
    assert read_ranges(field, SIZE, 100) == wanted


@pytest.mark.parametrize(("field", "wanted"), [("bytes=0-1,50-60", [range(2)]), ("bytes=-0,4-4", [range(4, 5)])])
def test_what_the_file_does_not_have_is_left_out(field: str, wanted: list[range]) -> None:
    assert read_ranges(field, SIZE, 100) == wanted


@pytest.mark.parametrize("field", ["bytes=20-", "bytes=-0", "bytes=50-60,70-", "bytes=" + "9" * 400 + "-"])
def test_nothing_that_the_file_has(field: str) -> None:
    assert read_ranges(field, SIZE, 100) == []


@pytest.mark.parametrize("field", ["items=0-1", "x=a", "seconds=1-2", ""])
def test_another_unit_is_ignored(field: str) -> None:
    if field:
        assert read_ranges(field, SIZE, 100) is None
    else:
        with pytest.raises(MalformedRange):
            read_ranges(field, SIZE, 100)


def test_too_many_are_ignored() -> None:
    assert read_ranges("bytes=" + ",".join(["0-0"] * 100), SIZE, 100) == [range(1)]
    assert read_ranges("bytes=" + ",".join(["0-0"] * 101), SIZE, 100) is None
    assert read_ranges("bytes=0-0" + "," * 1000, SIZE, 100) is None


@pytest.mark.parametrize(
    "field",
    [
        "bytes", "0-1", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-4", "bytes=0-1,a",
        "bytes=1", "bytes=+0-1", "bytes=1_0-1_1", "bytes=0 - 1", "bytes=0-1-2", "bytes=--5", "bytes=0-1;",
        "bytes=0x1-2", "bytes=0-\u0661", "bytes=\u00b2-", "bytes=0-" + "9" * 5000, "bytes=-" + "9" * 5000,
    ],
)  # fmt: skip
def test_what_follows_no_grammar_is_malformed(field: str) -> None:
    with pytest.raises(MalformedRange):
        read_ranges(field, SIZE, 100)


@given(st.text(st.characters(codec="latin-1"), max_size=60) | st.from_regex(r"bytes=[0-9,\- ]{0,40}", fullmatch=True))
def test_any_field_gives_ranges_of_the_file_or_is_malformed(field: str) -> None:
    try:
        ranges = read_ranges(field, SIZE, 100)
    except MalformedRange:
        return
    covered: list[int] = []
    for wanted in ranges or ():
        assert 0 <= wanted.start < wanted.stop <= SIZE
        covered += wanted
    assert len(covered) == len(set(covered)), "a byte is sent twice"


def test_one_range_is_told_and_measured() -> None:
    answer = select("bytes=2-4", MutableHeaders({"content-length": "20", "etag": '"a"'}), SIZE, 100)
    assert (answer.status, answer.parts) == (206, [range(2, 5)])
    assert dict(answer.headers) == {"content-length": "3", "etag": '"a"', "content-range": "bytes 2-4/20"}


def test_several_are_a_mime_message_that_others_can_read() -> None:
    file = b"01234567890123456789"
    answer = select("bytes=0-1,-2,8-10", MutableHeaders({"content-type": "image/x-duck"}), SIZE, 100)
    body = b"".join(part if isinstance(part, bytes) else file[part.start : part.stop] for part in answer.parts)
    assert answer.status == 206
    assert answer.headers["content-length"] == str(len(body))
    assert "content-range" not in answer.headers
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = list(email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts())
    assert [(part["content-range"], part["content-type"], part.get_payload()) for part in parts] == [
        ("bytes 0-1/20", "image/x-duck", "01"),
        ("bytes 18-19/20", "image/x-duck", "89"),
        ("bytes 8-10/20", "image/x-duck", "890"),
    ]


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=6))
def test_each_part_holds_the_bytes_that_it_says(pairs: list[tuple[int, int]]) -> None:
    file = bytes(range(SIZE))
    field = "bytes=" + ",".join(f"{min(pair)}-{max(pair)}" for pair in pairs)
    answer = select(field, MutableHeaders({"content-type": "image/x-duck"}), SIZE, 100)
    body = b"".join(part if isinstance(part, bytes) else file[part.start : part.stop] for part in answer.parts)
    assert answer.headers["content-length"] == str(len(body))
    wanted = {byte for pair in pairs for byte in range(min(pair), min(max(pair) + 1, SIZE))}
    if not wanted:
        assert answer.status == 416
        return
    told = [(answer.headers["content-range"], body)] if "content-range" in answer.headers else _parts(answer, body)
    got: set[int] = set()
    for content_range, data in told:
        first, last, size = (int(number) for number in re.findall(r"\d+", content_range))
        assert (size, data) == (SIZE, file[first : last + 1])
        got |= set(data)
    assert got == wanted


def _parts(answer: Selection, body: bytes) -> list[tuple[str, bytes]]:
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert (parts[0], end) == (b"", b"--")
    heads = [part.partition(b"\r\n\r\n") for part in parts[1:]]
    return [(head.decode().rpartition("Content-Range: ")[2], data) for head, _, data in heads]


def test_each_boundary_is_new() -> None:
    kinds = {select("bytes=0-0,2-2", MutableHeaders({}), SIZE, 100).headers["content-type"] for _ in range(3)}
    assert len(kinds) == 3


def test_refusals_name_the_size_and_the_fault() -> None:
    answer = select("bytes=99-", MutableHeaders({"etag": '"a"'}), SIZE, 100)
    assert (answer.status, answer.headers["content-range"], answer.parts) == (416, "bytes */20", [b""])
    answer = select("bytes=<script>", MutableHeaders({}), SIZE, 100)
    assert answer.status == 400
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"script" not in answer.parts[0], "what a client sent is not repeated to it"
    assert answer.headers["content-length"] == str(len(answer.parts[0]))


def test_an_empty_file_has_no_range() -> None:
    for field in ("bytes=0-0", "bytes=0-", "bytes=-1"):
        assert select(field, MutableHeaders({}), 0, 100).status == 416


@pytest.mark.parametrize(
    ("field", "holds"),
    [
        ('"a"', True),
        ('W/"a"', False),
        ('"b"', False),
        ("*", False),
        ('"a", "b"', False),
        ("", False),
        ("Tue, 14 Nov 2023 22:13:20 GMT", True),
        ("Tue, 14 Nov 2023 22:13:21 GMT", False),
    ],
)
def test_if_range_wants_the_very_version(field: str, holds: bool) -> None:
    assert if_range_holds(field, '"a"', "Tue, 14 Nov 2023 22:13:20 GMT") is holds


def test_a_weak_etag_is_never_the_very_version() -> None:
    assert not if_range_holds('W/"a"', 'W/"a"', None)
