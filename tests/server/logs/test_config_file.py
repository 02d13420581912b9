"""`log_config`: files and dicts for Python's logging, and one sentence for those that cannot be used."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from webfoot.server import OptionError, ServerOptions
from webfoot.server.logs.config_file import apply_log_config
from webfoot.server.settings.log import access_log, configure, server_log

NAMES = ("webfoot", "webfoot.access", "ducks")
CONFIG = {
    "version": 1,
    "formatters": {"own": {"format": "OWN %(name)s %(message)s"}},
    "handlers": {"own": {"class": "logging.FileHandler", "filename": "own.log", "formatter": "own"}},
    "loggers": {"webfoot": {"handlers": ["own"], "level": "INFO", "propagate": False}},
}
YAML = """
version: 1
formatters: {own: {format: "OWN %(name)s %(message)s"}}
handlers: {own: {class: logging.FileHandler, filename: own.log, formatter: own}}
loggers: {webfoot: {handlers: [own], level: INFO, propagate: false}}
"""
TOML = """
version = 1
[formatters.own]
format = "OWN %(name)s %(message)s"
[handlers.own]
class = "logging.FileHandler"
filename = "own.log"
formatter = "own"
[loggers.webfoot]
handlers = ["own"]
level = "INFO"
propagate = false
"""
INI = """
[loggers]
keys=root,webfoot
[handlers]
keys=own
[formatters]
keys=own
[logger_root]
handlers=
[logger_webfoot]
qualname=webfoot
handlers=own
level=INFO
propagate=0
[handler_own]
class=FileHandler
args=('own.log',)
formatter=own
[formatter_own]
format=OWN %(name)s %(message)s
"""


@pytest.fixture(autouse=True)
def loggers_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    loggers = [logging.getLogger(), *map(logging.getLogger, NAMES)]
    kept = [(each, each.handlers[:], each.propagate, each.level, each.disabled) for each in loggers]
    for name in NAMES:
        logging.getLogger(name).handlers = []
    yield
    for logger, handlers, propagate, level, disabled in kept:
        for each in set(logger.handlers) - set(handlers):
            each.close()
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("name", "text"),
    [("log.json", json.dumps(CONFIG)), ("log.yaml", YAML), ("log.YML", YAML), ("log.toml", TOML), ("log.ini", INI)],
)
def test_files(name, text):
    Path(name).write_text(text)
    configure(ServerOptions(log_config=name))
    server_log.info("quack")
    access_log.info("a line")
    assert Path("own.log").read_text() == "OWN webfoot quack\nOWN webfoot.access a line\n"


def test_a_dict_that_is_left_as_it_is():
    config = json.loads(json.dumps(CONFIG))
    configure(ServerOptions(log_config=config))
    server_log.info("quack")
    assert Path("own.log").read_text() == "OWN webfoot quack\n"
    assert config == CONFIG


def test_one_that_names_none_of_our_loggers():
    """They go to the root logger then, and are not silenced."""
    handlers = {"own": {**CONFIG["handlers"]["own"]}}
    config = {**CONFIG, "handlers": handlers, "loggers": {}, "root": {"handlers": ["own"], "level": "INFO"}}
    server_log.propagate = access_log.propagate = True
    server_log.setLevel(logging.NOTSET)
    access_log.setLevel(logging.NOTSET)
    configure(ServerOptions(log_config=config))
    server_log.info("quack")
    assert Path("own.log").read_text() == "OWN webfoot quack\n"
    assert not server_log.handlers


def test_the_level_of_the_command_line_wins():
    configure(ServerOptions(log_config=CONFIG, log_level="error"))
    server_log.warning("quack")
    assert Path("own.log").read_text() == ""
    assert access_log.disabled


def test_no_access_log():
    configure(ServerOptions(log_config=CONFIG, access_log=False))
    access_log.info("a line")
    assert Path("own.log").read_text() == ""


def test_our_handler_formatter_and_filter_can_be_named():
    config = {
        "version": 1,
        "filters": {"id": {"()": "webfoot.server.logs.request_id.RequestIdFilter"}},
        "formatters": {"json": {"()": "webfoot.server.logs.formatters.JsonFormatter"}},
        "handlers": {
            "out": {
                "class": "webfoot.server.logs.handler.NonBlockingHandler",
                "formatter": "json",
                "filters": ["id"],
                "stream": "ext://sys.stdout",
            }
        },
        "loggers": {"ducks": {"handlers": ["out"], "level": "INFO"}},
    }
    apply_log_config(config)
    (handler,) = logging.getLogger("ducks").handlers
    record = logging.makeLogRecord({"name": "ducks", "msg": 'quack "%s"\n', "args": ("x",), "levelname": "INFO"})
    fields = json.loads(handler.format(record))
    assert (fields["logger"], fields["level"], fields["message"]) == ("ducks", "info", 'quack "x"\n')


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.json", None, "cannot be read: No such file or directory"),
        ("bad.json", "{", "cannot be understood: Expecting property name"),
        ("bad.toml", "a = ", "cannot be understood: Invalid value"),
        ("bad.yaml", "a: [", "cannot be understood: "),
        ("list.json", "[]", "holds no mapping for logging.config.dictConfig"),
        ("bytes.ini", b"\xff\xfe", "cannot be read: "),
        ("bad.ini", "duck", "cannot be used: "),
        ("empty.ini", "", "cannot be used: "),
        ("version.json", "{}", "cannot be used: dictionary doesn't specify a version"),
        (
            "handler.json",
            json.dumps({**CONFIG, "handlers": {"own": {"class": "no.Such"}}}),
            "cannot be used: Unable to configure handler 'own': ",
        ),
        (
            "level.json",
            '{"version": 1, "loggers": {"webfoot": {"level": "LOUD"}}}',
            "cannot be used: Unable to configure logger 'webfoot': Unknown level: 'LOUD'",
        ),
    ],
)
def test_files_that_cannot_be_used(name, text, said):
    if isinstance(text, bytes):
        Path(name).write_bytes(text)
    elif text is not None:
        Path(name).write_text(text)
    with pytest.raises(OptionError) as refused:
        configure(ServerOptions(log_config=name))
    assert str(refused.value).startswith(f"the option log_config names {name}, which {said}")
    assert "\n" not in str(refused.value)


def test_a_dict_that_cannot_be_used():
    with pytest.raises(OptionError, match="the option log_config cannot be used: dictionary doesn't specify a version"):
        configure(ServerOptions(log_config={}))


def test_yaml_without_its_package(monkeypatch):
    assert importlib.util.find_spec("yaml") is not None
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    Path("log.yaml").write_text(YAML)
    with pytest.raises(OptionError, match="is YAML: that needs the package pyyaml, which is not installed"):
        apply_log_config("log.yaml")


@pytest.mark.parametrize("wrong", ["", 3, ["a"], b"x", "a\0b"])
def test_what_is_neither(wrong):
    with pytest.raises(
        OptionError, match=r"the option log_config cannot be .* the path of a file or, in Python, a dict"
    ):
        ServerOptions(log_config=wrong)


def test_a_dict_that_workers_cannot_be_given():
    class Own(logging.Formatter):
        pass

    config = {"version": 1, "formatters": {"own": {"()": Own}}}
    ServerOptions(app="main:app", log_config=config)
    with pytest.raises(OptionError, match="log_config must be a file, or a dict of plain data"):
        ServerOptions(app="main:app", log_config=config, workers=2)
