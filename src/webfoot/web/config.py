"""Settings from the environment and from a file: `config("DEBUG", cast=bool, default=False)`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from webfoot.web.callables import name_of
from webfoot.web.datastructures.settings import CommaSeparatedStrings

T = TypeVar("T")

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_MISSING: Final[Any] = object()


class EnvironError(Exception):
    """A variable was to be changed that somebody has read already, and so would not see the change."""


class Environ(MutableMapping[str, str]):
    """`os.environ`, whose variables can be set until they are read; then it is an EnvironError to do so."""

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._has_been_read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self._has_been_read.add(key)
        return self._environ[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._refuse_if_read(key, "set")
        self._environ[key] = value

    def __delitem__(self, key: str) -> None:
        self._refuse_if_read(key, "delete")
        del self._environ[key]

    def _refuse_if_read(self, key: str, verb: str) -> None:
        if key in self._has_been_read:
            raise EnvironError(f"Attempting to {verb} environ['{key}'], but the value has already been read.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)

    def __repr__(self) -> str:
        # Not its values: a log or a traceback would have all the secrets.
        return f"<{type(self).__name__} of {len(self)} variables>"


environ = Environ()


class Config:
    """Settings by name: from `environ`, else from the file, else the default.

    The file has lines `NAME=value`, and comments that begin with "#"; a value may stand in quotes, "export " before the
    name is passed over. With `env_prefix="APP_"`, `config("DEBUG")` looks for APP_DEBUG. A file that is not there is
    warned of.
    """

    def __init__(
        self,
        env_file: str | Path | None = None,
        environ: Mapping[str, str] = environ,
        env_prefix: str = "",
        encoding: str = "utf-8",
    ) -> None:
        self.environ = environ
        self.env_prefix = env_prefix
        self.file_values = {} if env_file is None else _read_file(env_file, encoding)

    @overload
    def __call__(self, key: str, *, default: None) -> str | None: ...
    @overload
    def __call__(self, key: str, cast: type[T], default: T = ...) -> T: ...
    @overload
    def __call__(self, key: str, cast: type[str] = ..., default: str = ...) -> str: ...
    @overload
    def __call__(self, key: str, cast: Callable[[Any], T], default: Any = ...) -> T: ...
    @overload
    def __call__(self, key: str, cast: type[str] = ..., default: T = ...) -> T | str: ...

    def __call__(self, key: str, cast: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
        return self.get(key, cast, default)

    def get(self, key: str, cast: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
        """The setting, made what it has to be by `cast`; so is the default.

        Raises:
            KeyError: it is nowhere, and there is no default.
            ValueError: `cast` does not take the value.
        """
        key = self.env_prefix + key
        for source in (self.environ, self.file_values):
            if key in source:
                return _made(key, source[key], cast)
        if default is _MISSING:
            raise KeyError(f"Config '{key}' is missing, and has no default.")
        return _made(key, default, cast)


def _made(key: str, value: Any, cast: Callable[[Any], Any] | None) -> Any:
    if cast is None or value is None:
        return value
    if cast is bool and isinstance(value, str):
        if value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        raise ValueError(f"Config '{key}' has value '{value}'. Not a valid bool.")
    try:
        return cast(value)
    except (TypeError, ValueError) as error:
        kind = name_of(cast)
        if cast in (int, float, CommaSeparatedStrings):
            raise ValueError(f"Config '{key}' has value '{value}'. Not a valid {kind}.") from None
        # What is read by a cast of your own may be a database's address with its password: a log must not have it.
        raise ValueError(f"Config '{key}' has a value that {kind} does not take ({type(error).__name__}).") from None


def _read_file(env_file: str | Path, encoding: str) -> dict[str, str]:
    try:
        # Read at once and only once, for it may be a named pipe.
        text = Path(env_file).read_text(encoding=encoding)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        warnings.warn(f"Config file '{env_file}' not found.", stacklevel=3)
        return {}
    except UnicodeError as error:
        raise ValueError(f"Config file '{env_file}' is not in the encoding {encoding}: {error}") from None
    values: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").split("\n"):
        name, equals, value = line.partition("=")
        name = name.strip()
        if equals and not name.startswith("#"):
            values[name.removeprefix("export ").lstrip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
