"""What our server logs, told to Uvicorn's loggers as well: "uvicorn.error", and "uvicorn.access" with a line for each
request. So whoever filters those, gives them handlers or a level, or brings a `log_config`, has what he asks for.

A record that a handler of theirs takes is not written by ours.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
from copy import deepcopy
from multiprocessing import parent_process
from typing import IO, Any, Final, TypeAlias

from webfoot.compat.installing import install
from webfoot.compat.log_formats import LOGGING_CONFIG
from webfoot.compat.relay import relays
from webfoot.server.settings.table import OptionError

LogConfig: TypeAlias = dict[str, Any] | str | os.PathLike[str] | IO[Any] | None

PREPARE: Final = "webfoot.compat.logs:prepare"
_CONFIGURATION: Final = "WEBFOOT_COMPAT_LOGGING"
"""The variable that tells worker processes how to log: the arguments of `configure`, as JSON."""


def configure(log_config: LogConfig, level: int | None, access_log: bool, use_colors: bool | None) -> None:
    """As `uvicorn.Config` does with its options of these names.

    `log_config`: for `logging.config.dictConfig`, or a file: .json, .yaml, .yml, or one for `fileConfig`. None leaves
    the loggers as they are. Raises OptionError for a file that cannot be read.
    """
    if isinstance(log_config, dict):
        logging.config.dictConfig(_with_colours(log_config, use_colors))
    elif log_config is not None:
        _read(log_config)
    if level is not None:
        for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
            logging.getLogger(name).setLevel(level)
    if not access_log:
        access = logging.getLogger("uvicorn.access")
        access.handlers, access.propagate = [], False
    for relay in relays():
        relay.reaches_root = True


def hand_down(*given: Any) -> None:
    """Have `prepare` call `configure` with these arguments in the processes that this one starts."""
    try:
        os.environ[_CONFIGURATION] = json.dumps(given)
    except TypeError:
        raise OptionError(
            "with workers or reload a log_config has to be a file, or a dict that JSON can say: name classes as text"
        ) from None


def prepare() -> None:
    """What each worker process calls before it imports the application."""
    install()
    given = os.environ.get(_CONFIGURATION)
    if given is not None and parent_process() is not None:
        configure(*json.loads(given))


def _with_colours(log_config: dict[str, Any], use_colors: bool | None) -> dict[str, Any]:
    if use_colors is None:
        return log_config
    coloured = deepcopy(log_config)
    for name in coloured.get("formatters", {}).keys() & LOGGING_CONFIG["formatters"].keys():
        coloured["formatters"][name]["use_colors"] = use_colors
    return coloured


def _read(file: Any) -> None:
    path = os.fspath(file) if isinstance(file, str | os.PathLike) else ""
    ending = os.path.splitext(path)[1]
    try:
        if ending == ".json":
            with open(path, encoding="utf-8") as text:
                logging.config.dictConfig(json.load(text))
        elif ending in (".yaml", ".yml"):
            import yaml

            with open(path, encoding="utf-8") as text:
                logging.config.dictConfig(yaml.safe_load(text))
        else:
            logging.config.fileConfig(path or file, disable_existing_loggers=False)
    except ImportError as error:
        raise OptionError(f"the log_config {path} needs PyYAML: pip install pyyaml") from error
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise OptionError(f"the log_config {path} cannot be used: {error}") from error
