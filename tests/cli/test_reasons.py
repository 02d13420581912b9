"""Below an answer that may be a surprise, `webfoot dev` says why."""

import asyncio
import logging

import pytest
from tests.conformance.websocket_wire import close, echo, frame, settle, with_socket
from tests.server.process.serving import ask, webfoot, write_app

from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.cli.reasons import Reasons, _tell
from webfoot.journey.record import Record
from webfoot.server import ServerOptions
from webfoot.web import HTTPException, Route, WebApp
from webfoot.web.responses import PlainTextResponse, RedirectResponse

API = """
from webfoot.web import Route, WebApp
from webfoot.web.responses import PlainTextResponse

async def duck(request):
    return PlainTextResponse("quack")

app = WebApp(routes=[Route("/duck", duck)])
"""


def test_dev_says_why_below_the_access_line(tmp_path):
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", "--access-log-format", "%(r)s: %(s)s", cwd=tmp_path) as serving:
        url = serving.url()
        assert ask(url, "/duck") == "quack"
        ask(url, "/dcuk")
        serving.wait_for(r"^GET /dcuk HTTP/1.1: 404$")
        serving.wait_for(
            r"INFO: +GET /dcuk: The router answered 404: no route matches GET /dcuk; nearest: GET /duck \("
        )
        assert serving.end() == 0
    assert "GET /duck:" not in serving.output


async def elsewhere(request):
    return RedirectResponse("/duck")


async def plain(request):
    return PlainTextResponse("quack")


async def refuses(request):
    raise HTTPException(403, "not your pond")


app = WebApp(routes=[Route("/elsewhere", elsewhere), Route("/plain", plain), Route("/refuses", refuses)])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/plain", None),
        ("/elsewhere", None),
        ("/plain/", "  GET /plain/: The router answered 307: "),
        ("/refuses?token=abc", "  GET /refuses?token=[redacted]: The endpoint refuses answered 403: "),
    ],
)
def test_which_answers_are_news(path, said, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("webfoot.access"), "disabled", False)
    with caplog.at_level(logging.INFO, "webfoot.access"):
        for record in asyncio.run(send_once(app, ServerOptions(access_log=False), compose("GET", path, (), None), 10)):
            caplog.clear()
            _tell(record)
    assert [line[: len(said or "")] for line in caplog.messages] == ([] if said is None else [said])


def test_a_connection_without_a_request_is_no_news(caplog):
    record = Record(_tell)
    with caplog.at_level(logging.INFO, "webfoot.access"):
        record.mark("connected", client=None, server=None)
        record.mark("closed", reason="the client left")
    assert record.done
    assert caplog.messages == []


async def closes(scope, receive, send):
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 4000})


@pytest.mark.parametrize(
    ("app", "sent", "said"),
    [
        pytest.param(echo, close(1000), [], id="the client closes"),
        pytest.param(closes, close(4000), [], id="the application closes"),
        pytest.param(
            echo, None, ["  GET /chat: The WebSocket was cut short: the client left without a Close frame."], id="cut"
        ),
        pytest.param(closes, None, ["the client left without an answer to our Close frame."], id="no answer to Close"),
        pytest.param(echo, frame(0x3), ["a frame has a reserved opcode"], id="the client breaks the protocol"),
    ],
)
def test_a_websocket_that_was_closed_is_no_news(app, sent, said, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("webfoot.access"), "disabled", False)

    async def talk(socket):
        if sent is None:
            socket.wire.vanish()
        else:
            await socket.say(sent)
            await socket.hear_end()
        await settle()

    with caplog.at_level(logging.INFO, "webfoot.access"):
        with_socket(app, talk, watcher=Reasons())
    told = [line for line in caplog.messages if line.startswith("  GET ")]
    assert len(told) == len(said)
    assert all(each in line for each, line in zip(said, told, strict=True))
