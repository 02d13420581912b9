"""What inputs are made of and where they begin: pieces of HTTP, frames as recipes, fields of handshakes."""

from __future__ import annotations

from tests.conformance import test_parsers_agree, wire_cases

LARGEST_SEED = 2000

HTTP_PIECES = [
    *test_parsers_agree.PIECES,
    *(
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n\r\n",
        b"0\r\n\r\n",
        b"1\r\na\r\n",
        b"5;x=y\r\nabcde\r\n",
        b"Host: a\r\n",
    ),
    *(b"POST / HTTP/1.1\r\nHost: a\r\n", b"Content-Length: ", b"Content-Length: 0\r\n", b"Connection: keep-alive\r\n"),
    *(b"a" * 100, b"a" * 300, b"::1", b"[::1]", b"[v1.a]", b":80", b"%41", b"OPTIONS * HTTP/1.1\r\n", b'="', b'\\"'),
    *(b"Upgrade: websocket\r\n", b"Sec-WebSocket-Version: 13\r\n", b"https://", b"X: y\r\n", b"\r\n\r\n\r\n"),
]

HTTP_WIRES = [case.raw for case in wire_cases.ALL if len(case.raw) < LARGEST_SEED]
HEADS = sorted({wire.lstrip(b"\r\n").partition(b"\r\n\r\n")[0] for wire in HTTP_WIRES})

# Frames as recipes (see websocket_recipes): first byte, how, payload.
FRAMES = [
    *(
        b"\x81\0hello",
        b"\x82\x02\x00\xff",
        b"\x01\0he",
        b"\x80\0llo",
        b"\x00\0l",
        b"\x89\0ping",
        b"\x8a\0pong",
        b"\x8a\0",
    ),
    *(b"\x88\0\x03\xe8bye", b"\x88\0", b"\x88\0\x03", b"\x88\0\x03\xed", b"\x88\0\x0f\xa0\xff", b"\x88\0\x0b\xb8"),
    *(b"\xc1\x40hello hello", b"\x41\x40hello", b"\xc2\x60hello", b"\xc1\xa0bomb", b"\xc2\xc0stored", b"\xc1\xe0open"),
    *(
        b"\x81\x80long ",
        b"\x82\x84long ",
        b"\x81\x10a",
        b"\x81\x18a",
        b"\x89\x80too long ",
        b"\x09\0",
        b"\x83\0",
        b"\x8b\0",
    ),
    *(
        b"\x81\x05unmasked",
        b"\x81\x06lying",
        b"\x81\x07\x81\x80",
        b"\xa1\0",
        b"\x91\0",
        b"\xc9\0",
        b"\xc0\0",
        b"\x00\x07\x81\xff",
    ),
    *(b"\x81\0\xc3\xa9", b"\x01\0\xc3", b"\x80\0\xa9", b"\x81\0\xed\xa0\x80", b"\x81\0\xf4\x90\x80\x80", b"\x81\0\xff"),
    *(b"\x00\0\xed\xa0", b"\x80\x80x", b"\x01\x80x", b"\x02\0", b"\x80\0", b"\xc2\x42\0\0\0", b"\x81\x1f\x81\xfe\x00"),
]
CONVERSATIONS = [
    *FRAMES,
    *(b"\r\n".join(FRAMES[place : place + 4]) for place in range(len(FRAMES))),
    *(b"\r\n".join((FRAMES[2], frame, FRAMES[3], FRAMES[8])) for frame in FRAMES),
    *(b"\r\n".join((FRAMES[15], FRAMES[4], frame, FRAMES[3], FRAMES[14], FRAMES[9])) for frame in FRAMES),
]

HANDSHAKES = [
    *(
        b"",
        b"Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c",
        b"Sec-WebSocket-Extensions: x, permessage-deflate",
    ),
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10",
    b'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits="9"',
    b"Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover, permessage-deflate; a=b",
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13",
]
HANDSHAKE_PIECES = [
    *(
        b"permessage-deflate",
        b"server_max_window_bits",
        b"client_max_window_bits",
        b"server_no_context_takeover",
        b"; ",
    ),
    *(
        b"client_no_context_takeover",
        b"=8",
        b"=9",
        b"=15",
        b"=16",
        b"=08",
        b'="10"',
        b'="1\\0"',
        b",",
        b", ,",
        b'"',
        b"\r\n",
    ),
    *(b"Sec-WebSocket-Extensions: ", b"Sec-WebSocket-Protocol: ", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: "),
    *(
        b"Upgrade: websocket",
        b"Connection: upgrade",
        b"13",
        b"12",
        b"a, a",
        b"\t",
        b" ",
        b"\xe9",
        b"@",
        b"==",
        b"A",
        b"/",
    ),
    *(b"Upgrade: h2c, websocket", b"Connection: close", b"Content-Length: 1", b"Expect: 100-continue", b"websocket/13"),
]
