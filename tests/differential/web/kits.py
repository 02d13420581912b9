"""The two toolkits as namespaces with the same names, so that one program can be written for both."""

from __future__ import annotations

import importlib
import re
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PAGE = (Path(__file__).parents[3] / "docs/names.md").read_text()


def _kit(theirs: bool) -> SimpleNamespace:
    """Every name of the page, called as Starlette calls it."""
    found: dict[str, Any] = {}
    for there, cell, here in re.findall(r"^\| `(starlette[\w.]*)` \| (.*) \| `([\w.]+)` \|$", PAGE, re.M):
        for old, name in re.findall(r"(?:`(\w+)` → )?`(\w+)`", cell):
            if (old or name) not in found:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # starlette.middleware.wsgi is deprecated
                    module = importlib.import_module(there if theirs else here)
                found[old or name] = getattr(module, (old or name) if theirs else name)
    return SimpleNamespace(**found, App=found["Starlette"])


THEIRS, OURS = _kit(theirs=True), _kit(theirs=False)
