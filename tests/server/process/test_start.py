"""From options to an exit code."""

import socket

import pytest

import webfoot.server
from webfoot.server import OptionError, ServerOptions, run
from webfoot.server.process import start as starting
from webfoot.server.process.start import start


@pytest.fixture(autouse=True)
def _loggers_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(starting, "configure", lambda options: None)


async def refuses(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no pond"})


def test_exit_codes_and_sentences(capsys):
    assert start(ServerOptions("no_such_module_at_all:app")) == 1
    assert "webfoot: there is no module no_such_module_at_all in " in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert start(ServerOptions(refuses, port=taken.getsockname()[1])) == 1
    assert "the port is taken by another process; end it, or" in capsys.readouterr().err
    assert start(ServerOptions(refuses, port=0)) == 3
    assert capsys.readouterr() == ("", "webfoot: the application failed to start: no pond\n")


def test_a_missing_engine_is_a_setting_that_is_not_allowed(capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "uvloop", None)
    assert start(ServerOptions(refuses, port=0, loop="uvloop")) == 2
    assert "uvloop is not installed" in capsys.readouterr().err


def test_ctrl_c_before_it_serves(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    assert start(ServerOptions(interrupted, factory=True)) == 130


def test_run_ends_the_program_only_if_it_could_not_serve(capsys):
    with pytest.raises(SystemExit) as ended:
        run(refuses, port=0)
    assert ended.value.code == 3
    with pytest.raises(OptionError, match="there is no option prot; did you mean port"):
        run(refuses, prot=0)


def test_the_public_names():
    assert run is starting.run
    assert set(webfoot.server.__all__) <= set(dir(webfoot.server))
    for name in webfoot.server.__all__:
        assert getattr(webfoot.server, name).__name__ == name
    with pytest.raises(AttributeError, match="quack"):
        webfoot.server.quack
