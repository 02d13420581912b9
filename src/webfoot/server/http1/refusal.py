"""Our own replies to requests that the application never hears of, or not to its end."""

from __future__ import annotations

from webfoot.server.http1.encoder import ResponseHead, join_head
from webfoot.server.protocol.errors import RemoteFault
from webfoot.trail import Trail
from webfoot.trail.trail import answer_fields


def encode_refusal(fault: RemoteFault, fields: bytes, is_head: bool, trail: Trail | None) -> bytes:
    """The whole response: the status and, for whoever wrote the client, the reason in one line of text.

    `fields`: the server's own. `is_head`: the request was HEAD, so that the reply has no body (RFC 9110 section 9.3.2).
    """
    body = f"{fault.status} {fault}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if fault.status == 503:
        headers.append((b"retry-after", b"1"))
    headers += answer_fields(trail, fault.status)
    connection = b"close, upgrade" if fault.status == 426 else b"close"  # RFC 9110 section 7.8
    own = b"connection: %b\r\n" % connection + b"".join(b"%b: %b\r\n" % field for field in fault.headers)
    head = ResponseHead(fault.status, headers)
    return join_head(head, own + fields, b"" if is_head else body, "length", trail)
