"""TLS between the kernel's transport and ours (RFC 8446, RFC 5246).

    asyncio's transport  <->  SecuredTransport  <->  Transport  <->  Connection
    encrypted bytes           is protocol to the left, transport to the right

The event loops can do this too, but theirs cannot close one side only, so that a reply to a client that still sends
is lost; they end a response that takes longer than their shutdown timeout; they do not tell how much is unsent; and
they hold 256 KiB for each connection. The cryptography is OpenSSL's here as there.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING, Any, Final, cast

from webfoot.server.http1.refusal import encode_refusal
from webfoot.server.protocol.errors import RemoteFault

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections
    from webfoot.server.net.tls import Tls
    from webfoot.server.net.transport import Transport

log = logging.getLogger("webfoot")

_RECORD: Final = 16384
"""The most that one record holds (RFC 8446 section 5.1), so the most that one read gives."""

_PIECE: Final = 65536
"""How much goes into OpenSSL's buffers at once: they never shrink again."""

_HANDSHAKE: Final = 0x16
"""The first byte of a record that begins a handshake (RFC 8446 section 5.1)."""

_PLAIN_HTTP: Final = RemoteFault(
    400, "plain-http", "RFC 9110 section 4.2.2", "this port speaks HTTPS, and the request came in plain HTTP"
)

_WHY: Final = {
    "UNSUPPORTED_PROTOCOL": "the client offers no version of TLS that we accept",
    "CALLBACK_FAILED": "the client names a host that none of our certificates is for",
    "NO_SHARED_CIPHER": "the client offers no cipher that we accept",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "the client accepts no signature that our certificate can make",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the client showed no certificate",
    "WRONG_VERSION_NUMBER": "the client does not speak TLS",
    "TLSV1_ALERT_UNKNOWN_CA": "the client does not know who signed our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the client refuses our certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the client refuses our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client finds our certificate expired",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the client refuses our version of TLS",
}

_SETTLED: Final = ("open", "finished")


class SecuredTransport(asyncio.Transport, asyncio.Protocol):
    """One accepted socket under TLS. `above` hears of the connection once the handshake is complete.

    `unsettled` holds those whose handshake is not.

    _state: "greeting"   nothing has come yet; it may be plain HTTP
            "handshake"
            "open"
            "finished"   we have said that we send no more (close_notify); the client may go on
            "refused"    no TLS came about; what still comes is thrown away for a while, or our last words would be lost
    """

    __slots__ = (
        "_above",
        "_below",
        "_congested",
        "_connections",
        "_heard_end",
        "_incoming",
        "_outgoing",
        "_service",
        "_ssl",
        "_state",
        "_timer",
        "_tls",
        "_unsettled",
    )

    _below: asyncio.Transport
    _timer: asyncio.TimerHandle

    def __init__(
        self,
        tls: Tls,
        service: Service,
        connections: Connections,
        above: Transport,
        unsettled: set[SecuredTransport],
    ) -> None:
        super().__init__()
        self._tls = tls
        self._service = service
        self._connections = connections
        self._above = above
        self._unsettled = unsettled
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._ssl = tls.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._state = "greeting"
        self._congested = False
        self._heard_end = False

    # The loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast("asyncio.Transport", transport)
        self._unsettled.add(self)
        self._timer = self._service.loop.call_later(self._service.options.ssl_handshake_timeout, self._give_up)
        if self._connections.are_overrun or len(self._unsettled) > self._connections.limit:
            self.abort()  # there are so many that even a handshake would cost too much

    def data_received(self, data: bytes) -> None:
        state = self._state
        if state == "open" or state == "finished":
            self._take(data)
        elif state == "greeting" and data[0] != _HANDSHAKE and data[:1].isalpha():
            self._refuse_plain_http(data)
        elif state != "refused":
            self._state = "handshake"
            self._incoming.write(data)
            self._shake_hands()

    def eof_received(self) -> bool:
        """The end without close_notify. HTTP says itself where a message ends, so nothing is cut short unnoticed."""
        if self._state not in _SETTLED:
            return False
        if self._hear_end():
            return True
        self.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        if self._state in _SETTLED:
            self._above.connection_lost(exc)
        elif self._state == "handshake":
            log.debug("%s left in the middle of the TLS handshake", self._client)

    def pause_writing(self) -> None:
        self._congested = True
        if self._state in _SETTLED:
            self._above.pause_writing()

    def resume_writing(self) -> None:
        self._congested = False
        if self._state in _SETTLED:
            self._above.resume_writing()

    # The handshake.

    def _shake_hands(self) -> None:
        try:
            self._ssl.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLError as error:
            self._service.log_rationed("TLS handshake with %s failed: %s", self._client, _why(error))
            self._flush()  # the alert that tells the client
            self._refuse()
            return
        self._flush()
        self._settle()
        self._state = "open"
        self._above.connection_made(self)
        if self._incoming.pending:  # the client need not wait for us with its request
            self._take(b"")

    def _refuse_plain_http(self, data: bytes) -> None:
        self._service.log_refusal(self._peer, _PLAIN_HTTP)
        is_head = data.startswith(b"HEAD ")
        self._below.write(encode_refusal(_PLAIN_HTTP, self._service.all_fields, is_head, None))
        self._refuse()

    def _refuse(self) -> None:
        """Close our side only: a reset for what the client still sends would overtake our last words."""
        self._state = "refused"
        self._below.write_eof()
        self._timer.cancel()
        self._timer = self._service.loop.call_later(self._service.options.timeout_linger, self.abort)

    def _give_up(self) -> None:
        log.debug("%s did not complete the TLS handshake in time", self._client)
        self.abort()

    def _settle(self) -> None:
        self._timer.cancel()
        self._unsettled.discard(self)

    # What comes in.

    def _take(self, data: bytes) -> None:
        parts: list[bytes] = []
        ending = None
        try:
            for start in range(0, len(data) or 1, _PIECE):
                self._incoming.write(data[start : start + _PIECE])
                self._decrypt(parts)
        except ssl.SSLError as error:
            ending = error
        if self._outgoing.pending and self._congested:
            self.abort()  # it makes us answer, as by asking for renegotiation, and does not take the answers
            return
        self._flush()
        if parts:
            self._above.data_received(parts[0] if len(parts) == 1 else b"".join(parts))
        if ending is not None and not self._below.is_closing():
            self._end_input(ending)

    def _decrypt(self, parts: list[bytes]) -> None:
        """Add to `parts` what can be read. Raises ssl.SSLZeroReturnError at close_notify, ssl.SSLError at a fault."""
        try:
            while self._incoming.pending:
                part = self._ssl.read(_RECORD)
                if not part:
                    raise ssl.SSLZeroReturnError
                parts.append(part)
        except ssl.SSLWantReadError:
            pass  # the last record is not complete

    def _end_input(self, ending: ssl.SSLError) -> None:
        if not isinstance(ending, ssl.SSLZeroReturnError):
            log.debug("%s broke TLS: %s", self._client, _why(ending))
            self._below.close()
        elif not self._hear_end():
            self.close()

    def _hear_end(self) -> bool:
        """Say once that nothing more will come. Whether our side stays open."""
        if self._heard_end:
            return True
        self._heard_end = True
        return bool(self._above.eof_received())

    # The transport above calls.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._state != "open" or not data:
            return
        try:
            if len(data) <= _PIECE:
                self._ssl.write(data)
                self._flush()
                return
            view = memoryview(data)
            for start in range(0, len(view), _PIECE):
                if self._below.is_closing():  # the client has gone, and asyncio would log each write
                    return
                self._ssl.write(view[start : start + _PIECE])
                self._flush()
        except ssl.SSLError:  # the client has broken TLS meanwhile
            self.abort()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Say that we send no more, and listen on (RFC 8446 section 6.1)."""
        if self._state == "open" and not self._below.is_closing():
            self._say_end()
            self._below.write_eof()

    def close(self) -> None:
        if self._state == "open" and not self._below.is_closing():
            self._say_end()
        self._below.close()

    def _say_end(self) -> None:
        self._state = "finished"
        try:
            self._ssl.unwrap()
        except ssl.SSLError:
            pass  # the client has not said the same yet, and need not
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._below.write(self._outgoing.read())

    def abort(self) -> None:
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As asyncio's; also "tls", what ASGI's extension says of the connection, made anew at each call."""
        if name == "tls":
            return self._tls.extension(self._ssl)
        return self._ssl if name == "ssl_object" else self._below.get_extra_info(name, default)

    # The client's name in the log.

    @property
    def _peer(self) -> tuple[str, int] | None:
        introduction = self._above.introduction
        if introduction is not None and introduction.client is not None:
            return introduction.client
        name = self._below.get_extra_info("peername")
        return (name[0], name[1]) if isinstance(name, (tuple, list)) and len(name) >= 2 else None

    @property
    def _client(self) -> str:
        peer = self._peer
        return f"{peer[0]}:{peer[1]}" if peer is not None else "a client"


def _why(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client's certificate is refused: {error.verify_message}"
    return _WHY.get(reason) or reason.replace("_", " ").lower() or "TLS was broken off"
