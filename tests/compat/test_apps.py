"""Unmodified applications answer on compat, without the peers, what they answer on the peers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.compat.running import HERE, ran_well, run

APPS = sorted(path.stem for path in (HERE / "apps").glob("*.py"))


@pytest.fixture(scope="module")
def both(site: Path) -> tuple[Any, Any]:
    theirs = run("answers.py", *APPS)
    ours = run("-m", "webfoot.compat", "answers.py", *APPS, site=site)
    return json.loads(ran_well(theirs)), json.loads(ran_well(ours))


def test_the_peers_were_theirs_and_ours(both: tuple[Any, Any]) -> None:
    assert len(APPS) >= 3
    assert both[0]["origin"].endswith("__init__.py")
    assert both[1]["origin"] == "webfoot.compat"


@pytest.mark.parametrize("app", APPS)
def test_answers(both: tuple[Any, Any], app: str) -> None:
    theirs, ours = (side["answers"][app] for side in both)
    assert len(theirs) > 5
    assert [as_meant(answer) for answer in ours] == [as_meant(answer) for answer in theirs]


def as_meant(answer: list[Any]) -> Any:
    """The OpenAPI document as a value: the order of its keys is nobody's business, nor its length in bytes."""
    ask, told = answer
    if ask.endswith("openapi.json"):
        headers = {name: value for name, value in told["headers"].items() if name != "content-length"}
        return ask, {**told, "headers": headers, "body": json.loads(told["body"])}
    return ask, told
