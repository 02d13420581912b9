"""The committed inputs of the fuzzer: its seeds, and all that ever showed something. Runs without atheris."""

from __future__ import annotations

import pytest

from fuzz.findings import Finding
from fuzz.store import KEPT, as_line, kept, read_lines
from fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_is_kept_shows_anything(target: str) -> None:
    found = {}
    for data in kept(target):
        try:
            TARGETS[target].run(data)
        except Finding as finding:
            found[as_line(data)] = str(finding)
    assert found == {}


def test_each_file_belongs_to_a_target() -> None:
    names = {file.stem.removesuffix("-findings") for file in KEPT.iterdir()}
    assert names <= set(TARGETS)
    assert all(read_lines(file) for file in KEPT.iterdir())
