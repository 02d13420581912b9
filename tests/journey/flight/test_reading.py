"""A reader gets something sensible or one clear error, whatever the file holds."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.journey.flight.files import ROWS, begin, made, seen

from webfoot.journey.flight import layout
from webfoot.journey.flight.directory import flights
from webfoot.journey.flight.dumping import Wanted, entries
from webfoot.journey.flight.reading import UnreadableFlight, read, want_notes


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with a bit of everything."""
    file = made(tmp_path_factory.mktemp("whole") / "flights")
    for number in range(1, ROWS + 5):
        file.end(begin(file, number), 0.1, 10, 500, layout.FAILED)
        file.keep(number, json.dumps({"id": str(number), "marks": []}).encode() * 20)
    begin(file, 1000, b"/under-way")
    return file.path.read_bytes()


def test_whole_file_is_readable(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.flight").write_bytes(whole)
    flight = read(tmp_path / "x.flight")
    assert len(flight.ended) == ROWS - 1
    assert flight.in_flight[0].path == "/under-way"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.one_of(st.integers(0, 900), st.integers(0, 65536)), st.binary(min_size=1, max_size=600)),
        max_size=8,
    ),
    length=st.one_of(st.none(), st.integers(0, 66000)),
)
def test_damage_is_passed_over(
    whole: bytes, tmp_path: Path, changes: list[tuple[int, bytes]], length: int | None
) -> None:
    data = bytearray(whole)
    for at, new in changes:
        data[at : at + len(new)] = new
    path = tmp_path / "damaged.flight"
    path.write_bytes(bytes(data[:length]))
    try:
        flight = read(path)
    except UnreadableFlight as error:
        assert str(path) in str(error)
        return
    for request in (*flight.in_flight, *flight.ended):
        assert request.path.isprintable()
        assert request.began >= 0
    for line in entries([flight], Wanted()):
        json.dumps(line)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is no file of the flight recorder"),
        (b"webfoot\0", "is no file of the flight recorder"),
        (b"webfoot\0\x09\0" + bytes(5000), "another version of webfoot (format 9)"),
        (b"webfoot\0\x01\0" + bytes(5000), "its header does not hold together"),
    ],
)
def test_what_is_no_flight_file(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "x.flight"
    path.write_bytes(data)
    with pytest.raises(UnreadableFlight, match="^" + str(path)) as raised:
        read(path)
    assert sentence in str(raised.value)


def test_a_row_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    begin(file, 1)
    row = begin(file, 2)
    with open(file.path, "r+b") as outside:
        outside.seek(row + layout.ROW_SIZE - 8)
        outside.write(bytes(8))  # its end is not there yet

    assert [request.number for request in seen(file).in_flight] == [1]


def test_control_characters_do_not_reach_a_terminal(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    begin(file, 1, b"/\x1b[2J\r\nx\xff")

    assert seen(file).in_flight[0].path == "/?[2J??x\N{REPLACEMENT CHARACTER}"


def test_a_client_cannot_forge_a_journey(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    forged = layout.ENTRY.pack(layout.ENTRY_MARK, 0, 2, 0, 1, 99) + b"{}"
    for shift in range(layout.BLOCK):
        file.keep(1, json.dumps({"path": " " * shift + forged.decode("latin-1")}).encode())

    assert all("path" in each for each in seen(file).journeys())


def test_reading_while_the_worker_writes(tmp_path: Path) -> None:
    """Each row that is read holds together: number, path and size are of one request."""
    file = made(tmp_path / "flights")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file.end(begin(file, number, b"/%d" % number, float(number)), 0.0, number, 200, 0)
            file.keep(number, b'{"id":%d}' % number)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for _ in range(50):
            flight = seen(file)
            for request in flight.ended:
                assert request.path == f"/{request.number}" and request.began == request.number == request.sent
            flight.journeys()
    finally:
        stop.set()
        writing.join()


def test_a_reader_asks_for_notes(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    assert file.watched_until == 0.0
    want_notes(file.path, 12.5)
    assert file.watched_until == 12.5


@pytest.mark.parametrize("kind", ["link", "pipe", "directory", "link to a pipe"])
def test_only_files_are_opened(kind: str, whole: bytes, tmp_path: Path) -> None:
    """A directory of another user's may hold what leads to somebody else's file, or keeps a reader waiting."""
    victim, name = tmp_path / "victim", tmp_path / "x.flight"
    victim.write_bytes(whole)
    match kind:
        case "link":
            name.symlink_to(victim)
        case "pipe":
            os.mkfifo(name)
        case "directory":
            name.mkdir()
        case _:
            os.mkfifo(tmp_path / "pipe")
            name.symlink_to(tmp_path / "pipe")
    with pytest.raises((OSError, UnreadableFlight)):
        read(name)
    with pytest.raises((OSError, UnreadableFlight)):
        want_notes(name, 1e9)
    assert flights(tmp_path) == []
    assert victim.read_bytes() == whole


def test_a_file_that_is_none_of_ours_is_not_written_to(tmp_path: Path) -> None:
    name = tmp_path / "x.flight"
    name.write_bytes(b"quack" * 1000)
    with pytest.raises(UnreadableFlight):
        want_notes(name, 1e9)
    assert name.read_bytes() == b"quack" * 1000
