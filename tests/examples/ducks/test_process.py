"""The example as people meet it: a process, a socket, Ctrl-C."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.examples.serving import GUARD, ROOT, program

DUCK = Path("examples/ducks/duck.png").read_bytes()


def ask(url: str, method: str, target: str, body: bytes | None = None, **headers: str):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def report(url: str, **sighting: object):
    return ask(url, "POST", "/sightings", json.dumps(sighting).encode(), content_type="application/json")


@pytest.fixture
def ducks(tmp_path):
    with program("-m", "examples.ducks", "--port", "0", DUCKS_DATA=str(tmp_path), DATABASE_URL="") as running:
        yield running


def test_over_a_socket(ducks, tmp_path):
    url = ducks.url()
    assert f"\nDuck sightings: {url}\n" in ducks.output
    assert str(tmp_path) in ducks.output

    status, body = ask(url, "GET", "/sightings?species=mallard&species=teal&place=pond")
    assert (status, json.loads(body)["total"]) == (200, 1)
    assert ask(url, "GET", "/docs")[0] == 200
    status, body = report(url, species="eider", place="Pier", count=3)
    assert (status, json.loads(body)["id"]) == (201, 7)
    assert report(url, species="goose", count=0)[0] == 422

    form = b'--x\r\ncontent-disposition: form-data; name="photo"; filename="duck.png"\r\n\r\n' + DUCK + b"\r\n--x--\r\n"
    assert ask(url, "PUT", "/sightings/1/photo", form, content_type="multipart/form-data; boundary=x")[0] == 200
    assert ask(url, "GET", "/sightings/1/photo") == (200, DUCK)

    assert ducks.end() == 0
    assert "Traceback" not in ducks.output


def test_what_it_prints_can_be_tried(ducks, tmp_path):
    """Each command is run as it is printed."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    ducks.url()
    lines = [line.strip() for line in ducks.output.splitlines() if line.startswith("  ")]
    commands = [line for line in lines if line.startswith("curl") or " journey " in line]
    statuses = []
    for command in commands:
        # The stream has no end of its own.
        shown = f"{command} --max-time 1" if "/live" in command else command
        shown += " -sw '\n%{http_code}'" if command.startswith("curl") else ""
        environment = {**os.environ, "DUCKS_DATA": str(tmp_path), "DATABASE_URL": ""}
        done = subprocess.run(
            shown, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=GUARD, check=False
        )
        assert done.returncode == 0 or "/live" in command, done.stderr
        statuses.append(done.stdout.splitlines()[-1] if command.startswith("curl") else done.stdout.splitlines()[0])
    assert statuses[:6] == ["200", "201", "200", "200", "200", "422"]
    journeys = [line.split("  ")[:2] for line in statuses[6:]]
    assert journeys == [["GET /sightings/1", "200 OK"], ["GET /sightings/first", "422 Unprocessable Content"]]


def test_ctrl_c_ends_open_streams_at_once(ducks):
    url = ducks.url()
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as listener:
        listener.sendall(b"GET /sightings/live HTTP/1.1\r\nhost: ducks\r\n\r\n")
        heard = b""
        while b"listening" not in heard:
            heard += listener.recv(65536)
        report(url, species="teal", place="Ditch")
        while b"Ditch" not in heard:
            heard += listener.recv(65536)

        assert ducks.end() == 0
        while data := listener.recv(65536):
            heard += data
    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"id: 7\nevent: sighting\ndata: " in heard
    # The server did not have to wait for its deadline, which it would have warned of.
    assert "WARNING" not in ducks.output
    assert "Traceback" not in ducks.output


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": "ducks"}, "ducks: DATABASE_URL is not a database URL; it should look like "),
        ({"DATABASE_URL": "sqlite:////dev/null/x.db"}, "ducks: The database sqlite+aiosqlite:////dev/null/x.db cannot"),
        ({"DUCKS_DATA": "/dev/null"}, "ducks: The data directory '/dev/null' cannot be written to"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(tmp_path, environment, sentence):
    settings = {"DUCKS_DATA": str(tmp_path), "DATABASE_URL": ""} | environment
    with program("-m", "examples.ducks", "--port", "0", **settings) as running:
        assert running.wait() == 2
    assert running.output.startswith(sentence)
    assert running.output.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with program("-m", "examples.ducks", "--port", port, DUCKS_DATA=str(tmp_path), DATABASE_URL="") as running:
            assert running.wait() == 2
    assert running.output == (
        f"ducks: 127.0.0.1, port {port} cannot be listened on (Address already in use); choose another --port.\n"
    )
