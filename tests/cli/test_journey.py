from __future__ import annotations

import json
import os
import subprocess
import sys

import click
import pytest

from webfoot.cli.composing import compose

APP = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            print(event, "in", __name__)
            await send({"type": event + ".complete"})
            if event == "lifespan.shutdown":
                return
    if scope["path"] == "/broken":
        raise ValueError("no ducks")
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"quack", "more_body": True})
            await receive()
            await receive()
    body = (await receive())["body"]
    status = 200 if scope["path"] == "/" else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


def make():
    return app


async def refuses(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the pond is dry"})
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("ducks")
    (path / "ducks.py").write_text(APP)
    return path


@pytest.fixture
def journey(directory):
    def run(*arguments, stdin=b"", **environment):
        return subprocess.run(
            [sys.executable, "-m", "webfoot", "journey", *arguments],
            cwd=directory,
            input=stdin,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_request_is_drawn_from_the_connection_to_its_end(journey):
    done = journey("ducks:app", "POST", "/", "-d", '{"name": "Emma"}')
    text = done.stdout.decode()

    assert done.returncode == 0
    stations = [line.split()[2] for line in text.splitlines() if line[:3].strip().isdigit() and line[4] in "↓●↑■"]
    assert stations[:7] == [
        "connected",
        "chosen",
        "bytes_received",
        "head_parsed",
        "head_accepted",
        "scope_built",
        "app_entered",
    ]
    assert stations[-1] == "kept_alive"
    assert "body: content-length 16" in text
    assert "200 OK" in text
    assert "\x1b" not in text


def test_the_application_is_started_and_shut_down_around_it(journey):
    text = journey("ducks:app", "GET", "/").stdout.decode()

    assert text.splitlines()[0] == "lifespan.startup in ducks"
    assert "lifespan.shutdown in ducks" in text


def test_an_answer_is_a_success_whatever_its_status(journey):
    done = journey("ducks:make", "--factory", "GET", "/nowhere")

    assert done.returncode == 0
    assert b"The application app answered 404 itself" in done.stdout


def test_an_exception_is_told_with_its_place(journey):
    done = journey("ducks:app", "GET", "/broken")

    assert done.returncode == 0
    assert "The application failed with 500: it raised ValueError: no ducks at ducks.py:11." in done.stdout.decode()


def test_json(journey):
    done = journey("ducks:app", "GET", "/?a=1", "--json", "-H", "authorization: Bearer s3cret")
    data = json.loads(done.stdout[done.stdout.index(b"{") : done.stdout.rindex(b"}") + 1])

    assert (data["version"], data["status"], data["target"], data["done"]) == (1, 200, "/?a=1", True)
    assert b"s3cret" not in done.stdout


def test_raw_bytes_may_be_wrong_and_may_hold_several_requests(journey, directory):
    good = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
    (directory / "two.bin").write_bytes(good + b"GET /x HTTP/1.1\r\n\r\n")
    text = journey("ducks:app", "--raw", "two.bin").stdout.decode()

    assert "GET /  200 OK" in text
    assert "GET /x  400 Bad Request" in text
    assert "The server answered 400: an HTTP/1.1 request must have a Host field" in text


def test_raw_bytes_from_standard_input(journey):
    done = journey("ducks:app", "--raw", "-", stdin=b"BREW\r\n\r\n")

    assert done.returncode == 0
    assert b"400 Bad Request  decided by: server (station 5)" in done.stdout


def test_a_stream_without_end_is_left_after_a_while(journey):
    done = journey("ducks:app", "GET", "/endless", "--patience", "0.2")

    assert done.returncode == 0
    assert b"The answer 200 was cut short: the client left" in done.stdout


def test_a_terminal_without_unicode(journey):
    done = journey("ducks:app", "GET", "/", PYTHONIOENCODING="latin-1")

    assert done.returncode == 0
    assert b"  1 ? connected" in done.stdout


def test_options_of_the_server_come_from_the_environment(journey):
    done = journey("ducks:app", "GET", "/", WEBFOOT_HTTP="h11", WEBFOOT_WORKERS="4", WEBFOOT_PROXY_PROTOCOL="1")

    assert b"h11: HTTP/1.1, 3 headers" in done.stdout


def test_no_answer_is_a_failure(journey):
    done = journey("ducks:app", "--raw", "-", "--patience", "0.2", stdin=b"GET / HT")

    assert done.returncode == 1
    assert b"no answer" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["ducks:nope", "GET", "/"], 1, "no attribute nope"),
        (["drakes:app", "GET", "/"], 1, "there is no module drakes"),
        (["ducks:refuses", "GET", "/"], 3, "the pond is dry"),
        (["ducks:app"], 2, "a journey needs METHOD and PATH"),
        (["ducks:app", "GET", "ducks"], 2, "'ducks' is no path: it must begin with /"),
        (["ducks:app", "GET", "/#top"], 2, "fragment"),
        (["ducks:app", "G(T", "/"], 2, "'G(T' is no HTTP method"),
        (["ducks:app", "GET", "/", "-H", "nonsense"], 2, "'nonsense' is no header: write 'Name: value'"),
        (["ducks:app", "GET", "/", "-H", "a: b\r\nc: d"], 2, "is no header"),
        (["ducks:app", "POST", "/", "-d", "@missing.json"], 2, "cannot read missing.json: no such file"),
        (["ducks:app", "GET", "/", "--raw", "x"], 2, "--raw sends the bytes of a file as they are"),
        (["ducks:app", "--raw", "-"], 2, "there is nothing to send"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_sentence_and_no_traceback(journey, arguments, code, sentence):
    done = journey(*arguments)

    assert done.returncode == code
    assert sentence in done.stderr.decode()
    assert len(done.stderr.decode().strip().splitlines()) == 1


class TestCompose:
    def request(self, method="GET", path="/", headers=(), data=None):
        head, _, body = compose(method, path, headers, data).partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        return line, dict(field.split(": ", 1) for field in fields), body

    def test_get(self):
        line, fields, body = self.request()

        assert line == "GET / HTTP/1.1"
        assert fields["host"] == "localhost"
        assert "content-length" not in fields
        assert body == b""

    def test_a_path_alone_is_a_get(self):
        assert compose("/ducks", None, (), None).startswith(b"GET /ducks HTTP/1.1\r\n")

    def test_what_a_path_cannot_hold_is_encoded_and_what_is_encoded_stays(self):
        assert self.request(path="/a b/ü?q=ä&x=%20")[0] == "GET /a%20b/%C3%BC?q=%C3%A4&x=%20 HTTP/1.1"

    @pytest.mark.parametrize("body", ['{"a": 1}', "[1]", "true", '"x"', "12", '{"broken'])
    def test_what_looks_like_json_is_sent_as_json(self, body):
        _, fields, sent = self.request("POST", data=body)

        assert fields["content-type"] == "application/json"
        assert fields["content-length"] == str(len(body))
        assert sent == body.encode()

    @pytest.mark.parametrize("body", ["a=1&b=2", "hello"])
    def test_other_bodies_have_no_type_unless_it_is_given(self, body):
        assert "content-type" not in self.request("POST", data=body)[1]
        assert self.request("POST", headers=["Content-Type: text/x"], data=body)[1]["Content-Type"] == "text/x"

    def test_a_given_header_replaces_ours(self):
        fields = self.request("POST", headers=["Host: ducks.test", "CONTENT-TYPE: text/plain"], data="{}")[1]

        assert {name.lower() for name in fields} == {"host", "user-agent", "accept", "content-length", "content-type"}
        assert fields["Host"] == "ducks.test"
        assert fields["CONTENT-TYPE"] == "text/plain"

    def test_a_post_without_a_body_says_so(self):
        assert self.request("POST")[1]["content-length"] == "0"

    def test_a_body_from_a_file(self, tmp_path):
        (tmp_path / "duck.json").write_bytes(b'{"name": "\xc3\xbc"}')

        assert self.request("PUT", data=f"@{tmp_path / 'duck.json'}")[2] == b'{"name": "\xc3\xbc"}'

    def test_a_body_in_chunks(self):
        _, fields, body = self.request("POST", headers=["transfer-encoding: chunked"], data="quack")

        assert "content-length" not in fields
        assert body == b"5\r\nquack\r\n0\r\n\r\n"

    def test_options_of_the_server(self):
        assert self.request("OPTIONS", "*")[0] == "OPTIONS * HTTP/1.1"

    def test_an_asterisk_is_for_options_only(self):
        with pytest.raises(click.UsageError):
            compose("GET", "*", (), None)
