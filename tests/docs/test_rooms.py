"""Each room's docstring is the map of its files."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOMS = [
    *("webfoot.api", "webfoot.api.plan", "webfoot.api.serve", "webfoot.api.openapi"),
    *(
        "webfoot.api.security",
        "webfoot.api.telemetry",
        "webfoot.compat",
        "webfoot.journey.capture",
        "webfoot.journey.page",
    ),
]


@pytest.mark.parametrize("room", ROOMS)
def test_the_map_has_every_file_and_no_other(room: str) -> None:
    module = import_module(room)
    assert module.__doc__ is not None
    assert module.__file__ is not None
    files = {path.stem for path in Path(module.__file__).parent.glob("*.py") if not path.stem.startswith("__")}
    missing = [name for name in sorted(files) if not re.search(rf"(^|\s|`){name}(`|\s\s)", module.__doc__)]
    assert not missing, f"say in the docstring of {room} what is in {missing}"
    gone = set(re.findall(r"(?m)^ *(\w+)  +\S", module.__doc__)) - files
    assert not gone, f"the docstring of {room} tells of {gone}"
