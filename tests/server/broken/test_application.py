"""What is answered while the application does not start."""

import asyncio
import http.client
import json
import re
import threading
from urllib.parse import urlsplit

import pytest
from tests.server.process.serving import ask, connect, poll, webfoot, write_app
from tests.server.process.test_reload import ANSWER, QUICK, save

from webfoot.server.broken.application import BrokenApplication
from webfoot.server.broken.page import WAIT
from webfoot.server.broken.report import Report

BROKEN = "pond = '<b>'\nraise ValueError(pond)\n"
REFUSES = """
async def app(scope, receive, send):
    await receive()
    raise ValueError("no pond")
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broken")
    write_app(directory, BROKEN)
    with webfoot("dev", "main:app", "--port", "0", cwd=directory, **QUICK) as serving:
        yield serving.wait_for(r"until then (http://\S+) shows this")[1]


def fetch(url, method="GET", path="/", accept=""):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, path, headers={"accept": accept} if accept else {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_a_browser_is_shown_the_line(broken):
    status, headers, page = fetch(broken, path="/any/path?x=1", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert status == 503
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    nonce = re.search(r"script-src 'nonce-([^']+)'", headers["content-security-policy"])[1]
    assert page.count(f'nonce="{nonce}"') == 2
    assert "ValueError: &lt;b&gt;" in page
    assert 'aria-current="true"><i>2</i>raise ValueError(pond)' in page
    assert "http-equiv" in page
    assert "//" not in re.sub(r"/tmp/\S+", "", re.sub(r"<style.*</style>", "", page, flags=re.S)).replace("</", "")


def test_the_page_of_a_post_does_not_load_itself_anew(broken):
    assert "location.reload" not in fetch(broken, "POST", accept="text/html")[2]


def test_a_program_is_told_in_json_or_text(broken):
    status, headers, body = fetch(broken, accept="application/json")
    assert (status, headers["content-type"]) == (503, "application/json")
    assert json.loads(body)["error"].endswith("main.py:2: ValueError: <b>")
    status, headers, body = fetch(broken)
    assert (status, headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert body.startswith("Traceback")
    assert "main.py:2: ValueError: <b>\n" in body


def test_a_head_has_no_body(broken):
    status, headers, body = fetch(broken, "HEAD", accept="text/html")
    assert (status, body) == (503, "")
    assert int(headers["content-length"]) > 1000


def test_a_websocket_is_refused(broken):
    with connect(broken) as client:
        client.sendall(
            b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert client.recv(65536).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("text", "place"),
    [(BROKEN, r"main\.py:2: ValueError: <b>"), (REFUSES, r"main\.py:4: ValueError: no pond")],
    ids=["import", "start-up"],
)
def test_the_page_hears_of_the_next_save_and_the_save_is_served(tmp_path, text, place):
    write_app(tmp_path, text)
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path, **QUICK) as serving:
        url = serving.wait_for(r"until then (http://\S+) shows this")[1]
        assert re.search(place, ask(url))
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(fetch(url, path=WAIT)[0]))
        waiting.start()
        save(tmp_path, ANSWER % "healed")
        waiting.join(30)
        assert heard == [204]
        assert ask(url) == "healed"
        assert serving.end() == 0
    assert len(re.findall(place, serving.output)) == 1
    assert WAIT not in serving.output


def test_a_process_that_crashed_is_told_of(tmp_path):
    write_app(tmp_path, "import os\nos._exit(9)\n")
    with webfoot("dev", "main:app", "--port", "0", cwd=tmp_path, **QUICK) as serving:
        url = serving.wait_for(r"until then (http://\S+) shows this")[1]
        assert re.search(r"worker \d+ ended with exit code 9 before it served anything", ask(url))
        save(tmp_path, ANSWER % "healed")
        poll(lambda: ask(url), lambda said: said == "healed")
        assert serving.end() == 0


HERE = ("127.0.0.1", 5)


@pytest.mark.parametrize(
    ("client", "host", "fields", "is_told"),
    [
        (HERE, b"localhost:8000", [], True),
        (("::1", 5), b"[::1]:8000", [], True),
        (None, b"localhost", [], True),
        (("192.0.2.7", 5), b"localhost", [], False),
        (("fe80::1%eth0", 5), b"localhost", [], False),
        (HERE, b"evil.example:8000", [], False),  # whose name leads here by now
        (HERE, b"", [], False),
        (HERE, b"localhost", [(b"x-forwarded-for", b"192.0.2.7")], False),
        (HERE, b"localhost", [(b"forwarded", b"for=192.0.2.7")], False),
    ],
)
@pytest.mark.parametrize("accept", [b"text/html", b"application/json", b"*/*"])
def test_source_is_for_this_machine(client, host, fields, is_told, accept):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("nothing is read")

    headers = [(b"accept", accept), (b"host", host), *fields]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": client}
    asyncio.run(BrokenApplication(Report("egg at main.py:1", "Traceback of a secret"))(scope, receive, send))
    page = sent[1]["body"].decode()
    assert ("egg at main.py:1" in page) is is_told
    assert ("secret" in page) is is_told
