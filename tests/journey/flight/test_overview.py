"""All workers at one moment: what is under way, what was slow or failed, as data and as a table."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from webfoot.journey.flight.file import FlightFile
from webfoot.journey.flight.finding import NotFound, workers_of
from webfoot.journey.flight.outlook import Outlook
from webfoot.journey.flight.overview import Overview, as_json, overview
from webfoot.journey.flight.reading import read, want_notes
from webfoot.journey.flight.table import Look, lines
from webfoot.journey.record import Record
from webfoot.trail.lookout import Note, Pulse

AT = 1_800_000_000.0


@pytest.fixture
def file(tmp_path: Path):
    file = FlightFile(tmp_path, 256 * 1024, 4000, "main:app")
    yield file
    file.close()


def under_way(file: FlightFile, number: int, age: float, path: str, note: str, *, flags: int = 0, **far: int) -> int:
    row = file.begin(number, AT - age, b"GET", path.encode(), b"10.0.0.1", 5000, flags)
    file.note(row, note.encode())
    file.progress(row, far.get("sent", 0), far.get("status", 0), bool(far.get("endless")))
    return row


def seen(file: FlightFile, asked_at: float = AT) -> Overview:
    return overview([read(file.path)], AT, asked_at)


def test_what_is_under_way_is_told_with_what_it_waits_for(file: FlightFile):
    under_way(file, 1, 3.0, "/ducks", "main.py:7 in ducks")
    under_way(file, 2, 60.0, "/events", "main.py:9 in ticks", status=200, sent=88, endless=1)
    under_way(file, 3, 1.0, "/chat", "the client's next message", flags=8, status=101)

    told = as_json(seen(file))

    assert json.loads(json.dumps(told)) == told
    assert told["version"] == 1
    assert [each["path"] for each in told["in_flight"]] == ["/events", "/ducks", "/chat"]  # the oldest first
    events, ducks, chat = told["in_flight"]
    assert (events["kind"], events["status"], events["sent"]) == ("stream", 200, 88)
    assert (ducks["kind"], ducks["status"], ducks["waits_for"]) == ("http", None, "main.py:7 in ducks")
    assert chat["kind"] == "websocket" and chat["client"] == "10.0.0.1:5000"
    assert ducks["age_s"] == pytest.approx(3.0)


def test_what_was_slow_and_what_failed(file: FlightFile):
    for number, (took, status, flags) in enumerate([(0.1, 200, 0), (4.0, 200, 2), (0.2, 500, 4)], 1):
        row = file.begin(number, AT - 10, b"GET", b"/%d" % number, b"", 0)
        file.end(row, took, 5, status, flags)

    told = seen(file)

    assert [each.path for each in told.slowest] == ["/2", "/3", "/1"]
    assert [each.path for each in told.failed] == ["/3"]


def test_requests_per_second(file: FlightFile):
    for number in range(1, 11):
        file.end(file.begin(number, AT - 2, b"GET", b"/", b"", 0), 0.5, 5, 200, 0)
    file.end(file.begin(11, AT - 60, b"GET", b"/", b"", 0), 0.5, 5, 200, 0)

    assert seen(file).per_second == pytest.approx(2.0)


def test_a_worker_that_says_nothing_is_told_after_a_while(file: FlightFile):
    assert seen(file, AT - 1.0).workers[0].silent == 0.0
    assert seen(file, AT - 5.0).workers[0].silent == pytest.approx(5.0)
    assert "has not answered for 5.0 s" in "\n".join(lines(seen(file, AT - 5.0), Look()))


def test_the_table_fits_and_says_it_all(file: FlightFile):
    under_way(file, 1, 3.0, "/ducks/" + "x" * 200, "holds the event loop at main.py:7 in ducks")
    under_way(file, 2, 60.0, "/events", "main.py:9 in ticks", endless=1)
    file.pulse(1.5, 12, b"GET /ducks at main.py:7 in ducks")

    for width in (70, 110, 200):
        table = lines(seen(file), Look(width=width))
        assert all(len(line) <= width for line in table), width
    whole = "\n".join(table)
    assert "2 in flight · 12 connections" in whole
    assert "loop held for 1.5 s by GET /ducks at main.py:7 in ducks" in whole
    assert "stream: main.py:9 in ticks" in whole
    assert "\x1b" not in whole
    assert "\x1b[31m" in "\n".join(lines(seen(file), Look(colour=True)))


def test_sorting_filtering_and_little_room(file: FlightFile):
    for number in range(1, 31):
        under_way(file, number, float(number), f"/{number:02}", "", sent=number)

    def paths(**look: object) -> list[str]:
        table = lines(seen(file), Look(**look))  # type: ignore[arg-type]
        return [line.split()[2] for line in table if " GET " in line]

    assert paths()[0] == "/30" and paths(sort="path")[0] == "/01" and paths(sort="sent")[0] == "/30"
    assert paths(text="/07") == ["/07"]
    assert len(paths(height=20)) < 20
    assert "nothing is under way that has 'goose' in it" in "\n".join(lines(seen(file), Look(text="goose")))


def test_notes_are_wanted_for_a_while_only(file: FlightFile):
    outlook = Outlook(file)
    assert not outlook.is_looked_at
    want_notes(file.path, 1e12)
    assert outlook.is_looked_at
    want_notes(file.path, 1.0)
    assert not outlook.is_looked_at


def test_what_the_server_tells_stands_in_the_file(file: FlightFile):
    record = Record()
    record.row = file.begin(1, AT, b"GET", b"/ducks", b"", 0)
    outlook = Outlook(file)
    outlook.note(record, Note("main.py:7 in ducks", 200, 17, True))
    outlook.note(Record(), Note("of a request without a row", 500, 1, False))
    outlook.pulse(Pulse(0.5, "GET /x", 3))

    flight = read(file.path)
    [request] = flight.in_flight
    assert (request.note, request.status, request.sent, request.is_endless) == ("main.py:7 in ducks", 200, 17, True)
    assert (flight.late, flight.held_by, flight.connections) == (0.5, "GET /x", 3)


def test_a_worker_that_ends_is_told_nothing(tmp_path: Path):
    file = FlightFile(tmp_path, 256 * 1024, 4000, "main:app")
    record = Record()
    record.row = file.begin(1, AT, b"GET", b"/ducks", b"", 0)
    file.close()
    outlook = Outlook(file)

    assert not outlook.is_looked_at
    outlook.note(record, Note("", 0, 0, False))
    outlook.pulse(Pulse(0.0, "", 0))


def test_servers_are_found_by_directory_pid_and_address(file: FlightFile, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("webfoot.journey.flight.directory.usual_places", lambda: [tmp_path])
    monkeypatch.setattr("webfoot.journey.flight.directory._readable_places", lambda: [tmp_path])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        for where in ("", str(tmp_path), "4000", str(os.getpid()), f"http://127.0.0.1:{port}/x", f"localhost:{port}"):
            assert [each.path for each in workers_of(where)] == [file.path], where


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("1", "no server with the pid 1 "),
        ("http://127.0.0.1:1", "no server at http://127.0.0.1:1 "),
        ("http://ducks.example:80", "is not on this machine"),
        ("quack", "is no pid, no directory and no address"),
    ],
    ids=["pid", "port", "elsewhere", "nothing"],
)
def test_what_is_not_found_is_told_in_one_sentence(file: FlightFile, where, said):
    with pytest.raises(NotFound, match=said.replace(".", r"\.")):
        workers_of(where)
