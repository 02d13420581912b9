"""Whether a connection goes on after a response (RFC 9112 section 9.3), and if not, the reason in words."""

from __future__ import annotations

from webfoot.server.http1.encoder import BodyWriter, ResponseHead
from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.protocol.events import Head


def why_not_kept(request: Head) -> str:
    """For a request whose `keep_alive` is false."""
    if request.version == "1.1":
        return "the client asked for it (Connection: close)"
    return "the client speaks HTTP/1.0 and did not ask to keep it"


def why_closed_after(
    answer: ResponseHead, body: BodyWriter, request: Head, unread: LengthReader | ChunkedReader | None, limit: int
) -> str | None:
    """Why the connection cannot go on after this response, or None if it can.

    `body` knows how the response is framed. `unread` is there while the request body is still coming; of that, `limit`
    bytes may be thrown away.
    """
    if answer.closes:
        return "the application asked for it (Connection: close)"
    if body.framing == "close":
        return "an HTTP/1.0 response of unknown length ends with the connection"
    if unread is not None:
        if request.expects_continue:
            return "the client waits for 100 Continue with a body that the application did not want"
        if request.body_length - unread.received > limit:
            return "more of the request body is still to come than we throw away"
    return None
