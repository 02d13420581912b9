"""docs/deployment.md shows the files as they are, and names only settings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.deployment.pond import example

from webfoot.server.process.bounds import longest_stop
from webfoot.server.settings.options import OPTIONS, ServerOptions

PAGE = (Path(__file__).parents[2] / "docs/deployment.md").read_text()
FLAGS = {each.flag for each in OPTIONS}


@pytest.mark.parametrize("name", ["ducks.service", "ducks.socket", "Containerfile", "kubernetes.yaml"])
def test_it_shows_the_file(name: str) -> None:
    assert f"\n{example(name)}```\n" in PAGE


def test_the_time_of_a_stop() -> None:
    assert f"With the defaults that is {longest_stop(ServerOptions()):g} s." in " ".join(PAGE.split())


def test_the_flags_are_ours() -> None:
    theirs = re.compile(r"^\| (?!`--)[^|]*\||^\| `--.*? \|", re.M)  # the first column of the table about Gunicorn
    ours, gunicorn = PAGE.split("## Coming from Gunicorn")
    prose = re.sub(r"```.*?```", "", ours, flags=re.S) + theirs.sub("", gunicorn)
    named = set(re.findall(r"`(--[a-z-]+)", prose))
    assert len(named) > 20
    assert named <= FLAGS
