"""How a worker ended stands in its file, written there by somebody else, and is read as if anybody had written it."""

import math
import struct

import pytest
from tests.journey.flight.files import begin, made, seen

from webfoot.journey.flight.dumping import last_words
from webfoot.journey.flight.epitaph import UNTOLD
from webfoot.journey.flight.layout import EPITAPH_AT, HEADER_SIZE, KIN_AT
from webfoot.journey.flight.reading import UnreadableFlight, forget, glance, write_epitaph

STACK = """Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/srv/main.py", line 30 in work
  File "/srv/main.py", line 9 in <module>
"""


def test_it_is_written_beside_what_the_worker_writes(tmp_path):
    file = made(tmp_path)
    begin(file, 1)
    assert seen(file).epitaph == UNTOLD
    write_epitaph(file.path, "was killed by SIGSEGV", STACK)
    begin(file, 2)
    found = seen(file)
    assert found.epitaph.how == "was killed by SIGSEGV"
    assert found.epitaph.stack == ("/srv/main.py:30 in work", "/srv/main.py:9 in <module>")
    assert abs(found.epitaph.at - found.started_at) < 60
    assert [each.number for each in found.in_flight] == [1, 2]


def test_what_is_long_is_cut_at_a_line_and_commands_no_terminal(tmp_path):
    file = made(tmp_path)
    lines = [f'  File "/srv/duck\x1b[2J.py", line {number} in work\n' for number in range(1, 200)]
    write_epitaph(file.path, "é" * 400, "".join(lines))
    epitaph = seen(file).epitaph
    assert epitaph.how == "é" * 256
    assert 20 < len(epitaph.stack) < 100
    assert epitaph.stack[0] == "/srv/duck?[2J.py:1 in work"
    assert all(line.endswith(f":{number} in work") for number, line in enumerate(epitaph.stack, 1))


@pytest.mark.parametrize("at", [math.nan, math.inf, -1.0, 1e300])
def test_one_that_does_not_hold_together_is_none(tmp_path, at):
    file = made(tmp_path)
    write_epitaph(file.path, "died")
    with open(file.path, "r+b") as there:
        there.seek(EPITAPH_AT)
        there.write(struct.pack("<d", at))
    assert seen(file).epitaph == UNTOLD


def test_a_glance_tells_whose_it_is_and_reads_no_request(tmp_path):
    file = made(tmp_path)
    begin(file, 1)
    forget(file.path, 12.5)
    found = glance(file.path)
    assert (found.worker, found.app, found.is_alive, found.forgotten) == (seen(file).worker, "main:app", True, 12.5)
    assert (found.in_flight, found.ended) == ([], [])
    file.close()
    assert not glance(file.path).is_alive


def test_nothing_is_written_into_another_file(tmp_path):
    other = tmp_path / "other.flight"
    other.write_bytes(bytes(HEADER_SIZE))
    with pytest.raises(UnreadableFlight):
        write_epitaph(other, "died")
    assert other.read_bytes() == bytes(HEADER_SIZE)


def test_the_header_has_room_for_all():
    assert KIN_AT + 32 <= 256
    assert EPITAPH_AT + 8 + 512 + 2048 <= HEADER_SIZE


def test_whoever_tells_of_the_last_words_writes_it_and_does_not_count_the_page(tmp_path):
    file = made(tmp_path)
    begin(file, 1, b"/ducks")
    begin(file, 2, b"/__webfoot__/api/events")
    worker = seen(file).worker
    first, *lines = last_words(str(tmp_path), worker, "ended with exit code 9")
    assert first.startswith(f"worker {worker} had 1 request under way; its records are in ")
    assert len(lines) == 1 and "/ducks" in lines[0]
    assert seen(file).epitaph.how == "ended with exit code 9"
