"""docs/any-asgi.md has the commands that are run here."""

from __future__ import annotations

import re
from pathlib import Path

from tests.frameworks.ponds import PONDS

PAGE = (Path(__file__).parents[2] / "docs/any-asgi.md").read_text()


def test_the_commands() -> None:
    rows = re.findall(r"^\| (\S+) \| `webfoot run (\S+)` \|", PAGE, re.M)
    assert rows == [(name, pond.target) for name, pond in PONDS.items()]


def test_who_writes_capitals() -> None:
    row = re.search(r"^\| `header-case` \| (.+?) \|", PAGE, re.M)
    assert row is not None
    ours = [name for name, pond in PONDS.items() if pond.capitals]
    assert [name for name in re.findall(r"\w[\w.]+", row[1]) if name in PONDS] == ours
