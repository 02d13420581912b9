"""What the benchmarks make of what wrk, /proc and the budgets say. Nothing is measured here."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import pytest

from benchmarks.__main__ import main
from benchmarks.budgets import BUDGETS, Budget, Figures
from benchmarks.cases import CASES, Contender, Request
from benchmarks.failure import Failure
from benchmarks.load import _read, _script
from benchmarks.memory import CROWDS, Held, Tally
from benchmarks.processes import INSIDE, Finding
from benchmarks.report import as_markdown, write
from benchmarks.serving import serving
from benchmarks.turns import Measured, Outcome, Pair, Plan, _answers

WRK = """\
Running 3s test @ http://127.0.0.1:8000/
  1 threads and 32 connections
  Latency Distribution
     50%  640.00us
     99%    2.70ms
  151212 requests in 3.00s, 20.33MB read
Requests/sec:  50404.00
Transfer/sec:      6.77MB
"""


class TestWrk:
    def test_figures(self):
        said = _read(WRK)
        assert (said.count, said.per_second, said.p99_ms) == (151212, 50404.0, 2.7)

    @pytest.mark.parametrize(("written", "ms"), [("870.00us", 0.87), ("1.50s", 1500.0)])
    def test_units(self, written, ms):
        assert _read(WRK.replace("2.70ms", written)).p99_ms == pytest.approx(ms)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("  Non-2xx or 3xx responses: 7\n", "7 of 151212 answers were errors"),
            ("  Socket errors: connect 0, read 3, write 0, timeout 0\n", "connections failed: connect 0, read 3"),
        ],
    )
    def test_a_run_with_errors_does_not_count(self, line, reason):
        with pytest.raises(Failure, match=reason):
            _read(WRK + line)

    def test_no_answers(self):
        with pytest.raises(Failure, match="wrk got no answers"):
            _read(WRK.replace("151212", "0"))

    def test_the_request_in_lua(self):
        assert _script(Request("/", "POST", {"X-Token": "a"}, '{"b": 1}')) == (
            'wrk.method = "POST"\nwrk.headers["X-Token"] = "a"\nwrk.body = [[{"b": 1}]]\n'
        )

    def test_a_fresh_request_each_time(self):
        script = _script(Request("/", fresh=True))
        assert "request = function()" in script
        assert 'wrk.headers["Traceparent"]' in script


def outcome(*ratios: float) -> Outcome:
    case = CASES[0]
    pair = Pair(case.peers[1], [Measured(ratio * 10, 1, 1) for ratio in ratios], [Measured(10, 1, 1) for _ in ratios])
    return Outcome(case, [pair])


class TestBudgets:
    @pytest.mark.parametrize(
        ("ratios", "verdict"),
        [([0.60], "met"), ([0.604], "met"), ([0.606], "NOT met"), ([0.5, 0.5, 9.0], "met"), ([], "not measured")],
    )
    def test_the_median_is_held_against_the_budget_as_it_is_printed(self, ratios, verdict):
        figures = Figures({"hello": outcome(*ratios)}, {})
        assert BUDGETS[0].verdict(figures)[1] == verdict

    @pytest.mark.parametrize(("ratio", "verdict"), [(1.8, "met"), (1.804, "met"), (1.84, "NOT met")])
    def test_a_budget_written_with_one_digit_is_no_wider(self, ratio, verdict):
        budget = replace(BUDGETS[0], at_most="1.8")
        assert budget.verdict(Figures({"hello": outcome(ratio)}, {}))[1] == verdict

    def test_the_spread_is_told(self):
        assert BUDGETS[0].verdict(Figures({"hello": outcome(0.5, 0.7, 0.55)}, {}))[0] == "0.55 (0.50 - 0.70)"

    @pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: f"{budget.work} / {budget.against}")
    def test_what_a_budget_needs_is_there_to_be_measured(self, budget: Budget):
        name, _, peer = budget.needs.partition("/")
        peers = {case.key: [each.key for each in case.peers] for case in CASES}
        peers |= {crowd.key: [each.key for each in crowd.peers] for crowd in CROWDS}
        peers |= {inside.key: list(inside.stacks) for inside in INSIDE}
        assert peer in peers[name]
        assert budget.verdict(Figures({}, {})) == ("", "not measured")

    def test_inside_ratios_are_made_round_by_round(self):
        finding = Finding(INSIDE[0], {"webfoot": [{"first": 10, "last": 11}, {"first": 20, "last": 20}]})
        budget = next(budget for budget in BUDGETS if budget.work == "1000 routes, API: last")
        assert budget.ratios(Figures({}, {"routes": finding})) == [1.1, 1.0]


class TestMemory:
    TALLY = Tally(
        CROWDS[0],
        {
            "ours": [Held(1000, 2**20, 2**20 + 1_500_000, 2**20)] * 2,
            "uvicorn": [Held(1000, 2**20, 2**20 + 6_000_000, 2**20), Held(1000, 2**20, 2**20 + 3_000_000, 2**20)],
        },
        {"granian": "Granian (uvloop): timed out"},
    )

    def test_bytes_per_connection(self):
        assert self.TALLY.rounds["ours"][0].each == 1500
        assert self.TALLY.ratios("uvicorn") == [0.25, 0.5]
        assert self.TALLY.ratios("granian") == []

    def test_the_budget(self):
        (budget,) = (budget for budget in BUDGETS if budget.needs == "idle/uvicorn")
        assert budget.verdict(Figures({}, {}, {"idle": self.TALLY})) == ("0.38 (0.25 - 0.50)", "met")

    def test_in_the_report(self):
        page = as_markdown(Figures({}, {}, {"idle": self.TALLY}), Plan(2, 1, 1, 0, 1))
        assert "### idle: 1,000 idle keep-alive connections" in page
        assert "| webfoot | 1.0 | 2.4 | 1.0 | 1,500 |   |" in page
        assert "| Uvicorn (httptools, uvloop) | 1.0 | 5.3 | 1.0 | 4,500 | **0.38** (0.25 - 0.50) |" in page
        assert "Not measured: Granian (uvloop): timed out." in page


def test_the_report_names_what_failed():
    done = outcome(0.5)
    done.failed["granian"] = "Granian did not start"
    page = as_markdown(Figures({"hello": done}, {}), Plan(1, 1, 1, 0, 1))
    assert "Not measured: Granian did not start." in page
    assert "| raw ASGI hello | Uvicorn (httptools, uvloop) | 0.60x | 0.50 (0.50 - 0.50) | met |" in page


def test_the_report_is_written_twice(tmp_path):
    page = write(Figures({"hello": outcome(0.5)}, {}), Plan(1, 1, 1, 0, 1), tmp_path)
    assert page.read_text().startswith("# webfoot and its peers")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["wire"][0]["peers"]["uvicorn"]["ratios"] == [0.5]
    assert data["versions"]["Python"]


class TestServing:
    """With Python's own server; `taskset` is util-linux."""

    @pytest.fixture(autouse=True)
    def _needs_taskset(self):
        import shutil

        if shutil.which("taskset") is None:
            pytest.skip("taskset is not installed")

    CORE = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    WORDS = (sys.executable, "-m", "benchmarks.apps.floor", "{port}")

    def test_started_asked_and_ended(self):
        contender = Contender("floor", "floor", "")
        with serving("floor", self.WORDS, self.CORE) as server:
            _answers(contender, Request("/", answer=b"Hello, world!"), server)
            assert server.memory() > 2**20
            with pytest.raises(Failure, match="gave another answer: 200"):
                _answers(contender, Request("/", answer=b"Goodbye"), server)
            assert server.cpu_seconds() > 0
            assert not server.ended()
        assert server.ended()

    def test_what_it_said_when_it_did_not_start(self):
        with pytest.raises(Failure, match=r"pond did not start: .*pond ran dry"):
            with serving("pond", (sys.executable, "-c", "raise SystemExit('pond ran dry')"), self.CORE):
                pass


class TestCommand:
    def test_an_unknown_name(self, capsys):
        with pytest.raises(SystemExit):
            main(["typd"])
        assert "nothing is called 'typd'" in capsys.readouterr().err

    @pytest.mark.parametrize("missing", ["wrk", "taskset"])
    def test_a_missing_tool_is_one_sentence(self, monkeypatch, capsys, missing):
        monkeypatch.setattr("shutil.which", lambda name: None if name == missing else f"/bin/{name}")
        assert main(["hello"]) == 1
        assert capsys.readouterr().err.startswith(f"benchmarks: {missing} is not installed (Debian")

    def test_one_core_is_not_enough(self, monkeypatch, capsys):
        monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
        assert main(["hello"]) == 1
        assert "two cores are needed" in capsys.readouterr().err
