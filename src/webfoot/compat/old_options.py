"""Options of markers under pydantic 1's names, which FastAPI has taken for long: `Body(min_items=1)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from warnings import warn

from webfoot.api.options import refuse_unknown
from webfoot.compat.stand_ins import FastAPIDeprecationWarning

_NAMES: Final = {"min_items": "min_length", "max_items": "max_length"}


def rename_old(function: Callable[..., Any], given: dict[str, Any], kind: type) -> None:
    """Give what is there under an old name its new one; the rest is `refuse_unknown`."""
    for old in _NAMES.keys() & given.keys():
        warn(f"{function.__name__}({old}=...) is deprecated: it is {_NAMES[old]}", FastAPIDeprecationWarning, 4)
        given.setdefault(_NAMES[old], given.pop(old))
    refuse_unknown(function, given, kind)
