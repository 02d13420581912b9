"""docs/logging.md names each atom and each key that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.server.logs.entries import entry

from webfoot.server.logs.atoms import ATOMS
from webfoot.server.logs.entry import Session
from webfoot.server.logs.lines import json_fields

PAGE = (Path(__file__).parents[3] / "docs" / "logging.md").read_text()


@pytest.mark.parametrize("name", ATOMS)
def test_atoms(name):
    assert f"| `%({name})s` | {ATOMS[name][0]} |" in PAGE


def test_keys():
    told = entry(request_id="a-1")
    told.reason, told.event, told.session = "why", "closed", Session(1000, 1, 2, 3, 4)
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    documented = {word for row in rows for word in row.replace("`", "").replace(",", " ").split()}
    assert json_fields(told).keys() <= documented
