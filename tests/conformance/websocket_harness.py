"""A WebSocket client that speaks bytes: frames as odd as a case wants them, and a strict reading of what comes back."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.harness import PATIENCE, Dialogue, with_server

from webfoot.asgi.guard import Guard

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NO_CODE = 1005
MASK = b"\x37\xfa\x21\x3d"
TAIL = b"\x00\x00\xff\xff"  # RFC 7692 section 7.2.1

REQUEST_LINE = b"GET /a/b?c=d HTTP/1.1\r\n"
HOST = b"Host: pond\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"  # RFC 6455 section 1.3, and so is the answer to it
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
VERSION = b"Sec-WebSocket-Version: 13\r\n"


def handshake(fields: bytes = b"") -> bytes:
    return REQUEST_LINE + HOST + UPGRADE + KEY + VERSION + fields + b"\r\n"


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
    length: int | None = None,
    length_size: int | None = None,
) -> bytes:
    """A frame of the client's (RFC 6455 section 5.2).

    rsv: the three reserved bits as a number, RSV1 being 4. mask: None leaves the mask out.
    length: what the head says, if not the truth. length_size: 0, 2 or 8 bytes for it, if not the shortest form.
    """
    size = len(payload) if length is None else length
    if length_size is None:
        length_size = 0 if size <= 125 else 2 if size <= 0xFFFF else 8
    second = {0: size, 2: 126, 8: 127}[length_size] | (0x80 if mask is not None else 0)
    head = bytes([fin << 7 | rsv << 4 | opcode, second]) + (size.to_bytes(length_size, "big") if length_size else b"")
    if mask is None:
        return head + payload
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if len(payload) < 256 else _xor(payload, mask)
    return head + mask + masked


def _xor(payload: bytes, mask: bytes) -> bytes:
    stream = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(payload), "big")


def fragments(opcode: int, *payloads: bytes, rsv: int = 0) -> list[bytes]:
    """One message in as many frames; `rsv` stands in the first."""
    last = len(payloads) - 1
    return [
        frame(CONTINUATION if i else opcode, payload, fin=i == last, rsv=0 if i else rsv)
        for i, payload in enumerate(payloads)
    ]


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


class Compressor:
    """The client's half of permessage-deflate (RFC 7692 section 7.2.1), with context takeover."""

    def __init__(self, window_bits: int = 15) -> None:
        self._deflater = zlib.compressobj(wbits=-window_bits)

    def __call__(self, data: bytes) -> bytes:
        return (self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def compress(data: bytes) -> bytes:
    return Compressor()(data)


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    is_last: bool = True
    is_compressed: bool = False


class FrameReader:
    """The server's frames, with an assertion for each thing that RFC 6455 section 5 asks of a server."""

    def __init__(self) -> None:
        self._data = b""

    def read(self, data: bytes) -> Iterator[Frame]:
        self._data += data
        while (found := self._next()) is not None:
            yield found

    @property
    def rest(self) -> bytes:
        return self._data

    def _next(self) -> Frame | None:
        data = self._data
        if len(data) < 2:
            return None
        first, size, start = data[0], data[1], 2
        assert size < 0x80, "a server does not mask (5.1)"
        assert not first & 0x30, "RSV2 and RSV3 mean nothing (5.2)"
        if size > 125:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return None
            size = int.from_bytes(data[2:start], "big")
            assert size > (125 if start == 4 else 0xFFFF), "the shortest form of the length (5.2)"
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        found = Frame(first & 0x0F, data[start : start + size], bool(first & 0x80), bool(first & 0x40))
        if found.opcode >= CLOSE:
            assert found.is_last and size <= 125 and not found.is_compressed, "a control frame (5.5; 7692 6.1)"
        return found


@dataclass
class Heard:
    """All that the server said on one connection.

    status, fields: of its answer to the handshake; names in lower case, a field that stands twice is an assertion.
    messages: whole, inflated and decoded. code: of its Close frame, NO_CODE if that has no body, None without one.
    has_ended: the server closed the TCP connection. rest: the body of an answer other than 101.
    """

    status: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    messages: list[str | bytes] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    code: int | None = None
    reason: str = ""
    has_ended: bool = False
    rest: bytes = b""


class Client:
    """One connection to a running server."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self.heard = Heard()
        self._reader = FrameReader()
        self._parts: list[Frame] = []
        self._inflater: Any = None

    async def open(self, request: bytes = b"", *behind: bytes) -> Heard:
        """Send the handshake, and `behind` in the same segment; returns when the head of the answer is there."""
        self.dialogue.writer.write((request or handshake()) + b"".join(behind))
        raw = await self.dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        head, _, rest = raw.partition(b"\r\n\r\n")
        self.read_head(head)
        if self.heard.status == 101:
            self._read(rest)
        else:
            self.heard.rest = rest
        return self.heard

    def read_head(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.heard.status = int(first.split(" ")[1])
        for line in lines:
            name, _, value = line.partition(":")
            assert name.lower() not in self.heard.fields or name.lower() == "set-cookie", f"twice: {line}"
            self.heard.fields[name.lower()] = value.strip()

    async def say(self, parts: Sequence[bytes]) -> None:
        """Each part is a write of its own; a server that has closed does not hear the rest."""
        try:
            for part in parts:
                self.dialogue.writer.write(part)
                await self.dialogue.writer.drain()
                if len(parts) > 1:
                    await asyncio.sleep(0)
        except ConnectionError:
            pass

    async def hear(self, messages: int = 0, pongs: int = 0) -> Heard:
        """Until so many messages and pongs are there, or the server has closed."""
        heard = self.heard
        async for _ in self._incoming():
            if len(heard.messages) >= messages and len(heard.pongs) >= pongs:
                break
        return heard

    async def hear_end(self) -> Heard:
        """Until the server closes."""
        async for _ in self._incoming():
            pass
        self._read_end()
        return self.heard

    async def _incoming(self) -> AsyncIterator[None]:
        """One turn at once for what is there already, then one for each read."""
        yield
        async with asyncio.timeout(PATIENCE):
            while not self.heard.has_ended:
                try:
                    data = await self.dialogue.reader.read(65536)
                except ConnectionError:
                    data = b""
                if not data:
                    self.heard.has_ended = True
                elif self.heard.status == 101:
                    self._read(data)
                else:
                    self.heard.rest += data
                yield

    def _read_end(self) -> None:
        assert not self._reader.rest, f"half a frame: {self._reader.rest[:20]!r}"
        assert not self._parts, "half a message"

    def _read(self, data: bytes) -> None:
        heard = self.heard
        for each in self._reader.read(data):
            assert heard.code is None, f"nothing follows a Close frame (5.5.1): {each}"
            heard.frames.append(each)
            if each.opcode == CLOSE:
                heard.code = int.from_bytes(each.payload[:2], "big") if each.payload else NO_CODE
                heard.reason = each.payload[2:].decode()
            elif each.opcode == PONG:
                heard.pongs.append(each.payload)
            elif each.opcode != PING:
                self._read_part(each)

    def _read_part(self, part: Frame) -> None:
        assert part.opcode in ((CONTINUATION,) if self._parts else (TEXT, BINARY)), part
        assert not (part.is_compressed and self._parts), "RSV1 stands in the first frame (7692 6.1)"
        self._parts.append(part)
        if not part.is_last:
            return
        payload = b"".join(each.payload for each in self._parts)
        first = self._parts[0]
        self._parts = []
        if first.is_compressed:
            payload = self._inflate(payload)
        self.heard.messages.append(payload.decode() if first.opcode == TEXT else payload)

    def _inflate(self, payload: bytes) -> bytes:
        """By the terms of the handshake (RFC 7692 section 7.1), which a wrong window would break."""
        name, *parameters = [each.strip() for each in self.heard.fields["sec-websocket-extensions"].split(";")]
        assert name == "permessage-deflate"
        terms = dict(each.partition("=")[::2] for each in parameters)
        if self._inflater is None or "server_no_context_takeover" in terms:
            self._inflater = zlib.decompressobj(-int(terms.get("server_max_window_bits", 15)))
        inflated: bytes = self._inflater.decompress(payload + TAIL)
        return inflated


class Echo:
    """An application that answers each message with the same, and notes what it was told."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.told: list[str | bytes] = []
        self.left: int | None = None
        self.reason: str | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else b"http"})
            return
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            message = event.get("text") if event.get("text") is not None else event["bytes"]
            self.told.append(message)
            await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})
        self.left, self.reason = event["code"], event.get("reason")


def converse(app: Any, talk: Any, *, guard: bool = True, **options: Any) -> Any:
    """Run `await talk(client)` against a server with `app`; what it returned.

    `guard`: stand in front of the application and hold the server to the order of the ASGI events.
    """

    async def with_client(dialogue: Dialogue) -> Any:
        return await talk(Client(dialogue))

    return asyncio.run(with_server(Guard(app) if guard else app, with_client, **options))
