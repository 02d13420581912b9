"""What is read of flight files whose workers are no more: how many, how old, whose, and under which ids."""

import asyncio
import json
import os
import struct
import time
from itertools import count
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.journey.flight.files import begin, journey, private

from webfoot.journey.flight.file import LEAST_SIZE, FlightFile
from webfoot.journey.flight.reading import forget, write_epitaph
from webfoot.journey.flight.recorder import FlightRecorder
from webfoot.journey.page import departed
from webfoot.journey.page.departed import MOST, MOST_WORKERS, FlightFiles
from webfoot.journey.page.summary import summary_of
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[3] / "docs" / "journey.schema.json").read_text()))
KIN = b"k" * 32
_WORKER_AT, _STARTED_AT = 24, 28  # see flight.layout.HEADER
_marks = count(1)


@pytest.fixture
def place(tmp_path):
    return private(tmp_path / "flights")


@pytest.fixture(autouse=True)
def own(place):
    """The file of this worker, which serves."""
    file = FlightFile(place, LEAST_SIZE, 7, "main:app", KIN)
    yield file
    file.close()


def left(place, worker=4711, *, server=7, kin=KIN, ago=60.0, how="was killed by SIGKILL", paths=(b"/ducks",), done=()):
    """The file of one that is no more, with what it had under way, and journeys that ended (their statuses)."""
    time.sleep(0.002)  # two files of one process and one millisecond would have one name
    file = FlightFile(place, LEAST_SIZE, server, "main:app", kin)
    recorder = FlightRecorder(file, 1.0)
    for status in done:
        journey(recorder, status)
    for number, path in enumerate(paths, 1000):
        begin(file, number, path)
    file.close()
    if how:
        write_epitaph(file.path, how)
    path = file.path.rename(place / f"{server}-{worker}-{next(_marks)}.flight")
    patch(path, _WORKER_AT, struct.pack("<I", worker))
    patch(path, _STARTED_AT, struct.pack("<d", time.time() - ago))
    return path


def patch(path, at, data):
    with open(path, "r+b") as there:
        there.seek(at)
        there.write(data)


def looked(files):
    return asyncio.run(files.look())


def found(place, **options):
    """The targets by their workers."""
    return {
        each.worker: [row["target"] for row in each.rows.values()]
        for each in looked(FlightFiles(os.fspath(place), **options))
    }


def test_what_was_under_way_and_what_failed_but_not_what_went_well_nor_the_page(place):
    left(place, paths=(b"/ducks", b"/__webfoot__/api/events"), done=(200, 500, 200))
    files = FlightFiles(os.fspath(place))
    [one] = looked(files)
    assert [(row["target"], row["status"], row["died"]) for row in one.rows.values()] == [
        ("/ducks", 500, False),
        ("/ducks", None, True),
    ]
    assert (one.worker, one.how, one.under_way, one.has_died) == (4711, "was killed by SIGKILL", 1, True)
    for row in one.rows.values():
        whole = json.loads(asyncio.run(files.whole(row["id"])))
        assert whole.pop("summary") == row
        SCHEMA.validate(whole)
    assert asyncio.run(files.whole("4711-99")) is None


def test_nobody_reads_without_a_file_of_his_own(place, own):
    left(place)
    assert looked(FlightFiles(None)) == []
    own.path.rename(place / "7-1-1.flight")
    assert found(place) == {}


def test_those_of_other_servers_are_passed_over(place):
    left(place, 1, kin=b"x" * 32)
    left(place, 2, server=8)  # of one that was here before
    living = FlightFile(place, LEAST_SIZE, 9, "main:app", KIN)  # of one that serves the same beside us
    patch(living.path, _WORKER_AT, struct.pack("<I", 33))
    living.path.rename(place / "9-33-1.flight")
    left(place, 3, server=9)
    assert set(found(place)) == {2}
    living.close()


def test_how_many_and_how_old(place):
    for worker in range(1, MOST_WORKERS + 3):
        left(place, worker)
    left(place, 99, ago=departed.MEMORY + 60, how="")
    assert list(found(place)) == list(range(3, MOST_WORKERS + 3))


def test_how_many_requests_of_one(place, monkeypatch):
    monkeypatch.setattr(departed, "MOST", 5)
    left(place, paths=[b"/%d" % number for number in range(12)], done=[500] * 8)
    [one] = looked(FlightFiles(os.fspath(place)))
    assert [row["target"] for row in one.rows.values()] == ["/ducks"] * 5 + [f"/{number}" for number in range(7, 12)]
    assert one.under_way == 12
    assert MOST * 2 * MOST_WORKERS <= 1000


def test_one_that_has_come_to_its_end_shows_what_failed_unless_that_was_written_down(place):
    left(place, 1, how="", paths=(), done=(500,))
    left(place, 2, how="", paths=(), done=(200,))
    assert found(place) == {1: ["/ducks"]}
    assert found(place, only_died=True) == {}


def test_the_number_of_a_process_is_given_again(place):
    """As in a container that is started anew: its processes have the same numbers each time."""
    left(place, os.getpid(), server=8, ago=20)
    left(place, 12, ago=20)
    left(place, 12, ago=10)
    first, second, third = sorted(
        (row["id"] for each in looked(FlightFiles(os.fspath(place))) for row in each.rows.values()), key=len
    )
    assert first == "12-1000"
    assert {each.partition(".")[0] for each in (second, third)} == {"12-1000", f"{os.getpid()}-1000"}
    assert "." in second and "." in third


def test_it_is_told_anew_when_somebody_says_how_it_ended(place):
    path = left(place, how="")
    files = FlightFiles(os.fspath(place))
    [before] = looked(files)
    [row] = before.rows.values()
    assert row["why"]["sentence"] == "Worker 4711 ended while this was under way."
    assert looked(files)[0] is before
    write_epitaph(path, "ended with exit code 9")
    [after] = looked(files)
    [row] = after.rows.values()
    assert row["why"]["sentence"] == "Worker 4711 ended with exit code 9 while this was under way."
    assert (after.epoch, after.cursor > before.cursor) == (before.epoch, True)


def test_what_is_forgotten(place, own):
    left(place, 1, done=(500,))
    living = left(place, 2, done=(500,))
    forget(living, time.time() + 1)  # while it lived
    assert found(place) == {1: ["/ducks", "/ducks"], 2: ["/ducks"]}
    files = FlightFiles(os.fspath(place))
    looked(files)
    asyncio.run(files.forget())
    assert (files.known, found(place)) == ([], {})


def test_a_file_that_is_damaged_or_gone_is_passed_over(place):
    path = left(place, 1)
    left(place, 2)
    (place / "7-3-9.flight").write_bytes(b"webfoot\0 and nothing more")
    (place / "7-4-9.flight").mkdir()
    with open(path, "r+b") as there:
        there.truncate(4000)
    files = FlightFiles(os.fspath(place))
    two = next(each for each in looked(files) if each.worker == 2)
    two.path.unlink()
    assert asyncio.run(files.whole(next(iter(two.rows)))) is None
    assert [each.worker for each in looked(files) if each.rows] == []


def test_a_row_and_a_journey_have_all_fields_that_those_of_a_living_worker_have(place):
    left(place)
    files = FlightFiles(os.fspath(place))
    [one] = looked(files)
    [row] = one.rows.values()
    record = Record()
    record.mark("scope_built", kind="http", path="/ducks")
    assert row.keys() == summary_of(record).keys() | {"lost", "died", "cursor"}
    whole = json.loads(asyncio.run(files.whole(row["id"])))
    assert whole.keys() == as_json(record).keys() | {"summary", "worker_ended"}
