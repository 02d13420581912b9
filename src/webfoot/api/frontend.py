"""`app.frontend("/", directory="dist")`: the files of a built frontend, for paths that no route answers."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Awaitable, Sequence
from typing import Final, Literal, TypeAlias, Unpack, cast

from webfoot.api.errors import FrontendError
from webfoot.api.in_force import OverridesProvider
from webfoot.api.options import RouteOptions, SharedOptions
from webfoot.api.route import ApiRoute
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.answering.handlers import refusal
from webfoot.web.exceptions import HTTPException
from webfoot.web.requests import Request
from webfoot.web.responses import Response
from webfoot.web.responses.reading import NoSuchFile
from webfoot.web.routing import BaseRoute, Match
from webfoot.web.routing.entry import NONE
from webfoot.web.static.files import PathLike
from webfoot.web.static.frontend import Fallback, FrontendFiles

CheckDir: TypeAlias = bool | Literal["auto"]

_FALLBACKS: Final = ("auto", "index.html", "404.html", None)
_ENVIRONMENTS: Final = ("WEBFOOT_ENV", "FASTAPI_ENV")
_PATH: Final = "frontend_path"


class Frontend(ApiRoute):
    """Everything below `path` that no route answers is a file of `files`, or what stands in for it.

    It has dependencies, overrides and limits as path operations have them, and no place in the document.
    """

    def __init__(
        self, path: str, files: FrontendFiles, provider: OverridesProvider | None, **options: Unpack[RouteOptions]
    ) -> None:
        self.files = files

        async def frontend(request: Request, changes: Response) -> Response:
            found = await files.get_response(_below(request.scope), request.scope)
            found.raw_headers.extend(changes.raw_headers)
            return found

        frontend.__qualname__ = f"files below {os.fspath(files.directory or '')}"
        options["response_model"], options["include_in_schema"] = None, False
        methods, template = ("GET", "HEAD"), f"{path.rstrip('/')}/{{{_PATH}:path}}"
        super().__init__(template, frontend, methods=methods, dependency_overrides_provider=provider, **options)

    def below(
        self,
        prefix: str,
        shared: SharedOptions,
        provider: OverridesProvider | None,
        before: BaseRoute | None = None,
    ) -> Frontend:
        return cast("Frontend", super().below(prefix, shared, provider, before))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is NONE:  # its own path without the slash, which the files answer with the one that has it
            match, child_scope = super().matches({**scope, "path": scope["path"] + "/"})
        return match, child_scope

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["method"] in self.methods:
            return super().handle(scope, receive, send)
        return self._refuse(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super()._serve(scope, receive, send)
        except NoSuchFile:  # it was deleted since it was looked up; nothing has been sent
            await refusal(HTTPException(404), scope)(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = await self.files.refusal_of_method(_below(scope))
        await refusal(refused, scope)(scope, receive, send)


def _below(scope: Scope) -> str:
    path: str = scope["path_params"][_PATH]
    names = [name for name in path.split("/") if name not in ("", ".")]
    return os.path.join(*names) if names else "."


def built_frontend(path: str, directory: PathLike, fallback: Fallback, check_dir: CheckDir) -> FrontendFiles:
    """Raises FrontendError for what cannot be a frontend, and where its files are not there.

    check_dir "auto": while developing, a directory that is yet to be built is a warning.
    """
    if not path.strip("/") and path != "/":
        raise FrontendError("A frontend path cannot be empty: '/' means all that no route answers")
    if not path.startswith("/"):
        raise FrontendError(f"A frontend path must start with '/': {path!r} does not")
    if "{" in path:
        raise FrontendError(f"A frontend path has no parameters: {path!r}")
    if fallback not in _FALLBACKS:
        raise FrontendError(f"fallback must be 'auto', 'index.html', '404.html', or None, not {fallback!r}")
    if check_dir not in (True, False, "auto"):
        raise FrontendError(f"check_dir must be True, False or 'auto', not {check_dir!r}")
    files = FrontendFiles(directory, fallback)
    if check_dir:
        _check(files, is_lenient=check_dir == "auto" and _is_developed())
    return files


def _check(files: FrontendFiles, *, is_lenient: bool) -> None:
    directory, fallback = files.why_not_there()
    if not is_lenient and (missing := directory or fallback):
        raise FrontendError(missing)
    if directory is not None:
        warnings.warn(directory, UserWarning, stacklevel=_levels_to_user())


def _levels_to_user() -> int:
    """Frames from who warns up to who declared the frontend, on an application or on a router."""
    levels, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("webfoot."):
        levels, frame = levels + 1, frame.f_back
    return levels


def _is_developed() -> bool:
    """Whether the first of the variables that is set says so."""
    return next(filter(None, map(os.environ.get, _ENVIRONMENTS)), None) == "development"


def nearest_first(frontends: Sequence[Frontend]) -> list[Frontend]:
    """The longest path first; of several with the same, the one of the outermost router."""
    return sorted(frontends, key=lambda one: -len(one.path))
