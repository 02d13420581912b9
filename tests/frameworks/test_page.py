"""docs/any-asgi.md has the commands that are run here."""

from __future__ import annotations

import re
from pathlib import Path

from tests.frameworks.ponds import PONDS

PAGE = (Path(__file__).parents[2] / "docs/any-asgi.md").read_text()


def test_the_commands() -> None:
    rows = re.findall(r"^\| (\S+) \| `webfoot run (\S+)` \|", PAGE, re.M)
    assert rows == [(name, pond.target) for name, pond in PONDS.items()]


def test_who_breaks_which_rule() -> None:
    broken = {"header-case": [name for name, pond in PONDS.items() if pond.capitals]}
    broken |= {pond.to_nobody: [name] for name, pond in PONDS.items() if pond.to_nobody}
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|", PAGE, re.M))
    for rule, names in broken.items():
        assert [name for name in re.findall(r"\w[\w.]+", rows[rule]) if name in PONDS] == names
