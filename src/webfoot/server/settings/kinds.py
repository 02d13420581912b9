"""The kinds of value a setting may have: how each is read from text, what it accepts, and how that is said in words.

A kind is asked twice: `read` turns the text of a flag or an environment variable into a value, `check` accepts or
normalises a value given in Python. Both raise ValueError; the sentence for the user is made in `options`, which
knows the setting's name and where the value came from.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import ClassVar, Protocol


class Kind(Protocol):
    @property
    def allowed(self) -> str:
        """Completes the sentence "it must be ..."."""

    @property
    def metavar(self) -> str:
        """One upper-case word for `--help`."""

    def read(self, text: str) -> object:
        """The value that `text` stands for; ValueError if it stands for none."""

    def check(self, value: object) -> object:
        """`value` as it is stored; ValueError if it is not allowed."""


@dataclass(frozen=True, slots=True)
class Text:
    allowed: str = "text"
    pattern: str = r".*"
    metavar: ClassVar[str] = "TEXT"

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        if not isinstance(value, str) or re.fullmatch(self.pattern, value) is None:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class File:
    """The path of a file, stored as text. Whether it is there is found out by whoever opens it."""

    allowed: str = "the path of a file"
    metavar: ClassVar[str] = "FILE"

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        if not isinstance(path, str) or not path or "\0" in path:
            raise ValueError
        return path


@dataclass(frozen=True, slots=True)
class Directory(Text):
    allowed: str = "a directory"
    pattern: str = r".+"
    metavar: ClassVar[str] = "DIRECTORY"


@dataclass(frozen=True, slots=True)
class Integer:
    low: int
    high: int | None = None
    metavar: ClassVar[str] = "INTEGER"

    @property
    def allowed(self) -> str:
        return (
            f"an integer of {self.low} or more" if self.high is None else f"an integer from {self.low} to {self.high}"
        )

    def read(self, text: str) -> int:
        return self.check(int(text))

    def check(self, value: object) -> int:
        # bool is an int to Python, but `workers=True` is a mistake
        if not isinstance(value, int) or isinstance(value, bool) or value < self.low:
            raise ValueError
        if self.high is not None and value > self.high:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Seconds:
    """A finite span of time. Infinity is refused: no setting may make the server wait for ever."""

    zero: bool = False
    metavar: ClassVar[str] = "SECONDS"

    @property
    def allowed(self) -> str:
        return "a finite number of seconds, 0 or more" if self.zero else "a finite number of seconds greater than 0"

    def read(self, text: str) -> float:
        return self.check(float(text))

    def check(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise ValueError
        if value < 0 or (value == 0 and not self.zero):
            raise ValueError
        return float(value)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: 0 is none of it, 1 all."""

    allowed: ClassVar[str] = "a number from 0 to 1"
    metavar: ClassVar[str] = "SHARE"

    def read(self, text: str) -> float:
        return self.check(float(text))

    def check(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise ValueError
        return float(value)


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """What `logging.config` takes: a file, or in Python also a dict."""

    allowed: ClassVar[str] = "the path of a file or, in Python, a dict for logging.config.dictConfig"
    metavar: ClassVar[str] = "FILE"

    def read(self, text: str) -> object:
        return self.check(text)

    def check(self, value: object) -> str | Mapping[str, object]:
        if isinstance(value, Mapping):
            return value
        return File().check(value)


_SIZE = re.compile(r"(\d+)\s*(?:([kmg])(?:i?b)?|b)?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes; as text also with a unit: 64k, 64KB and 64KiB all mean 65536."""

    low: int = 1
    metavar: ClassVar[str] = "SIZE"

    @property
    def allowed(self) -> str:
        return f"a number of bytes, {self.low} or more, such as 65536 or 64k"

    def read(self, text: str) -> int:
        match = _SIZE.fullmatch(text.strip())
        if match is None:
            raise ValueError
        return self.check(int(match[1]) * _UNITS[(match[2] or "").lower()])

    def check(self, value: object) -> int:
        return Integer(self.low).check(value)


@dataclass(frozen=True, slots=True)
class Choice:
    values: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return f"{', '.join(self.values[:-1])} or {self.values[-1]}"

    @property
    def metavar(self) -> str:
        return "|".join(self.values)

    def read(self, text: str) -> str:
        return self.check(text.lower())

    def check(self, value: object) -> str:
        if value not in self.values:
            raise ValueError
        return str(value)


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Switch:
    allowed: ClassVar[str] = "true or false"
    metavar: ClassVar[str] = ""

    def read(self, text: str) -> bool:
        if text.lower() not in _SWITCH:
            raise ValueError
        return _SWITCH[text.lower()]

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Many:
    """A list of one kind: a flag repeats it, an environment variable separates its items as `separator` says."""

    item: Kind
    separator: str = ","

    @property
    def allowed(self) -> str:
        return f"a list; each item must be {self.item.allowed}"

    @property
    def metavar(self) -> str:
        return self.item.metavar

    def read(self, text: str) -> tuple[object, ...]:
        return tuple(self.item.read(part.strip()) for part in text.split(self.separator) if part.strip())

    def check(self, value: object) -> tuple[object, ...]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise ValueError
        return tuple(self.item.check(part) for part in value)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of one kind that one flag holds whole, its items separated by commas; in Python also such a text."""

    item: Kind

    @property
    def allowed(self) -> str:
        return f"a list; each item must be {self.item.allowed}"

    @property
    def metavar(self) -> str:
        return f"{self.item.metavar},..."

    def read(self, text: str) -> tuple[object, ...]:
        return tuple(self.item.read(part.strip()) for part in text.split(",") if part.strip())

    def check(self, value: object) -> tuple[object, ...]:
        return self.read(value) if isinstance(value, str) else Many(self.item).check(value)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who may be connected to us, for `webfoot.server.proxies.trust`."""

    allowed: ClassVar[str] = (
        "an IP address, a network such as 10.0.0.0/8 (without host bits), unix, the path of a Unix socket, or *"
    )
    metavar: ClassVar[str] = "ADDRESS"

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError
        if value not in ("*", "unix") and not value.startswith("/"):
            ip_network(value)
        return value


_PLACE = re.compile(r"unix:[^\0]+|fd://[^\s/:]+|(?:\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[^\s:\[\]/]+):(?P<port>\d{1,5})")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen."""

    allowed: ClassVar[str] = "HOST:PORT, [IPV6]:PORT, unix:PATH or fd://NUMBER, with a port up to 65535"
    metavar: ClassVar[str] = "PLACE"

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        match = _PLACE.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match["port"] or 0) > _LAST_PORT:
            raise ValueError
        return match[0]


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate and its key; the key may stand in the same file."""

    allowed: ClassVar[str] = "CERTFILE:KEYFILE, or CERTFILE for a file with both"
    metavar: ClassVar[str] = "CERT:KEY"

    def read(self, text: str) -> tuple[str, str | None]:
        return self.check(text)

    def check(self, value: object) -> tuple[str, str | None]:
        if isinstance(value, str):
            certificate, colon, key = value.partition(":")
            return File().check(certificate), File().check(key) if colon else None
        match value:
            case [pair_certificate, pair_key]:
                return File().check(pair_certificate), File().check(pair_key) if pair_key is not None else None
        return File().check(value), None


@dataclass(frozen=True, slots=True)
class Permissions:
    """Of a file, stored as text in octal digits; a number in Python is what `os.chmod` takes."""

    allowed: ClassVar[str] = 'permissions of a file in octal digits, such as "660"'
    metavar: ClassVar[str] = "MODE"

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        if isinstance(value, str):
            value = int(value, 8)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 0o777:
            raise ValueError
        return f"{value:03o}"


# RFC 9110, 5.6.2 (token) and 5.5 (field-value; no leading or trailing white space, no control characters but tab)
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")


@dataclass(frozen=True, slots=True)
class HeaderField:
    allowed: ClassVar[str] = "a response header as 'Name: value'"
    metavar: ClassVar[str] = "NAME:VALUE"

    def read(self, text: str) -> tuple[str, str]:
        name, colon, value = text.partition(":")
        if not colon:
            raise ValueError
        return self.check((name, value.strip(" \t")))

    def check(self, value: object) -> tuple[str, str]:
        match value:
            case [str(name), str(content)] if _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(content):
                return name, content
            case _:
                raise ValueError


@dataclass(frozen=True, slots=True)
class Function:
    """A function, which no text can stand for: no flag, and no environment variable."""

    allowed: ClassVar[str] = "a function, given in Python"
    metavar: ClassVar[str] = ""

    def read(self, text: str) -> object:
        raise ValueError

    def check(self, value: object) -> Callable[..., object]:
        if not callable(value):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Application:
    allowed: ClassVar[str] = "'module:attribute' or an ASGI application"
    metavar: ClassVar[str] = "MODULE:APP"

    def read(self, text: str) -> str:
        return text

    def check(self, value: object) -> str | Callable[..., object]:
        # what the text names is looked up later, by `load`, which can say much more about what is wrong with it
        if isinstance(value, str) or callable(value):
            return value
        raise ValueError
