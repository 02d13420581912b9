"""Processes that end after a number of requests."""

from __future__ import annotations

import re
from pathlib import Path

from tests.server.process.serving import ask, connect, poll, webfoot, write_app


def test_a_single_process_ends_and_says_why(tmp_path: Path) -> None:
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", "--limit-max-requests", "3", cwd=tmp_path) as serving:
        url = serving.url()
        with connect(url) as idle:
            assert [ask(url)[:4] for _ in range(3)] == ["pid "] * 3
            assert idle.recv(10) == b""
        assert serving.code() == 0
    assert "the process ends after 3 requests, as limit_max_requests says" in serving.output
    assert "the application was told to shut down" in serving.output
    assert "Traceback" not in serving.output


def test_the_last_request_says_that_it_is_the_last(tmp_path: Path) -> None:
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", "--limit-max-requests", "1", cwd=tmp_path) as serving:
        with connect(serving.url()) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
            heard = b""
            while data := client.recv(65536):
                heard += data
        assert heard.endswith(b"0\r\n\r\n")
        assert serving.code() == 0


def test_workers_are_replaced_without_a_lost_request(tmp_path: Path) -> None:
    write_app(tmp_path)
    limit = ("--limit-max-requests", "10", "--limit-max-requests-jitter", "5")
    with webfoot("run", "main:app", "--port", "0", "--workers", "2", *limit, cwd=tmp_path) as serving:
        url = serving.url()
        seen: set[str] = set()

        def asked() -> int:
            answer = ask(url)
            assert re.fullmatch(r"pid \d+", answer), f"lost: {answer!r}"
            seen.add(answer)
            return len(seen)

        poll(asked, lambda pids: pids >= 4)
        assert serving.end() == 0
    assert len(re.findall(r"this worker ends after 1[0-5] requests", serving.output)) >= 2
    assert "is replaced" in serving.output
    assert "Traceback" not in serving.output
    assert "error" not in serving.output.lower()
