"""What must work behind nginx and behind HAProxy alike, whichever way they tell who the client is; on both parsers."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator

import pytest
from tests.proxies.arrangements import ALL, Arrangement
from tests.proxies.fronts import CLIENT, Certificate, ask, connected, told
from tests.server.process.serving import GUARD, poll
from websockets.sync.client import ClientConnection, connect

UPLOAD = bytes(range(256)) * 40_000  # 10 MB


@pytest.fixture(scope="module", params=[f"{name}-{http}" for name in ALL for http in ("httptools", "h11")])
def arranged(
    request: pytest.FixtureRequest, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Arrangement]:
    name, _, http = request.param.rpartition("-")
    with ALL[name](tmp_path_factory.mktemp("p"), certificate, http) as arrangement:
        poll(lambda: told(arrangement.port, context=arrangement.context))  # HAProxy has to find its server alive
        yield arrangement


def test_client_and_scheme(arranged: Arrangement) -> None:
    seen = told(arranged.port, context=arranged.context)
    assert seen["client"][0] == CLIENT
    assert seen["scheme"] == "https"
    assert seen["headers"]["host"] == "ducks.example"
    assert seen["root_path"] == ""


def test_what_the_client_says_of_itself_is_not_believed(arranged: Arrangement) -> None:
    invented = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=6.6.6.6;proto=http;host=evil.example",
    }
    seen = told(arranged.port, headers=invented, context=arranged.context)
    assert (seen["client"][0], seen["scheme"]) == (CLIENT, "https")
    assert seen["headers"]["host"] == "ducks.example"
    assert seen["root_path"] == ""


def test_the_access_log_names_the_client(arranged: Arrangement) -> None:
    ask(arranged.port, "/logged", context=arranged.context)
    arranged.server.wait_for(rf'{CLIENT}:\d+ - "GET /logged HTTP/1.1" 200')


def test_many_requests_on_one_connection(arranged: Arrangement) -> None:
    connection = connected(arranged.port, arranged.context)
    for number in range(20):
        connection.request("POST" if number % 2 else "GET", f"/{number}", b"x" * number or None)
        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())["path"] == f"/{number}"
    connection.close()


def test_a_websocket(arranged: Arrangement) -> None:
    with _websocket(arranged) as websocket:
        seen = json.loads(websocket.recv(GUARD))
        assert (seen["client"][0], seen["scheme"]) == (CLIENT, "wss")
        for message in ("quack", b"\0" * 100_000):
            websocket.send(message)
            assert websocket.recv(GUARD) == message


def test_a_websocket_whose_client_vanishes(arranged: Arrangement) -> None:
    before = _count(arranged, "/left")
    with _websocket(arranged) as websocket:
        websocket.recv(GUARD)
        websocket.socket.shutdown(socket.SHUT_RDWR)
    poll(lambda: _count(arranged, "/left") == before + 1)


def test_events_come_one_by_one_and_end_with_the_client(arranged: Arrangement) -> None:
    before = _count(arranged, "/left")
    connection = connected(arranged.port, arranged.context)
    connection.request("GET", "/events")
    response = connection.getresponse()
    for number in range(3):  # a proxy that collects them would let us wait for all
        assert response.readline() == b"data: %d\n" % number
        assert response.readline() == b"\n"
    assert _count(arranged, "/left") == before
    response.close()
    connection.close()
    poll(lambda: _count(arranged, "/left") == before + 1)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_upload(arranged: Arrangement, is_chunked: bool) -> None:
    body = (UPLOAD[at : at + 65536] for at in range(0, len(UPLOAD), 65536)) if is_chunked else UPLOAD
    options = {"encode_chunked": True, "headers": {"Transfer-Encoding": "chunked"}} if is_chunked else {}
    status, answer = ask(arranged.port, "/upload", "POST", body, context=arranged.context, **options)
    assert status == 200
    told = json.loads(answer)
    assert (told["size"], told["digest"]) == (len(UPLOAD), hashlib.sha256(UPLOAD).hexdigest())


def test_an_upload_that_is_refused_from_the_beginning(arranged: Arrangement) -> None:
    """The client gets the application's answer, not the proxy's 502, although it has still much to send."""
    for _ in range(5):
        assert _answer_to_much(arranged) == 413


def test_a_client_that_leaves_in_the_middle_of_its_upload(arranged: Arrangement) -> None:
    begun, left = _count(arranged, "/begun"), _count(arranged, "/left")
    connection = connected(arranged.port, arranged.context)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()
    connection.send(b"x" * 50_000)
    if not arranged.is_buffered:
        poll(lambda: _count(arranged, "/begun") == begun + 1)
    connection.close()
    if arranged.is_buffered:
        assert _count(arranged, "/begun") == begun  # the application never hears of it
    else:
        poll(lambda: _count(arranged, "/left") == left + 1)


def test_a_large_response_for_a_slow_reader(arranged: Arrangement) -> None:
    connection = connected(arranged.port, arranged.context)
    connection.request("GET", "/big")
    response = connection.getresponse()
    assert response.read(10) == b"x" * 10
    assert ask(arranged.port, context=arranged.context)[0] == 200  # meanwhile another one is served
    assert len(response.read()) == 4_000_000 - 10
    connection.close()


@pytest.mark.parametrize(("count", "status"), [(60, 200), (150, 431)])
def test_our_limit_of_fields_reaches_the_client_as_such(arranged: Arrangement, count: int, status: int) -> None:
    if count > 100 and not arranged.is_relayed and _is_haproxy(arranged):
        status = 400  # HAProxy has a limit of 101 of its own (tune.http.maxhdr)
    headers = {f"X-{number}": "x" for number in range(count)}
    assert ask(arranged.port, headers=headers, context=arranged.context)[0] == status


def test_large_heads_pass(arranged: Arrangement) -> None:
    """What the proxies let pass by default, 7 kB for a field and 14 kB in all, is below our own limits."""
    headers = {f"X-{number}": "x" * 7000 for number in range(2)}
    assert ask(arranged.port, headers=headers, context=arranged.context)[0] == 200


def _count(arranged: Arrangement, what: str) -> int:
    events: list[str] = json.loads(ask(arranged.port, what, context=arranged.context)[1])
    return len(events)


def _websocket(arranged: Arrangement) -> ClientConnection:
    return connect(
        f"wss://127.0.0.1:{arranged.port}/talk",
        ssl=arranged.context,
        proxy=None,
        source_address=(CLIENT, 0),
        open_timeout=GUARD,
        close_timeout=1,
    )


def _answer_to_much(arranged: Arrangement) -> int:
    connection = connected(arranged.port, arranged.context)
    connection.putrequest("POST", "/refuse")
    connection.putheader("Content-Length", str(len(UPLOAD)))
    connection.endheaders()
    try:
        connection.send(UPLOAD)
    except OSError:  # who has refused it need not read it to its end
        pass
    status = connection.getresponse().status
    connection.close()
    return status


def _is_haproxy(arranged: Arrangement) -> bool:
    return "haproxy" in str(arranged.front.process.args)
