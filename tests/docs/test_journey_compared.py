"""docs/journey-compared.md: what it says of `webfoot dev` is what `webfoot dev` writes, for each row of its tables."""

from __future__ import annotations

import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.server.process.serving import Serving, connect, webfoot

HERE = Path(__file__).resolve().parent
PAGE = (HERE.parent.parent / "docs/journey-compared.md").read_text()
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OPENING = {
    "upgrade": "websocket",
    "connection": "upgrade",
    "sec_websocket_version": "13",
    "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def request(method: str, target: str, body: str = "", **headers: str) -> bytes:
    fields = {"host": "x", **({"content_length": str(len(body))} if body else {}), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n{body}".encode()


def preflight(target: str, origin: str) -> bytes:
    return request("OPTIONS", target, origin=origin, access_control_request_method="POST")


def text_frame(text: str) -> bytes:
    """As a client sends it, under a mask of zeros."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode()


def asks(*sent: bytes) -> Callable[[str], object]:
    """Send each, read until something has come back, and leave."""

    def ask(url: str) -> None:
        with connect(url) as connection:
            for each in sent:
                connection.sendall(each)
                connection.recv(65536)

    return ask


def leaves_its_body(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(request("POST", "/v1/boats/", content_type=JSON, content_length="1000") + b"{")


def reads_slowly(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(request("GET", "/v1/slow/chart", connection="close"))
        time.sleep(0.5)
        while connection.recv(1 << 20):
            pass


def fills_the_threads(url: str) -> None:
    connections = [connect(url) for _ in range(130)]
    for each in connections:
        each.sendall(request("GET", "/v1/slow/thread"))
    for each in connections:
        each.recv(65536)
        each.close()


ROWS: dict[str, tuple[Callable[[str], object], str]] = {
    "422: a value of path, query, header or body": (
        asks(request("POST", "/v1/boats/", '{"name": "Heron", "lenght_m": 8, "owner": {}}', content_type=JSON)),
        r"body field length_m is missing, but there is 'lenght_m'",
    ),
    "422: a cookie": (asks(request("GET", "/v1/desk/locker", cookie="number=x7")), r"cookie 'number' was \[redacted\]"),
    "422: JSON sent as text or as a form, a form sent as JSON": (
        asks(request("POST", "/v1/desk/parcel", '{"sender": "Emma"}', content_type=JSON)),
        r"its content-type is application/json and should be application/x-www-form-urlencoded",
    ),
    "404: `/item/3` in place of `/items/3`": (
        asks(request("GET", "/v1/boat/3")),
        r"nearest: DELETE,GET /v1/boats/\{boat_id\} \(segment 'boat' is not 'boats'\)",
    ),
    "404: raised by the endpoint": (
        asks(request("GET", "/v1/boats/77")),
        r"get_boat answered 404: it raised HTTPException\(404, 'no boat 77'\) at harbour/storage.py:\d+",
    ),
    "405": (asks(request("PUT", "/v1/boats/1")), r"405: .*DELETE.*GET"),
    "307 for a slash": (asks(request("GET", "/v1/boats")), r"answered 307: .*slash.*/v1/boats/"),
    "CORS: a preflight refused": (
        asks(preflight("/v1/boats/", "https://evil.example")),
        r"the origin https://evil.example is not in allow_origins \(https://harbour.example\)",
    ),
    "CORS: an answer that the page may not read": (
        asks(request("GET", "/v1/boats/1", origin="https://shop.example")),
        r"no Access-Control-Allow-Origin, so the page cannot read the response: the origin https://shop.example is not",
    ),
    "401 of a security scheme": (asks(request("GET", "/v1/desk/me")), r"OAuth2PasswordBearer answered 401"),
    "403 raised in a dependency": (
        asks(request("DELETE", "/v1/boats/1")),
        r"known_captain answered 403: .* at harbour/storage.py:\d+",
    ),
    "500: an exception in the endpoint": (
        asks(request("GET", "/v1/boats/0/age")),
        r"age failed with 500: it raised ZeroDivisionError.* at harbour/boats.py:\d+",
    ),
    "500: a dependency fails": (
        asks(request("GET", "/v1/boats/500")),
        r"get_boat failed with 500: it raised ConnectionResetError: the database went away at harbour/storage.py:\d+",
    ),
    "500: the result does not fit its model": (
        asks(request("GET", "/v1/boats/1/card")),
        r"does not fit the response model BoatOut: field length_m is missing \(harbour/boats.py:\d+\)",
    ),
    "an answer by a middleware": (
        asks(request("GET", "/v1/boats/1", x_maintenance="1")),
        r"Maintenance answered 503 itself: nothing behind it was called",
    ),
    "an exception in the middle of a stream": (
        asks(request("GET", "/v1/slow/film")),
        r"after the (answer|response).* it raised EOFError: the film is torn at harbour/slow.py:\d+",
    ),
    "a background task fails": (
        asks(request("POST", "/v1/boats/1/sold")),
        r"\(tell_insurance\) failed after the answer 200 was complete: .* at harbour/boats.py:\d+",
    ),
    "a broken request": (asks(b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n"), r"400 .*RFC 9112 section 3"),
    "slow: an `await`": (
        asks(request("GET", "/v1/slow/weather")),
        r"your awaits \S+ m?s in weather it was at harbour/slow.py:\d+ in fetch_weather",
    ),
    "slow: code that blocks the event loop": (
        asks(request("GET", "/v1/slow/report")),
        r"your code \S+ m?s in report .*loop was held for \S+ s by GET /v1/slow/report at \S+/slow.py:\d+ in crunch",
    ),
    "slow: no thread is free": (fills_the_threads, r"waiting for a free thread \S+ m?s"),
    "slow: the client reads slowly": (reads_slowly, r"GET /v1/slow/chart 200 \S+ m?s .*client"),
    "the client leaves in the middle of its body": (leaves_its_body, r"POST /v1/boats/ .*the client left"),
    "WebSocket: refused by a missing value": (
        asks(request("GET", "/v1/slow/radio", **OPENING)),
        r"query value 'channel' is missing",
    ),
    "WebSocket: no such route": (
        asks(request("GET", "/v1/slow/radios?channel=1", **OPENING)),
        r"nearest: .*/v1/slow/radio",
    ),
    "HTTP for the path of a WebSocket, or a proxy took the upgrade away": (
        asks(request("GET", "/v1/slow/radio?channel=1")),
        r"404: .*WebSocket",
    ),
    "WebSocket: an exception": (
        asks(request("GET", "/v1/slow/radio?channel=1", **OPENING), text_frame("storm")),
        r"radio .*it raised RuntimeError: the mast is down at harbour/slow.py:\d+",
    ),
    "WebSocket: the client is gone without a Close frame": (
        asks(request("GET", "/v1/slow/radio?channel=2", **OPENING)),
        r"the client left without a Close frame",
    ),
}
IN_A_SERVER_OF_ITS_OWN = {
    "CORS: a preflight, and no CORS middleware at all",
    "CORS: the same, and no CORS middleware at all, or one further in than whoever answered",
    "Ctrl-C, and one request hangs",
}


def dev(tmp_path: Path, app: str = "harbour.main:app", **environment: str) -> Serving:
    shutil.copytree(HERE / "harbour", tmp_path / "harbour", ignore=shutil.ignore_patterns("__pycache__"))
    return webfoot("dev", "--compat", app, "--port", "0", cwd=tmp_path, **environment)


def wait_for(serving: Serving, pattern: str, begin: int = 0) -> None:
    """Until it is written, however it was broken into lines; `begin`: what came before does not count."""
    while not re.search(pattern, " ".join(serving.output[begin:].split())):
        serving.wait_for("")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with dev(tmp_path_factory.mktemp("compared")) as serving:
        yield serving


@pytest.fixture(scope="module")
def url(serving: Serving) -> str:
    return serving.url()


def rows_of_the_page() -> set[str]:
    table = PAGE.partition("| trouble | Uvicorn |")[2].partition("\n\n")[0]
    return {line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")}


def test_each_row_of_the_page_is_tried_here() -> None:
    assert rows_of_the_page() == ROWS.keys() | IN_A_SERVER_OF_ITS_OWN


@pytest.mark.parametrize("row", ROWS)
def test_the_cause_is_written(serving: Serving, url: str, row: str) -> None:
    trouble, pattern = ROWS[row]
    begin = len(serving.output)
    trouble(url)
    wait_for(serving, pattern, begin)


def test_another_origin_where_no_middleware_thinks_of_it(tmp_path: Path) -> None:
    with dev(tmp_path, "harbour.main:admin") as serving:
        url = serving.url()
        asks(preflight("/berths/3", "https://harbour.example"))(url)
        wait_for(serving, r"a CORS preflight.*CORSMiddleware")
        begin = len(serving.output)
        asks(request("GET", "/berths/3", origin="https://harbour.example"))(url)
        wait_for(serving, r"200 .*no Access-Control-Allow-Origin", begin)


def test_a_request_that_hangs_is_named_while_it_does_and_at_the_end(tmp_path: Path) -> None:
    with dev(tmp_path) as serving:
        with connect(serving.url()) as connection:
            connection.sendall(request("GET", "/v1/slow/hang"))
            at = r"harbour/slow.py:\d+ in wait_for_buoy"
            wait_for(serving, rf"GET /v1/slow/hang has been under way for \S+ s; it is at {at}")
            serving.send(signal.SIGINT)
            wait_for(serving, rf"waiting up to 1 s for GET /v1/slow/hang \(\d s\) at {at} \(Ctrl-C to cut off\)")


def test_a_clean_up_that_hangs_is_named(tmp_path: Path) -> None:
    with dev(tmp_path) as serving:
        asks(request("GET", "/v1/slow/stuck"))(serving.url())
        serving.send(signal.SIGINT)
        wait_for(serving, r"waiting up to 1 s for GET /v1/slow/stuck .* at harbour/storage.py:\d+ in stuck_session")


def test_an_end_of_the_application_that_hangs_is_named(tmp_path: Path) -> None:
    with dev(tmp_path, HANG_AT_CLOSE="1") as serving:
        serving.url()
        serving.send(signal.SIGINT)
        wait_for(serving, r"waiting up to 5 s for the application's shutdown at harbour/main.py:\d+ in lifespan")
