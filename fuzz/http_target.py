"""The HTTP target: every input is played on both parsers, whole and cut, and held against the reference."""

from __future__ import annotations

from typing import Any

from fuzz.findings import hold
from fuzz.http_app import HttpApps
from fuzz.http_app import HttpCall as Call
from fuzz.inputs import Choices, Input
from fuzz.play import Play, Record, run_play
from fuzz.reference import Limits, Reading, Request, read
from fuzz.responses import Response, read_responses

SMALL = {"buffer_request_body": 100, "limit_discard": 50, "buffer_response": 100, "limit_request_line": 256}
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    SMALL,
    {**SMALL, "limit_request_head": 300, "limit_request_fields": 4, "limit_request_body": 20},
    {"limit_concurrency": 1, "timeout_keep_alive": 0.0, "limit_discard": 0, "headers": [("x-extra", "1")]},
)


def play(given: Input, parser: str) -> Record:
    def make() -> Play:
        choices = Choices(given.driver)
        settings = SETTINGS[choices.byte() % len(SETTINGS)]
        apps = HttpApps(Choices(given.apps))
        return Play(given.wire, choices, apps, {"http": parser, **settings}, watched=parser == "h11")

    return run_play(make)


def run(data: bytes) -> None:
    """Raises Finding."""
    given = Input.read(data)
    limits = limits_of(given)
    one, other = play(given, "httptools"), play(given, "h11")
    same(one, other, "parsers")
    check_output(one)
    reading = read(one.sent, limits)
    check_requests(one, reading)
    check_justice(one, reading, limits)
    # The same bytes in one piece and in others, for an application that has no will of its own.
    settings = given.driver[:1]
    whole = play(Input(settings, b"", given.wire), "httptools")
    check_against_reference(whole, read(given.wire, limits), given.wire, limits)
    pieces = bytes(byte % 5 if byte % 2 else 7 for byte in given.driver[1:40]) or bytes((0, 3))
    cut = play(Input(settings + pieces, b"", given.wire), "h11")
    check_cut(whole, cut)


def method_of(call: Call) -> str:
    return call.scope.get("method", "GET")  # type: ignore[no-any-return]


def is_answered(call: Call) -> bool:
    return call.complete or (call.scope["type"] == "websocket" and call.end == "returned")


def limits_of(given: Input) -> Limits:
    settings = SETTINGS[(given.driver or b"\0")[0] % len(SETTINGS)]
    return Limits(
        settings.get("limit_request_line", 8192),
        settings.get("limit_request_head", 65536),
        settings.get("limit_request_fields", 100),
        settings.get("limit_request_body"),
    )


def same(one: Record, other: Record, oracle: str) -> None:
    """Nothing that a client or an application can see tells the two apart."""
    hold(one.taken == other.taken, oracle, lambda: f"the answers differ:\n  {one.taken!r}\n  {other.taken!r}")
    told = [[call.told() for call in each.apps.calls] for each in (one, other)]
    hold(told[0] == told[1], oracle, lambda: f"the applications were told different things:\n  {told[0]}\n  {told[1]}")
    hold(one.state == other.state and one.whole == other.whole, oracle, lambda: f"{one.state} and {other.state}")


def check_output(record: Record) -> None:
    """One final response for each request, in order, with what the application gave; refusals last, then the end."""
    calls = record.apps.calls
    methods: list[str | None] = [method_of(call) for call in calls]
    responses = read_responses(record.taken, methods, cut=True)
    hold(len(responses) <= len(calls) + 1, "order", lambda: f"{len(responses)} responses for {len(calls)} requests")
    for index, response in enumerate(responses):
        last = index == len(responses) - 1
        hold(response.whole or last, "framing", "an incomplete response, and another behind it")
        if response.all("x-n"):
            hold(index < len(calls), "order", "a response that no application gave")
            check_answer(index, response, calls[index], last)
        elif index < len(calls) and calls[index].scope["type"] == "websocket" and response.status == 403:
            hold(not response.body, "answer", "a denied handshake has a body")
        elif index >= len(calls) or not is_sorry(response):
            check_refusal(response, last)
    check_interim(responses, calls)


def is_sorry(response: Response) -> bool:
    """Ours for an application that failed before its response began."""
    return response.status == 500 and b"Internal Server Error".startswith(response.body)


def check_answer(index: int, response: Response, call: Call, last: bool) -> None:
    hold(response.all("x-n") == [b"%d" % index], "order", lambda: f"response {index} is {response.all('x-n')}")
    hold(response.status == call.status, "answer", lambda: f"{response.status} was sent for {call.status}")
    given = b"" if method_of(call) == "HEAD" or call.status in (204, 205, 304) else call.given
    if response.framing == "length" or response.framing == "chunks":
        hold(last or call.complete, "answer", "an incomplete response was passed off as a whole one")
    if response.trailers and response.whole:
        hold(call.scope["http_version"] == "1.1", "framing", "trailers for an HTTP/1.0 client")
        sent = [(name.decode(), value) for name, value in call.trailers]
        hold(response.trailers == sent, "answer", lambda: f"the trailers {sent} became {response.trailers}")
    if not last:
        hold(response.body == given, "answer", lambda: f"the body {given!r} became {response.body!r}")
    hold(given.startswith(response.body), "answer", lambda: f"the body {given!r} became {response.body!r}")
    if (b"connection", b"close") in call.fields:
        hold(response.closes, "close", "the application asked for the end of the connection")
    if call.scope["http_version"] == "1.0":
        hold(response.framing != "chunks", "framing", "chunks for an HTTP/1.0 client")
    if not last:
        kept = not response.closes and (call.scope["http_version"] == "1.1" or response.all("connection"))
        hold(kept, "close", "kept without a word")


def check_refusal(response: Response, last: bool) -> None:
    hold(last, "close", lambda: f"something follows the refusal {response.status}")
    hold(response.closes, "close", lambda: f"the refusal {response.status} does not say close")
    hold(response.status in (400, 408, 413, 414, 417, 426, 431, 500, 501, 503, 505), "refusal", str(response.status))


def check_interim(responses: list[Response], calls: list[Call]) -> None:
    """RFC 9110 section 10.1.1: 100 Continue once, and only for who asked."""
    for response, call in zip(responses, calls, strict=False):
        hold(response.interim.count(100) <= 1, "interim", str(response.interim))
        if response.interim:
            hold(call.scope["http_version"] == "1.1", "interim", "an interim response for an HTTP/1.0 client")
        if 100 in response.interim:
            asked = any(name == b"expect" and value for name, value in call.scope["headers"])
            hold(asked, "interim", "100 Continue that nobody asked for")


def check_requests(record: Record, reading: Reading) -> None:
    """Every request that an application saw is one, in this order."""
    calls = record.apps.calls
    told = f"requests that are none: {len(calls)} where {reading}"
    hold(len(calls) <= len(reading.requests), "reference", told)
    for index, call in enumerate(calls):
        check_request(call, reading.requests[index])
        hold(reading.requests[index].body.startswith(call.body), "reference", "another body than the client sent")


def check_justice(record: Record, reading: Reading, limits: Limits) -> None:
    """Who is refused for what he sent has sent something that must be refused."""
    methods: list[str | None] = [method_of(call) for call in record.apps.calls]
    responses = read_responses(record.taken, methods, cut=True)
    if not responses or responses[-1].all("x-n") or responses[-1].status not in JUDGED:
        return
    asks = any(request.upgrades for request in reading.requests)
    guilty = reading.end == "refused" or (reading.end == "incomplete" and not can_be_mended(record.sent, limits))
    hold(guilty or asks, "reference", lambda: f"refused without reason: {responses[-1]}, {reading}")


def check_request(call: Call, request: Request) -> None:
    scope = call.scope
    hold(method_of(call) == request.method, "reference", lambda: f"{method_of(call)} for {request.method}")
    hold((scope["type"] == "websocket") == request.upgrades, "reference", lambda: f"{scope['type']}: {request}")
    hold(scope["http_version"] == request.version, "reference", lambda: f"{scope['http_version']}: {request}")
    target = request.target
    authority = None
    if not target.startswith(b"/") and target != b"*":
        rest = target.partition(b"://")[2]
        end = min((rest.find(mark) for mark in (b"/", b"?") if mark in rest), default=len(rest))
        authority, target = rest[:end], rest[end:] or (b"*" if request.method == "OPTIONS" else b"/")
    path, _, query = target.partition(b"?")
    alike = scope["raw_path"] == (path or b"/") and scope["query_string"] == query
    hold(alike, "reference", lambda: f"another target: {scope} {path!r}")
    fields = [(name, value) for name, value in scope["headers"] if authority is None or name != b"host"]
    wanted = [(name, value) for name, value in request.fields if authority is None or name != b"host"]
    hold(fields == wanted, "reference", lambda: f"fields {fields} for {wanted}")


def check_against_reference(record: Record, reading: Reading, wire: bytes, limits: Limits) -> None:
    """An application that reads everything and then answers: the requests are those of the reference, all of them."""
    calls = record.apps.calls
    wanted = [request for request in reading.requests if request.whole]
    seen = [call for call in calls if is_answered(call)]
    if len(seen) < len(wanted) and wanted[len(seen)].upgrades:  # what a handshake must be is not the reference's to say
        wanted, reading = wanted[: len(seen)], Reading(end="refused", statuses={400, 426})
    hold(len(seen) == len(wanted), "reference", lambda: f"another number of requests: {len(seen)} where {reading}")
    for call, request in zip(seen, wanted, strict=True):
        check_request(call, request)
        hold(call.body == request.body, "reference", lambda: f"the body {request.body!r} became {call.body!r}")
    responses = read_responses(record.taken, [method_of(call) for call in seen], cut=False)
    refusals = responses[len(wanted) :]
    hold(all(one.status in (200, 403) for one in responses[: len(wanted)]), "answer", "another status than 200")
    for response, request in zip(responses, wanted, strict=False):
        hold(response.closes != request.keeps, "close", lambda: f"kept or closed otherwise: {request}, {response}")
    if reading.end == "refused":
        statuses = [one.status for one in refusals]
        told = f"another verdict: {statuses} where the reference says {sorted(reading.statuses)}"
        hold(len(refusals) == 1 and statuses[0] in reading.statuses, "reference", told)
    elif refusals:
        hold(reading.end == "incomplete", "reference", lambda: f"refused {refusals}, the reference: {reading.end}")
        hold(not can_be_mended(wire, limits), "reference", lambda: f"refused too early: {refusals}")


JUDGED = (400, 413, 414, 417, 431, 501, 505)
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKS = b"01\r\na\r\n0\r\n\r\n"
TAILS = [
    *(HEAD[start:] for start in range(len(HEAD))),
    *(b":" + HEAD[14:], b"\nHost: a\r\n\r\n", b".1\r\nHost: a\r\n\r\n", b"ET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    *(CHUNKS[start:] for start in range(len(CHUNKS))),
    *(b'"\r\na\r\n0\r\n\r\n', b'a"\r\na\r\n0\r\n\r\n', b"a\r\na\r\n0\r\n\r\n", b"a\r\n\r\n"),
    *(b":\r\n\r\n", b"a" * 300, b"a:\r\n\r\n"),
]


def can_be_mended(wire: bytes, limits: Limits) -> bool:
    """Whether `wire`, whose last request is not complete, can go on in some way that is not refused."""
    before = sum(request.whole for request in read(wire, limits).requests)
    return any(sum(one.whole for one in read(wire + tail, limits).requests) > before for tail in TAILS)


def check_cut(whole: Record, cut: Record) -> None:
    """How the bytes are cut makes no difference. But: a body that is there already is not asked for, a refusal may be
    worded by the part that was there first, and what is hopeless may be so before it is too long."""
    answers = [
        read_responses(each.taken, [method_of(call) for call in each.apps.calls if is_answered(call)], cut=False)
        for each in (whole, cut)
    ]
    seen = [[(call.scope, call.body) for call in each.apps.calls if is_answered(call)] for each in (whole, cut)]
    hold(seen[0] == seen[1], "cut", lambda: f"requests differ:\n  {seen[0]}\n  {seen[1]}")
    hold(len(answers[0]) == len(answers[1]), "cut", lambda: f"answers differ:\n  {whole.taken!r}\n  {cut.taken!r}")
    for one, other in zip(*answers, strict=True):
        one.interim = other.interim = []
        refused = one.status >= 400 and other.status >= 400
        alike = one == other or (refused and (one.status == other.status or one.status in (414, 431)))
        hold(alike, "cut", lambda one=one, other=other: f"{one}\n  {other}")
