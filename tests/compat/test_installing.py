"""install() and uninstall(), each in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.running import ROOT, ran_well, run
from tests.docs.test_examples import blocks

TWICE = """
import sys
import webfoot.compat
before = list(sys.meta_path)
webfoot.compat.install()
webfoot.compat.install()
assert len(sys.meta_path) == len(before) + 2
import fastapi, fastapi.routing, starlette.requests, starlette.applications, webfoot
assert fastapi.FastAPI is webfoot.Webfoot
assert isinstance(webfoot.Webfoot(), starlette.applications.Starlette)
assert fastapi.FastAPI().title == fastapi.FastAPI().openapi()["info"]["title"] == "FastAPI"
assert not any(name in sys.modules for name in ("jinja2", "webfoot.server")), "loaded before anybody asked"
webfoot.compat.uninstall()
webfoot.compat.uninstall()
assert sys.meta_path == before
assert webfoot.Webfoot().title == "Webfoot"
assert not any(name.partition(".")[0] in ("fastapi", "starlette", "uvicorn") for name in sys.modules)
webfoot.compat.install()
import fastapi
assert fastapi.FastAPI().title == "FastAPI"
webfoot.compat.uninstall()
"""


def test_twice_and_back(site: Path) -> None:
    ran_well(run("-c", TWICE, site=site))


def test_the_peers_are_theirs_again() -> None:
    ran_well(run("-c", f"{TWICE}\nimport fastapi\nassert fastapi.__file__"))


def test_ours_win_where_the_peers_are_installed() -> None:
    text = (
        "import webfoot.compat as c; c.install(); import starlette, starlette.types; print(starlette.__spec__.origin)"
    )
    assert ran_well(run("-c", text)) == "webfoot.compat\n"


@pytest.mark.parametrize("peer", ["fastapi", "starlette", "uvicorn"])
def test_too_late(peer: str) -> None:
    done = run("-c", f"import {peer}, webfoot.compat\nwebfoot.compat.install()")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("webfoot.compat.installing.AlreadyImported: ")
    assert last.endswith(f"{peer}/__init__.py: call webfoot.compat.install() before anything imports it") or (
        peer == "fastapi" and "starlette was imported already" in last
    )


def test_versions(site: Path) -> None:
    text = "import webfoot.compat as c; c.install(); from importlib.metadata import version; print(version('fastapi'))"
    assert ran_well(run("-c", text, site=site)) == "0.165.0\n"


def test_scripts_get_their_arguments_directory_and_name(site: Path, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("from fastapi import FastAPI\n")
    script = tmp_path / "script.py"
    script.write_text("import sys, beside\nprint(__name__, sys.argv[1:], beside.FastAPI.__name__)\n")
    assert ran_well(run("-m", "webfoot.compat", script, "-m", "x", site=site)) == "__main__ ['-m', 'x'] Webfoot\n"


def test_processes_that_a_script_spawns(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, starlette\n"
        "def where(_):\n"
        "    return __name__, starlette.__spec__.origin\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(where, [1]))\n"
    )
    assert ran_well(run("-m", "webfoot.compat", script, site=site)) == "[('__mp_main__', 'webfoot.compat')]\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [((), "usage: python -m webfoot.compat"), (("no.py",), "webfoot.compat: there is no file no.py")],
)
def test_nothing_to_run(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = run("-m", "webfoot.compat", *words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)


def test_the_page(site: Path) -> None:
    block, *_ = [block for block in blocks(ROOT / "docs/compat.md") if block.language == "python"]
    ran_well(run("-c", block.text, site=site))
