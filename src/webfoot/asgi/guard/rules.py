"""What the guard holds both sides to, as data: each rule once, with what the specification wants and where it says so.

Sources: ASGI 3.0, its HTTP & WebSocket format 2.5, its lifespan format 2.0 and its page "Extensions"; RFC 9110 (HTTP
semantics), RFC 6455 (WebSocket), RFC 8297 (early hints).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Side: TypeAlias = Literal["application", "server"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`id` is what a violation carries; `wants` reads on after "..., but "; `section` is where it stands."""

    id: str
    side: Side
    wants: str
    section: str


class ASGIViolation(RuntimeError):
    """One side broke the contract. `side` says which, `rule` is the rule's id, `str()` is one whole sentence."""

    def __init__(self, rule: str, found: str) -> None:
        broken = RULES[rule]
        self.rule = rule
        self.side: Side = broken.side
        self.section = broken.section
        super().__init__(f"{found}, but {broken.wants} ({broken.section})")


_ASGI = "ASGI 3.0"
_HTTP = "ASGI HTTP 2.5"
_WEBSOCKET = "ASGI WebSocket 2.5"
_LIFESPAN = "ASGI lifespan 2.0"
_EXTENSIONS = "ASGI extensions"

_APPLICATION = (
    # Any event that is sent
    ("event-shape", "an event is a dict with a str under 'type'", f"{_ASGI}, Events"),
    ("unknown-event", "an application sends events of the protocol in scope['type']", f"{_ASGI}, Error Handling"),
    ("extension-not-offered", "the server must have offered the extension in the scope", f"{_ASGI}, Extensions"),
    ("flag-type", "more_body, trailers and more_trailers are bools", f"{_HTTP}, Response Body"),
    # A response
    ("response-order", "a response is one start, then body events up to the last one", f"{_HTTP}, Response Start"),
    ("status-type", "the status must be an int", f"{_HTTP}, Response Start"),
    ("status-range", "a status code is a number from 100 to 599", "RFC 9110, 15"),
    ("status-interim", "a 1xx status is no final response; use the extension for early hints", "RFC 9110, 15.2"),
    ("headers-shape", "headers must be an iterable of [name, value] pairs", f"{_HTTP}, Response Start"),
    ("header-bytes", "header names and values must be bytes", f"{_HTTP}, Response Start"),
    ("header-case", "header names must be lower-case", f"{_HTTP}, Response Start"),
    ("header-name", "a header name must be a token, and no pseudo header", "RFC 9110, 5.1"),
    ("header-value", "a header value must not contain CR, LF or NUL", "RFC 9110, 5.5"),
    ("header-space", "a header value must not begin or end with white space", "RFC 9110, 5.5"),
    ("content-length-syntax", "Content-Length is one or more digits", "RFC 9110, 8.6"),
    ("content-length-several", "a response has one Content-Length at most", "RFC 9110, 8.6"),
    ("content-length-204", "a 204 response must not have a Content-Length", "RFC 9110, 8.6"),
    ("body-type", "body must be bytes", f"{_HTTP}, Response Body"),
    ("body-too-long", "the body must not be longer than its Content-Length", "RFC 9110, 8.6"),
    ("body-too-short", "the body must not be shorter than its Content-Length", "RFC 9110, 8.6"),
    ("body-forbidden", "a 204, 205 or 304 response has no content", "RFC 9110, 6.4.1"),
    ("body-to-head", "the response to a HEAD request has no content", "RFC 9110, 9.3.2"),
    ("response-incomplete", "it must complete the response first", f"{_HTTP}, Response Start"),
    # Extension events
    ("debug-info", "info must be a dict with str keys", f"{_EXTENSIONS}, Debug"),
    ("debug-once", "http.response.debug must be sent once", f"{_EXTENSIONS}, Debug"),
    ("early-hint-links", "links must be an iterable of bytes without CR, LF or NUL", f"{_EXTENSIONS}, Early Hints"),
    ("push-path", "path must be a str that begins with '/'", f"{_EXTENSIONS}, HTTP/2 Server Push"),
    ("pathsend-path", "path must be a str, the absolute path of a file", f"{_EXTENSIONS}, Path Send"),
    ("pathsend-mixed", "http.response.pathsend cannot be mixed with other body events", f"{_EXTENSIONS}, Path Send"),
    ("zerocopysend-file", "file must be a file descriptor object", f"{_EXTENSIONS}, Zero Copy Send"),
    ("zerocopysend-range", "offset and count must be ints from 0", f"{_EXTENSIONS}, Zero Copy Send"),
    # A WebSocket
    ("websocket-order", "a WebSocket is accepted, then used, then closed", f"{_WEBSOCKET}, Connect"),
    ("websocket-too-early", "it answers websocket.connect, which must be received first", f"{_WEBSOCKET}, Connect"),
    ("websocket-data", "exactly one of bytes and text must be given", f"{_WEBSOCKET}, Send"),
    ("websocket-data-type", "bytes must be bytes and text must be a str", f"{_WEBSOCKET}, Send"),
    ("accept-headers", "spec_version 2.0 knows no headers in websocket.accept", f"{_WEBSOCKET}, Accept"),
    ("accept-header-protocol", "sec-websocket-protocol is set by the key subprotocol", f"{_WEBSOCKET}, Accept"),
    ("subprotocol-type", "subprotocol must be a str or None", f"{_WEBSOCKET}, Accept"),
    ("subprotocol-offered", "the subprotocol must be one that the client offered", "RFC 6455, 4.2.2"),
    ("close-code-type", "the close code must be an int", f"{_WEBSOCKET}, Close"),
    ("close-code", "only 1000-1003, 1007-1014 and 3000-4999 may be sent", "RFC 6455, 7.4"),
    ("close-reason", "reason must be a str of 123 bytes of UTF-8 at most, or None", "RFC 6455, 5.5.1"),
    ("websocket-unanswered", "websocket.connect must be answered by accept or close", f"{_WEBSOCKET}, Connect"),
    # The lifespan
    ("lifespan-order", "startup is answered once, then shutdown once", f"{_LIFESPAN}, Startup Complete"),
    ("lifespan-too-early", "the answer must come after the event that it answers", f"{_LIFESPAN}, Startup"),
    ("lifespan-message", "message must be a str", f"{_LIFESPAN}, Startup Failed"),
    (
        "lifespan-unanswered",
        "an application must answer, or raise if it does not support the lifespan",
        f"{_ASGI}, Protocol Specifications",
    ),
)

_SERVER = (
    # The scope
    ("scope-type", "type must be 'http', 'websocket' or 'lifespan'", f"{_ASGI}, Applications"),
    ("scope-asgi", "asgi must be a dict with the version '3.0'", f"{_ASGI}, Applications"),
    ("scope-spec-version", "asgi['spec_version'] must be a str like '2.5'", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-http-version", "http_version must be '1.0', '1.1' or '2'", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-method", "method must be an upper-case str", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-scheme", "scheme must be a str that is not empty", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-path", "path must be a str that begins with '/', or is '*'", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-raw-path", "raw_path must be bytes or None, without the query", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-query-string", "query_string must be bytes", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-root-path", "root_path must be a str", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-headers-shape", "headers must be an iterable of [name, value] pairs", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-header-bytes", "header names and values must be bytes", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-header-case", "header names should be lower-case", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-header-name", "a header name is a token, pseudo headers are removed", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-header-value", "a header value must not contain CR, LF or NUL", "RFC 9110, 5.5"),
    ("scope-header-space", "white space around a header value is no part of it", "RFC 9110, 5.5"),
    ("scope-client", "client must be None or [str, int]", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-server", "server must be None or [str, int or None]", f"{_HTTP}, HTTP Connection Scope"),
    ("scope-subprotocols", "subprotocols must be an iterable of str", f"{_WEBSOCKET}, Connection Scope"),
    ("scope-state", "state must be a dict", f"{_LIFESPAN}, Lifespan State"),
    ("scope-extensions", "extensions must be a dict of dicts", f"{_ASGI}, Extensions"),
    # Any event that is received
    ("received-event-shape", "an event is a dict with a str under 'type'", f"{_ASGI}, Events"),
    ("received-unknown-event", "a server sends events of the protocol in scope['type']", f"{_ASGI}, Events"),
    # A request
    ("request-order", "a request is http.request up to the last part, then http.disconnect", f"{_HTTP}, Request"),
    ("request-body-type", "body must be bytes", f"{_HTTP}, Request"),
    ("request-flag-type", "more_body must be a bool", f"{_HTTP}, Request"),
    # A WebSocket
    (
        "websocket-receive-order",
        "it is websocket.connect, then messages, then websocket.disconnect",
        f"{_WEBSOCKET}, Connect",
    ),
    ("websocket-receive-early", "messages come after the application's websocket.accept", f"{_WEBSOCKET}, Connect"),
    ("received-data", "exactly one of bytes and text must be given", f"{_WEBSOCKET}, Receive"),
    ("received-data-type", "bytes must be bytes and text must be a str", f"{_WEBSOCKET}, Receive"),
    ("disconnect-code", "code must be an int", f"{_WEBSOCKET}, Disconnect"),
    ("disconnect-reason", "reason must be a str or None", f"{_WEBSOCKET}, Disconnect"),
    # The lifespan
    ("lifespan-receive-order", "startup comes once, then shutdown once", f"{_LIFESPAN}, Startup"),
    ("lifespan-receive-early", "the shutdown begins after a completed startup", f"{_LIFESPAN}, Shutdown"),
)

RULES: Final[dict[str, Rule]] = {
    **{name: Rule(name, "application", wants, section) for name, wants, section in _APPLICATION},
    **{name: Rule(name, "server", wants, section) for name, wants, section in _SERVER},
}


def all_rules(side: Side | None = None) -> tuple[Rule, ...]:
    """Every rule that the guard knows, or those for one side, in the order of an exchange."""
    return tuple(rule for rule in RULES.values() if side is None or rule.side == side)
