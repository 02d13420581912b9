import asyncio
import tracemalloc

import pytest

from webfoot.web.datastructures import Headers
from webfoot.web.forms.errors import MultiPartException
from webfoot.web.forms.urlencoded import FormParser


def parse(*chunks, **limits):
    async def stream():
        for chunk in chunks:
            yield chunk

    return asyncio.run(FormParser(Headers(), stream(), **limits).parse()).multi_items()


def test_reads_fields_in_order_over_any_chunks():
    body = b"a=1&b=&c&&a=%C3%A9+%&=x&d==="
    expected = [("a", "1"), ("b", ""), ("c", ""), ("a", "é %"), ("", "x"), ("d", "==")]
    assert parse(body) == expected
    for size in range(1, 8):
        assert parse(*[body[start : start + size] for start in range(0, len(body), size)]) == expected
    assert parse() == parse(b"") == []


def test_what_is_no_utf_8_is_replaced():
    assert parse(b"a=%ff", b"&b=\xc3\xa9") == [("a", "\ufffd"), ("b", "é")]


def test_limits():
    assert parse(b"abc=45&x", max_part_size=5, max_fields=2) == [("abc", "45"), ("x", "")]
    with pytest.raises(MultiPartException, match="Field exceeded maximum size of 5 bytes"):
        parse(b"abc=456", max_part_size=5)
    with pytest.raises(MultiPartException, match="Field exceeded maximum size of 5 bytes"):
        parse(b"abc=456&x=1", max_part_size=5)
    with pytest.raises(MultiPartException, match="Field exceeded maximum size of 2KB"):
        parse(b"a=", b"x" * 3000, max_part_size=2048)
    with pytest.raises(MultiPartException, match="Maximum number of fields is 2"):
        parse(b"a&b&c", max_fields=2)


def test_a_field_without_end_is_not_collected():
    seen = 0

    async def endless():
        nonlocal seen
        while True:
            seen += 1
            yield b"x" * 1000

    tracemalloc.start()
    with pytest.raises(MultiPartException):
        asyncio.run(FormParser(Headers(), endless(), max_part_size=10_000).parse())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == 11
    assert peak < 1_000_000
