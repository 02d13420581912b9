"""A small version of the soak of what watches requests, and its verdicts. `make soak` runs the large one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.soak import limits, watched
from tests.soak.limits import FILES, GROWN, PAGE, RECORDER, watched_verdict
from tests.soak.watched import SHARES, Soaked, soak, write
from tests.soak.watchers import WAYS, Held
from tests.soak.watching import MIB

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")

WAY = {way.key: way for way in WAYS}


@pytest.mark.parametrize("key", ["recorder-2", "dev-open"])
def test_nothing_is_under_way_and_nothing_left_behind(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watched, "SETTLED", 1.0)
    monkeypatch.setattr(limits, "GROWN", PAGE)  # so few fill no ring: that they are kept is growth, up to its bound
    soaked = soak(WAY[key], requests=600, seconds=60)
    assert soaked.fault == ""
    assert soaked.helds[-1].requests >= 600
    assert watched_verdict(soaked, None) == ""


def soaked(key: str, **last: int) -> Soaked:
    """Of 100 MiB in each process. last: what is more at the end, of these."""
    first = Held(0, {7: 100 * MIB, 8: 100 * MIB}, 100 * MIB, 0)
    end = Held(
        1000,
        {7: 100 * MIB, 8: 100 * MIB + last.get("worker", 0)},
        100 * MIB + last.get("supervisor", 0),
        last.get("files", 0),
    )
    rest = Held(1000, {7: 100 * MIB + last.get("rest", 0), 8: 100 * MIB}, 100 * MIB, 0)
    return Soaked(WAY[key], [first] * (len(SHARES) - 1) + [end], rest)


class TestVerdict:
    @pytest.mark.parametrize(
        ("key", "last", "said"),
        [
            ("dev", {}, ""),
            ("dev", {"worker": GROWN}, ""),
            ("dev", {"worker": GROWN + MIB}, "a worker grew by 7.0 MiB"),
            ("dev", {"supervisor": GROWN + MIB}, "the supervisor grew by 7.0 MiB"),
            ("dev", {"files": FILES + MIB}, "73.0 MiB of files"),
            ("dev", {"rest": PAGE}, ""),
            ("dev", {"rest": PAGE + MIB}, "it holds 49.0 MiB more than when nobody watches"),
            ("recorder", {"rest": RECORDER + MIB}, "it holds 9.0 MiB more than when nobody watches"),
            ("dev-no-page", {"rest": RECORDER + MIB}, "it holds 9.0 MiB more than when nobody watches"),
        ],
    )
    def test_of_what_was_held(self, key: str, last: dict[str, int], said: str):
        assert watched_verdict(soaked(key, **last), soaked("run")) == said

    def test_of_a_worker_that_has_ended(self):
        ended = soaked("dev")
        ended.helds[-1].workers.pop(8)
        ended.helds[1] = Held(100, {7: 100 * MIB, 8: 100 * MIB}, 0, 0)
        assert watched_verdict(ended, None) == "a worker has ended"


def test_the_report_has_a_line_for_each_way(tmp_path: Path):
    broken = Soaked(WAY["dev"], fault="the server did not start")
    write([soaked("run"), broken], tmp_path / "watched.md")
    rows = [line.split(" | ") for line in (tmp_path / "watched.md").read_text().splitlines() if line.startswith("| ")]
    assert len({len(row) for row in rows}) == 1
    assert [rows[2][0], rows[2][-1]] == ["| nobody watches", "bounded |"]
    assert rows[3][-1] == "the server did not start |"
    assert (tmp_path / "watched.json").exists()
