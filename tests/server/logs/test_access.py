"""The way of a line: past `logging` while nobody else listens, and as a record for whoever does."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from logging.handlers import QueueHandler
from queue import SimpleQueue
from typing import Any

import pytest
from tests.server.logs.entries import AtOnce, entry

from webfoot.server.logs.access import AccessLog, access_log_of
from webfoot.server.logs.formatters import AccessRecord
from webfoot.server.settings.log import access_log, configure, server_log
from webfoot.server.settings.options import ServerOptions


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What comes out of the pipe that is both stdout and stderr."""
    kept = [(each, each.handlers, each.propagate, each.level, each.disabled) for each in (server_log, access_log)]
    for logger, *_ in kept:
        logger.handlers, logger.propagate = [], True
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(writing, "w") as stream, os.fdopen(os.dup(writing), "w") as other:

        def hear() -> str:
            try:
                return os.read(reading, 1 << 16).decode()
            except BlockingIOError:
                return ""

        def patch() -> None:  # in the test itself: pytest has streams of its own for each phase
            monkeypatch.setattr(sys, "stdout", stream)
            monkeypatch.setattr(sys, "stderr", other)

        hear.patch = patch  # type: ignore[attr-defined]
        yield hear
    os.close(reading)
    for logger, handlers, propagate, level, disabled in kept:
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


def begun(heard: Any, **options: Any) -> tuple[AccessLog, AtOnce]:
    loop = AtOnce()
    heard.patch()
    settings = ServerOptions(**options)
    configure(settings)
    access = access_log_of(settings, loop)  # type: ignore[arg-type]
    assert access is not None
    return access, loop


LINE = 'INFO:     127.0.0.1:1234 - "GET /ducks?tail=1 HTTP/1.1" 200 13B 1.2ms\n'


def test_the_lines_of_a_turn_are_written_together(heard):
    access, loop = begun(heard)
    access.write(entry())
    access.write(entry())
    assert heard() == ""
    loop.turn()
    assert heard() == 2 * LINE
    access.write(entry())
    loop.turn()
    assert heard() == LINE


def test_lines_stay_in_order_with_those_of_the_server(heard):
    access, loop = begun(heard)
    access.write(entry())
    server_log.warning("cold")
    access.write(entry())
    access_log.info("below")
    assert heard() == f"{LINE}WARNING:  cold\n{LINE}INFO:     below\n"
    loop.turn()
    assert heard() == ""


@pytest.mark.parametrize(
    "options", [{"log_format": "json"}, {"access_log_format": "json"}, {"access_log_format": "%(s)s"}]
)
@pytest.mark.parametrize("as_record", [False, True])
def test_a_line_with_a_format_has_nothing_in_front(heard, options, as_record, monkeypatch):
    access, loop = begun(heard, **options)
    if as_record:
        monkeypatch.setattr(access_log, "filters", [lambda record: True])
    access.write(entry())
    loop.turn()
    assert heard()[0] in "{2"


@pytest.mark.parametrize("how", ["handler", "filter", "formatter", "handler's filter", "propagate"])
def test_whoever_listens_has_records(heard, how, monkeypatch):
    access, _ = begun(heard)
    records: list[logging.LogRecord] = []
    keep = logging.Handler()
    monkeypatch.setattr(keep, "emit", records.append)
    ours = access_log.handlers[0]
    formatter = logging.Formatter("OWN %(message)s")
    monkeypatch.setattr(formatter, "format", lambda record: records.append(record) or "OWN")
    monkeypatch.setattr(access_log, "filters", [])
    match how:
        case "handler":
            access_log.addHandler(keep)
        case "filter":
            access_log.addFilter(lambda record: records.append(record) or True)
        case "formatter":
            ours.setFormatter(formatter)
        case "handler's filter":
            ours.addFilter(lambda record: records.append(record) or True)
        case _:
            monkeypatch.setattr(logging.getLogger(), "handlers", [keep])
            access_log.propagate = True
            server_log.propagate = True
    access.write(entry())
    (record,) = records
    assert isinstance(record, AccessRecord)
    assert record.getMessage() == LINE[10:-1]
    assert record.args == ("127.0.0.1:1234", "GET", "/ducks?tail=1", "1.1", 200, 13, 1.234)
    assert record.fields["status"] == 200
    assert heard() == {"formatter": "OWN\n", "propagate": 2 * LINE}.get(how, LINE)  # twice: by "webfoot" as well


def test_a_filter_that_stops_them(heard, monkeypatch):
    access, _ = begun(heard)
    monkeypatch.setattr(access_log, "filters", [lambda record: "/ducks" not in record.getMessage()])
    access.write(entry())
    access.write(entry(b"/geese"))
    assert heard() == LINE.replace("/ducks?tail=1", "/geese")


def test_by_way_of_a_queue(heard):
    access, _ = begun(heard, access_log_format="%(s)s!")
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    access_log.addHandler(QueueHandler(queue))
    access.write(entry())
    assert queue.get_nowait().getMessage() == "200!"


def test_what_is_disabled_is_not_asked(heard):
    access, loop = begun(heard)
    access_log.disabled = True
    access.write(entry())
    loop.turn()
    assert heard() == ""
    assert access_log_of(ServerOptions(), loop) is None  # type: ignore[arg-type]
    assert access_log_of(ServerOptions(access_log=False), loop) is None  # type: ignore[arg-type]


def test_a_line_that_cannot_be_made_costs_only_itself(heard, monkeypatch):
    access, loop = begun(heard)
    broken = entry()
    monkeypatch.setattr(broken.head, "target", None)
    access.write(broken)
    access.write(entry())
    loop.turn()
    said = heard()
    assert "ERROR:    a line of the access log could not be made" in said
    assert said.endswith(LINE)


class Knows:
    """A trail that can say why."""

    def __init__(self) -> None:
        self.asked: list[Callable[[str], None]] = []

    def explain(self, then: Callable[[str], None]) -> None:
        self.asked.append(then)


def test_reasons_are_waited_for(heard):
    access, loop = begun(heard, access_log_reasons=True)
    trail: Any = Knows()
    access.write(entry(status=404), trail)
    access.write(entry(status=200), trail)
    loop.turn()
    assert heard() == LINE
    (tell,) = trail.asked
    tell("no such duck")
    loop.turn()
    assert heard() == LINE.replace(" 200 ", " 404 ").replace("ms\n", "ms: no such duck\n")


def test_who_cannot_explain_is_not_waited_for(heard):
    access, loop = begun(heard, access_log_reasons=True)
    access.write(entry(status=404), None)
    access.write(entry(status=404), object())  # type: ignore[arg-type]
    loop.turn()
    assert heard().count(" 404 ") == 2


def test_streams_without_a_descriptor(heard, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    configure(ServerOptions())
    loop = AtOnce()
    AccessLog(ServerOptions(), loop).write(entry())  # type: ignore[arg-type]
    loop.turn()
    assert out.getvalue() == LINE
