"""SIGHUP: new workers for old ones, and no request is lost."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from tests.server.process.crowd import Crowd, write_generation
from tests.server.process.serving import Serving, ask, poll, webfoot

from webfoot.server import ServerOptions
from webfoot.server.process.rereading import reread_options

RUN = ("run", "main:app", "--port", "0", "--no-access-log", "--workers")


def reload(serving: Serving, crowd: Crowd, directory: Path, generation: int) -> None:
    """Wait until all that answer are of the new generation."""
    write_generation(directory, generation)
    serving.send(signal.SIGHUP)
    serving.wait_for("INFO:     reloaded")
    poll(lambda: crowd.generations[generation] > 20)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_nothing_is_lost_in_three_reloads(tmp_path: Path, loop: str) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, "2", "--loop", loop, cwd=tmp_path) as serving, Crowd(serving.url()) as crowd:
        poll(lambda: len(crowd.answers) == 4)
        for generation in (2, 3, 4):
            reload(serving, crowd, tmp_path, generation)
        crowd.__exit__()
        assert serving.end() == 0
    assert crowd.lost == []
    assert set(crowd.generations) == {1, 2, 3, 4}
    assert "Traceback" not in serving.output
    assert "killed" not in serving.output


@pytest.mark.soak
def test_nothing_is_lost_in_twenty_reloads(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, "2", cwd=tmp_path) as serving, Crowd(serving.url(), keep=20, fresh=6) as crowd:
        for generation in range(2, 22):
            reload(serving, crowd, tmp_path, generation)
        crowd.__exit__()
        assert serving.end() == 0
    assert crowd.lost == []
    assert "killed" not in serving.output


def test_a_new_application_that_does_not_start_changes_nothing(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, "2", cwd=tmp_path) as serving:
        url = serving.url()
        (tmp_path / "main.py").write_text("import no_such_thing\n")
        serving.send(signal.SIGHUP)
        serving.wait_for("the reload has failed, and the workers that there are go on: .*no_such_thing")
        assert ask(url).startswith("1 ")
        write_generation(tmp_path, 2)
        serving.send(signal.SIGHUP)
        serving.wait_for("INFO:     reloaded")
        poll(lambda: ask(url).startswith("2 "))  # the last one to retire may just take one that stands in the queue
        assert serving.end() == 0
    assert serving.output.count("the reload has failed") == 1


def test_settings_are_read_again() -> None:
    now = ServerOptions("main:app", port=1, workers=2)
    new = reread_options(now, lambda: ServerOptions("main:app", port=2, workers=3, timeout_keep_alive=5))
    assert new is not None
    assert (new.port, new.workers, new.timeout_keep_alive) == (1, 3, 5)


def test_wrong_settings_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert reread_options(ServerOptions("main:app"), lambda: ServerOptions("main:app", workers=0)) is None
    assert "nothing is reloaded: the option workers cannot be 0" in caplog.text
