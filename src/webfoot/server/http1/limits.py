"""How much of a request we take: the limits of `ServerOptions`, each with the status that tells of it."""

from __future__ import annotations

from webfoot.server.http1.grammar import examine_partial
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.settings.options import ServerOptions


def check_head_size(data: bytes | bytearray, options: ServerOptions) -> None:
    """`data`: a head, complete or not. Raises RemoteFault: 414 for the request line, 431 for the whole.

    What is wrong with it before that goes first, so that the answer does not depend on how much came at once.
    """
    end = data.find(b"\r\n")
    if end < 0:
        end = len(data) - data.endswith(b"\r")  # which may be half of the line end
    if end > options.limit_request_line:
        examine_partial(data[: options.limit_request_line], 0)
        reason = f"the request line is longer than {options.limit_request_line} bytes"
        raise RemoteFault(414, "request-line-size", "RFC 9110 section 15.5.15", reason)
    if len(data) > options.limit_request_head:
        examine_partial(data[: options.limit_request_head], 0)
        reason = f"the request head is larger than {options.limit_request_head} bytes"
        raise RemoteFault(431, "head-size", "RFC 6585 section 5", reason)


def check_head(head: Head, options: ServerOptions) -> None:
    """Raises RemoteFault: 431 for too many fields, 413 for a body declared too large."""
    if len(head.headers) > options.limit_request_fields:
        reason = f"the request has more than {options.limit_request_fields} header fields"
        raise RemoteFault(431, "fields", "RFC 6585 section 5", reason)
    check_body_size(head.body_length, options)


def check_body_size(size: int, options: ServerOptions) -> None:
    """Raises RemoteFault(413)."""
    limit = options.limit_request_body
    if limit is not None and size > limit:
        reason = f"the request body is larger than limit_request_body, {limit} bytes"
        raise RemoteFault(413, "body-size", "RFC 9110 section 15.5.14", reason)
