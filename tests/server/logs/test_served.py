"""What real processes log, and that they go on serving when nobody reads it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.server.process.serving import GUARD, QUIET_APP, ask, connect, poll, webfoot, write_app

QUACK = """
import logging
from webfoot import HTTPException, Webfoot

app = Webfoot()
log = logging.getLogger("ducks")

@app.get("/ducks/{number}")
async def duck(number: int):
    log.warning("duck %d", number)
    if number > 9:
        raise HTTPException(404, "too far away")
    return number
"""
ID_CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"id": {"()": "webfoot.server.logs.request_id.RequestIdFilter"}},
    "formatters": {"plain": {"format": "%(name)s [%(request_id)s] %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["id"]}},
    "root": {"handlers": ["out"], "level": "INFO"},
}


def logged(directory: Path, *words: str, asking: list[str], until: str, **environment: str) -> str:
    """All that a server prints for these requests."""
    with webfoot("run", "main:app", "--port", "0", *words, cwd=directory, **environment) as serving:
        if "json" in words:
            url = re.search(r"on (http://\S+) ", serving.wait_for(r"serving .*")[0])[1]  # type: ignore[index]
        else:
            url = serving.url()
        for path in asking:
            ask(url, path)
        serving.wait_for(until)
        assert serving.end() == 0
        return serving.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_line_is_an_object(tmp_path, workers):
    write_app(tmp_path, QUACK)
    asking = [f"/ducks/{number}?token=quack&n=%22" for number in (1, 99)] + ["/nowhere", "/ducks/x"]
    words = ["--log-format", "json", "--access-log-reasons", "--request-ids", "--workers", workers]
    printed = logged(tmp_path, *words, asking=asking, until=r'"path":"/ducks/x"')
    lines = [line for line in printed.splitlines() if not line.startswith("duck ")]  # the application's own
    objects = [json.loads(line) for line in lines]
    assert all(each["time"].endswith("Z") and each["level"] for each in objects)
    by_path = {each["path"]: each for each in objects if each["logger"] == "webfoot.access"}
    assert {path: each["status"] for path, each in by_path.items()} == {
        "/ducks/1": 200,
        "/ducks/99": 404,
        "/nowhere": 404,
        "/ducks/x": 422,
    }
    assert "reason" not in by_path["/ducks/1"]
    assert "too far away" in by_path["/ducks/99"]["reason"]
    assert "no route matches" in by_path["/nowhere"]["reason"]
    assert "number" in by_path["/ducks/x"]["reason"]
    assert by_path["/ducks/1"]["query"] == "token=[redacted]&n=%22"
    assert len({each["request_id"] for each in by_path.values()}) == 4
    if jq := shutil.which("jq"):
        done = subprocess.run([jq, "-c", ".level"], input="\n".join(lines), capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == len(lines)


def test_the_id_in_the_lines_of_the_application(tmp_path):
    write_app(tmp_path, QUACK)
    (tmp_path / "log.json").write_text(json.dumps(ID_CONFIG))
    words = ["--log-config", "log.json", "--request-ids"]
    with webfoot("run", "main:app", "--port", "0", *words, cwd=tmp_path) as serving:
        url = re.search(r"on (http://\S+) ", serving.wait_for(r"serving .*")[0])[1]  # type: ignore[index]
        ask(url, "/ducks/7")
        given = serving.wait_for(r"ducks \[(\S+-1)\] duck 7")[1]
        serving.wait_for(rf'webfoot.access \[{given}\] .* "GET /ducks/7 HTTP/1.1" 200 1B .*ms \[{given}\]')
        assert serving.end() == 0


@pytest.mark.parametrize(
    ("environment", "words", "coloured"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-use-colors"], False),
        ({"NO_COLOR": "1"}, ["--use-colors"], True),
        ({"FORCE_COLOR": "1", "WEBFOOT_LOG_FORMAT": "json"}, [], False),
    ],
)
def test_colours(tmp_path, environment, words, coloured):
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", *words, cwd=tmp_path, **environment) as serving:
        line = serving.wait_for(r".*serving main:app.*")[0]
        assert ("\x1b[32mINFO\x1b[0m:" in line) == coloured
        assert serving.end() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--access-log-format", "%(nope)s"], "the option access_log_format has the atom %(nope)s, which there is not"),
        (["--log-config", "none.json"], "the option log_config names none.json, which cannot be read"),
        (["--log-config", "none.json", "--workers", "2"], "the option log_config names none.json, which cannot be"),
        (["--log-level", "loud"], "the option log_level cannot be 'loud'"),
    ],
)
def test_one_sentence_for_what_is_wrong(tmp_path, words, said):
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", *words, cwd=tmp_path) as serving:
        assert serving.code() == 2
        assert said in serving.output
        assert len(serving.output.splitlines()) == 1


def _ask_often(port_file: Path, count: int) -> None:
    """`count` requests on one connection, with long targets; each must be answered."""
    url = poll(lambda: port_file.read_text(), lambda text: text.endswith("\n")).strip()
    with connect(url) as connection:
        for _ in range(count):
            connection.sendall(b"GET /" + b"a" * 500 + b" HTTP/1.1\r\nhost: x\r\n\r\n")
            heard = b""
            while b"pid" not in heard:
                data = connection.recv(65536)
                assert data
                heard += data


SERVED = """
import sys, pathlib
from webfoot.server.process.serve import Server
import webfoot.server.process.serve as serve
def greet(options, urls, app=None):
    pathlib.Path("port").write_text(urls[0] + "\\n")
serve.greet = greet
from webfoot.cli.main import main
main(["run", "main:app", "--port", "0"])
"""


@pytest.mark.parametrize("reader", ["sleeps", "has gone"])
def test_nobody_reads_the_log(tmp_path, reader):
    """Twenty times what a pipe holds is logged; every request is answered, and the process ends when it is told to."""
    write_app(tmp_path, QUIET_APP)
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing
    )
    try:
        os.close(writing)
        if reader == "has gone":
            os.close(reading)
        _ask_often(tmp_path / "port", 2500)
        before = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(GUARD) == 0
        assert time.monotonic() - before < GUARD / 2
    finally:
        process.kill()
        process.wait()
        if reader != "has gone":
            os.close(reading)
