"""The handshake target: the fields of a request for a WebSocket, against a second reading of RFC 6455 and 7692.

The wire of an input is lines of fields; those that every handshake has are added in front unless its first decision
says otherwise.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from fuzz.findings import describe, hold
from fuzz.inputs import Input
from fuzz.reference import TOKEN, Request, behind_string, behind_token, read
from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.http1.grammar import END_OF_HEAD
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.websocket.handshake import read_handshake

PARSERS = {name: choose_parser(name) for name in ("httptools", "h11")}
USUAL = (b"Host: a", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
TERMS = (
    *("remote_no_context_takeover", "local_no_context_takeover"),
    *("remote_max_window_bits", "local_max_window_bits"),
)
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


def run(data: bytes) -> None:
    """Raises Finding."""
    given = Input.read(data)
    leaves_out = (given.driver or b"\0")[0]
    lines = [line for place, line in enumerate((*USUAL, KEY)) if not leaves_out >> place & 1 or place == 0]
    raw = b"\r\n".join((b"GET / HTTP/1.1", *lines, given.wire.strip(b"\r\n"))).rstrip(b"\r\n") + END_OF_HEAD
    raw = raw.partition(END_OF_HEAD)[0] + END_OF_HEAD
    one, other = (conclude(name, raw) for name in PARSERS)
    hold(one == other, "parsers", lambda: f"parsers differ: {one}, {other}")
    reading = read(raw)
    if reading.statuses or not reading.requests or not reading.requests[0].upgrades:
        hold(one is None or isinstance(one, tuple), "reference", lambda: f"taken for a handshake: {one}, {reading}")
        return
    compare(one, reading.requests[0])


def conclude(name: str, raw: bytes) -> Any:
    """A handshake's parts in a dict; status, rule and reason of the fault; None for a request of another kind."""
    try:
        head = PARSERS[name](raw, None)
        rules.accept(head, None)
        if head.special is None or head.special.upgrade is None:
            return None
        handshake = read_handshake(head, offers_deflate=True)
    except RemoteFault as fault:
        return fault.status, fault.rule, fault.reason
    except Exception as error:
        hold(False, "escaped", f"{name}: {describe(error)}")
    answer, terms = handshake.extensions or (b"", None)
    agreed = {name: getattr(terms, name) for name in TERMS} if terms else None
    return {"subprotocols": handshake.subprotocols, "answer": answer, "terms": agreed}


def compare(told: Any, request: Request) -> None:
    versions, keys = request.all(b"sec-websocket-version"), request.all(b"sec-websocket-key")
    subprotocols = tokens(request.all(b"sec-websocket-protocol"))
    offers = extensions(request.all(b"sec-websocket-extensions"))
    statuses = set()
    if versions != [b"13"]:
        statuses.add(426)
    if len(versions) > 1:
        statuses.add(400)
    if len(keys) != 1 or not is_key(keys[0]) or offers is None:
        statuses.add(400)
    if subprotocols is None or len(set(subprotocols)) < len(subprotocols):  # RFC 6455 section 4.1 item 10
        statuses.add(400)
    if isinstance(told, tuple):
        hold(told[0] in statuses, "reference", lambda: f"refused: {told}, the reference: {sorted(statuses)}")
        return
    hold(told is not None and not statuses, "reference", lambda: f"accepted: {told}, the reference: {sorted(statuses)}")
    names = [one.decode() for one in subprotocols or ()]
    hold(told["subprotocols"] == names, "reference", lambda: f"subprotocols: {told}")
    assert offers is not None
    good = [offer for offer in offers if is_good_offer(offer)]
    hold(bool(good) == bool(told["answer"]), "reference", lambda: f"extensions: {told} for {offers}")
    if good:
        check_terms(told, good[0])


def is_key(key: bytes) -> bool:
    """RFC 6455 section 4.1 item 7: base64 of 16 bytes, in the one way that there is."""
    try:
        return base64.b64encode(base64.b64decode(key, validate=True)) == key and len(base64.b64decode(key)) == 16
    except ValueError:
        return False


def tokens(values: list[bytes]) -> list[bytes] | None:
    """1#token (RFC 9110 section 5.6.1: empty elements are skipped); None if it is none."""
    found = [one.strip(b" \t") for value in values for one in value.split(b",")]
    found = [one for one in found if one]
    return found if all(set(one) <= TOKEN for one in found) and (found or not values) else None


@dataclass
class Offer:
    name: bytes
    parameters: list[tuple[bytes, bytes | None]]


def extensions(values: list[bytes]) -> list[Offer] | None:
    """RFC 6455 section 9.1: 1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )."""
    text, offers = b",".join(values).strip(b" \t"), []
    while text:
        if text.startswith(b","):
            text = text[1:].lstrip(b" \t")
            continue
        rest = behind_token(text)
        if rest is None:
            return None
        offer = Offer(text[: len(text) - len(rest)], [])
        rest = rest.lstrip(b" \t")
        while rest.startswith(b";"):
            found = _parameter(rest[1:].lstrip(b" \t"))
            if found is None:
                return None
            name, value, rest = found
            offer.parameters.append((name, value))
        if rest and not rest.startswith(b","):
            return None
        offers.append(offer)
        text = rest
    return offers if offers or not values else None


def _parameter(text: bytes) -> tuple[bytes, bytes | None, bytes] | None:
    rest = behind_token(text)
    if rest is None:
        return None
    name, rest = text[: len(text) - len(rest)], rest.lstrip(b" \t")
    if not rest.startswith(b"="):
        return name, None, rest
    text = rest[1:].lstrip(b" \t")
    rest = behind_string(text[1:]) if text.startswith(b'"') else behind_token(text)
    if rest is None:
        return None
    value = text[: len(text) - len(rest)]
    if value.startswith(b'"'):  # what is quoted must be a token, too
        value = value[1:-1]
        value = b"".join(value[i : i + 1] for i in range(len(value)) if value[i] != 0x5C or value[i - 1 : i] == b"\\")
        if not value or not set(value) <= TOKEN:
            return None
    return name, value, rest.lstrip(b" \t")


def is_good_offer(offer: Offer) -> bool:
    """RFC 7692 section 7.1: known parameters, each once, with the value that it must have."""
    names = [name for name, _ in offer.parameters]
    if offer.name != b"permessage-deflate" or len(set(names)) < len(names):
        return False
    for name, value in offer.parameters:
        bits = value in (b"8", b"9", b"10", b"11", b"12", b"13", b"14", b"15")
        if name in (b"server_no_context_takeover", b"client_no_context_takeover"):
            good = value is None
        elif name == b"client_max_window_bits":
            good = value is None or bits
        else:
            good = name == b"server_max_window_bits" and bits
        if not good:
            return False
    return True


def check_terms(told: dict[str, Any], offer: Offer) -> None:
    """What is agreed on lies within the offer, and is what the answer says."""
    asked, terms = dict(offer.parameters), told["terms"]
    answered = extensions([told["answer"]])
    hold(answered is not None and len(answered) == 1, "answer", lambda: f"{told['answer']}")
    said = dict(answered[0].parameters) if answered else {}
    hold(b"server_no_context_takeover" not in asked or b"server_no_context_takeover" in said, "answer", str(told))
    ours, theirs = int(said.get(b"server_max_window_bits") or 15), int(said.get(b"client_max_window_bits") or 15)
    hold(ours <= int(asked.get(b"server_max_window_bits") or 15), "answer", str(told))
    hold(b"client_max_window_bits" in asked or b"client_max_window_bits" not in said, "answer", str(told))
    hold(theirs <= int(asked.get(b"client_max_window_bits") or 15), "answer", str(told))
    hold(terms["remote_max_window_bits"] >= theirs, "answer", lambda: f"inflates with too small a window: {told}")
    hold(8 < terms["local_max_window_bits"] <= ours, "answer", lambda: f"deflates with too large a window: {told}")
    hold(terms["local_no_context_takeover"] or b"server_no_context_takeover" not in said, "answer", str(told))
    hold(terms["remote_no_context_takeover"] == (b"client_no_context_takeover" in said), "answer", str(told))
