"""A client that leaves while its endpoint goes on: said when it happens, and the end is no second request."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.server.process.serving import ask, connect, poll, webfoot, write_app

API = """
import asyncio
from typing import Annotated
from webfoot import BackgroundTasks, Depends, Webfoot

app = Webfoot()
going = asyncio.Event()

async def slow_pond():
    await going.wait()

@app.get("/slow")
async def read_duck():
    await going.wait()

@app.get("/slow/pond")
async def read_pond(pond: Annotated[None, Depends(slow_pond)]):
    return "pond"

async def session():
    yield
    await going.wait()

@app.get("/clean", dependencies=[Depends(session)])
async def clean():
    return "clean"

@app.get("/mail")
async def mail(tasks: BackgroundTasks):
    tasks.add_task(slow_pond)

@app.get("/go")
async def go():
    going.set()
    return "gone"
"""

REQUEST = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_the_line_when_it_happens_and_the_end_later(tmp_path: Path, parser: str) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", "--http", parser, cwd=tmp_path) as serving:
        url = serving.url()
        _ask_and_leave(url, "/slow")
        serving.wait_for(
            r"^\d\d:\d\d:\d\d  GET     /slow +--- +[0-9.]+ m?s  the client left; read_duck still runs \(main.py:12\)$"
        )
        [row] = _journeys(url, "/slow")
        assert row["state"] == "running"
        assert row["why"]["sentence"] == "The client left; read_duck still runs (main.py:12)."
        ask(url, "/go")
        serving.wait_for(r"^ {10}GET /slow has answered 200, [0-9.]+ m?s after its client had left$")
        assert serving.end() == 0
    assert len(re.findall("GET     /slow ", serving.output)) == 1
    assert "The connection ended" not in serving.output


def test_a_dependency_that_hangs_is_named_with_its_place_and_for_how_long(tmp_path: Path) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        with connect(url) as client:
            client.sendall(REQUEST % b"/slow/pond")
            row = poll(lambda: _journeys(url, "/slow/pond"))[0]
            [pond] = poll(lambda: _journey(url, row["id"])["dependencies"])
            assert (pond["name"], pond["outcome"], pond["line"]) == ("slow_pond", "running", 9)
            again = poll(lambda: _longer(url, row["id"], pond["took_us"]))
            assert again["at_us"] == pytest.approx(pond["at_us"], abs=1000)
        serving.wait_for(r"the client left; the dependency slow_pond still runs \(main.py:9\)$")
        ask(url, "/go")
        serving.wait_for("GET /slow/pond has answered 200")
        [ended] = _journey(url, row["id"])["dependencies"]
        assert ended["outcome"] == "gave"


@pytest.mark.parametrize(("path", "place"), [("/clean", "main.py:22 in session"), ("/mail", "main.py:10 in slow_pond")])
def test_what_goes_on_behind_the_answer_is_told_with_the_line_and_the_end_later(
    tmp_path: Path, path: str, place: str
) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        assert ask(url, path)
        serving.wait_for(rf"^\d\d:\d\d:\d\d  GET     {path} +200 +\S+ ms  answered, and still at work: {place}$")
        [row] = _journeys(url, path)
        assert (row["state"], row["at"], row["went_on_at"]) == ("running", place, None)
        assert 0 < row["answered_us"] < 1e6
        time.sleep(1.8)  # one that is told of is not told of again after two seconds
        ask(url, "/go")
        serving.wait_for(rf"^ {{10}}GET {path} has ended, [0-9.]+ s after its answer$")
        [row] = _journeys(url, path)
        assert (row["state"], row["at"], row["went_on_at"]) == ("done", None, place)
        journey = _journey(url, row["id"])
        assert journey["went_on_at"] == f"{tmp_path}/{place}"
        assert journey["answered_us"] == row["answered_us"]
        assert serving.end() == 0
    assert len(re.findall(rf"GET +{path} ", serving.output)) == 2  # the line, and the end


def test_with_an_access_log_of_ones_own_it_is_a_sentence(tmp_path: Path) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", "--access-log-format", "%(r)s", cwd=tmp_path) as serving:
        url = serving.url()
        _ask_and_leave(url, "/slow")
        serving.wait_for(r"  GET /slow: the client left; read_duck still runs \(main.py:12\)")
        ask(url, "/go")


def _ask_and_leave(url: str, path: str) -> None:
    with connect(url) as client:
        client.sendall(REQUEST % path.encode())
        poll(lambda: _journeys(url, path))


def _journeys(url: str, path: str) -> list[dict[str, Any]]:
    return _read(f"{url}/__webfoot__/api/journeys?path={path}")["journeys"]


def _journey(url: str, id: str) -> dict[str, Any]:
    return _read(f"{url}/__webfoot__/api/journeys/{id}")


def _longer(url: str, id: str, before: float) -> dict[str, Any] | None:
    [pond] = _journey(url, id)["dependencies"]
    return pond if pond["took_us"] > before else None


def _read(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def test_a_request_that_the_server_did_not_wait_for_was_not_left_by_its_client(tmp_path: Path) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving, connect(serving.url()) as client:
        client.sendall(REQUEST % b"/slow")
        serving.wait_for(r"under way")
        serving.end()
    assert "its client had left" not in serving.output
    _, _, end = serving.output.partition("stopping\n")
    waiting, cut_off, line = end.splitlines()
    at = r"GET /slow \(\d s\) at main\.py:14 in read_duck"
    assert re.fullmatch(rf"INFO: +waiting up to 1 s for {at} \(Ctrl-C to cut off\)", waiting)
    assert re.fullmatch(rf"WARNING: +cut off {at}", cut_off)
    assert re.fullmatch(r"[0-9:]{8}  GET     /slow +503 +[0-9.]+ s  your awaits [0-9.]+ s in read_duck", line)
