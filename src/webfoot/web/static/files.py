"""Files below directories as an ASGI application."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from stat import S_ISDIR, S_ISREG
from typing import TypeAlias

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.answering.handlers import refusal
from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.url import relative_location
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import HTTPException
from webfoot.web.responses.conditional import NotModifiedResponse, why_not_modified, why_precondition_failed
from webfoot.web.responses.file import FileResponse
from webfoot.web.responses.reading import NoSuchFile
from webfoot.web.responses.whole import Response
from webfoot.web.routing.path import get_route_path
from webfoot.web.static.lookup import find_below, why_nothing
from webfoot.web.threads import run_in_threadpool

PathLike: TypeAlias = str | os.PathLike[str]


class StaticFiles:
    """Serves the files below `directory` and below those of `packages`, the first that has the file.

    `packages` names Python packages, whose directory is "statics", or pairs of package and directory. With `html` a
    directory is its `index.html`, and what is not there is answered with `404.html`. `check_dir` refuses a directory
    that does not exist (RuntimeError). Links that lead out of the directory are followed only with `follow_symlink`.
    """

    missing_page: str | None = "404.html"
    """With `html`: what is shown, with status 404, where nothing is."""

    def __init__(
        self,
        *,
        directory: PathLike | None = None,
        packages: Sequence[str | tuple[str, str]] | None = None,
        html: bool = False,
        check_dir: bool = True,
        follow_symlink: bool = False,
    ) -> None:
        self.directory = directory
        self.packages = packages
        self.all_directories = self.get_directories(directory, packages)
        self.html = html
        self.config_checked = False
        self.follow_symlink = follow_symlink
        if check_dir and directory is not None and not os.path.isdir(directory):
            raise RuntimeError(f"Directory '{os.fspath(directory)}' does not exist")

    def get_directories(
        self, directory: PathLike | None = None, packages: Sequence[str | tuple[str, str]] | None = None
    ) -> list[PathLike]:
        """All directories in the order in which they are searched. AssertionError when a package has none."""
        directories: list[PathLike] = [] if directory is None else [directory]
        for entry in packages or ():
            package, below = (entry, "statics") if isinstance(entry, str) else entry
            directories.append(_directory_in(package, below))
        return directories

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._tell(scope, "files are no WebSockets", status=403)
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        if scope["type"] != "http":
            raise RuntimeError(f"StaticFiles answers http, not {scope['type']!r}")
        if not self.config_checked:
            await self.check_config()
            self.config_checked = True
        try:
            response = await self.get_response(self.get_path(scope), scope)
            await self._send(response, scope, receive, send)
        except HTTPException as exc:
            await refusal(exc, scope)(scope, receive, send)

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await response(scope, receive, send)
        except NoSuchFile:  # it was deleted since it was looked up; nothing has been sent
            self._tell(scope, "the file was there a moment ago, and is gone", status=404)
            raise HTTPException(404) from None

    async def check_config(self) -> None:
        """Called with the first request. RuntimeError when the directory is none, which nobody could see earlier."""
        if self.directory is None:
            return
        found = await run_in_threadpool(_stat_or_none, self.directory)
        if found is None:
            raise RuntimeError(f"StaticFiles directory '{os.fspath(self.directory)}' does not exist.")
        if not S_ISDIR(found.st_mode):
            raise RuntimeError(f"StaticFiles path '{os.fspath(self.directory)}' is not a directory.")

    def get_path(self, scope: Scope) -> str:
        """The path below the directories that a request asks for, "." for themselves."""
        names = [name for name in get_route_path(scope).split("/") if name not in ("", ".")]
        return os.path.join(*names) if names else "."

    async def get_response(self, path: str, scope: Scope) -> Response:
        """HTTPException: 405 for other methods than GET and HEAD, 401 without permission, 404 where nothing is."""
        if scope["method"] not in ("GET", "HEAD"):
            self._tell(scope, "files are for GET and HEAD", status=405)
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        try:
            kind, full_path, stat_result = await run_in_threadpool(self._find, path)
        except PermissionError:
            self._tell(scope, f"the system does not let this process read {path!r:.200}", status=401)
            raise HTTPException(401) from None
        if stat_result is None:
            await self._tell_missing(path, scope)
            raise HTTPException(404)
        if kind == "missing":
            await self._tell_missing(path, scope)
            return self.file_response(full_path, stat_result, scope, status_code=404)
        if kind == "index" and not scope["path"].endswith("/"):
            location = relative_location({**scope, "path": scope["path"] + "/"})
            self._tell(scope, f"relative links in the index page need the slash of {location}", status=307)
            return Response(status_code=307, headers={"location": location})
        return self.file_response(full_path, stat_result, scope)

    def _find(self, path: str) -> tuple[str, str, os.stat_result | None]:
        """("file" | "index" | "missing", full path, stat), all in one trip to a thread. No stat: there is nothing."""
        full_path, stat_result = self.lookup_path(path)
        if stat_result is not None and S_ISREG(stat_result.st_mode):
            return "file", full_path, stat_result
        if not self.html:
            return "missing", "", None
        pages = [("missing", self.missing_page)] if self.missing_page else []
        if stat_result is not None and S_ISDIR(stat_result.st_mode):
            pages.insert(0, ("index", os.path.join(path, "index.html")))
        for kind, page in pages:
            full_path, stat_result = self.lookup_path(page)
            if stat_result is not None and S_ISREG(stat_result.st_mode):
                return kind, full_path, stat_result
        return "missing", "", None

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """What is at `path` below the directories: its full path and stat, or ("", None). Called in a thread.

        PermissionError when it may not be read.
        """
        for directory in self.all_directories:
            found = find_below(directory, path, follow_symlink=self.follow_symlink)
            if found is not None:
                return found
        return "", None

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 when the client has it, or 412 when it wants another version."""
        response = FileResponse(full_path, status_code=status_code, stat_result=stat_result)
        if status_code != 200:
            return response
        request_headers = Headers(scope=scope)
        failed = why_precondition_failed(response.headers, request_headers)
        if failed is not None:
            self._tell(scope, failed, status=412)
            return Response(status_code=412)
        if self.is_not_modified(response.headers, request_headers):
            if is_watched(scope):
                why = why_not_modified(response.headers, request_headers) or "is_not_modified() says so"
                self._tell(scope, why, status=304)
            return NotModifiedResponse(response.headers)
        return response

    def is_not_modified(self, response_headers: Headers, request_headers: Headers) -> bool:
        """Whether the client's copy is still good (RFC 9110 sections 13.1.2 and 13.1.3)."""
        return why_not_modified(response_headers, request_headers) is not None

    async def _tell_missing(self, path: str, scope: Scope) -> None:
        if is_watched(scope):
            why = await run_in_threadpool(why_nothing, self.all_directories, path, self.html)
            self._tell(scope, why, status=404)

    def _tell(self, scope: Scope, what: str, status: int | None = None) -> None:
        decided(scope, type(self).__name__, what, status=status)


def _directory_in(package: str, below: str) -> str:
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:  # a package above it
        spec = None
    if spec is None:
        raise AssertionError(f"Package {package!r} could not be found.")
    homes = list(spec.submodule_search_locations or ())
    if not homes and spec.origin is not None:
        homes = [os.path.dirname(spec.origin)]
    for home in homes:
        directory = os.path.normpath(os.path.join(home, below))
        if os.path.isdir(directory):
            return directory
    raise AssertionError(f"Directory {below!r} in package {package!r} could not be found.")


def _stat_or_none(path: PathLike) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
