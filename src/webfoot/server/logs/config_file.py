"""`log_config`: the user's own configuration of `logging`, as a dict or in a file."""

from __future__ import annotations

import json
import logging.config
import os
import tomllib
from collections.abc import Callable, Mapping
from configparser import Error as IniError
from pathlib import Path
from typing import Any, Final

from webfoot.server.settings.table import OptionError


def apply_log_config(config: str | os.PathLike[str] | Mapping[str, Any]) -> None:
    """Hand `config` to `logging.config`: a dict, or a file .json, .yaml, .yml or .toml with one, or another file for
    `fileConfig`. Raises OptionError."""
    if isinstance(config, Mapping):
        _configure("the option log_config", config)
        return
    path = Path(config)
    name = f"the option log_config names {config}, which"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        _configure_from_ini(name, str(path))
        return
    try:
        found = reader(text)
    except ImportError:
        raise OptionError(f"{name} is YAML: that needs the package pyyaml, which is not installed") from None
    except Exception as error:  # each reader has its own; all of them say where
        raise OptionError(f"{name} cannot be understood: {_on_one_line(error)}") from error
    if not isinstance(found, dict):
        raise OptionError(f"{name} holds no mapping for logging.config.dictConfig")
    _configure(name, found)


def _configure(name: str, config: Mapping[str, Any]) -> None:
    try:
        logging.config.dictConfig(dict(config))
    except Exception as error:  # whatever the classes that it names raise
        raise OptionError(f"{name} cannot be used: {_chain(error)}") from error


def _configure_from_ini(name: str, path: str) -> None:
    try:
        logging.config.fileConfig(path, disable_existing_loggers=False)
    except KeyError as error:
        raise OptionError(f"{name} cannot be used: it has no section {error}") from error
    except IniError as error:
        raise OptionError(f"{name} cannot be used: {_on_one_line(error)}") from error
    except Exception as error:
        raise OptionError(f"{name} cannot be used: {_chain(error)}") from error


def _chain(error: BaseException) -> str:
    """The error and its cause: "Unable to configure handler 'x'" alone helps nobody."""
    cause = error.__cause__
    return _on_one_line(error) + (f": {_on_one_line(cause)}" if cause is not None else "")


def _on_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return f"no {text}" if isinstance(error, KeyError) else text


def _read_yaml(text: str) -> object:
    import yaml

    return yaml.safe_load(text)


_READERS: Final[dict[str, Callable[[str], object]]] = {
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}
