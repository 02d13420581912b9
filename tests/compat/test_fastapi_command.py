"""`python -m webfoot.compat -m fastapi run`."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from tests.compat.running import ran_well, run
from tests.compat.test_server import free_port, running

APP = """
from fastapi import FastAPI
from .names import NAME
served = FastAPI(title=NAME)
@served.get("/")
def root():
    return served.title
"""


@pytest.mark.parametrize(
    "words", [["run", "pond/main.py"], ["run", "pond/main.py", "--app", "served"], ["dev", "-e", "pond.main:served"]]
)
def test_it_serves(site: Path, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "pond").mkdir()
    (tmp_path / "pond/__init__.py").write_text("")
    (tmp_path / "pond/names.py").write_text("NAME = 'Ducks'")
    (tmp_path / "pond/main.py").write_text(APP)
    port = free_port()
    command = ["-m", "webfoot.compat", "-m", "fastapi", *words, "--host", "127.0.0.1", "--port", port]
    with running(command, site, tmp_path, port) as address:
        assert httpx2.get(address).json() == "Ducks"


def test_what_cannot_be_found(site: Path, tmp_path: Path) -> None:
    command = ("-m", "webfoot.compat", "-m", "fastapi")
    done = run(*command, "run", "no.py", site=site, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "fastapi: there is no file no.py\n")
    done = run(*command, "dev", site=site, cwd=tmp_path)
    assert done.stderr.startswith("fastapi: none of main.py, app.py, ")
    (tmp_path / "app.py").write_text("x = 1")
    done = run(*command, "run", site=site, cwd=tmp_path)
    assert done.stderr == "fastapi: there is no FastAPI application in app; --app names one of another kind\n"
    assert "0.165.0" in ran_well(run(*command, "--version", site=site))
