"""What is logged goes to Uvicorn's loggers, and `log_config` says where from there."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.compat.running import ran_well, run
from tests.compat.test_server import free_port, running

from webfoot.compat import logs, relay
from webfoot.compat.log_formats import LOGGING_CONFIG, AccessFormatter, ColourizedFormatter, DefaultFormatter
from webfoot.server import OptionError

REQUEST = ("127.0.0.1:5", "GET", "/ducks?a=1", "1.1", 404)


def record(args: tuple[Any, ...] = REQUEST, level: int = logging.INFO, name: str = "uvicorn.access") -> Any:
    return logging.LogRecord(name, level, "path", 1, '%s - "%s %s HTTP/%s" %d' if args else "quack", args, None)


@pytest.mark.parametrize(
    ("formatter", "line"),
    [
        (
            AccessFormatter('%(levelprefix)s %(client_addr)s "%(request_line)s" %(status_code)s', use_colors=False),
            'INFO:     127.0.0.1:5 "GET /ducks?a=1 HTTP/1.1" 404 Not Found',
        ),
        (
            AccessFormatter("{levelprefix} {request_line} {status_code}", style="{", use_colors=True),
            "\x1b[32mINFO\x1b[0m:     \x1b[1mGET /ducks?a=1 HTTP/1.1\x1b[0m \x1b[31m404 Not Found\x1b[0m",
        ),
        (
            DefaultFormatter("%(levelprefix)s %(message)s", use_colors=False),
            'INFO:     127.0.0.1:5 - "GET /ducks?a=1 HTTP/1.1" 404',
        ),
        (ColourizedFormatter("%(levelprefix)s|%(levelname)s", use_colors=True), "\x1b[32mINFO\x1b[0m:    |INFO"),
    ],
)
def test_formats(formatter: logging.Formatter, line: str) -> None:
    line = line.replace(":    |", ":    |")
    assert formatter.format(record()).replace("     |", "    |") == line


def test_a_colour_of_its_own() -> None:
    told = record((), name="uvicorn.error")
    told.color_message = "QUACK"
    assert DefaultFormatter("%(message)s", use_colors=True).format(told) == "QUACK"
    assert DefaultFormatter("%(message)s", use_colors=False).format(told) == "quack"
    assert AccessFormatter("%(message)s", use_colors=False).format(told) == "quack"


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept(our_loggers_as_they_were: None) -> Iterator[Kept]:
    """Our handler, which keeps what Uvicorn's loggers do not take."""
    names = ("uvicorn", "uvicorn.error", "uvicorn.access")
    before = {name: vars(logging.getLogger(name)).copy() for name in names}
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers, logger.filters, logger.level, logger.propagate = [], [], logging.NOTSET, True
    access = logging.getLogger("webfoot.access")
    access.handlers, access.filters, access.propagate, access.disabled = [], [], True, False
    access.setLevel(logging.NOTSET)
    ours = logging.getLogger("webfoot")
    handler = Kept()
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel(logging.INFO)
    relay.connect()
    yield handler
    relay.disconnect()
    for name in names:
        vars(logging.getLogger(name)).update(before[name])
        logging.getLogger(name)._cache.clear()  # type: ignore[attr-defined]


def log_all() -> None:
    logging.getLogger("webfoot.access").info('%s - "%s %s HTTP/%s" %d %dB %.1fms', *REQUEST, 13, 1.5)
    logging.getLogger("webfoot").info("serving")
    logging.getLogger("webfoot.access").info('%s - "WebSocket %s" %s', "127.0.0.1:5", "/ws", "[accepted]")


def test_nobody_asks_for_uvicorns(kept: Kept) -> None:
    log_all()
    assert [each.name for each in kept.records] == ["webfoot.access", "webfoot", "webfoot.access"]


def test_handlers_take_them(kept: Kept) -> None:
    theirs, only_errors = Kept(), Kept()
    only_errors.setLevel(logging.ERROR)
    logging.getLogger("uvicorn").handlers = [theirs, only_errors]
    log_all()
    told = [(each.name, each.args if each.name == "uvicorn.access" else each.getMessage()) for each in theirs.records]
    assert told == [
        ("uvicorn.access", REQUEST),
        ("uvicorn.error", "serving"),
        ("uvicorn.error", '127.0.0.1:5 - "WebSocket /ws" [accepted]'),
    ]
    assert kept.records == only_errors.records == []


def test_filters_and_levels_count(kept: Kept) -> None:
    logging.getLogger("uvicorn.access").addFilter(lambda told: "/ducks" not in told.getMessage())
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    log_all()
    assert kept.records == []
    logging.getLogger("webfoot").warning("deep")
    assert [each.getMessage() for each in kept.records] == ["deep"]


def test_the_root_counts_for_those_who_have_configured(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Kept()
    monkeypatch.setattr(logging.getLogger(), "handlers", [root])
    log_all()
    assert root.records == []
    logs.configure(None, logging.INFO, False, None)
    log_all()
    assert [each.name for each in root.records] == ["uvicorn.error", "uvicorn.error"]
    assert len(kept.records) == 3


@pytest.mark.parametrize("ending", [".json", ".yaml"])
def test_files(kept: Kept, tmp_path: Path, ending: str) -> None:
    config = {"version": 1, "disable_existing_loggers": False, "loggers": {"uvicorn": {"level": "CRITICAL"}}}
    file = tmp_path / f"log{ending}"
    file.write_text(json.dumps(config))  # which is YAML as well
    logs.configure(str(file), None, True, None)
    assert logging.getLogger("uvicorn").level == logging.CRITICAL


@pytest.mark.parametrize(("name", "text"), [("no.json", None), ("bad.json", "{"), ("bad.ini", "duck")])
def test_files_that_cannot_be_used(kept: Kept, tmp_path: Path, name: str, text: str | None) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    with pytest.raises(OptionError, match=f"the log_config .*{name} cannot be used"):
        logs.configure(file, None, True, None)


def test_what_workers_cannot_be_told() -> None:
    with pytest.raises(OptionError, match="name classes as text"):
        logs.hand_down({"formatters": {"()": AccessFormatter}}, None, True, None)


def test_the_default_is_uvicorns() -> None:
    from uvicorn.config import LOGGING_CONFIG as THERE

    assert LOGGING_CONFIG == THERE


APP = """
import logging
from fastapi import FastAPI
app = FastAPI()
logging.getLogger("uvicorn.access").addFilter(lambda told: "/health" not in told.getMessage())
@app.get("/")
@app.get("/health")
def root():
    logging.getLogger("uvicorn.error").info("from the application")
"""
CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"own": {"()": "uvicorn.logging.AccessFormatter", "fmt": "OWN %(request_line)s %(status_code)s"}},
    "handlers": {"own": {"class": "logging.FileHandler", "filename": "own.log", "formatter": "own"}},
    "loggers": {"uvicorn.access": {"handlers": ["own"], "level": "INFO", "propagate": False}},
}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command(site: Path, tmp_path: Path, workers: int) -> None:
    (tmp_path / "served.py").write_text(APP)
    (tmp_path / "log.json").write_text(json.dumps(CONFIG))
    port = free_port()
    words = ["-m", "uvicorn", "served:app", "--port", port, "--log-config", "log.json", "--workers", workers]
    with running(["-m", "webfoot.compat", *words], site, tmp_path, port) as address:
        httpx2.get(f"{address}health")
        httpx2.get(f"{address}nowhere")
    lines = (tmp_path / "own.log").read_text().splitlines()
    assert set(lines) == {"OWN GET / HTTP/1.1 200 OK", "OWN GET /nowhere HTTP/1.1 404 Not Found"}


def test_the_command_tells_what_is_wrong(site: Path) -> None:
    done = run("-m", "webfoot.compat", "-m", "uvicorn", "x:app", "--log-level", "loud", site=site)
    assert done.returncode == 1
    assert done.stderr.startswith("uvicorn: the option log_level cannot be 'loud'")
    assert "0.54.0" in ran_well(run("-m", "webfoot.compat", "-m", "uvicorn", "--version", site=site))
