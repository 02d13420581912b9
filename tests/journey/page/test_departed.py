"""Workers that are no more: what they had under way, and what was slow or had failed, is on the page all the same."""

import json
import os
import re
import signal
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.journey.page.crews import PAGE, crew, kill
from tests.server.process.serving import ask, poll, webfoot, write_app

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[3] / "docs" / "journey.schema.json").read_text()))
APP = """
import asyncio, os, signal, time
from webfoot import Webfoot

app = Webfoot()

@app.get("/pid")
async def pid():
    return os.getpid()

@app.get("/wait/{token}")
async def wait(token: str):
    await asyncio.sleep(1000)

@app.get("/hang")
async def hang():
    time.sleep(1000)

@app.get("/fault")
async def fault():
    signal.raise_signal(signal.SIGSEGV)

@app.get("/broken")
async def broken(password: str):
    raise RuntimeError(f"no duck {password}")
"""


def leave_open(visitor, path):
    """A request that will never be answered, in a thread."""

    def ask():
        with suppress(OSError, HTTPException):
            visitor.ask(path)

    threading.Thread(target=ask, daemon=True).start()


def lost(visitor, query=""):
    """The rows of workers that are no more, by their targets, as this worker tells of them."""
    return {row["target"]: row for row in visitor.listed(query)["journeys"] if row.get("lost")}


def opened(visitor, row):
    """The whole journey, which holds to the schema."""
    whole = json.loads(visitor.get(f"{PAGE}journeys/{row['id']}"))
    assert whole.pop("summary") == row
    SCHEMA.validate(whole)
    return whole


def another_at(ship, worker, **headers):
    """One more client with a connection to this worker."""
    return poll(lambda: ship.visitor(**headers), lambda visitor: visitor.worker == worker)


ENDS = {
    "/fault": (r"was killed by SIGSEGV at main\.py:\d+ in fault", "SIGSEGV is a crash of code"),
    "/hang": (r"did not answer for 1 s, blocked at main\.py:\d+ in hang, and was killed", "A call that blocks"),
}


@pytest.mark.parametrize("path", ENDS)
def test_what_it_had_under_way_is_in_open_pages_and_in_those_that_come_later(tmp_path, path):
    how, step = ENDS[path]
    with crew(tmp_path, "--recorder", "--timeout-worker-healthcheck", "1", app=APP) as ship:
        first, second = ship.visitors()
        page = ship.page(first.worker)
        second.ask("/broken?password=hunter2")
        killer = another_at(ship, second.worker)
        leave_open(second, "/wait/hunter2")
        waiting = page.until("journey", lambda row: row["target"] == "/wait/[redacted]")
        file = next(ship.meeting.glob(f"*-{second.worker}-*.flight"))
        poll(lambda: b"in wait" in file.read_bytes())  # where it stands is noted
        leave_open(killer, path)

        page.until("server", lambda data: data["server"]["died"] and data["server"]["died"][0]["how"])
        told = page.until("journey", lambda row: row["id"] == waiting["id"])
        sentence = told["why"]["sentence"]
        assert re.match(rf"Worker {second.worker} {how} while this was under way\. It ", sentence), sentence
        assert "at main.py:" in sentence
        assert (told["state"], told["failed"], told["died"], told["worker"]) == ("done", True, True, second.worker)
        notice = page.server["says"]
        assert re.fullmatch(rf"Worker {second.worker} {how}, with 2 requests under way\.", notice), notice

        heir = poll(ship.visitor, lambda visitor: visitor.worker not in (first.worker, second.worker))
        for visitor in (first, heir):
            rows = lost(visitor)
            assert set(rows) == {"/wait/[redacted]", "/broken?password=[redacted]", path}
            assert rows["/wait/[redacted]"] == told
            broken = rows["/broken?password=[redacted]"]
            assert (broken["died"], broken["status"], broken["endpoint"]) == (False, 500, "broken")
            assert opened(visitor, broken)["marks"]
            whole = opened(visitor, rows[path])
            assert re.fullmatch(how, whole["worker_ended"]["how"])
            assert re.fullmatch(
                rf"{re.escape(str(tmp_path))}/main\.py:\d+ in {path[1:]}", whole["worker_ended"]["stack"][0]
            )
            assert whole["advice"][0].startswith(step)
            [died] = visitor.listed()["server"]["died"]
            assert (died["worker"], abs(died["at"] - time.time()) < 60) == (second.worker, True)
        with closing(ship.page(heir.worker)) as late:
            assert late.server["says"] == notice
            assert late.until("journey", lambda row: row["id"] == told["id"]) == told
        page.close()
        assert b"hunter2" not in b"".join(each.read_bytes() for each in ship.meeting.glob("*.flight"))
        assert ship.serving.end() == 0
    assert "hunter2" not in ship.serving.output


def test_they_outlast_a_reload_as_does_what_failed_in_the_workers_that_went_and_what_is_forgotten_stays_so(tmp_path):
    token = {"authorization": "Bearer a-token-of-ducks"}
    with crew(tmp_path, "--recorder", app=APP, WEBFOOT_JOURNEY_TOKEN="a-token-of-ducks") as ship:
        stranger, second = ship.visitors()
        first = another_at(ship, stranger.worker, **token)
        leave_open(second, "/wait/hunter2")
        poll(lambda: first.targets("?path=/wait") == ["/wait/[redacted]"])
        kill(second.worker)
        [row] = poll(lambda: [row for row in lost(first).values() if "SIGKILL" in row["why"]["sentence"]])
        for path in ("journeys", f"journeys/{row['id']}", "events"):
            assert stranger.ask(f"{PAGE}{path}")[0] == 401
        first.ask("/broken?password=hunter2")

        old = poll(lambda: first.listed()["server"]["seen"], lambda seen: len(seen) == 2)
        ship.serving.send(signal.SIGHUP)
        ship.serving.wait_for("reloaded$")
        heir = poll(lambda: ship.visitor(**token), lambda visitor: visitor.worker not in old)
        rows = poll(lambda: lost(heir), lambda rows: len(rows) == 2)  # the process may end a moment after its service
        assert rows["/wait/[redacted]"]["died"]
        assert not rows["/broken?password=[redacted]"]["died"]
        whole = opened(heir, rows["/broken?password=[redacted]"])
        assert whole["why"]["sentence"].startswith("The endpoint broken failed")
        assert [died["worker"] for died in heir.listed()["server"]["died"]] == [second.worker]

        heir.ask("/broken?password=hunter2")
        with closing(ship.page(heir.worker, **token)) as page:
            assert page.server["died"]
            assert heir.clear() == (204, b"")
            page.until("server", lambda data: not data["server"]["died"])
        assert heir.listed()["journeys"] == []
        kill(heir.worker)  # what it had told of was forgotten while it lived
        last = poll(lambda: ship.visitor(**token), lambda visitor: visitor.worker != heir.worker)
        poll(lambda: last.listed()["server"]["workers"] == 2 and heir.worker not in last.listed()["server"]["seen"])
        assert lost(last) == {}
        status, body = last.ask(f"{PAGE}journeys/{heir.worker}-2")
        kept = "of its journeys only those are kept that were under way, slow or failed"
        assert (status, json.loads(body)["error"]) == (404, f"there is no worker {heir.worker} any longer, and {kept}")
        assert ship.serving.end() == 0


def test_one_process_that_was_killed_is_told_of_by_the_one_that_comes_in_its_place_and_by_no_other_server(tmp_path):
    runtime, here, elsewhere = (tmp_path / name for name in ("run", "here", "elsewhere"))
    for directory in (runtime, here, elsewhere):
        directory.mkdir()

    def rows(url):
        return json.loads(ask(url, f"{PAGE}journeys"))["journeys"]

    with crew(here, "--recorder", workers=1, runtime=runtime, app=APP) as ship:
        killed = ship.visitor()
        leave_open(killed, "/wait/hunter2")
        poll(lambda: [row["target"] for row in rows(ship.url)] == ["/pid", "/wait/[redacted]"])
        ship.serving.process.kill()
        ship.serving.process.wait()
    with (
        crew(here, "--recorder", workers=1, runtime=runtime, app=APP) as heir,
        crew(elsewhere, "--recorder", workers=1, runtime=runtime, app=APP) as other,
    ):
        [row] = rows(heir.url)
        assert (row["target"], row["lost"], row["died"]) == ("/wait/[redacted]", True, True)
        assert row["why"]["sentence"].startswith(f"Worker {killed.worker} ended while this was under way.")
        assert rows(other.url) == []
        assert heir.serving.end() == 0
        assert other.serving.end() == 0


def test_while_developing_the_request_that_killed_the_worker_is_shown_with_those_of_before(tmp_path):
    runtime = tmp_path / "run"
    runtime.mkdir()
    write_app(tmp_path, APP)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path, XDG_RUNTIME_DIR=os.fspath(runtime)) as serving:
        url = serving.url()

        def rows():
            return json.loads(ask(url, f"{PAGE}journeys"))["journeys"]

        ask(url, "/broken?password=hunter2")
        ask(url, "/fault")
        serving.wait_for(r"worker \d+ had 1 request under way")
        serving.wait_for("waiting for a file to change")
        shown = {row["target"]: row for row in rows()}
        sentence = shown["/fault"]["why"]["sentence"]
        assert re.match(r"Worker \d+ was killed by SIGSEGV at main\.py:\d+ in fault while", sentence), sentence
        assert shown["/broken?password=[redacted]"]["status"] == 500
        (tmp_path / "main.py").write_text(f"{APP}# mended\n")
        serving.wait_for("serving again")
        ask(url, "/pid")
        assert [row["target"] for row in rows()] == ["/broken?password=[redacted]", "/fault", "/pid"]
        whole = json.loads(ask(url, f"{PAGE}journeys/{shown['/fault']['id']}"))
        assert whole["worker_ended"]["stack"]
        assert serving.end(signal.SIGINT) == 0
