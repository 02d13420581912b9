"""Heads that were seen before, and what is never remembered."""

from __future__ import annotations

import pytest

from webfoot.server.http1 import encoder
from webfoot.server.http1.encoder import ResponseHead, encode_head


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_seen", {})


def test_a_head_seen_before_is_not_encoded_again() -> None:
    first = encode_head(200, [(b"content-type", b"text/plain"), (b"content-length", b"2")])
    assert encode_head(200, [(b"content-type", b"text/plain"), (b"content-length", b"2")]) is first
    assert first.block == b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (201, [(b"a", b"b")]),
        (200, [(b"a", b"c")]),
        (200, [(b"A", b"b")]),
        (200, [(b"a", b"b"), (b"a", b"b")]),
        (200, []),
    ],
)
def test_another_head_is_another_head(status: int, headers: list[tuple[bytes, bytes]]) -> None:
    first = encode_head(200, [(b"a", b"b")])
    assert encode_head(status, headers).block != first.block


def test_order_counts() -> None:
    one = encode_head(200, [(b"a", b"1"), (b"b", b"2")])
    assert encode_head(200, [(b"b", b"2"), (b"a", b"1")]).block != one.block


def test_what_is_meant_for_one_client_is_not_remembered() -> None:
    headers = [(b"Set-Cookie", b"session=secret")]
    assert encode_head(200, headers) is not encode_head(200, headers)
    assert not encoder._seen


def test_what_is_remembered_is_bounded() -> None:
    for number in range(5000):
        encode_head(200, [(b"x-request-id", b"%d" % number)])
    assert len(encoder._seen) <= encoder._SEEN_LIMIT
    encode_head(200, [(b"large", b"x" * 5000)])
    assert all(len(head.block) <= encoder._SEEN_SIZE for head in encoder._seen.values())


def test_names_are_remembered_up_to_a_bound() -> None:
    for number in range(5000):
        encode_head(200, [(b"x-%d" % number, b"")])
    assert len(encoder._MEANING) <= encoder._MEANING_LIMIT


def test_headers_need_not_be_a_list() -> None:
    pairs = [(b"a", b"b")]
    heads = [encode_head(200, kind(pairs)) for kind in (list, tuple, iter)]
    heads.append(encode_head(200, [[b"a", b"b"]]))  # type: ignore[list-item]
    assert {head.block for head in heads} == {ResponseHead(200, pairs).block}


def test_an_unknown_status_has_no_reason_phrase() -> None:
    assert encode_head(299, []).block == b"HTTP/1.1 299 \r\n"
