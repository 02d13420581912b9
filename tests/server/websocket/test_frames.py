"""Frames and messages without a wire."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.websocket.close_codes import may_be_sent
from webfoot.server.websocket.frames import TEXT, MessageReader, close_payload, encode_frame, read_close
from webfoot.server.websocket.states import PATIENCE, STATES


def begin_text(reader: MessageReader, payload: bytes) -> None:
    """A text message that goes on, with a mask of zeros."""
    reader.add(bytes((TEXT, 0x80 | len(payload))) + bytes(4) + payload)
    assert reader.next() is None


def may_go_on(prefix: bytes) -> bool:
    """Whether some valid text begins with `prefix`: by trying."""
    tails = [b"", b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"\x80\x80\x80", b"\xbf\xbf\xbf"]
    for tail in tails:
        try:
            (prefix + tail).decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


@pytest.mark.parametrize("first", range(0x80, 0x100))
def test_text_is_refused_at_the_first_byte_that_no_text_can_have(first: int):
    prefixes = [bytes((first,)), *(bytes((first, second)) for second in range(0x100))]
    prefixes += [
        bytes((first, *rest))
        for rest in itertools.product((0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF), (0x7F, 0x80, 0xBF, 0xC0))
    ]
    for prefix in prefixes:
        reader = MessageReader(1000, None)
        if may_go_on(prefix):
            begin_text(reader, prefix)
        else:
            with pytest.raises(RemoteFault) as fault:
                begin_text(reader, prefix)
            assert fault.value.status == 1007, prefix


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "8100"), (125, "817d"), (126, "817e007e"), (65535, "817effff"), (65536, "817f0000000000010000")],
)
def test_the_servers_frames_have_the_shortest_form_of_length(size: int, head: str):
    assert encode_frame(TEXT, b"x" * size) == bytes.fromhex(head) + b"x" * size


def test_memory_of_a_message_in_tiny_fragments_is_that_of_its_bytes():
    import tracemalloc

    reader = MessageReader(1_000_000, None)
    part = bytes((0x00, 0x82)) + bytes(4) + b"xy"
    reader.add(bytes((0x01, 0x80)) + bytes(4))
    tracemalloc.start()
    try:
        for _ in range(100):
            reader.add(part * 1000)
            assert reader.next() is None
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 2_000_000


@pytest.mark.parametrize("code", [1000, 1014, 3000, 4999])
def test_a_close_frame_comes_back_as_it_was_written(code: int):
    assert read_close(close_payload(code, "why, ä")) == (code, "why, ä")


def test_a_close_frame_without_a_code():
    assert (close_payload(1005), read_close(b"")) == (b"", (1005, ""))


def test_codes_of_no_frame():
    assert not [code for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000) if may_be_sent(code)]


class TestStates:
    def test_every_state_can_be_reached_and_can_end(self):
        assert {"open"} | {target for row in STATES.values() for target in row.values()} == set(STATES)
        for start in STATES:
            reached: set[str] = {start}
            new: Any = {start}
            while new:
                new = {target for state in new for target in STATES[state].values()} - reached
                reached |= new
            assert "closed" in reached

    def test_a_wire_can_be_lost_in_every_state(self):
        assert all(row["lost"] == "closed" for row in STATES.values())

    def test_nothing_comes_after_closed(self):
        assert set(STATES["closed"].values()) == {"closed"}

    def test_every_wait_for_the_client_is_bounded_by_a_setting(self):
        assert PATIENCE.keys() == STATES.keys()
        assert [state for state, setting in PATIENCE.items() if setting is None] == ["closed"]
