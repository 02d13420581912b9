"""What FastAPI still takes and warns of: options under old names, `Body(min_items=1)`, `root_path`, `on_event`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal
from warnings import warn

from webfoot.api.options import refuse_unknown
from webfoot.api.router import APIRouter
from webfoot.api.verbs import EndpointT
from webfoot.compat.stand_ins import FastAPIDeprecationWarning

_NAMES: Final = {"min_items": "min_length", "max_items": "max_length"}
_REPLACED: Final = {"regex": "pattern", "example": "examples"}
_on_event: Final = APIRouter.on_event


def rename_old(function: Callable[..., Any], given: dict[str, Any], kind: type) -> None:
    """Give what is there under an old name its new one; the rest is `refuse_unknown`."""
    for old in _NAMES.keys() & given.keys():
        warn(f"{function.__name__}({old}=...) is deprecated: it is {_NAMES[old]}", FastAPIDeprecationWarning, 4)
        given.setdefault(_NAMES[old], given.pop(old))
    for old in _REPLACED.keys() & given.keys():
        said = f"`{old}` has been deprecated, please use `{_REPLACED[old]}` instead"
        warn(said, FastAPIDeprecationWarning, 3)
    refuse_unknown(function, given, kind)


def prefix_of(root_path: str | None) -> str:
    if root_path:
        said = "The `root_path` parameter is deprecated. Configure the server's root path instead: --root-path"
        warn(said, FastAPIDeprecationWarning, 3)
    return (root_path or "").rstrip("/")


def on_event(self: APIRouter, event_type: Literal["startup", "shutdown"]) -> Callable[[EndpointT], EndpointT]:
    warn("on_event is deprecated, use lifespan event handlers instead.", DeprecationWarning, 2)
    return _on_event(self, event_type)
