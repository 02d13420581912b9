"""What routes share that go by a template of the path: how it is read, filed, and written."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar, Literal, Self

from webfoot.asgi.types import Scope
from webfoot.web.datastructures.url import URLPath
from webfoot.web.routing.convertors import Convertor
from webfoot.web.routing.entry import BaseRoute, NoMatchFound
from webfoot.web.routing.path import (
    Found,
    Segments,
    Texts,
    compile_path,
    convert_params,
    get_route_path,
    literal_segments,
    path_matcher,
    replace_params,
    rooted,
    template_pieces,
    text_segments,
)


class PathRoute(BaseRoute):
    """`path_regex`, `path_format` and `param_convertors` are those of the template, and may be replaced.

    as_entered: what whoever watches is told of the route, once that was needed.
    """

    protocol: ClassVar[Literal["http", "websocket", ""]] = ""
    path: str
    name: str | None
    as_entered: dict[str, Any] | None = None

    def _go_by(self, template: str) -> None:
        self.as_entered = None
        self._template = template
        self.path_regex, self.path_format, self.param_convertors = compile_path(template)
        self._filed_regex = self.path_regex
        self._match_filed = path_matcher(template, self.path_regex, self.param_convertors)

    def goes_by_template(self) -> bool:
        """Whether nobody has replaced the expression."""
        return self.path_regex is self._filed_regex

    def moved(self, prefix: str) -> Self:
        """The same route under `prefix`."""
        route = copy(self)
        route.path = prefix + self.path
        route._go_by(prefix + self._template)
        return route

    def _read(self, scope: Scope) -> tuple[Found, dict[str, Any]] | None:
        """How the request's path matches, and the typed values of its parameters."""
        match = self._match_filed if self.path_regex is self._filed_regex else self.path_regex.match
        found = match(get_route_path(scope))
        params = None if found is None else convert_params(self.param_convertors, found)
        return None if found is None or params is None else (found, params)

    def segments(self) -> tuple[Segments, bool] | None:
        # Filed by its template only if that is what decides: neither `matches` nor the expression was replaced.
        if not self._matches_as_ours() or not self.goes_by_template():
            return None
        return literal_segments(self._template, self.param_convertors)

    def _matches_as_ours(self) -> bool:
        """Whether no subclass has a `matches` of its own."""
        raise NotImplementedError

    def texts(self) -> Texts | None:
        return text_segments(self._template, self.param_convertors)

    def pieces(self) -> tuple[str | Convertor[Any], ...] | None:
        """The template character by character, each parameter as its convertor; None where it is not what decides."""
        if self.segments() is None:
            return None
        pieces: list[str | Convertor[Any]] = []
        for literal, name, _ in template_pieces(self._template):
            pieces += literal
            if name is not None:
                pieces.append(self.param_convertors[name])
        return tuple(pieces)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        if name != self.name or path_params.keys() != self.param_convertors.keys():
            raise NoMatchFound(name, path_params)
        path, _ = replace_params(self.path_format, self.param_convertors, path_params)
        return URLPath(path=rooted(path), protocol=self.protocol)
