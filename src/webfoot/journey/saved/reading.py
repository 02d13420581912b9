"""A file of journeys: one as JSON, several in an array, or one a line."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from types import NoneType
from typing import Any, TypeAlias

from webfoot.journey.schema import VERSION

Journey: TypeAlias = "dict[str, Any]"
"""As `webfoot.journey.schema` describes it."""

_Shape: TypeAlias = "type | tuple[type, ...] | dict[str, _Shape] | list[_Shape]"
_NUMBER = (int, float, NoneType)
_TEXT = (str, NoneType)
_COUNT = (int, NoneType)
_BODY: _Shape = {"text": _TEXT, "size": _COUNT, "kept": _COUNT, "content_type": _TEXT}
_MESSAGE: _Shape = {"headers": [[str, str]], "body": _BODY}
_SPAN: dict[str, _Shape] = {"kind": str, "name": _TEXT, "at_us": _NUMBER, "total_us": _NUMBER}
_SPAN["children"] = [_SPAN]
_SHAPE: dict[str, _Shape] = {
    "version": int,
    "marks": [{"station": str, "says": _TEXT, "at_us": _NUMBER, "facts": {}}],
    "kind": _TEXT,
    "method": _TEXT,
    "target": _TEXT,
    "status": _COUNT,
    "started_at": _NUMBER,
    "took_us": _NUMBER,
    "why": {"sentence": str, "layer": str},
    "split": {},
    "tree": _SPAN,
    "request": _MESSAGE,
    "response": _MESSAGE,
    "frames": [
        {
            **dict.fromkeys(("kind", "way"), str),
            **dict.fromkeys(("text", "says", "data"), _TEXT),
            **dict.fromkeys(("size", "code"), _COUNT),
            "at_us": _NUMBER,
        }
    ],
    "frames_left_out": _COUNT,
}
"""What is relied upon. A list has any number of the one shape, or just those; an object may have more, and has
all fields that are `str`. Both may be null, unless they are needed or stand in a list."""

_GREATEST = 1e11  # seconds of the epoch, of which years have four digits; and microseconds, of which that is a day
_NEEDED = ("version", "marks")
_NAME: dict[type, str] = {int: "number", float: "number", str: "text", dict: "object", list: "list", NoneType: "null"}


class SavedError(ValueError):
    """What is wrong with a file, in one sentence."""


def read_journeys(text: str | bytes, name: str) -> list[Journey]:
    """The journeys in a file called `name`. Raises SavedError, also if there is none."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise SavedError(f"{name} holds no journey: it is not UTF-8 text") from None
    found = [_checked(each, name) for each in _values(text, name)]
    if not found:
        raise SavedError(f"{name} holds no journey: it is empty")
    return found


def _values(text: str, name: str) -> list[object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _lines(text, name, error)
    return value if isinstance(value, list) else [value]


def _lines(text: str, name: str, error: Exception) -> list[object]:
    """One JSON text a line; `error` is what was wrong with all of it as one."""
    values = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError):
                # A file of one journey, spread over many lines, is told where that breaks off.
                said = f"line {number} is no JSON" if values else str(error)
                raise SavedError(f"{name} holds no journey: {said}") from None
    return values


def _checked(value: object, name: str) -> Journey:
    if not isinstance(value, dict):
        raise SavedError(f"{name} holds no journey: {_short(value)} is no JSON object")
    if any(key not in value for key in _NEEDED):
        raise SavedError(f"{name} holds no journey: it was not made by `webfoot journey ... --json`")
    wrong = _misfit(value, _SHAPE, "")
    if wrong:
        raise SavedError(f"{name} holds no journey: {wrong}")
    if value["version"] > VERSION:
        known = f"this one reads {VERSION}"
        raise SavedError(f"{name} was written by a later webfoot: its schema is version {value['version']}, {known}")
    return value


def _misfit(value: object, shape: _Shape, where: str) -> str:
    """What is wrong with it, "" if nothing is: `marks.3.station is 7, and no text`."""
    if isinstance(shape, type | tuple):
        return _plain_misfit(value, shape, where)
    kind = type(shape)
    if value is None and where not in _NEEDED and not where[-1:].isdigit():
        return ""
    if not isinstance(value, kind):
        return f"{where} is {_short(value)}, and no {_NAME[kind]}"
    if isinstance(shape, list) and len(shape) > 1 and len(value) != len(shape):
        return f"{where} is {_short(value)}, and no list of {len(shape)}"
    for key, wanted in shape.items() if isinstance(shape, dict) else ():
        if wanted is str and key not in value:
            return f"{where} has no {key}"
    wrongs = (_misfit(each, wanted, f"{where}.{key}".lstrip(".")) for key, each, wanted in _parts(value, shape))
    return next(filter(None, wrongs), "")


def _plain_misfit(value: object, kind: type | tuple[type, ...], where: str) -> str:
    if not isinstance(value, kind) or isinstance(value, bool):
        first = kind if isinstance(kind, type) else kind[0]
        return f"{where} is {_short(value)}, and no {_NAME[first]}"
    if isinstance(value, int | float) and not 0 <= value <= _GREATEST:
        return f"{where} is {_short(value)}, which is too little or too much"
    return ""


def _parts(value: Any, shape: dict[str, _Shape] | list[_Shape]) -> Iterator[tuple[object, object, _Shape]]:
    if isinstance(shape, list):
        return ((number, each, shape[min(number, len(shape) - 1)]) for number, each in enumerate(value))
    return ((key, value[key], wanted) for key, wanted in shape.items() if key in value)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def data_of(frame: dict[str, Any]) -> bytes | None:
    """What was kept of a binary message that is no text. Raises SavedError."""
    data = frame.get("data")
    if data is None:
        return None
    try:
        return b64decode(data, validate=True)
    except ValueError:
        raise SavedError(f"the data of a message is {_short(data)}, and no base64") from None


def facts_of(journey: Journey, station: str) -> dict[str, Any]:
    """The facts of the first mark at this station; empty if it was not reached."""
    for mark in journey["marks"]:
        if mark["station"] == station:
            facts = mark.get("facts")
            return facts if isinstance(facts, dict) else {}
    return {}
