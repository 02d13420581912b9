"""Probes and numbers of real processes: one, two, killed, replaced, stopped."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.server.process.serving import ask, connect, poll, webfoot

APP = """
import asyncio, os, threading, time

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        while os.path.exists("hold"):
            await asyncio.sleep(0.02)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        while os.path.exists("hold end"):
            await asyncio.sleep(0.02)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "welcome"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    path = scope["path"]
    if path == "/wait":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    if path == "/fail":
        raise ValueError("quack")
    if path == "/block":
        time.sleep(0.7)  # longer than the half second between two looks at the lag
    if path == "/thread":
        from webfoot.web.threads.pool import ThreadPool
        pool = ThreadPool(1)
        await asyncio.gather(pool.run(time.sleep, 2), pool.run(time.sleep, 0))
    await send({"type": "http.response.start", "status": 404 if path == "/missing" else 200, "headers": []})
    await send({"type": "http.response.body", "body": f"pid {os.getpid()}".encode()})
"""
UPGRADE = (
    b"GET /chat HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scrape(url: str) -> Numbers:
    """What Prometheus's own parser reads."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(ask(url, "/metrics"))
        for sample in family.samples
    }


def value(numbers: Numbers, name: str, **labels: str) -> float:
    return numbers.get((name, frozenset(labels.items())), 0.0)


def until(url: str, is_right: Callable[[Numbers], bool]) -> Numbers:
    numbers: Numbers = poll(lambda: scrape(url), is_right)
    return numbers


def run(*more: str) -> tuple[str, ...]:
    return ("run", "main:app", "--port", "0", *more)


def admin() -> tuple[str, tuple[str, str]]:
    port = free_port()
    return f"http://127.0.0.1:{port}", ("--admin-bind", f"127.0.0.1:{port}")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ready_from_the_end_of_the_start_to_the_beginning_of_the_end(here: Path, workers: str) -> None:
    place, flag = admin()
    (here / "hold").touch()
    (here / "hold end").touch()
    with webfoot(*run(*flag, "--workers", workers), cwd=here) as serving:
        poll(lambda: ask(place, "/readyz"), lambda answer: answer == "starting\n")
        assert ask(place, "/livez") == "alive\n"
        (here / "hold").unlink()
        url = serving.url()
        assert ask(place, "/readyz") == "ready\n"
        assert ask(url, "/readyz").startswith("pid ")  # the clients' port has the application only
        serving.send(signal.SIGTERM)
        poll(lambda: ask(place, "/readyz"), lambda answer: answer == "stopping\n")
        assert ask(place, "/livez") == "alive\n"
        assert value(scrape(place), "webfoot_workers", state="stopping") > 0
        (here / "hold end").unlink()
        assert serving.code() == 0
    assert "GET /livez" not in serving.output
    assert "GET /metrics" not in serving.output


def test_probes_at_the_clients_port_and_in_the_log_if_asked(here: Path) -> None:
    paths = ("--livez-path", "/alive", "--readyz-path", "/ready", "--metrics-path", "/metrics")
    with webfoot(*run(*paths, "--access-log-probes"), cwd=here) as serving:
        url = serving.url()
        assert ask(url, "/alive") == "alive\n"
        assert ask(url, "/ready") == "ready\n"
        assert ask(url).startswith("pid ")
        numbers = until(url, lambda found: value(found, "webfoot_requests_total", method="GET", status="2xx") == 1)
        assert value(numbers, "webfoot_connections_total") >= 4
        assert serving.end() == 0
    assert '"GET /alive HTTP/1.1" 200 6B' in serving.output


def test_a_unix_socket_of_its_own(here: Path) -> None:
    with webfoot(*run("--admin-bind", "unix:admin.sock"), cwd=here) as serving:
        serving.url()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(os.fspath(here / "admin.sock"))
            client.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            heard = b""
            while data := client.recv(4096):
                heard += data
        assert heard.endswith(b"alive\n")
        assert serving.end() == 0
    assert not (here / "admin.sock").exists()


def test_a_taken_admin_port_is_one_sentence(here: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with webfoot(*run("--admin-bind", f"127.0.0.1:{port}"), cwd=here) as serving:
            assert serving.code() == 1
    assert serving.output.splitlines()[-1].startswith(f"webfoot: cannot listen on 127.0.0.1:{port}")
    assert "Traceback" not in serving.output


def test_what_is_counted(here: Path) -> None:
    place, flag = admin()
    with webfoot(*run(*flag), cwd=here) as serving:
        url = serving.url()
        for path in ("/", "/missing", "/missing", "/fail", "/block"):
            ask(url, path)
        with connect(url) as refused:
            refused.sendall(b"GET / HTTP/1.1\r\nno host: x\r\n\r\n")
            assert refused.recv(4096).startswith(b"HTTP/1.1 400")
        with connect(url) as chat, connect(url) as waits, connect(url) as threads:
            chat.sendall(UPGRADE)
            waits.sendall(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n")
            threads.sendall(b"GET /thread HTTP/1.1\r\nhost: x\r\n\r\n")
            numbers = until(
                place,
                lambda found: (
                    value(found, "webfoot_websockets_open") == 1
                    and value(found, "webfoot_requests_in_flight") == 2
                    and value(found, "webfoot_threads_waiting") == 1
                ),
            )
            assert value(numbers, "webfoot_threads_running") == 1
            assert value(numbers, "webfoot_connections_open") == 3
        numbers = until(place, lambda found: not value(found, "webfoot_connections_open"))
        assert value(numbers, "webfoot_requests_total", method="GET", status="2xx") >= 2
        assert value(numbers, "webfoot_requests_total", method="GET", status="5xx") == 1
        # 2, and the one whose client left before an answer (499)
        assert value(numbers, "webfoot_requests_total", method="GET", status="4xx") >= 3
        took = {"method": "GET", "status": "2xx"}
        assert value(numbers, "webfoot_request_duration_seconds_sum", **took) > 0.3
        assert value(numbers, "webfoot_request_duration_seconds_bucket", le="0.25", **took) >= 1
        assert value(numbers, "webfoot_refused_total", status="4xx") == 1
        assert value(numbers, "webfoot_websockets_total") == 1
        assert value(numbers, "webfoot_websockets_open") == 0
        assert value(numbers, "webfoot_connections_total") == 9
        assert value(numbers, "webfoot_received_bytes_total") > 300
        assert value(numbers, "webfoot_sent_bytes_total") > 300
        assert value(numbers, "process_resident_memory_bytes") > 1e6
        lagged = until(place, lambda found: value(found, "webfoot_loop_lag_seconds_sum") >= 0.1)
        assert value(lagged, "webfoot_loop_lag_seconds_count") >= 1
        assert serving.end() == 0


def test_a_killed_worker_takes_no_number_with_it(here: Path) -> None:
    place, flag = admin()
    with webfoot(*run(*flag, "--workers", "2"), cwd=here) as serving:
        url = serving.url()
        asked = 0
        before: Numbers = {}
        for _ in range(3):
            pids = set()
            while len(pids) < 2:
                answer = poll(lambda: ask(url))
                pids.add(int(answer.split("pid ")[1]))
                asked += 1
                numbers = scrape(place)
                assert value(numbers, "webfoot_requests_total", method="GET", status="2xx") == asked
                assert all(
                    numbers.get(key, 0.0) >= count
                    for key, count in before.items()
                    if key[0].endswith(("_total", "_count", "_sum", "_bucket"))
                )
                before = numbers
            os.kill(pids.pop(), signal.SIGKILL)
            serving.wait_for("was killed by SIGKILL")
        restarts = until(place, lambda found: value(found, "webfoot_workers", state="ready") == 2)
        assert value(restarts, "webfoot_worker_restarts_total") == 3
        assert value(restarts, "webfoot_requests_total", method="GET", status="2xx") == asked
        assert ask(place, "/readyz") == "ready\n"
        assert serving.end() == 0


def test_connections_over_the_limit_are_counted_and_the_admin_port_answers(here: Path) -> None:
    place, flag = admin()
    with webfoot(*run(*flag, "--limit-connections", "1"), cwd=here) as serving:
        url = serving.url()
        with connect(url) as first:
            first.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert first.recv(4096)
            with connect(url) as second:
                assert second.recv(4096).startswith(b"HTTP/1.1 503")
            numbers = until(place, lambda found: value(found, "webfoot_connections_refused_total") == 1)
            assert value(numbers, "webfoot_refused_total", status="5xx") == 1
            assert ask(place, "/livez") == "alive\n"
        assert serving.end() == 0


def test_nothing_is_there_unless_asked_for(here: Path) -> None:
    with webfoot(*run(), cwd=here) as serving:
        url = serving.url()
        for path in ("/livez", "/readyz", "/metrics"):
            assert ask(url, path).startswith("pid ")
        assert serving.end() == 0
