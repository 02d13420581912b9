"""The files of a frontend that was built into a directory, and what stands in for paths that only the browser knows."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

from webfoot.asgi.types import Scope
from webfoot.web.datastructures.headers import Headers
from webfoot.web.exceptions import HTTPException
from webfoot.web.responses.whole import Response
from webfoot.web.static.files import PathLike, StaticFiles
from webfoot.web.threads import run_in_threadpool

Fallback: TypeAlias = Literal["auto", "index.html", "404.html"] | None
"""What is shown for a path without a file. "index.html": that, with 200, to who asks for a page. "404.html": that, with
404. "auto": the second where there is that file, else the first. None: nothing."""

_PAGES = frozenset(("text/html", "application/xhtml+xml"))


class FrontendFiles(StaticFiles):
    """Serves a built frontend: pages, assets, and the fallback for links into an application of one page."""

    def __init__(self, directory: PathLike, fallback: Fallback = "auto") -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self.fallback = fallback
        self.missing_page = "404.html" if fallback in ("auto", "404.html") else None

    def why_not_there(self) -> tuple[str | None, str | None]:
        """What is wrong with the directory, and with the fallback in it; None where nothing is."""
        assert self.directory is not None
        shown, whole = os.fspath(self.directory), os.path.abspath(self.directory)
        if not os.path.isdir(self.directory):
            return f"Frontend directory {shown!r} does not exist. Resolved absolute path: {whole!r}", None
        if self.fallback in ("auto", None) or os.path.isfile(os.path.join(self.directory, self.fallback)):
            return None, None
        said = f"Frontend fallback file {self.fallback!r} does not exist in directory {shown!r}"
        return None, f"{said}. Resolved absolute directory: {whole!r}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """HTTPException 404 where nothing is shown. RuntimeError when the fallback is gone."""
        if not self.config_checked:
            await self.check_config()
            self.config_checked = True
        if "\0" in path:  # no browser has such a link
            self._tell(scope, f"no file has a NUL in its name, as in {path!r:.200}", status=404)
            raise HTTPException(404)
        try:
            return await super().get_response(path, scope)
        except HTTPException as missing:
            if missing.status_code != 404:
                raise
            if self._falls_back(scope):
                self._tell(scope, f"there is no file {path!r:.200}, and a page is asked for: index.html")
                return await self._page(scope)
            if self.fallback == "404.html":
                self._refuse_to_guess()
            raise

    async def _page(self, scope: Scope) -> Response:
        try:
            return await super().get_response("index.html", scope)
        except HTTPException as missing:
            if self.fallback == "index.html" and missing.status_code == 404:
                self._refuse_to_guess()
            raise

    def _refuse_to_guess(self) -> None:
        raise RuntimeError(next(filter(None, self.why_not_there()), "Frontend fallback file was gone for a moment"))

    def _falls_back(self, scope: Scope) -> bool:
        return self.fallback in ("auto", "index.html") and asks_for_page(Headers(scope=scope).getlist("accept"))

    async def _tell_missing(self, path: str, scope: Scope) -> None:
        if not self._falls_back(scope):
            await super()._tell_missing(path, scope)

    async def refusal_of_method(self, path: str) -> HTTPException:
        """For other methods than GET and HEAD: 405 where a file is, and 404 where none is."""
        kind, _, _ = await run_in_threadpool(self._find, path)
        return HTTPException(404) if kind == "missing" else HTTPException(405, headers={"Allow": "GET, HEAD"})


def asks_for_page(accept: list[str]) -> bool:
    """Whether Accept names HTML, as a browser's does that was sent to an address; `*/*`, as from a script, does not.

    RFC 9110 section 12.5.1.
    """
    for media_range in ",".join(accept).split(","):
        kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
        if kind in _PAGES and not any(_is_refusal(parameter) for parameter in parameters):
            return True
    return False


def _is_refusal(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    try:
        return name.strip() == "q" and float(value.strip(' \t"')) == 0
    except ValueError:
        return False
