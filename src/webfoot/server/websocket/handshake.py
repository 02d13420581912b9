"""The opening handshake (RFC 6455 sections 4.2 and 9.1, RFC 7692 section 7.1), from a head that was read already.

That a request asks for WebSocket at all is for `webfoot.server.http1.rules` to say; here it is held to what such a
request must be, and answered. The grammar of the fields and the choice among the offers of permessage-deflate are
those of `websockets`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from websockets.exceptions import InvalidHeader, NegotiationError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.headers import build_extension, parse_extension, parse_subprotocol

from webfoot.server.http1.encoder import ResponseHead, join_head
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.websocket.deflate import MEMORY_LEVEL, WINDOW_BITS, Terms

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.trail import Trail

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION: Final = b"13"
_OTHER_VERSION: Final = ((b"upgrade", b"websocket"), (b"sec-websocket-version", _VERSION))

_DEFLATE: Final = "permessage-deflate"
_deflate_factory: Final = ServerPerMessageDeflateFactory(
    server_max_window_bits=WINDOW_BITS,
    client_max_window_bits=WINDOW_BITS,
    compress_settings={"memLevel": MEMORY_LEVEL},
)

_OURS: Final = frozenset(
    (
        b"connection",
        b"upgrade",
        b"sec-websocket-accept",
        b"sec-websocket-extensions",
        b"sec-websocket-protocol",
        b"content-length",
        b"transfer-encoding",
    )
)
"""The fields of the answer that an application does not set: the server or `subprotocol` does, or a 101 has none."""

_SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: %b\r\n"
)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the client asks for.

    subprotocols: as offered, the preferred one first.
    extensions: the value of the field that answers the offer, and what was agreed on; None without an extension.
    """

    key: bytes
    subprotocols: list[str]
    extensions: tuple[bytes, Terms] | None


def read_handshake(head: Head, *, offers_deflate: bool) -> Handshake:
    """Raises RemoteFault: 400 for what is malformed, 426 for another version of the protocol."""
    keys, versions = _values(head, b"sec-websocket-key"), _values(head, b"sec-websocket-version")
    if versions != [_VERSION]:
        raise _other_version(versions)
    return Handshake(
        _check_key(keys),
        _read_subprotocols(_values(head, b"sec-websocket-protocol")),
        _choose_extension(_values(head, b"sec-websocket-extensions"), offers_deflate),
    )


def _values(head: Head, wanted: bytes) -> list[bytes]:
    return [value for name, value in head.headers if name == wanted]


def _other_version(versions: list[bytes]) -> RemoteFault:
    """RFC 6455 sections 4.2.1 item 6 and 4.4. The field stands once and holds one number."""
    section = "RFC 6455 section 4.4"
    if len(versions) > 1:
        return RemoteFault(400, "ws-version-twice", section, "there is more than one Sec-WebSocket-Version field")
    reason = "the only WebSocket version spoken here is 13"
    return RemoteFault(426, "ws-version", section, reason, _OTHER_VERSION)


def _check_key(keys: list[bytes]) -> bytes:
    """RFC 6455 section 4.2.1 item 5: 16 bytes in base64. The key is used as it stands, so it must be canonical."""
    section = "RFC 6455 section 4.2.1"
    if len(keys) != 1:
        many = "more than one" if keys else "no"
        raise RemoteFault(400, "ws-key-count", section, f"there is {many} Sec-WebSocket-Key field")
    try:
        size = len(base64.b64decode(keys[0], validate=True)) if len(keys[0]) == 24 else 0
    except binascii.Error:
        size = 0
    if size != 16:
        raise RemoteFault(400, "ws-key", section, "Sec-WebSocket-Key is not 16 bytes in base64")
    return keys[0]


def _read_subprotocols(values: list[bytes]) -> list[str]:
    """RFC 6455 sections 4.1 item 10 and 11.3.4: tokens, all different, in one list however many fields there are."""
    section = "RFC 6455 section 11.3.4"
    if not values:
        return []
    try:
        offered = parse_subprotocol(b",".join(values).decode("latin-1"))
    except InvalidHeader:
        reason = "Sec-WebSocket-Protocol is not a list of tokens"
        raise RemoteFault(400, "ws-subprotocol", section, reason) from None
    if len(set(offered)) < len(offered):
        raise RemoteFault(400, "ws-subprotocol-twice", section, "a subprotocol is offered more than once")
    return [str(each) for each in offered]


def _choose_extension(values: list[bytes], offers_deflate: bool) -> tuple[bytes, Terms] | None:
    """The first offer of permessage-deflate that can be met (RFC 7692 section 5.1); others are declined in silence."""
    if not values:
        return None
    try:
        offers = parse_extension(b",".join(values).decode("latin-1"))
    except InvalidHeader:
        reason = "Sec-WebSocket-Extensions is not a list of extensions"
        raise RemoteFault(400, "ws-extensions", "RFC 6455 section 9.1", reason) from None
    for name, parameters in offers if offers_deflate else ():
        if name == _DEFLATE:
            try:
                agreed, extension = _deflate_factory.process_request_params(parameters, [])
            except NegotiationError:
                continue
            # The terms alone: the extension itself holds 46 KB of zlib's windows from the beginning.
            terms = Terms(
                extension.remote_no_context_takeover,
                extension.local_no_context_takeover,
                extension.remote_max_window_bits,
                extension.local_max_window_bits,
            )
            return build_extension([(name, agreed)]).encode(), terms
    return None


def encode_switch(
    handshake: Handshake,
    subprotocol: object,
    headers: Iterable[tuple[bytes, bytes]],
    service: Service,
    trail: Trail | None,
) -> bytes:
    """The 101 (RFC 6455 section 4.2.2 item 5) with the application's own fields. Raises LocalFault."""
    headers = tuple(headers)
    fields = ResponseHead(200, headers)
    for name, _ in headers:
        if name.lower() in _OURS:
            reason = f"the header {name.decode()} of websocket.accept is for the server to set"
            raise LocalFault("accept-header", "ASGI WebSocket 2.5 'Accept'", reason)
    lines = [_SWITCHING % _accept_key(handshake.key)]
    if subprotocol is not None:
        if subprotocol not in handshake.subprotocols:
            reason = f"the subprotocol {subprotocol!r:.60} was accepted, which the client did not offer"
            raise LocalFault("subprotocol", "RFC 6455 section 4.2.2", reason)
        lines.append(b"sec-websocket-protocol: %b\r\n" % str(subprotocol).encode())
    if handshake.extensions is not None:
        lines.append(b"sec-websocket-extensions: %b\r\n" % handshake.extensions[0])
    lines.append(fields.block.partition(b"\r\n")[2])
    fields.status = 101
    fields.block = b"".join(lines)
    return join_head(fields, service.default_fields(fields), b"", "upgrade", trail)


def _accept_key(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
