"""Journeys as an HTTP Archive 1.2 (the W3C's draft of 2012, which all browsers' developer tools read).

What is webfoot's own is in fields that begin with an underscore, as the format allows; `_webSocketMessages` is written
as browsers write it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import webfoot
from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.gaps import Text, filled
from webfoot.journey.saved.reading import Journey, facts_of
from webfoot.journey.saved.request import SentRequest, request_of

_OPCODES = {"text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}  # RFC 6455 section 5.2
_UNKNOWN = -1  # as the format writes it


def as_har(journeys: Sequence[Journey], app: str = "") -> str:
    creator = {"name": "webfoot", "version": webfoot.__version__}
    entries = [_entry(journey) for journey in journeys]
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}, indent=2) + "\n"


def _entry(journey: Journey) -> dict[str, Any]:
    request = request_of(journey)
    split = journey.get("split")
    took = (journey.get("took_us") or 0) / 1000
    entry: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(journey.get("started_at") or 0, UTC).isoformat(
            timespec="milliseconds"
        ),
        "time": took,
        "request": _request(journey, request),
        "response": _response(journey),
        "cache": {},
        "timings": _timings(journey, took),
    }
    why = journey.get("why")
    if isinstance(why, dict):
        entry["comment"] = str(why.get("sentence"))
        entry["_webfoot_why"] = why
    if split:
        entry["_webfoot_split"] = split
    if journey.get("id"):
        entry["connection"] = str(journey["id"])
    server = facts_of(journey, "connected").get("server")
    if isinstance(server, list) and server:
        entry["serverIPAddress"] = str(server[0])
    if journey.get("kind") == "websocket":
        entry["_resourceType"] = "websocket"
        frames = [frame for frame in journey.get("frames") or () if frame["kind"] in _OPCODES]
        entry["_webSocketMessages"] = [_message(frame, journey) for frame in frames]
    return entry


def _request(journey: Journey, request: SentRequest) -> dict[str, Any]:
    scheme = request.scheme.replace("http", "ws") if journey.get("kind") == "websocket" else request.scheme
    url = f"{scheme}://{_text(request.host)}{_text(request.target)}"
    fields = [("host", request.host), *request.headers]
    told: dict[str, Any] = {
        "method": request.method,
        "url": url,
        "httpVersion": _version(journey),
        "cookies": _cookies(request.header("cookie")),
        "headers": [{"name": name, "value": _text(value)} for name, value in fields],
        "queryString": [
            {"name": name, "value": value} for name, value in parse_qsl(url.partition("?")[2], keep_blank_values=True)
        ],
        "headersSize": _UNKNOWN,
        "bodySize": _size(journey, "request"),
    }
    content_type = _text(request.header("content-type") or ())
    if request.body is not None:
        told["postData"] = {"mimeType": content_type, "text": _text(request.body)}
    elif request.form:
        params = [
            {"name": part.name, "fileName": part.filename, "contentType": part.media_type}
            if part.filename is not None
            else {"name": part.name, "value": _text(part.value)}
            for part in request.form
        ]
        told["postData"] = {"mimeType": "multipart/form-data", "params": params}
    return told


def _response(journey: Journey) -> dict[str, Any]:
    response = journey.get("response") or {}
    status = journey.get("status") or 0
    headers = [(str(name), str(value)) for name, value in response.get("headers") or ()]
    named = {name.lower(): value for name, value in headers}
    body = response.get("body") or {}
    content: dict[str, Any] = {
        "size": max(_size(journey, "response"), 0),
        "mimeType": named.get("content-type", "x-unknown"),
    }
    if isinstance(body.get("text"), str):
        content["text"] = body["text"]
    return {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": _version(journey),
        "cookies": [
            {"name": value.partition("=")[0], "value": REDACTED}
            for name, value in headers
            if name.lower() == "set-cookie"
        ],
        "headers": [{"name": name, "value": value} for name, value in headers],
        "content": content,
        "redirectURL": named.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": _size(journey, "response"),
    }


def _timings(journey: Journey, took: float) -> dict[str, float]:
    """Milliseconds: until the request was read, until its answer began, until that was sent."""
    at = {mark["station"]: mark.get("at_us") or 0 for mark in reversed(journey["marks"])}
    read = min(at.get("app_entered", at.get("head_parsed", 0)) / 1000, took)
    begun = min(max(at.get("response_started", at.get("bytes_encoded", 0)) / 1000, read), took)
    return {"blocked": _UNKNOWN, "dns": _UNKNOWN, "connect": _UNKNOWN, "ssl": _UNKNOWN,
            "send": read, "wait": begun - read, "receive": took - begun}  # fmt: skip


def _message(frame: dict[str, Any], journey: Journey) -> dict[str, Any]:
    at = (journey.get("started_at") or 0) + (frame.get("at_us") or 0) / 1e6
    kind = "send" if frame.get("way") == "in" else "receive"  # as the client sees it
    data = frame.get("text") or frame.get("says") or ""
    if frame["kind"] == "binary":  # which browsers write so
        data = frame.get("data") or b64encode((frame.get("text") or "").encode()).decode() or data
    return {"type": kind, "time": at, "opcode": _OPCODES[frame["kind"]], "data": data}


def _text(text: Text) -> str:
    return filled(text, str, lambda _: REDACTED)


def _cookies(field: Text | None) -> list[dict[str, str]]:
    """Names only, and only where the field was kept so."""
    pairs = (pair.strip().partition("=") for pair in _text(field or ()).split(";"))
    return [{"name": name, "value": REDACTED} for name, equals, _ in pairs if equals]


def _size(journey: Journey, side: str) -> int:
    there = journey.get(side)
    body = there.get("body") if isinstance(there, dict) else None
    if isinstance(body, dict) and isinstance(body.get("size"), int):
        return int(body["size"])
    total = facts_of(journey, "response_ended").get("total") if side == "response" else None
    return total if isinstance(total, int) else _UNKNOWN


def _version(journey: Journey) -> str:
    version = journey.get("http_version") or facts_of(journey, "head_parsed").get("version") or "1.1"
    return f"HTTP/{version}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
