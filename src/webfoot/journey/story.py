"""What happens at each station, in words: the talk "how do those packages work?", retold station by station."""

from __future__ import annotations

from typing import Final, get_args

from webfoot.trail import StationName

STORY: Final[dict[StationName, str]] = {
    "connected": (
        "A client has connected. The event loop makes a transport for the socket and a protocol object for "
        "the connection, an `asyncio.BufferedProtocol`, and calls `connection_made`. Nothing has been read "
        "yet; the trail of the first request begins here."
    ),
    "secured": (
        "TLS is in place: the handshake is over, and the certificate was chosen by the name that was asked for."
    ),
    "chosen": (
        "Which protocol will be spoken is known from what TLS has settled (ALPN), or, without TLS, from the "
        "first bytes."
    ),
    "bytes_received": (
        "The kernel has handed bytes over, `buffer_updated` is called. They go to the connection as they are: "
        "a request may come in many pieces, and a piece may hold several requests."
    ),
    "head_parsed": (
        "The parser has found the end of the head. There are two, httptools (call-backs) and h11 (sans-IO), "
        "and both push the same five things into the same machine: head, body, end, upgrade, fault."
    ),
    "head_accepted": (
        "The head is held against the RFC, rule by rule: one Host, how long the body is, no two lengths that "
        "contradict each other. What a proxy in front would read differently is refused here, before any "
        "application hears of it."
    ),
    "scope_built": (
        "The head becomes the ASGI scope: a dictionary with method, path, query and headers. The trail "
        "travels in it, which is how the layers further in know that somebody watches."
    ),
    "app_entered": (
        "The application is called in a task of its own: `await app(scope, receive, send)`. From here on "
        "server and application talk in events alone, and the server holds both to their legal order."
    ),
    "middleware_entered": (
        "The onion: each middleware is an ASGI application around another one. Where one calls the next there "
        "is a seam, which marks that it was passed; while nobody watches the seams are taken out."
    ),
    "route_matched": (
        "The router looks the path up in an index, and decides: found, not found, found with another method, "
        "or found with a slash more or less. The candidates that nearly matched are kept for the sentence "
        "that says why."
    ),
    "route_entered": "The route that was found is entered. From here on the request follows a plan made at start-up.",
    "body_read": "The body is awaited and read, as far as the limits allow, and parsed as what the plan expects.",
    "values_collected": (
        "Values are collected where their parameters say: path, query, headers, cookies. They are still text. "
        "Each dependency and the endpoint have values of their own, so this is marked once for each."
    ),
    "values_validated": (
        "The text becomes Python values, by pydantic. What does not fit is kept with its place, so that one "
        "answer tells of all mistakes at once."
    ),
    "dependency_entered": (
        "A dependency has given its value. Coroutines run in the loop, plain functions in a thread; whatever "
        "several ask for is called once."
    ),
    "endpoint_called": "All arguments are there: the endpoint is called.",
    "endpoint_returned": "It has returned. The way out begins.",
    "reply_validated": (
        "What it returned is validated against the response model and written as JSON, in one step, so that "
        "nothing gets out that the document does not promise."
    ),
    "decided": (
        "A layer says what it decided, and why. Where such a decision is the answer, its words become the "
        "sentence at the end."
    ),
    "response_debug": "The application tells of the templates that it rendered, for those who test it.",
    "response_started": "The application sends the first event of its answer: status and headers.",
    "response_body": "And its body, in one piece or in many.",
    "response_ended": "The answer is complete. The application may go on: background tasks, clean-up.",
    "bytes_encoded": (
        "The status and the headers are written as HTTP/1.1, with `date` and what frames the body. Head and "
        "body go out in one write where both are at hand."
    ),
    "bytes_sent": (
        "The bytes are handed to the kernel. If the client reads slowly, they wait here, and so does `send()`."
    ),
    "kept_alive": (
        "The connection stays open for the next request, whose trail begins with its first bytes. It is "
        "closed instead if somebody asked for that, or if what is left of a body was not read."
    ),
    "closed": "The connection is closed, and it is said by whom and why.",
    "background_called": "What was put off until after the answer runs now. The client has gone its way.",
    "background_returned": "It is done.",
    "dependency_left": "Dependencies that `yield` clean up, in the reverse order in which they were entered.",
    "middleware_left": "The onion once more, from the inside to the outside.",
}

assert set(STORY) == set(get_args(StationName)), "every station has its paragraph"
