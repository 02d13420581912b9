"""Messages that are bytes: text where they are text, bytes where not, nothing where a secret may be in them."""

import base64
import gzip
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.websocket_wire import frame as ws_frame
from tests.journey.page.paging import with_page
from tests.journey.test_capture_frames import WS

from webfoot.journey.capture.binary import holds, may_hold_secret, text_in
from webfoot.journey.capture.frames import FIRST, LAST, LONGEST, Frames

TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWl0"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def kept(data, **options):
    frames = Frames(**options)
    frames.see({"type": "websocket.send", "bytes": data}, "out", accepted=True)
    [frame] = frames.kept
    assert (frame.kind, frame.size) == ("binary", len(data))
    return frame


@given(st.binary(max_size=64))
def test_bytes_are_kept_as_they_are_or_not_at_all(data):
    frame = kept(data)
    if frame.text is not None:
        assert frame.data is None
    elif frame.data is not None:
        assert frame.data == data


@pytest.mark.parametrize("data", [b"", b"quack", '{"päärynä":\n1}'.encode(), b"tab\tand\r\n"])
def test_what_is_text_all_the_same(data):
    assert text_in(data) == data.decode()
    assert kept(data).text == data.decode()


@pytest.mark.parametrize("data", [b"\xff", b"quack\0", b"\x1b[2J", b"\xc3", b"ok\x7f"])
def test_what_is_no_text(data):
    assert text_in(data) is None
    assert kept(data).data == data


def test_a_letter_that_was_cut_in_half_makes_no_bytes_of_a_text():
    text = "ä" * LONGEST
    frame = kept(b"x" + text.encode())
    assert frame.text == f"x{text[: LONGEST // 2 - 1]}…"
    assert text_in("ä".encode()[:1] + b"quack", is_cut=True) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\xa8password\xa7hunter2",
        "\x01password\x02hunter2".encode("utf-16-le") + b"\xff",
        b"\xff" + TOKEN,
        gzip.compress(b'{"password": "hunter2"}', mtime=0),
        zlib.compress(b'{"password": "hunter2"}' * 9),
        gzip.compress(b"quack" * 500_000, mtime=0),  # nobody looks through so much
        b"\x1f\x8b and no gzip",
        b"\x28\xb5\x2f\xfd whatever it is\xff",
    ],
)
def test_where_a_secret_may_be(data):
    assert may_hold_secret(data)
    frame = kept(data)
    assert (frame.text, frame.data) == (None, None)
    assert frame.says == f"{len(data)} bytes, not kept: there may be a secret in them"


@pytest.mark.parametrize(
    "data", [PNG, b"\x0a\x04emma\x10\x01", gzip.compress(b"quack", mtime=0), zlib.compress(b"quack"), b"\x78\x9c\xff"]
)
def test_where_none_is_seen(data):
    assert kept(data).data == data


def test_in_production_only_what_can_be_searched():
    assert kept(PNG, keeps_bytes=False).data is None
    assert kept(PNG, keeps_bytes=False).says == f"{len(PNG)} bytes"
    assert kept(b'{"password": "hunter2"}', keeps_bytes=False).text == '{"password": "[redacted]"}'


def test_what_is_kept_of_many_and_of_long_ones():
    frames = Frames()
    data = random.Random(7).randbytes(10_000).replace(b"k", b"")
    for _ in range(1000):
        frames.see({"type": "websocket.send", "bytes": data}, "out", accepted=True)
    assert {frame.data for frame in frames.kept} == {data[:LONGEST]}
    assert len(frames.kept) * LONGEST <= frames.weight <= (FIRST + LAST) * (LONGEST + 300)


def test_a_value_that_the_request_has_shown_to_be_a_secret():
    def without(text):
        return text.replace("hunter2", "[redacted]")

    assert holds(b"\x07hunter2\xff", without)
    assert not holds(b"\x07hunter3\xff", without)
    frames = Frames()
    for data in (b"\x07hunter2\xff", b"\x07hunter3\xff"):
        frames.see({"type": "websocket.send", "bytes": data}, "out", accepted=True)
    frames.hide(without)
    assert [(frame.data, frame.says) for frame in frames.kept] == [
        (None, "9 bytes, not kept: there may be a secret in them"),
        (b"\x07hunter3\xff", "9 bytes"),
    ]


@pytest.mark.parametrize("keeps_bodies", [True, False])
def test_on_the_page_while_it_is_open_and_when_it_is_over(keeps_bodies):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": message["bytes"]})

    async def talk(ponds):
        reader, writer = await ponds.connect()
        writer.write(ponds.request("/ws?token=hunter2", *WS))
        await reader.readuntil(b"\r\n\r\n")
        for data in (PNG, b"\xffhunter2\xff"):
            writer.write(ws_frame(2, data))
            await reader.readexactly(2 + len(data))
        [running] = await ponds.journeys()
        shown = [await ponds.journey(running["id"])]
        writer.transport.abort()
        shown.append(await ponds.last())
        assert [whole["done"] for whole in shown] == [False, True]
        for whole in shown:
            frames = [frame for frame in whole["frames"] if frame["kind"] == "binary"]
            data = base64.b64encode(PNG).decode() if keeps_bodies else None
            assert [frame.get("data") for frame in frames] == [data, data, None, None]
            assert base64.b64encode(b"\xffhunter2\xff").decode() not in json.dumps(whole)

    with_page(app, talk, keeps_bodies=keeps_bodies)
