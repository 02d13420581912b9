"""A process that was told to end does end."""

import pytest
from tests.server.process.serving import Serving

BLOCKED = """
import logging, sys, threading, time
logging.basicConfig(format="%(message)s")
from webfoot.server.process.ending import Deadline, leave
"""


def end_of(tmp_path, text):
    (tmp_path / "go.py").write_text(BLOCKED + text)
    with Serving("go.py", cwd=tmp_path) as running:
        return running.code(), running.output


def test_a_deadline_that_passes_names_the_line(tmp_path):
    code, output = end_of(tmp_path, "Deadline(0.1, 7)\ntime.sleep(1000)\n")
    assert code == 7
    assert "the process did not end in time and is cut off; it was held up at " in output
    assert "go.py:6 in <module> (MainThread)" in output


def test_a_deadline_that_is_cancelled(tmp_path):
    assert end_of(tmp_path, "Deadline(0.1).cancel()\ntime.sleep(0.9)\n") == (0, "")


@pytest.mark.parametrize("code", [0, 3])
def test_leaving_with_nothing_left_running(tmp_path, code):
    assert end_of(tmp_path, f"threading.Thread(target=print, args=('done',)).start()\nleave({code})\n") == (
        code,
        "done\n",
    )


def test_leaving_is_not_disturbed_by_another_signal(tmp_path):
    text = """
import os, signal

def press():
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=press).start()
leave(3)
"""
    assert end_of(tmp_path, text) == (3, "")


def test_leaving_a_thread_behind(tmp_path):
    code, output = end_of(
        tmp_path, "threading.Thread(target=lambda: time.sleep(1000), name='duck').start()\nleave(3)\n"
    )
    assert code == 3
    assert "(duck)" in output


@pytest.mark.parametrize("leave", ["leave", "leave_swiftly"])
def test_threads_that_are_waited_for_are_named_before_they_are_left(tmp_path, leave):
    text = f"""
from webfoot.server.process.ending import leave_swiftly
logging.getLogger().setLevel(logging.INFO)

def quack():
    time.sleep(1000)

threading.Thread(target=quack, name="duck").start()
threading.Thread(target=quack, daemon=True).start()
{leave}(3)
"""
    code, output = end_of(tmp_path, text)
    waiting, cut_off = output.splitlines()
    there = "go.py:10 in quack (duck)"
    assert code == 3
    assert waiting == f"waiting up to 2 s for the application's threads, which are not daemons: {there}"
    assert cut_off == f"the process did not end in time and is cut off; it was held up at {there}"


def test_the_programs_own_clean_up_is_not_cut_off(tmp_path):
    text = "import atexit\natexit.register(lambda: (time.sleep(3), print('cleaned')))\nleave(0)\n"
    assert end_of(tmp_path, text) == (0, "cleaned\n")


def test_a_log_that_nobody_reads_does_not_save_the_process(tmp_path):
    text = "logging.getLogger('webfoot').critical = lambda *_: time.sleep(1000)\nDeadline(0.1, 7)\ntime.sleep(1000)\n"
    assert end_of(tmp_path, text)[0] == 7


def test_what_nobody_else_would_remove_is_removed_before(tmp_path):
    (tmp_path / "a.sock").touch()
    text = "import pathlib\nDeadline(0.1, 7, pathlib.Path('a.sock').unlink)\ntime.sleep(1000)\n"
    assert end_of(tmp_path, text)[0] == 7
    assert not (tmp_path / "a.sock").exists()
