"""How the connection of a saved journey ended, as its `closed` mark tells it."""

from __future__ import annotations

from typing import Any

from webfoot.journey.saved.reading import Journey

_CLIENT_LEFT = "the client left"
_SERVER_CLOSED = "closed by the server"


def closed(journey: Journey) -> dict[str, Any] | None:
    """The mark, if it was reached."""
    return next((mark for mark in reversed(journey["marks"]) if mark["station"] == "closed"), None)


def reason_of(journey: Journey) -> str:
    """In the server's words; "" if it was not closed."""
    mark = closed(journey)
    return str((mark.get("facts") or {}).get("reason") or "") if mark is not None else ""


def was_closed_by_server(journey: Journey) -> bool:
    """Of a WebSocket: the client has answered our Close frame."""
    return reason_of(journey).startswith(_SERVER_CLOSED)


def was_left(journey: Journey) -> bool:
    """Whether the client left in the middle of the answer."""
    stations = {mark["station"] for mark in journey["marks"]}
    is_unfinished = "response_started" in stations and "response_ended" not in stations
    return is_unfinished and reason_of(journey).startswith(_CLIENT_LEFT)


def come_before_it_was_left(journey: Journey) -> int | None:
    """Events of a stream, or bytes of any other answer, that had been sent; None if the client stayed."""
    if not was_left(journey) or journey.get("kind") == "websocket":
        return None
    events = len(journey.get("frames") or ()) + (journey.get("frames_left_out") or 0)
    body = (journey.get("response") or {}).get("body") or {}
    return events or body.get("size") or None
