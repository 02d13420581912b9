"""An exception as a journey keeps it: what, where, and none of the frames that hold the application's variables."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from webfoot.journey import redact

_OURS = str(Path(__file__).parent.parent) + os.sep
_LIBRARIES = tuple({f"{path}{os.sep}" for name in ("stdlib", "platstdlib") if (path := sysconfig.get_path(name))})

GONE = frozenset(("ClientDisconnected", "ClientDisconnect", "WebSocketDisconnect", "CancelledError"))
"""Exceptions by which an application learns that its client has gone, or that it is to end: no failures."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`file`, `line` and `function` are the innermost place in the application's own code, if it passed through any.

    `status` and `detail` are there for exceptions that carry a status for the client (`HTTPException` and its kind).
    `cause` is the exception that it was raised from.
    """

    kind: str
    text: str
    file: str | None = None
    line: int | None = None
    function: str | None = None
    is_own: bool = False
    status: int | None = None
    detail: object = None
    cause: Failure | None = field(default=None)

    @property
    def where(self) -> str | None:
        """`app.py:31`, relative to the working directory where the file lies below it."""
        return None if self.file is None else place(self.file, self.line)

    def __str__(self) -> str:
        if self.status is not None:
            said = f"{self.status}" if self.detail is None else f"{self.status}, {self.detail!r}"
            return f"{self.kind}({said})"
        return f"{self.kind}: {self.text}" if self.text else self.kind


def place(file: str, line: object = None) -> str:
    """`file:line` as a developer would click on it."""
    below = f"{os.getcwd()}{os.sep}"
    near = file.removeprefix(below)
    return f"{near}:{line}" if line else near


def failure_of(error: BaseException, depth: int = 0) -> Failure:
    """Read an exception that was just caught."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    frames = list(_frames(error.__traceback__))
    own = [frame for frame in frames if _is_application(frame[0])]
    file, line, function = (own or frames)[-1] if frames else (None, None, None)
    status = getattr(error, "status_code", None)
    cause = error.__cause__
    return Failure(
        kind=type(error).__qualname__.rpartition("<locals>.")[2],
        text=_message(error),
        file=file,
        line=line,
        function=function,
        is_own=bool(own),
        status=status if isinstance(status, int) else None,
        detail=redact.data(getattr(error, "detail", None)) if isinstance(status, int) else None,
        cause=failure_of(cause, depth + 1) if cause is not None and depth < redact.DEEPEST else None,
    )


def _message(error: BaseException) -> str:
    try:
        return _validation_message(error) or redact.free_text(" ".join(str(error).split()))
    except Exception:  # an application's own __str__ may fail, its exception is still worth telling
        return "(its text cannot be shown)"


def _validation_message(error: BaseException) -> str | None:
    """Validation errors (pydantic's and ours) quote the values in their text; told are the place and the complaint."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return None
    kept = redact.validation_errors(list(errors()))
    if not isinstance(kept, list) or not all(isinstance(one, dict) for one in kept):
        return None
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in kept[:3]]
    more = [f"{len(kept) - 3} more"] if len(kept) > 3 else []
    return "; ".join([*told, *more])


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield code.co_filename, traceback.tb_lineno, code.co_qualname
        traceback = traceback.tb_next


def _is_application(file: str) -> bool:
    if file.startswith(("<frozen", _OURS)):
        return False
    return "site-packages" not in file and "dist-packages" not in file and not file.startswith(_LIBRARIES)
