"""Open WebSockets on the wire: messages, control frames, limits and every way in which they end (RFC 6455, 5 to 8)."""

from __future__ import annotations

import asyncio
import itertools
import logging
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.websocket_wire import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Recorder,
    Socket,
    close,
    echo,
    frame,
    noise,
    request,
    settle,
    with_socket,
)

from webfoot.testing.wire import Wire, run_on_wire

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"


@pytest.fixture(params=["httptools", "h11"])
def http(request: pytest.FixtureRequest) -> str:
    return request.param


def deflated(data: bytes, compressor: Any = None) -> bytes:
    compressor = compressor or zlib.compressobj(wbits=-12)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def closing_of(sent: bytes, *more: str, app: Any = None, **options: Any) -> tuple[int | None, str]:
    """How the server closes when it is sent this; it must close its side without waiting for anything."""

    async def talk(socket: Socket) -> tuple[int | None, str]:
        await socket.say(sent)
        answer = await socket.hear_close()
        assert await socket.hear_end() == b""
        return answer

    return with_socket(app or Recorder(), talk, *more, **options)


class TestMessages:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
    def test_echo_of_every_form_of_length(self, http: str, size: int):
        async def talk(socket: Socket) -> None:
            for opcode, payload in ((TEXT, b"x" * size), (BINARY, noise(size))):
                await socket.say(frame(opcode, payload))
                assert await socket.hear_message() == (opcode, payload)

        with_socket(echo, talk, http=http, guard=True)

    def test_frames_that_came_with_the_handshake(self, http: str):
        async def talk(wire: Wire) -> None:
            await wire.say(request() + frame(TEXT, b"early") + frame(PING, b"p"))
            socket = Socket(wire, await wire.hear(b"\r\n\r\n"))
            assert sorted([await socket.hear_message(), await socket.hear_message()]) == [
                (TEXT, b"early"),
                (PONG, b"p"),
            ]

        run_on_wire(echo, talk, http=http)

    def test_many_messages_in_one_read_and_their_order(self):
        async def talk(socket: Socket) -> None:
            await socket.say(b"".join(frame(TEXT, b"%d" % number) for number in range(1000)))
            assert [(await socket.hear_message())[1] for _ in range(1000)] == [b"%d" % number for number in range(1000)]

        with_socket(echo, talk)

    def test_fragments_with_control_frames_between_them(self):
        async def talk(socket: Socket) -> None:
            await socket.say(
                frame(TEXT, "ä".encode()[:1], fin=False),
                frame(PING, b"one"),
                frame(0, "ä".encode()[1:], fin=False),
                frame(0, b"", fin=False),
                frame(PING, b"two"),
                frame(0, b"!"),
            )
            assert await socket.hear_message() == (PONG, b"one")
            assert await socket.hear_message() == (PONG, b"two")
            assert await socket.hear_message() == (TEXT, "ä!".encode())

        with_socket(echo, talk)

    def test_bytes_and_text_reach_the_application_as_what_they_are(self):
        recorder = Recorder()

        async def talk(socket: Socket) -> None:
            await socket.say(frame(TEXT, "ä".encode()), frame(BINARY, b"\xff"), close(1000))
            await socket.hear_close()

        with_socket(recorder, talk, guard=True)

        assert recorder.events[1:3] == [
            {"type": "websocket.receive", "text": "ä"},
            {"type": "websocket.receive", "bytes": b"\xff"},
        ]

    @settings(deadline=None, max_examples=60)
    @given(
        messages=st.lists(st.text(max_size=300) | st.binary(max_size=300), max_size=6),
        cuts=st.lists(st.integers(1, 2000), max_size=12),
        fragments=st.integers(1, 4),
        compress=st.booleans(),
    )
    def test_any_cutting_of_the_bytes_gives_the_same_messages(
        self, messages: list[Any], cuts: list[int], fragments: int, compress: bool
    ):
        recorder = Recorder()
        compressor = zlib.compressobj(wbits=-12)
        sent = b""
        for message in messages:
            opcode, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
            if compress:
                payload = deflated(payload, compressor)
            step = max(1, -(-len(payload) // fragments))
            parts = [payload[start : start + step] for start in range(0, len(payload), step)] or [b""]
            for number, part in enumerate(parts):
                first = number == 0
                fin = number == len(parts) - 1
                sent += frame(opcode if first else 0, part, fin=fin, rsv=4 if compress and first else 0)
                sent += frame(PONG, b"unasked")
        sent += close(1000)
        places = [0, *sorted({cut for cut in cuts if cut < len(sent)}), len(sent)]

        async def talk(socket: Socket) -> None:
            for start, end in itertools.pairwise(places):
                await socket.say(sent[start:end])
                await settle(2)
            assert await socket.hear_close() == (1000, "")

        with_socket(recorder, talk, *([DEFLATE] if compress else []))

        heard = [event.get("text", event.get("bytes")) for event in recorder.events[1:-1]]
        assert heard == messages


class TestBrokenFrames:
    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            (frame(TEXT, b"x", mask=None), "masked"),
            (frame(TEXT, b"x", rsv=4), "reserved bit"),
            (frame(TEXT, b"x", rsv=2), "reserved bit"),
            (frame(PING, rsv=1), "reserved bit"),
            (frame(3), "reserved opcode"),
            (frame(7), "reserved opcode"),
            (frame(11), "reserved opcode"),
            (frame(15), "reserved opcode"),
            (frame(PING, fin=False), "control frame is fragmented"),
            (frame(PING, b"x" * 126), "longer than 125"),
            (frame(CLOSE, b"x" * 126), "longer than 125"),
            (frame(0, b"x"), "continues no message"),
            (frame(TEXT, b"a") + frame(0, b"b"), "continues no message"),
            (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), "before the one before it has ended"),
            (frame(TEXT, b"a", form=126), "shortest form"),
            (frame(TEXT, b"a" * 125, form=126), "shortest form"),
            (frame(TEXT, b"a" * 65535, form=127), "shortest form"),
            (b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x01", "most significant bit"),
            (frame(CLOSE, b"x"), "one byte"),
            # judged before they are complete
            (b"\x83", "reserved opcode"),
            (b"\x89\xfe", "longer than 125"),
            (b"\x81\x01", "masked"),
        ],
    )
    def test_they_close_with_1002(self, http: str, sent: bytes, words: str):
        recorder = Recorder()
        code, reason = closing_of(sent, app=recorder, http=http)

        assert (code, words in reason) == (1002, True), reason
        assert recorder.end == (1002, reason)

    def test_what_came_before_is_delivered(self):
        recorder = Recorder()
        closing_of(frame(TEXT, b"good") + frame(3), app=recorder)
        assert recorder.events[1] == {"type": "websocket.receive", "text": "good"}

    def test_what_comes_after_is_ignored(self):
        recorder = Recorder()
        closing_of(frame(3) + frame(TEXT, b"late"), app=recorder)
        assert [event["type"] for event in recorder.events] == ["websocket.connect", "websocket.disconnect"]

    def test_a_clients_fault_is_logged_without_traceback(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO, "webfoot")
        closing_of(frame(3))
        assert "1002 a frame has a reserved opcode (RFC 6455 section 5.2)" in caplog.text
        assert "Traceback" not in caplog.text

    @pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    def test_close_codes_that_must_not_be_sent(self, code: int):
        assert closing_of(close(code))[0] == 1002

    @pytest.mark.parametrize(
        "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]
    )
    def test_close_codes_that_may_be_sent(self, code: int):
        recorder = Recorder()
        assert closing_of(close(code, "bye, ä".encode()), app=recorder) == (code, "bye, ä")
        assert recorder.end == (code, "bye, ä")

    @pytest.mark.parametrize(
        "sent",
        [
            frame(TEXT, b"\xff"),
            frame(TEXT, "ä".encode()[:1]),
            frame(TEXT, b"\xed\xa0\x80"),
            frame(TEXT, b"x" * 1000 + b"\xc0\x80"),
            frame(TEXT, b"a", fin=False) + frame(0, b"\xf4\x90"),
            close(1000, b"\xff"),
            # at once, in the middle of a message and of a frame
            frame(TEXT, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90", fin=False),
            frame(TEXT, b"a\xff" + b"x" * 100)[:8],
        ],
    )
    def test_text_that_is_no_utf8_closes_with_1007(self, http: str, sent: bytes):
        assert closing_of(sent, http=http)[0] == 1007


class TestSizes:
    @pytest.mark.parametrize(
        "sent",
        [
            frame(BINARY, b"x" * 1001)[:4],  # as soon as the frame says so
            frame(BINARY, b"x" * 600, fin=False) + frame(0, b"x" * 401)[:4],
            frame(TEXT, b"x" * 1000, fin=False) + frame(0, b"x"),
        ],
    )
    def test_a_message_beyond_the_limit_closes_with_1009(self, sent: bytes):
        recorder = Recorder()
        assert closing_of(sent, app=recorder, ws_max_size=1000) == (1009, "the message is too big")
        assert recorder.end[0] == 1009

    def test_the_limit_itself_is_allowed(self):
        async def talk(socket: Socket) -> None:
            await socket.say(frame(BINARY, b"x" * 600, fin=False), frame(0, b"x" * 400), frame(TEXT, b"y" * 1000))
            assert (await socket.hear_message())[1] == b"x" * 1000
            assert (await socket.hear_message())[1] == b"y" * 1000

        with_socket(echo, talk, ws_max_size=1000)

    def test_a_bomb_is_not_inflated(self):
        bomb = deflated(bytes(50_000_000), zlib.compressobj(9, wbits=-12))
        assert len(bomb) < 60_000

        import tracemalloc

        tracemalloc.start()
        try:
            code, _ = closing_of(frame(BINARY, bomb, rsv=4), DEFLATE, ws_max_size=100_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert code == 1009
        assert peak < 2_000_000


class TestCompression:
    def test_long_messages_are_compressed_and_short_ones_are_not(self, http: str):
        long = b"to be or not to be, " * 1000

        async def talk(socket: Socket) -> None:
            inflater = zlib.decompressobj(wbits=-12)
            for _ in range(2):  # the second one refers to the first
                await socket.say(frame(TEXT, deflated(long), rsv=4))
                first, payload = await socket.hear()
                assert first == 0xC1 and len(payload) < 200
                assert inflater.decompress(payload + b"\x00\x00\xff\xff") == long
            await socket.say(frame(TEXT, deflated(b"short"), rsv=4))
            assert await socket.hear() == (0x81, b"short")

        with_socket(echo, talk, DEFLATE, http=http)

    def test_the_window_is_kept_until_somebody_said_otherwise(self):
        async def talk(socket: Socket) -> None:
            compressor = zlib.compressobj(wbits=-12)
            for _ in range(2):
                await socket.say(frame(TEXT, deflated(b"again and again", compressor), rsv=4))
                assert await socket.hear_message() == (TEXT, b"again and again")

        with_socket(echo, talk, DEFLATE)

        async def forgets(socket: Socket) -> None:
            inflater = zlib.decompressobj(wbits=-12)
            for _ in range(2):
                await socket.say(frame(TEXT, deflated(b"x" * 1000), rsv=4))
                _, payload = await socket.hear()
                inflater = zlib.decompressobj(wbits=-12)
                assert inflater.decompress(payload + b"\x00\x00\xff\xff") == b"x" * 1000

        with_socket(echo, forgets, f"{DEFLATE}; server_no_context_takeover; client_no_context_takeover")

    def test_a_final_deflate_block_ends_no_message(self):
        # RFC 7692 section 7.2.3.4
        final = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"

        async def talk(socket: Socket) -> None:
            for _ in range(2):
                await socket.say(frame(TEXT, final, rsv=4))
                assert await socket.hear_message() == (TEXT, b"Hello")

        with_socket(echo, talk, DEFLATE)

    def test_what_cannot_be_inflated(self):
        assert closing_of(frame(TEXT, b"\xff\xff\xff", rsv=4), DEFLATE)[0] == 1007

    def test_compression_is_said_in_the_first_frame_only(self):
        sent = frame(TEXT, b"a", fin=False) + frame(0, b"b", rsv=4)
        assert closing_of(sent, DEFLATE)[0] == 1002


class TestClosing:
    def test_by_the_client(self, http: str):
        recorder = Recorder()
        assert closing_of(close(), app=recorder, http=http) == (None, "")
        assert recorder.end == (1005, "")

    def test_by_the_application(self, http: str):
        heard: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4001, "reason": "enough, ä"})
            heard.extend([await receive(), await receive()])

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (4001, "enough, ä")
            await socket.say(frame(TEXT, b"not heard any more"), frame(PING), close(4001))
            assert await socket.hear_end() == b""

        with_socket(app, talk, http=http, guard=True)

        assert heard == [{"type": "websocket.disconnect", "code": 4001, "reason": ""}] * 2

    def test_a_client_that_does_not_agree_is_cut_off(self):
        heard: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close"})
            heard.append(await receive())

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (1000, "")
            socket.wire.advance(3.1)
            with pytest.raises((ConnectionResetError, AssertionError)):
                assert await socket.hear_end() != b""

        with_socket(app, talk, ws_close_timeout=3)

        assert heard == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]

    def test_an_application_that_returns_closes_with_1000(self):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (1000, "")

        with_socket(app, talk)

    def test_an_application_that_raises_closes_with_1011(self, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            raise KeyError("secret")

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (1011, "")

        with_socket(app, talk)
        assert "WebSocket /chat: the application raised KeyError" in caplog.text and "Traceback" in caplog.text

    def test_a_lost_client_is_1006_and_send_says_so_without_a_log(self, caplog: pytest.LogCaptureFixture):
        ended: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            ended.append(await receive())
            ended.append(await receive())
            try:
                await send({"type": "websocket.send", "text": "anybody?"})
            except OSError as error:
                ended.append(type(error).__name__)
                raise

        async def talk(socket: Socket) -> None:
            socket.wire.vanish()
            await settle(100)

        with_socket(app, talk)

        assert ended == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}] * 2 + ["ClientDisconnected"]
        assert caplog.text == ""

    def test_a_half_closed_client_is_lost_too(self):
        recorder = Recorder()

        async def talk(socket: Socket) -> None:
            await socket.say(frame(TEXT, b"last"))
            socket.wire.finish()
            assert await socket.hear_end() == b""

        with_socket(recorder, talk)
        assert recorder.events[1]["text"] == "last"
        assert recorder.end == (1006, "")

    @pytest.mark.parametrize(
        ("event", "words"),
        [
            ({"type": "websocket.send"}, "exactly one of text"),
            ({"type": "websocket.send", "text": "a", "bytes": b"b"}, "exactly one of text"),
            ({"type": "websocket.send", "text": b"a"}, "exactly one of text"),
            ({"type": "websocket.accept"}, "websocket.accept was sent a second time"),
            ({"type": "http.response.start", "status": 200}, "http.response.start was sent in a WebSocket exchange"),
            ({"type": "websocket.close", "code": 1005}, "must not be sent"),
            ({"type": "websocket.close", "code": 1006}, "must not be sent"),
            ({"type": "websocket.close", "reason": "x" * 124}, "at most 123 bytes"),
        ],
    )
    def test_what_an_application_must_not_send(self, event: Any, words: str, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send(event)

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (1011, "")

        with_socket(app, talk)
        assert words in caplog.text

    def test_nothing_may_follow_a_close(self, caplog: pytest.LogCaptureFixture):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close"})
            await send({"type": "websocket.send", "text": "P.S."})

        async def talk(socket: Socket) -> None:
            assert await socket.hear_close() == (1000, "")
            await socket.say(close(1000))
            assert await socket.hear_end() == b""

        with_socket(app, talk)
        assert "websocket.send was sent after the WebSocket was closed" in caplog.text


class TestKeepAlive:
    def test_a_silent_client_is_asked_and_then_closed(self):
        recorder = Recorder()

        async def talk(socket: Socket) -> None:
            socket.wire.advance(21)
            opcode, payload = await socket.hear_message()
            assert opcode == PING and payload
            await socket.say(frame(PONG, payload))
            await settle()
            socket.wire.advance(21)
            opcode, payload = await socket.hear_message()
            assert opcode == PING
            await socket.say(frame(PONG, b"something else"))
            await settle()
            socket.wire.advance(31)
            assert await socket.hear_close() == (1011, "keepalive ping timeout")
            assert await socket.hear_end() == b""

        with_socket(recorder, talk, ws_ping_interval=20, ws_ping_timeout=30)
        assert recorder.end == (1006, "keepalive ping timeout")

    def test_a_client_in_the_middle_of_a_frame_cannot_answer(self):
        async def talk(socket: Socket) -> None:
            long = frame(BINARY, b"x" * 25_000)
            await socket.say(long[:10])
            socket.wire.advance(21)
            _, ping = await socket.hear_message()
            for place in range(10, 25_000, 5_000):
                socket.wire.advance(15)
                await asyncio.sleep(0.001)  # the sweep
                await socket.say(long[place : place + 5_000])
                await settle()
            await socket.say(long[25_010:] + frame(PONG, ping))
            assert (await socket.hear_message())[1] == b"x" * 25_000

        with_socket(echo, talk)

    @pytest.mark.parametrize(("rate", "ends"), [(240, True), (0, False)])
    def test_a_frame_that_comes_drop_by_drop_is_no_answer(self, rate: int, ends: bool):
        async def talk(socket: Socket) -> None:
            await socket.say(frame(BINARY, b"x" * 1000)[:10])
            socket.wire.advance(21)
            assert (await socket.hear_message())[0] == PING
            socket.wire.advance(15)
            await asyncio.sleep(0.001)  # the sweep
            await socket.say(b"x")
            await settle()
            socket.wire.advance(15)
            await asyncio.sleep(0.001)
            if ends:
                assert await socket.hear_close() == (1011, "keepalive ping timeout")
            else:
                await socket.say(b"x" * 1000)
                assert (await socket.hear_message())[0] == BINARY

        with_socket(echo, talk, rate_request_body=rate)

    def test_an_application_that_does_not_receive_is_not_the_clients_fault(self):
        go_on = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await go_on.wait()
            await echo_on(receive, send)

        async def echo_on(receive: Any, send: Any) -> None:
            while (event := await receive())["type"] == "websocket.receive":
                await send({**event, "type": "websocket.send"})

        async def talk(socket: Socket) -> None:
            await socket.say(*[frame(TEXT, b"%d" % number) for number in range(10)])
            for _ in range(5):
                socket.wire.advance(30)
                await asyncio.sleep(0.01)
            go_on.set()
            heard = [(await socket.hear_message()) for _ in range(10)]
            assert [payload for opcode, payload in heard if opcode == TEXT] == [b"%d" % number for number in range(10)]

        with_socket(app, talk, ws_max_queue=4)

    def test_no_pings(self):
        async def talk(socket: Socket) -> None:
            socket.wire.advance(1000)
            await asyncio.sleep(0.01)
            await socket.say(frame(TEXT, b"still here"))
            assert await socket.hear_message() == (TEXT, b"still here")

        with_socket(echo, talk, ws_ping_interval=None)

    def test_pings_are_answered_while_the_application_is_busy(self):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await asyncio.Event().wait()

        async def talk(socket: Socket) -> None:
            await socket.say(frame(TEXT, b"a"), frame(PING, b"x" * 125))
            assert await socket.hear_message() == (PONG, b"x" * 125)

        with_socket(app, talk)


class TestBackpressure:
    @pytest.mark.parametrize(("size", "most"), [(1, 4), (50_000, 2)])
    def test_a_slow_application_makes_the_client_wait(self, size: int, most: int):
        go_on = asyncio.Event()
        held: list[int] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await go_on.wait()
            exchange = receive.__self__
            while (event := await receive())["type"] == "websocket.receive":
                held.append(len(exchange._queue))
                await send({"type": "websocket.send", "bytes": event["bytes"][:1]})

        async def talk(socket: Socket) -> None:
            writing = asyncio.ensure_future(socket.say(*[frame(BINARY, b"x" * size)] * 200))
            await asyncio.sleep(0.05)
            assert size == 1 or not writing.done()
            go_on.set()
            for _ in range(200):
                assert await socket.hear_message() == (BINARY, b"x")
            await writing

        with_socket(app, talk, ws_max_queue=4)
        assert max(held) <= most and len(held) == 200

    def test_a_client_that_does_not_read_makes_the_application_wait(self):
        sent: list[int] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            for number in range(200):
                await send({"type": "websocket.send", "bytes": bytes(100_000)})
                sent.append(number)

        async def talk(socket: Socket) -> None:
            await asyncio.sleep(0.05)
            assert len(sent) < 100
            for _ in range(200):
                assert len((await socket.hear_message())[1]) == 100_000

        with_socket(app, talk)

    def test_a_flood_of_pings_that_reads_no_pongs_is_not_remembered(self):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "bytes": bytes(32_000_000)})

        async def talk(socket: Socket) -> None:
            for number in range(2000):
                await socket.say(frame(PING, b"%d" % number))
            assert len((await socket.hear_message())[1]) == 32_000_000
            heard = []
            while (found := await socket.hear_message())[0] == PONG:
                heard.append(found[1])
            assert len(heard) < 10
            assert heard[-1] == b"1999"

        with_socket(app, talk)


class TestShutdown:
    def test_both_sides_are_told(self, http: str):
        recorder = Recorder()

        async def talk(socket: Socket) -> None:
            draining = asyncio.ensure_future(socket.wire._connections.drain(5.0, lambda _: None))
            assert await socket.hear_close() == (1012, "the server is stopping")
            await socket.say(close(1012))
            assert await draining == []

        with_socket(recorder, talk, http=http)
        assert recorder.end == (1012, "the server is stopping")

    def test_an_application_that_does_not_listen_is_cancelled(self):
        ended: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        async def talk(socket: Socket) -> None:
            draining = asyncio.ensure_future(socket.wire._connections.drain(5.0, lambda _: None))
            assert await socket.hear_close() == (1012, "the server is stopping")
            await settle()
            socket.wire.advance(1)
            await socket.say(close(1012))
            assert await draining == []

        with_socket(app, talk)
        assert ended == ["cancelled"]

    def test_a_handshake_that_is_accepted_during_the_stop(self):
        stop = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await stop.wait()
            await send({"type": "websocket.accept"})
            assert (await receive())["code"] == 1012

        async def talk(wire: Wire) -> None:
            await wire.say(request())
            await settle()
            draining = asyncio.ensure_future(wire._connections.drain(5.0, lambda _: None))
            await settle()
            stop.set()
            socket = Socket(wire, await wire.hear(b"\r\n\r\n"))
            assert await socket.hear_close() == (1012, "the server is stopping")
            await socket.say(close(1012))
            assert await draining == []

        run_on_wire(app, talk)


class TestLogAndTrail:
    def test_the_access_log(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO, "webfoot.access")

        async def talk(socket: Socket) -> None:
            await socket.say(close(1001))
            await socket.hear_close()

        with_socket(Recorder(), talk, access_log=True)

        lines = [record.getMessage() for record in caplog.records if record.name == "webfoot.access"]
        assert lines[0].endswith('"WebSocket /chat" [accepted]')
        assert '"WebSocket /chat" [closed 1001 after ' in lines[1]

    def test_the_journey(self):
        marks: list[tuple[str, dict[str, Any]]] = []

        class Watch:
            def begin(self) -> Any:
                return self

            is_light = False

            def note(self, station: str, facts: dict[str, Any], /) -> None:
                self.mark(station, **facts)

            def mark(self, station: str, /, **facts: Any) -> None:
                marks.append((station, facts))

            def end(self) -> None:
                marks.append(("end", {}))

        async def talk(socket: Socket) -> None:
            for _ in range(3):
                await socket.say(frame(TEXT, b"a"))
                await socket.hear()
            await socket.say(close(1001))
            await socket.hear_close()

        with_socket(echo, talk, watcher=Watch())

        names = [name for name, _ in marks]
        assert names[names.index("bytes_received") :] == [
            "bytes_received", "head_parsed", "head_accepted", "scope_built", "app_entered", "bytes_encoded",
            "response_started", "bytes_sent", "closed", "end",
        ]  # fmt: skip
        facts = dict(marks)
        assert facts["scope_built"]["kind"] == "websocket"
        assert facts["response_started"]["status"] == 101
        assert facts["closed"] == {"reason": "the client closed with 1001 (going away)", "code": 1001}


def test_a_client_library_over_a_real_port(http: str):
    from tests.conformance.harness import Dialogue, with_server
    from websockets.asyncio.client import connect

    async def talk(dialogue: Dialogue) -> None:
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        async with connect(f"ws://{host}:{port}/x", max_size=None) as socket:
            for message in ("hello", b"\x00\xff", "ä" * 40_000, noise(300_000), ""):
                await socket.send(message)
                assert await socket.recv() == message
            await (await socket.ping())
            await socket.close(4000, "done")
        assert (socket.close_code, socket.close_reason) == (4000, "done")

    asyncio.run(with_server(echo, talk, http=http))
