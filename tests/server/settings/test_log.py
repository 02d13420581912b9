"""What the server writes, and where."""

import io
import logging
import sys

import pytest

from webfoot.server import ServerOptions
from webfoot.server.logs.access import AccessLog
from webfoot.server.logs.entry import Entry
from webfoot.server.protocol.events import Head
from webfoot.server.settings.log import access_log, configure, server_log


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def begin(monkeypatch):
    """Configure loggers that are as in a new process: `begin(**options)` gives stdout and stderr, two terminals."""
    kept = [(each, each.handlers, each.propagate, each.level, each.disabled) for each in (server_log, access_log)]
    for logger, *_ in kept:
        logger.handlers = []
        logger.propagate = True
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def start(**options):
        out, err = Terminal(), Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        configure(ServerOptions(**options))
        return out, err

    yield start
    for logger, handlers, propagate, level, disabled in kept:
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


class AtOnce:
    """In the place of a loop: what is to be called soon is called."""

    def call_soon(self, function):
        self.function = function


def hit(status=200, client=("127.0.0.1", 1234), target=b"/x?y=1", **options):
    loop = AtOnce()
    entry = Entry(Head("GET", target, "1.1", []), client, "http", status, 13, 0.00123)
    AccessLog(ServerOptions(**options), loop).write(entry)
    if hasattr(loop, "function"):
        loop.function()


def test_plain_lines(begin):
    out, err = begin(use_colors=False)
    hit()
    server_log.warning("the pond is %s", "cold")
    assert out.getvalue() == 'INFO:     127.0.0.1:1234 - "GET /x?y=1 HTTP/1.1" 200 13B 1.2ms\n'
    assert err.getvalue() == "WARNING:  the pond is cold\n"


@pytest.mark.parametrize(("status", "colour"), [(200, "32"), (307, "36"), (404, "33"), (500, "1;31")])
def test_colours_in_a_terminal(begin, status, colour):
    out, _ = begin()
    hit(status)
    assert out.getvalue() == (
        f'\x1b[32mINFO\x1b[0m:     127.0.0.1:1234 - "GET /x?y=1 HTTP/1.1" \x1b[{colour}m{status}\x1b[0m 13B 1.2ms\n'
    )


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colours_where_they_are_not_wanted(begin, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    out, _ = begin()
    hit()
    assert "\x1b" not in out.getvalue()
    assert "200 13B" in out.getvalue()


@pytest.mark.parametrize("options", [{"access_log": False}, {"log_level": "warning"}])
def test_access_lines_can_be_switched_off_and_on_again(begin, options):
    out, _ = begin(**options)
    assert not access_log.isEnabledFor(logging.INFO)
    hit(**options)
    assert out.getvalue() == ""
    out, _ = begin()
    hit()
    hit()
    assert out.getvalue().count("\n") == 2


@pytest.mark.parametrize("level", ["debug", "trace"])
def test_levels(begin, level):
    _, err = begin(log_level="error")
    server_log.warning("not seen")
    assert err.getvalue() == ""
    _, err = begin(log_level=level)
    server_log.debug("seen")
    assert "seen" in err.getvalue()


def test_what_the_server_quotes_cannot_look_like_a_line_of_its_own(begin):
    _, err = begin(use_colors=False)
    try:
        raise ValueError("\x1b[2Jquack")
    except ValueError:
        server_log.exception("pond\nINFO:     forged\x1b[2J\u2028")
    lines = err.getvalue().splitlines()
    assert lines[:3] == [
        "ERROR:    pond",
        "          INFO:     forged\\x1b[2J\\u2028",
        "Traceback (most recent call last):",
    ]
    assert lines[-1] == "ValueError: \\x1b[2Jquack"


@pytest.mark.parametrize(("variables", "coloured"), [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": ""}, False)])
def test_colours_where_they_are_forced(begin, monkeypatch, variables, coloured):
    monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    out, _ = begin()
    hit()
    assert ("\x1b[" in out.getvalue()) == coloured


def test_the_users_own_handlers_are_kept(begin):
    mine = io.StringIO()
    server_log.addHandler(logging.StreamHandler(mine))
    out, err = begin()
    server_log.info("hello")
    hit()
    assert mine.getvalue().startswith("hello\n")
    assert "200 13B" in mine.getvalue()
    assert out.getvalue() == err.getvalue() == ""


def test_a_client_without_address_and_a_target_that_is_not_ascii(begin):
    out, _ = begin(use_colors=False)
    hit(404, None, b"/\xff")
    assert out.getvalue() == 'INFO:     - - "GET /\\xff HTTP/1.1" 404 13B 1.2ms\n'
