"""HTML pages made by Jinja2 (the package jinja2, of the extra "web").

templates = Jinja2Templates(directory="templates")
return templates.TemplateResponse(request, "pond.html", {"ducks": ducks})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

from webfoot.asgi.extensions import offers
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.background import BackgroundTask
from webfoot.web.callables import is_async_callable
from webfoot.web.datastructures.url import URL
from webfoot.web.packages import missing
from webfoot.web.responses.whole import HTMLResponse

if TYPE_CHECKING:
    import jinja2

    from webfoot.web.requests import Request

_MARKUP: Final = ("html", "htm", "xhtml", "xml", "svg")
# Editors like a second ending; `page.html.j2` is HTML nevertheless.
_ESCAPED: Final = tuple(kind + ending for kind in _MARKUP for ending in ("", ".j2", ".jinja", ".jinja2"))


class TemplateResponse(HTMLResponse):
    """A rendered template. `template` and `context` are what it was rendered from; test clients show them, too."""

    def __init__(
        self,
        template: jinja2.Template,
        context: dict[str, Any],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        self.template = template
        self.context = context
        # An environment with enable_async renders in the event loop, so not before the response is sent.
        self._rendered = not template.environment.is_async
        content = template.render(context) if self._rendered else ""
        super().__init__(content, status_code, headers, media_type, background)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._rendered:
            await self._render_async()
        if offers(scope, "http.response.debug"):
            info = {"template": self.template, "context": self.context}
            await send({"type": "http.response.debug", "info": info})
        await super().__call__(scope, receive, send)

    async def _render_async(self) -> None:
        self._rendered = True
        self.body = self.render(await self.template.render_async(self.context))
        if "content-length" in self.headers:
            self.headers["content-length"] = str(len(self.body))


class Jinja2Templates:
    """Templates below `directory`, one path or several; or those of an `env`, a jinja2.Environment of your own.

    In every template there are `request` and `url_for(name, **path_params)`. Each of `context_processors` is a
    function of the request that gives more variables; what it gives wins over what the endpoint gave. Templates whose
    names end in html, htm, xhtml, xml or svg (also with .j2, .jinja or .jinja2 behind) are escaped; an `env` of your
    own decides for itself. `env` may be changed: filters, globals, tests.
    """

    def __init__(
        self,
        directory: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
        *,
        context_processors: Sequence[Callable[[Request[Any]], dict[str, Any]]] | None = None,
        env: jinja2.Environment | None = None,
    ) -> None:
        if (directory is None) == (env is None):
            raise AssertionError("Jinja2Templates takes either a directory or an env")
        self.context_processors = list(context_processors or ())
        for processor in self.context_processors:
            if is_async_callable(processor):
                raise TypeError(f"a context processor is an ordinary function, and {processor!r} is async")
        self.env: jinja2.Environment = env or _environment(directory or ())
        _give_url_for(self.env)

    def get_template(self, name: str) -> jinja2.Template:
        """jinja2.TemplateNotFound when there is none of that name."""
        return self.env.get_template(name)

    def TemplateResponse(  # noqa: N802  (the name under which everybody knows it)
        self,
        request: Request[Any],
        name: str,
        context: dict[str, Any] | None = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> TemplateResponse:
        """Render the template `name` into a response."""
        if not hasattr(request, "scope"):
            raise TypeError(f"TemplateResponse(request, name, context): a request comes first, not {request!r:.60}")
        variables = {"request": request, **(context or {})}
        for processor in self.context_processors:
            variables.update(processor(request))
        return TemplateResponse(self.get_template(name), variables, status_code, headers, media_type, background)


def _environment(directory: str | PathLike[str] | Sequence[str | PathLike[str]]) -> jinja2.Environment:
    try:
        import jinja2
    except ImportError as error:
        raise missing("jinja2", "Jinja2Templates", "web") from error
    loader = jinja2.FileSystemLoader(directory)
    return jinja2.Environment(loader=loader, autoescape=jinja2.select_autoescape(enabled_extensions=_ESCAPED))


def _give_url_for(env: jinja2.Environment) -> None:
    import jinja2

    @jinja2.pass_context
    def url_for(context: jinja2.runtime.Context, name: str, /, **path_params: Any) -> URL:
        if "request" not in context:
            raise RuntimeError(f"url_for({name!r}) needs the request: import the template 'with context'")
        url: URL = context["request"].url_for(name, **path_params)
        return url

    env.globals.setdefault("url_for", url_for)
