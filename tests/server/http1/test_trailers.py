"""Which fields may stand behind a body, and who gets them."""

from __future__ import annotations

import pytest

from webfoot.server.http1.encoder import BodyWriter, ResponseHead
from webfoot.server.http1.trailers import deliverable, encode_trailers, late_kind, takes_trailers
from webfoot.server.protocol.errors import LocalFault
from webfoot.server.protocol.events import Head


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"Content-Length", "framing"),
        (b"host", "routing"),
        (b"X-Forwarded-Whatever", "routing"),
        (b"SET-COOKIE", "authentication"),
        (b"if-match", "request modifiers"),
        (b"date", "response controls"),
        (b"content-type", "the content's format"),
        (b"content-digest", None),  # RFC 9530 section 4 wants it there
        (b"server-timing", None),
        (b"etag", None),  # RFC 9110 section 8.8.3: may be sent in a trailer section
        (b"grpc-status", None),
    ],
)
def test_a_field_is_late_for_a_reason(name: bytes, kind: str | None) -> None:
    assert late_kind(name) == kind


def test_a_request_keeps_the_others_in_their_order() -> None:
    assert deliverable([(b"b", b"1"), (b"cookie", b"2"), (b"a", b"3"), (b"b", b"4")]) == [
        (b"b", b"1"),
        (b"a", b"3"),
        (b"b", b"4"),
    ]


@pytest.mark.parametrize(
    ("method", "version", "fields", "takes"),
    [
        ("GET", "1.1", [(b"te", b"trailers")], True),
        ("GET", "1.1", [(b"te", b"gzip"), (b"te", b"\tTrailers ")], True),
        ("GET", "1.1", [(b"te", b"trailers;q=1")], False),
        ("GET", "1.1", [], False),
        ("HEAD", "1.1", [(b"te", b"trailers")], False),
        ("GET", "1.0", [(b"te", b"trailers")], False),
    ],
)
def test_who_takes_trailers(method: str, version: str, fields: list[tuple[bytes, bytes]], takes: bool) -> None:
    assert takes_trailers(Head(method, b"/", version, fields)) is takes


def test_a_fault_names_the_field_and_the_reason() -> None:
    with pytest.raises(LocalFault, match="Location must not be a trailer: it is about response controls"):
        encode_trailers([(b"a", b"b"), (b"Location", b"/")])


def test_a_writer_frames_what_does_not_pass_through_it() -> None:
    writer, request = BodyWriter(), Head("GET", b"/", "1.1", [])
    assert writer.frame(request, ResponseHead(200, []), 10, True) == b"transfer-encoding: chunked\r\n"
    assert writer.around(10, True) == (b"a\r\n", b"\r\n")
    assert writer.around(0, True) == (b"", b"")
    assert writer.around(255, False) == (b"ff\r\n", b"\r\n0\r\n\r\n")
    assert writer.frame(request, ResponseHead(200, [(b"content-length", b"9")]), 4, True) == b""
    assert writer.around(4, True) == (b"", b"")
    with pytest.raises(LocalFault, match="longer"):
        writer.around(6, False)
