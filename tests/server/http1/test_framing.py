"""Request bodies cut out of the bytes, however these arrive."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.protocol.errors import RemoteFault


def read_in_pieces(reader: LengthReader | ChunkedReader, raw: bytes, cuts: list[int]) -> tuple[bytes, bytes | None]:
    """(body, what belongs to the next message) when `raw` arrives cut at `cuts`."""
    edges = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    body = b""
    for begin, end in pairwise(edges):
        if reader.rest is not None:
            reader.rest += raw[begin:end]
        else:
            body += b"".join(reader.read(raw[begin:end]))
    return body, reader.rest


CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(body=st.binary(min_size=1, max_size=200), after=st.binary(max_size=20), cuts=CUTS)
def test_a_body_of_known_length(body: bytes, after: bytes, cuts: list[int]) -> None:
    reader = LengthReader(len(body))
    assert read_in_pieces(reader, body + after, cuts) == (body, after)
    assert reader.received == len(body)


@st.composite
def chunked(draw: st.DrawFn) -> tuple[bytes, bytes, list[tuple[bytes, bytes]]]:
    """(body, how it is sent, its trailers)."""
    body = sent = b""
    for chunk in draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5)):
        extension = draw(st.sampled_from([b"", b";a", b";a=b", b' ; a = "b;c\\"d"']))
        zeros = b"0" * draw(st.integers(0, 3))
        size = draw(st.sampled_from([b"%x", b"%X"])) % len(chunk)
        sent += zeros + size + extension + b"\r\n" + chunk + b"\r\n"
        body += chunk
    trailers = draw(st.lists(st.tuples(st.sampled_from([b"X", b"digest"]), st.sampled_from([b"", b"y z"])), max_size=2))
    sent += b"0\r\n" + b"".join(b"%b: %b\r\n" % trailer for trailer in trailers) + b"\r\n"
    return body, sent, [(name.lower(), value) for name, value in trailers]


@given(message=chunked(), after=st.binary(max_size=20), cuts=CUTS)
def test_a_chunked_body(message: tuple[bytes, bytes, list[tuple[bytes, bytes]]], after: bytes, cuts: list[int]) -> None:
    body, sent, trailers = message
    reader = ChunkedReader()
    assert read_in_pieces(reader, sent + after, cuts) == (body, after)
    assert reader.trailers == trailers
    assert reader.received == len(body)


PIECES = [
    *(b"\r\n", b"\r", b"\n", b"0", b"3", b"a", b"abc", b"0\r\n", b"3\r\nabc\r\n", b";", b";x=y", b'"', b'="', b"\\"),
    *(b" ", b"\t", b":", b"x: y\r\n", b"Content-Length: 3\r\n", b"\0", b"\x7f", b"\xe9", b"-", b"f" * 15, b"x" * 4090),
]  # fmt: skip


@settings(max_examples=600)
@given(raw=st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join), cuts=CUTS)
def test_any_bytes_are_read_or_refused_alike_however_they_arrive(raw: bytes, cuts: list[int]) -> None:
    def verdict(pieces: list[int]) -> object:
        try:
            return read_in_pieces(ChunkedReader(), raw, pieces)
        except RemoteFault as fault:
            return fault.status, fault.rule, fault.reason

    assert verdict([]) == verdict(cuts) == verdict(list(range(len(raw))))


@pytest.mark.parametrize("name", [b"Content-Length", b"TRANSFER-ENCODING"])
def test_a_body_is_not_framed_anew_behind_its_end(name: bytes) -> None:
    with pytest.raises(RemoteFault) as caught:
        ChunkedReader().read(b"0\r\n" + name + b": 3\r\n\r\n")
    assert caught.value.rule == "trailer-field"


@pytest.mark.parametrize("before", [b"", b"5\r\nabcde\r\n"])
def test_what_is_held_of_an_unfinished_line_is_bounded(before: bytes) -> None:
    reader = ChunkedReader()
    reader.read(before)
    with pytest.raises(RemoteFault) as caught:
        for _ in range(100):
            reader.read(b"1;" + b"a" * 100 if not reader.received else b"a" * 100)
    assert caught.value.status == 400


def test_extensions_are_bounded_over_the_whole_body() -> None:
    reader = ChunkedReader()
    with pytest.raises(RemoteFault) as caught:
        for _ in range(100):
            reader.read(b"1;" + b"a" * 1000 + b"\r\nx\r\n")
    assert caught.value.rule == "chunk-extensions"


def test_many_small_chunks_without_extensions_are_fine() -> None:
    reader = ChunkedReader()
    for _ in range(50_000):
        assert reader.read(b"1\r\nx\r\n") == [b"x"]


def test_trailers_are_bounded() -> None:
    reader = ChunkedReader()
    reader.read(b"0\r\n")
    with pytest.raises(RemoteFault) as caught:
        for _ in range(100):
            reader.read(b"x: " + b"a" * 1000 + b"\r\n")
    assert caught.value.status == 431
