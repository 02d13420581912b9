"""The page as the commands serve it: `webfoot dev` over a restart, `webfoot run` when it is asked."""

import json
import socket
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from tests.server.process.serving import webfoot, write_app

from webfoot.server.process.greeting import page_address
from webfoot.server.settings.options import OptionError, ServerOptions

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"%s"})
"""
PATIENCE = 20.0


def get(url, path, **headers):
    with urlopen(Request(f"{url}{path}", headers=headers), timeout=PATIENCE) as reply:
        return reply.read()


def journeys(url, **headers):
    return json.loads(get(url, "/__webfoot__/api/journeys", **headers))


def until_served(url, text):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if get(url, "/ducks") == text:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{text!r} was never served")


def test_in_dev_it_is_there_and_outlasts_a_restart(tmp_path):
    write_app(tmp_path, APP % "quack")
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        serving.wait_for(rf"journeys of requests: {url}/__webfoot__/")
        assert b"<html" in get(url, "/__webfoot__/")
        assert get(url, "/before") == b"quack"
        before = journeys(url)

        time.sleep(0.1)
        write_app(tmp_path, APP % "QUACK")
        until_served(url, b"QUACK")

        after = journeys(url)
        assert after["server"]["worker"] != before["server"]["worker"]
        told = [(each["target"], each["earlier"]) for each in after["journeys"]]
        assert told[0] == ("/before", True)
        assert told[-1] == ("/ducks", False)
        assert json.loads(get(url, f"/__webfoot__/api/journeys/{before['journeys'][0]['id']}"))["target"] == "/before"
        assert serving.end() == 0
    assert "/__webfoot__/api" not in serving.output


def test_an_open_page_does_not_hold_the_end_up(tmp_path):
    write_app(tmp_path, APP % "quack")
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), PATIENCE) as page:
            page.sendall(b"GET /__webfoot__/api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
            heard = b""
            while b"event: reset" not in heard:
                heard += page.recv(65536)
            assert serving.end() == 0
            while data := page.recv(65536):
                heard += data
        assert b"event: bye" in heard
    assert "waiting" not in serving.output


def test_dev_may_do_without(tmp_path):
    write_app(tmp_path, APP % "quack")
    with webfoot("dev", "main:app", "--port", "0", "--no-journey-page", cwd=tmp_path) as serving:
        url = serving.url()
        assert get(url, "/__webfoot__/") == b"quack"
        assert serving.end() == 0
    assert "journeys of requests" not in serving.output


def test_in_run_it_is_not_there(tmp_path):
    write_app(tmp_path, APP % "quack")
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path) as serving:
        assert get(serving.url(), "/__webfoot__/") == b"quack"
        assert serving.end() == 0


def test_in_run_it_is_when_it_is_asked_for_and_keeps_no_bodies(tmp_path):
    write_app(tmp_path, APP % "quack")
    token = "a-token-of-ducks"
    words = ("run", "main:app", "--port", "0", "--journey-page")
    with webfoot(*words, cwd=tmp_path, WEBFOOT_JOURNEY_TOKEN=token) as serving:
        url = serving.url()
        serving.wait_for(rf"journeys of requests: {url}/__webfoot__/ \(asks for the token\)")
        get(url, "/ducks")
        with pytest.raises(HTTPError, match="401"):
            journeys(url)
        bearer = {"authorization": f"Bearer {token}"}
        [line] = journeys(url, **bearer)["journeys"]
        whole = json.loads(get(url, f"/__webfoot__/api/journeys/{line['id']}", **bearer))
        assert whole["response"]["body"] is None
        assert serving.end() == 0
    assert token not in serving.output


@pytest.mark.parametrize(
    "options",
    [
        *({"host": "0.0.0.0"}, {"host": "::"}, {"host": "pond.example"}, {"uds": "/tmp/x"}, {"fd": 3}),
        *({"bind": ["127.0.0.1:1", "0.0.0.0:2"]}, {"bind": ["unix:/tmp/x"]}, {"bind": ["fd://3"]}),
    ],
    ids=str,
)
def test_for_others_it_wants_a_token(options):
    with pytest.raises(OptionError) as caught:
        ServerOptions(app="main:app", journey_page=True, **options)
    assert str(caught.value) == (
        "the option journey_page shows what clients send: give it a journey_token, or listen on a loopback address only"
    )
    ServerOptions(app="main:app", journey_page=True, journey_token="a-token-of-ducks", **options)
    ServerOptions(app="main:app", **options)


@pytest.mark.parametrize(
    "options", [{}, {"host": "::1"}, {"host": "localhost"}, {"bind": ["127.0.0.1:1", "[::1]:2"]}], ids=str
)
def test_for_this_machine_it_wants_none(options):
    ServerOptions(app="main:app", journey_page=True, **options)


@pytest.mark.parametrize("token", ["short", "with a space", "quack;quack;quack", "a" * 7, "é" * 10])
def test_a_token_that_is_none_is_not_shown_in_the_refusal(token):
    with pytest.raises(OptionError) as caught:
        ServerOptions(app="main:app", journey_token=token)
    assert token not in str(caught.value)
    assert "at least 8 letters" in str(caught.value)


@pytest.mark.parametrize(
    ("urls", "page"),
    [
        (["http://127.0.0.1:8000"], "http://127.0.0.1:8000/__webfoot__/"),
        (["http://0.0.0.0:8000"], "http://localhost:8000/__webfoot__/"),
        (["https://[::]:8000"], "https://localhost:8000/__webfoot__/"),
        (["unix:/tmp/x", "http://127.0.0.1:1"], "http://127.0.0.1:1/__webfoot__/"),
        (["unix:/tmp/x"], ""),
        ([], ""),
    ],
)
def test_the_address_in_the_greeting_is_one_that_a_browser_takes(urls, page):
    assert page_address(ServerOptions(), urls) == page
