"""`webfoot journey show` asks whoever answers there, and that may be anybody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from click.testing import CliRunner

from webfoot.cli.journey_show import command

OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"
UNREADABLE = "has no journey page that this webfoot reads"


class Answering(BaseHTTPRequestHandler):
    answer: tuple[int, list[tuple[str, str]], bytes]
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        status, fields, body = self.answer
        self.asked.append((self.path, self.headers["cookie"]))
        self.send_response(status)
        for name, value in [*fields, ("content-length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Own(Answering):
        asked = []

    with HTTPServer(("127.0.0.1", 0), Own) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def show(server: HTTPServer, status: int, body: str | bytes, *fields: tuple[str, str]) -> tuple[int, str]:
    server.RequestHandlerClass.answer = (status, list(fields), body.encode() if isinstance(body, str) else body)
    at = f"http://127.0.0.1:{server.server_address[1]}"
    done = CliRunner().invoke(command, ["--at", at, "--token", "quack-quack"])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, f'{{"error": "\\u001b[2J{OVERRIDE}"}}', r"says: \x1b[2J\u202e"),
        (403, '{"error": ["no"]}', "says: ['no']"),
        (500, "no JSON", "says: 500 Internal Server Error; it has no journey page there"),
        (200, "no JSON", UNREADABLE),
        (200, b"\xff\xfe", UNREADABLE),
        (200, "[1]", UNREADABLE),
        (200, '{"journeys": ["a"]}', UNREADABLE),
        (200, '{"journeys": 7}', UNREADABLE),
        (200, "[" * 100_000, UNREADABLE),
        (200, '{"journeys": []}', "no request has come to"),
        (200, '{"journeys": [{"id": "a"}]}', "it was not made by"),
    ],
)
def test_a_sentence_for_whatever_comes(server: HTTPServer, status: int, body: str | bytes, said: str) -> None:
    code, output = show(server, status, body)
    assert code == 2
    assert said in " ".join(output.split())
    assert output.replace("\n", "").isprintable()


def test_the_token_goes_nowhere_else(server: HTTPServer) -> None:
    elsewhere = f"http://127.0.0.1:{server.server_address[1]}/elsewhere"
    code, output = show(server, 302, "", ("location", elsewhere))
    assert code == 2
    assert "says: 302 Found" in output
    [(path, cookie)] = server.RequestHandlerClass.asked
    assert path == "/__webfoot__/api/journeys?limit=1"
    assert cookie is not None
