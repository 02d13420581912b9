"""The exchanges that callgrind counts, and what is made of its account. Valgrind is not run here."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.inside.exchanges import EXCHANGES, feed
from benchmarks.instructions import dearest, main, table, total

# Two functions of one file, one of which calls the other; names are said once, and numbers stand for them then.
ACCOUNT = """\
# callgrind format
positions: line
events: Ir
summary: 1000

fl=(1) ceval.c
fn=(1) _PyEval_EvalFrameDefault'2
10 600
+2 100
cfn=(2) dict_get
calls=50 20
12 300

fn=(2)
20 250
* 50

totals: 1000
"""


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("name", EXCHANGES)
def test_each_exchange_is_answered_and_marked_off(name, http):
    marks = []
    assert asyncio.run(feed(EXCHANGES[name], 50, http, lambda: marks.append(name))) > 0
    assert len(marks) == 2


def test_an_account(tmp_path):
    part = tmp_path / "callgrind.out.2"
    part.write_text(ACCOUNT)
    assert total(part) == 1000
    assert dearest(part, 5, exchanges=10).splitlines()[2:] == [
        "| 70 | _PyEval_EvalFrameDefault |",
        "| 30 | dict_get |",
    ]


def test_the_floor_is_taken_off_and_the_change_told():
    rows = table({"floor": 100, "hello": 600}, {"floor": 100, "hello": 500}).splitlines()
    assert rows[3] == "| hello | raw ASGI hello | 600 | 500 | +100 (+20.0%) |"


def test_without_valgrind(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["hello"]) == 1
    assert capsys.readouterr().err.startswith("benchmarks.instructions: valgrind is not installed (Debian")


def test_an_unknown_name(capsys):
    with pytest.raises(SystemExit):
        main(["helo"])
    assert "nothing is called 'helo'" in capsys.readouterr().err
