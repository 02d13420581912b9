"""One real request, followed through the code: which function marked each station, and what it said.

python scripts/generate_docs.py writes it into docs/journey.md.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from linecache import getline
from pathlib import Path
from textwrap import dedent, fill, indent
from types import FrameType
from typing import Any

import webfoot
from webfoot.cli.composing import compose
from webfoot.cli.one_request import Onlooker, send_once
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.record import Record
from webfoot.journey.says import says
from webfoot.journey.story import STORY
from webfoot.server import ServerOptions
from webfoot.trail import STATIONS, StationName

HOUSE = Path(webfoot.__file__).parent
PORT = re.compile(r"(?<=\d):\d{4,5}\b")
LONGEST = 12  # lines of code shown of one place
PATIENCE = 10  # seconds
REQUEST = ("POST", "/ponds/3/ducks?loud=yes", ["x-ranger: jo", "origin: https://pond.example"], '{"name": "Emma"}')
APP = "examples.talk:app"


@dataclass
class Stop:
    """A station at which the request was, once or several times. code: the call by which it was marked."""

    station: StationName
    file: str
    function: str
    code: str
    says: list[str] = field(default_factory=list)


class Witness(ThoroughRecord):
    """Notes who calls it."""

    __slots__ = ("places",)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.places: list[tuple[str, str, str]] = []

    def mark(self, station: StationName, /, **facts: object) -> None:
        self.places.append(_place(sys._getframe(1)))
        super().mark(station, **facts)

    def note(self, station: StationName, facts: dict[str, Any], /) -> None:
        self.places.append(_place(sys._getframe(1)))
        super().note(station, facts)


def retell() -> list[Stop]:
    """The stations of the request in the order in which they were reached first."""
    from examples.talk import app

    async def follow() -> Record:
        options = ServerOptions(access_log=False)
        [record] = await send_once(app, options, compose(*REQUEST), PATIENCE, Onlooker(Witness))
        return record

    record = asyncio.run(follow())
    assert isinstance(record, Witness)
    if record.status != 201 or len(record.places) != len(record.marks):
        raise SystemExit(f"the request of the talk was answered with {record.status}")
    stops: dict[StationName, Stop] = {}
    for mark, place in zip(record.marks, record.places, strict=True):
        stop = stops.setdefault(mark.station, Stop(mark.station, *place))
        stop.says.append(PORT.sub(":PORT", says(mark)))
    return list(stops.values())


def _place(frame: FrameType) -> tuple[str, str, str]:
    """File below the package, function, and the statement that marks."""
    code = frame.f_code
    first, last, _, _ = next(islice(code.co_positions(), frame.f_lasti // 2, None))
    assert first is not None
    assert last is not None
    lines = "".join(_lines(code.co_filename, first, min(last, first + LONGEST - 1)))
    return Path(code.co_filename).relative_to(HOUSE).as_posix(), code.co_qualname, dedent(lines).rstrip()


def _lines(file: str, first: int, last: int) -> Iterator[str]:
    return (getline(file, number) for number in range(first, last + 1))


def retold() -> str:
    """The part of docs/journey.md that tells of this request."""
    stops = retell()
    parts = [_chapter(stop) for stop in stops]
    method, target, headers, body = REQUEST
    words = [f"webfoot journey {APP} {method} '{target}'", f"-d '{body}'", *(f"-H '{header}'" for header in headers)]
    command = " \\\n    ".join(words)
    missed = ", ".join(
        f"`{mark}`" for each in STATIONS for mark in each.marks if mark not in {s.station for s in stops}
    )
    return f"```console\n$ {command}\n```\n\n{''.join(parts)}Not on this way: {missed}.\n"


def _chapter(stop: Stop) -> str:
    station = next(each for each in STATIONS if stop.station in each.marks)
    said = "; ".join(f"*{_plain(one)}*" for one in stop.says)
    return (
        f"### {station.number} · {stop.station}\n\n"
        f"{fill(STORY[stop.station], 120)}\n\n"
        f"Here: {said}. By `{stop.function}` in [{stop.file}](../src/webfoot/{stop.file}):\n\n"
        f"{indent(stop.code, '    ')}\n\n"
    )


def _plain(text: str) -> str:
    """With nothing in it that Markdown would take for its own."""
    return re.sub(r"([*_{}<\\\[\]`])", r"\\\1", text)
