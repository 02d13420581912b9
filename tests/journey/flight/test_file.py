"""What a worker writes is what anybody reads, whatever happens to the worker, and it never grows."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journey.flight.files import ROWS, begin, made, seen

from webfoot.journey.flight import layout
from webfoot.journey.flight.file import FlightFile
from webfoot.journey.flight.reading import read


def test_a_request_under_way(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    row = file.begin(17, 1e9, b"POST", "/ponds/Möwe".encode(), b"::1", 5000)
    file.identify(row, b"abc-1")
    file.note(row, b"main.py:31 in ducks")
    (request,) = seen(file).in_flight

    assert (request.method, request.path, request.client) == ("POST", "/ponds/Möwe", "::1:5000")
    assert (request.number, request.began, request.took, request.status) == (17, 1e9, None, None)
    assert (request.request_id, request.note) == ("abc-1", "main.py:31 in ducks")
    assert request.id == f"{os.getpid()}-17"


def test_a_request_that_has_ended(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    file.end(begin(file, 1), 0.25, 1234, 503, layout.FAILED | layout.KEPT)
    flight = seen(file)

    assert flight.in_flight == []
    (request,) = flight.ended
    assert (request.took, request.sent, request.status) == (0.25, 1234, 503)
    assert request.has_failed and request.is_kept and not request.is_slow


def test_whose_file_it_is(tmp_path: Path) -> None:
    file = made(tmp_path / "flights", server=4711)
    flight = seen(file)

    assert (flight.server, flight.worker, flight.app, flight.is_alive) == (4711, os.getpid(), "main:app", True)
    file.close()
    assert not seen(file).is_alive


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    assert made(tmp_path / "flights").path.stat().st_mode & 0o777 == 0o600


def test_texts_are_cut_to_their_fields(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    begin(file, 1, b"/" + b"x" * 1000)
    (request,) = seen(file).in_flight

    assert request.path == "/" + "x" * 183
    assert request.note == ""


def test_what_is_under_way_is_never_written_over(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    begin(file, 1, b"/long")
    for number in range(2, 10 * ROWS):
        file.end(begin(file, number), 0.0, 0, 200, 0)
    flight = seen(file)

    assert [request.path for request in flight.in_flight] == ["/long"]
    assert [request.number for request in flight.ended] == list(range(10 * ROWS - ROWS + 1, 10 * ROWS))


def test_more_are_under_way_than_there_are_rows(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    rows = [begin(file, number) for number in range(1, ROWS + 4)]
    flight = seen(file)

    assert len(flight.in_flight) == ROWS
    assert rows[ROWS:] == [0, 0, 0]
    assert flight.unseen == 3


def test_journeys_are_read_in_their_order_and_the_oldest_make_room(tmp_path: Path) -> None:
    file = made(tmp_path / "flights")
    for number in range(1, 500):
        file.keep(number, b'{"id":%d,"fill":"%s"}' % (number, b"x" * (number * 37 % 900)))
    kept = [journey["id"] for journey in seen(file).journeys()]

    assert kept[-1] == 499
    assert kept == sorted(kept)
    assert len(kept) > 50
    assert seen(file).kept == 499


def test_nothing_grows(tmp_path: Path) -> None:
    """The bound is that of a million requests: the file has its size at once, the process a queue of rows."""
    file = made(tmp_path / "flights")
    size = file.path.stat().st_size
    for number in range(1, 20_000):
        file.end(begin(file, number), 0.0, 0, 200, 0)
        if number % 10 == 0:
            file.keep(number, b"{}" * 300)

    assert file.path.stat().st_size == size
    assert len(file._free) == ROWS
    assert file.path.stat().st_blocks * 512 >= size  # all of its memory was there from the beginning


def test_the_file_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal, pathlib\n"
        "from tests.journey.flight.files import begin, made\n"
        f"file = made(pathlib.Path({str(tmp_path / 'flights')!r}))\n"
        "file.end(begin(file, 1), 0.5, 3, 200, 0); begin(file, 2, b'/last')\n"
        "file.keep(1, b'{\"id\": 1}')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == -9
    (path,) = (tmp_path / "flights").iterdir()
    flight = read(path)
    assert not flight.is_alive
    assert [request.path for request in flight.in_flight] == ["/last"]
    assert [request.number for request in flight.ended] == [1]
    assert flight.journeys() == [{"id": 1}]


def test_a_child_that_was_forked_does_not_keep_it_alive(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, time\n"
        "from tests.journey.flight.files import made\n"
        f"file = made(pathlib.Path({str(tmp_path / 'flights')!r}))\n"
        "if os.fork() == 0:\n"
        "    os.close(1); time.sleep(60)\n"
        "else:\n"
        "    print(file.path, flush=True); os._exit(0)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    with running.stdout:
        path = running.stdout.read().strip()
    running.wait()
    try:
        assert not read(path).is_alive
    finally:
        os.killpg(running.pid, 9)


def test_a_system_without_room_for_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flights").mkdir(mode=0o700)
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, at: len(data) // 2)
    with pytest.raises(OSError) as raised:
        FlightFile(tmp_path / "flights", 64 * 1024, 1)

    assert raised.value.errno == errno.ENOSPC
    assert list((tmp_path / "flights").iterdir()) == []
