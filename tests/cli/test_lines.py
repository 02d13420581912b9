"""What `webfoot dev` writes of each request, and `webfoot journey show` in another terminal."""

import json
import re
import subprocess
import sys

import pytest
from tests.server.process.serving import ask, webfoot, write_app

from webfoot.cli.lines import replaces_access_log
from webfoot.journey.saved.reading import read_journeys
from webfoot.journey.saved.recalled import RecalledRecord
from webfoot.journey.terminal import draw
from webfoot.server import ServerOptions

API = """
from webfoot import Webfoot

app = Webfoot()

@app.get("/ducks/{number}")
async def duck(number: int):
    if number == 13:
        raise LookupError("no such duck")
    return number

async def swim(): ...

@app.get("/forgetful")
async def forgetful():
    swim()
"""
DRAWN = r"^ +\d+ [↓●↑■] "


def dev(here, *flags):
    return webfoot("dev", "main:app", "--port", "0", *flags, cwd=here)


def show(url, *words):
    command = [sys.executable, "-m", "webfoot", "journey", "show", *words, "--at", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    directory = tmp_path_factory.mktemp("lines")
    write_app(directory, API)
    with dev(directory) as serving:
        yield serving


@pytest.fixture(scope="module")
def url(serving):
    return serving.url()


def test_the_beginning_says_where_to_look(serving, url):
    serving.wait_for(rf"journeys of requests: {url}/__webfoot__/$")
    serving.wait_for(rf"documentation: {url}/docs$")


def test_a_line_for_each_request_and_the_reason_below(serving, url):
    assert ask(url, "/ducks/7") == "7"
    serving.wait_for(r"^\d\d:\d\d:\d\d  GET     /ducks/7 {30,}200 +[0-9.]+ ms")
    ask(url, "/ducks/seven?token=abc")
    serving.wait_for(r"GET     /ducks/seven\?token=\[redacted\] +422 +[0-9.]+ ms")
    serving.wait_for(r"^ {10}Validation answered 422: path value 'number' was 'seven'")
    serving.wait_for(r"^ {10}→ Change what the client sends, or the types that duck asks for \(main.py:\d+\)\.$")
    link = serving.wait_for(rf"^ {{10}}main.py:\d+ in duck  {url}/__webfoot__/#(\d+-\d+)$")[1]
    assert "/ducks/seven" in show(url, link).stdout
    assert not re.search(DRAWN, serving.output, re.M)


def test_what_to_do_names_the_application(serving, url):
    ask(url, "/zebra")
    serving.wait_for("^ {10}→ Add a route for it. All that there are: webfoot routes main:app$")


def test_where_an_await_is_missing(serving, url):
    ask(url, "/forgetful")
    serving.wait_for("RuntimeWarning: coroutine 'swim' was never awaited")
    serving.wait_for(r'main.py", line \d+, in forgetful$')


def test_a_traceback_has_no_frames_of_ours(serving, url):
    ask(url, "/ducks/13")
    serving.wait_for("ERROR: +GET /ducks/13: the application raised LookupError")
    serving.wait_for(r"^Traceback")
    serving.wait_for(r'main.py", line 9, in duck')
    serving.wait_for("^LookupError: no such duck$")
    serving.wait_for("GET     /ducks/13 +500")
    assert "gateway" not in serving.output


def test_requests_of_the_page_have_no_line(serving, url):
    ask(url, "/__webfoot__/api/journeys")
    ask(url, "/ducks/8")
    serving.wait_for("/ducks/8")
    assert "api/journeys" not in serving.output


def test_the_last_journey_is_drawn_in_another_terminal(serving, url):
    ask(url, "/ducks/eight")
    serving.wait_for("/ducks/eight")
    shown = show(url)
    assert shown.returncode == 0
    assert shown.stdout.startswith("GET /ducks/eight  422 ")
    assert len(re.findall(DRAWN, shown.stdout, re.M)) > 10
    assert "Validation answered 422" in shown.stdout
    told = json.loads(show(url, "--json").stdout)
    assert (told["target"], told["status"]) == ("/ducks/eight", 422)


def test_what_comes_back_from_json_is_drawn_as_it_was(serving, url):
    ask(url, "/ducks/13")
    serving.wait_for("GET     /ducks/13 +500")
    text = show(url, "--json").stdout
    drawn = draw(RecalledRecord(read_journeys(text, "it")[0]))
    assert "The endpoint duck failed with 500: it raised LookupError: no such duck at" in drawn


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["1-1"], "says: there is no worker 1 any longer"),
        (["--at", "http://127.0.0.1:1"], "nobody answers at http://127.0.0.1:1"),
        (["--at", "pond"], "pond is no URL"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(url, words, said):
    refused = show(url, *words) if "--at" not in words else show(words[1])
    assert refused.returncode == 2
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(("unfold", "drawn"), [("failed", 1), ("all", 2)])
def test_lines_unfold(tmp_path, unfold, drawn):
    write_app(tmp_path, API)
    with dev(tmp_path, "--unfold", unfold) as serving:
        url = serving.url()
        ask(url, "/ducks/7")
        ask(url, "/nowhere")
        serving.wait_for("GET     /nowhere")
        assert serving.end() == 0
    assert serving.output.count("■ ") >= drawn
    assert len(re.findall(r"station +at us", serving.output)) == drawn


@pytest.mark.parametrize(
    ("given", "replaced"),
    [
        ({}, True),
        ({"access_log": False}, False),
        ({"access_log_format": "combined"}, False),
        ({"log_format": "json"}, False),
        ({"log_config": {"version": 1}}, False),
    ],
)
def test_lines_stand_in_for_an_access_log_that_nobody_has_shaped(given, replaced):
    assert replaces_access_log(ServerOptions("main:app", **given)) is replaced
