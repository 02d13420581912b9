from __future__ import annotations

import pytest

from webfoot.asgi.states import (
    EXTENSION_OF,
    FLAG_OF,
    HTTP_RECEIVE,
    HTTP_SEND,
    LIFESPAN_SEND,
    TABLES,
    WEBSOCKET_SEND,
    events_of,
    explain,
    row_of,
)

ILLEGAL = [
    (name, state, event)
    for name, table in TABLES.items()
    for state, row in table.items()
    for event in sorted(events_of(table) - set(row))
]


@pytest.mark.parametrize("name", TABLES)
def test_every_state_that_an_event_leads_to_is_a_state_of_the_table(name: str) -> None:
    table = TABLES[name]
    assert {target for row in table.values() for target in row.values()} <= set(table)


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_reached_from_the_first(name: str) -> None:
    table = TABLES[name]
    reached: set[str] = set()
    ahead = [next(iter(table))]
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            ahead.extend(table[state].values())
    assert reached == set(table)


def test_the_states_of_a_response_have_the_names_that_servers_rely_on() -> None:
    assert list(HTTP_SEND) == ["start", "body", "body+trailers", "trailers", "done"]


def test_a_response_with_trailers_ends_with_them() -> None:
    state = "start"
    for row in ("http.response.start+trailers", "http.response.body+more", "http.response.body"):
        state = HTTP_SEND[state][row]
    assert state == "trailers"
    assert HTTP_SEND[state]["http.response.trailers+more"] == "trailers"
    assert HTTP_SEND[state]["http.response.trailers"] == "done"


def test_each_flavour_stands_beside_its_plain_row() -> None:
    rows = set().union(*map(events_of, TABLES.values()))
    for event_type, (_, ending) in FLAG_OF.items():
        assert {event_type, event_type + ending} <= rows
    assert {row for row in rows if "+" in row} == {name + ending for name, (_, ending) in FLAG_OF.items()}


def test_every_extension_row_is_in_a_table() -> None:
    assert set(EXTENSION_OF) <= events_of(HTTP_SEND) | events_of(WEBSOCKET_SEND)


@pytest.mark.parametrize(
    ("message", "row"),
    [
        ({"type": "http.response.start", "status": 200}, "http.response.start"),
        ({"type": "http.response.start", "status": 200, "trailers": True}, "http.response.start+trailers"),
        ({"type": "http.response.body", "more_body": False}, "http.response.body"),
        ({"type": "http.response.body", "more_body": True}, "http.response.body+more"),
        ({"type": "http.response.trailers", "headers": [], "more_trailers": True}, "http.response.trailers+more"),
        ({"type": "websocket.send", "text": "a"}, "websocket.send"),
        ({"type": "websocket.send", "text": "a", "more_body": True}, "websocket.send"),
        ({"type": "my.event"}, "my.event"),
    ],
)
def test_row_of(message: dict[str, object], row: str) -> None:
    assert row_of(message) == row


@pytest.mark.parametrize(("name", "state", "event"), ILLEGAL)
def test_every_illegal_event_has_a_sentence_that_names_it(name: str, state: str, event: str) -> None:
    sentence = explain(name, state, event)
    assert sentence.startswith(event.partition("+")[0] + " was sent ")
    assert sentence == explain(TABLES[name], state, event)


@pytest.mark.parametrize(
    ("table", "state", "event", "sentence"),
    [
        (HTTP_SEND, "start", "http.response.body", "http.response.body was sent before http.response.start"),
        (HTTP_SEND, "body", "http.response.start", "http.response.start was sent a second time"),
        (HTTP_SEND, "body+trailers", "http.response.start+trailers", "http.response.start was sent a second time"),
        (HTTP_SEND, "done", "http.response.body", "http.response.body was sent after the response was complete"),
        (
            HTTP_SEND,
            "body",
            "http.response.trailers",
            "http.response.trailers was sent although http.response.start did not announce trailers",
        ),
        (
            HTTP_SEND,
            "trailers",
            "http.response.body+more",
            "http.response.body was sent after the last part of the body",
        ),
        (HTTP_RECEIVE, "complete", "http.request", "http.request was sent after the request body was complete"),
        (WEBSOCKET_SEND, "handshake", "websocket.send", "websocket.send was sent before websocket.accept"),
        (WEBSOCKET_SEND, "closed", "websocket.send", "websocket.send was sent after the WebSocket was closed"),
        (
            LIFESPAN_SEND,
            "startup",
            "lifespan.shutdown.complete",
            "lifespan.shutdown.complete was sent before lifespan.startup.complete",
        ),
        (
            HTTP_SEND,
            "start",
            "http.foo",
            "'http.foo' was sent, which is no event of an HTTP exchange",
        ),
        (
            HTTP_SEND,
            "start",
            "http.request",
            "http.request was sent by the application, though it is an event for the server to send",
        ),
        (HTTP_SEND, "start", "websocket.send", "websocket.send was sent in an HTTP exchange"),
    ],
)
def test_explain(table: dict[str, dict[str, str]], state: str, event: str, sentence: str) -> None:
    assert explain(table, state, event) == sentence
