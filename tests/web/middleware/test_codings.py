"""The codings themselves: levels, packages, and that what is decoded is what was sent."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import call
from tests.web.middleware.compressing import DECODE, TEXT, asked, serving

from webfoot.web.middleware import codings
from webfoot.web.middleware.compression import CompressionMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware


def test_levels() -> None:
    sizes = {}
    noise = bytes(byte % 97 for byte in os.urandom(5000)) * 3
    for coding, least, greatest in (("gzip", 1, 9), ("br", 0, 11), ("zstd", -7, 19)):
        for level in (least, greatest):
            app = CompressionMiddleware(serving(noise), codings=[coding], levels={coding: level})
            sizes[coding, level] = len(asked(app, coding).body)
        assert sizes[coding, greatest] < sizes[coding, least] < len(noise)


@pytest.mark.parametrize(("coding", "level"), [("gzip", 9), ("br", 7), ("zstd", 12)])
def test_a_real_compression_lets_go_of_the_lock(coding: str, level: int) -> None:
    """zlib, brotli and zstd work beside the loop, not instead of it."""
    noise = os.urandom(1 << 19).hex().encode()
    app = CompressionMiddleware(serving(noise), codings=[coding], levels={coding: level})

    async def turns() -> int:
        task = asyncio.create_task(call(app, headers={"accept-encoding": coding}))
        turned = 0
        while not task.done():
            await asyncio.sleep(0)
            turned += 1
        assert DECODE[coding](task.result().body) == noise
        return turned

    assert asyncio.run(turns()) > 10  # one or two if the lock were held


def test_a_coding_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="there is no content coding 'deflate'; there are zstd, br, gzip"):
        CompressionMiddleware(serving(b""), codings=["deflate"])
    with pytest.raises(ValueError, match="a level was given for 'lzma'"):
        CompressionMiddleware(serving(b""), levels={"lzma": 1})


@pytest.mark.parametrize("wrong", [{"codings": "gzip"}, {"exclude_content_types": "image/*"}])
def test_one_text_is_no_list_of_them(wrong: Any) -> None:
    with pytest.raises(TypeError, match="are lists of texts"):
        CompressionMiddleware(serving(b""), **wrong)


@pytest.mark.parametrize("level", [0, 10, "9", None])
def test_a_level_that_does_not_exist(level: Any) -> None:
    if level is None:
        GZipMiddleware(serving(b""), compresslevel=level)
        return
    with pytest.raises(ValueError, match=f"the level of gzip is a number from 1 to 9, not {level!r}"):
        GZipMiddleware(serving(b""), compresslevel=level)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_module(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(codings, "import_module", no_module)
    assert CompressionMiddleware(serving(b"")).codings == ("gzip",)
    with pytest.raises(ImportError, match=r"br needs the package brotli: pip install 'webfoot\[compression\]'"):
        CompressionMiddleware(serving(b""), codings=["br", "gzip"])
    with pytest.raises(ImportError, match=r"zstd needs the package backports\.zstd"):
        CompressionMiddleware(serving(b""), codings=["zstd"])


def test_by_default_all_that_is_installed() -> None:
    assert CompressionMiddleware(serving(b"")).codings == ("zstd", "br", "gzip")


@given(
    st.lists(st.one_of(st.binary(max_size=3000), st.sampled_from([b"", b"\x00" * 5000, TEXT])), min_size=1, max_size=8),
    st.sampled_from(sorted(DECODE)),
    st.sampled_from([0, 1, 500]),
    st.sampled_from([1, 1000, 1 << 17]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_decoded_is_what_was_sent(parts: list[bytes], coding: str, minimum_size: int, threaded: int) -> None:
    app = CompressionMiddleware(serving(*parts), minimum_size, thread_minimum_size=threaded)
    answer = asked(app, coding)
    body = DECODE[coding](answer.body) if "content-encoding" in answer.headers else answer.body
    assert body == b"".join(parts)
    if (length := answer.headers.get("content-length")) is not None:
        assert int(length) == len(answer.body)
