"""Middleware that does not do what it was meant to, by its order mostly. Asked for when a program is checked, never
while it serves.

`add_middleware` puts each layer around those that were added before, so the last added is the outermost: the opposite
of how it reads.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from webfoot.web.callables import full_name_of, unwrapped
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.middleware.order import Middleware


@dataclass(frozen=True, slots=True)
class _Rule:
    """`outer` around `inner`, which is the wrong way round. Both by the name of the class, whose ever it is."""

    outer: str
    inner: str
    consequence: str


_UNREADABLE: Final = "a page of another origin cannot read its answers: its browser reports a CORS error"

_RULES: Final = (
    _Rule("TrustedHostMiddleware", "CORSMiddleware", _UNREADABLE),
    _Rule("AuthenticationMiddleware", "CORSMiddleware", _UNREADABLE),
    _Rule("HTTPSRedirectMiddleware", "CORSMiddleware", "it redirects preflight requests, which no browser follows"),
    _Rule("AuthenticationMiddleware", "SessionMiddleware", "its backend has no request.session yet"),
    _Rule("HTTPSRedirectMiddleware", "ProxyHeadersMiddleware", "it redirects what came through https for ever"),
    _Rule("TrustedHostMiddleware", "ProxyHeadersMiddleware", "it looks at what the proxy in front calls the host"),
)

_ONCE: Final = {
    "CORSMiddleware": "the outer one answers the preflight requests, and both write header fields",
    "GZipMiddleware": "the outer one has nothing to do",
    "CompressionMiddleware": "the outer one has nothing to do",
    "SessionMiddleware": "both write a cookie, and the application sees the inner one's session",
    "AuthenticationMiddleware": "the application sees the inner one's user",
}


def hazards(middleware: Iterable[Iterable[Any]]) -> list[str]:
    """A sentence for each, with the remedy.

    `middleware`: the outermost first, as in `user_middleware`; ours, or another toolkit's that gives class, arguments
    and keywords as ours does.
    """
    layers = [Middleware(made, *args, **kwargs) for made, args, kwargs in middleware]
    return [*_orders(layers), *_answers_outside_of_cors(layers), *_repeated(layers), *_open_to_all(layers)]


def _orders(middleware: Sequence[Middleware]) -> Iterator[str]:
    names = [layer.name for layer in middleware]
    for rule in _RULES:
        if rule.outer in names and rule.inner in names and names.index(rule.outer) < names.index(rule.inner):
            yield _sentence(rule.outer, rule.inner, rule.consequence)


def _answers_outside_of_cors(middleware: Sequence[Middleware]) -> Iterator[str]:
    names = [layer.name for layer in middleware]
    outside = names.index("CORSMiddleware") if "CORSMiddleware" in names else 0
    for layer in middleware[:outside]:
        dispatch = _dispatch_of(layer)
        if dispatch is not None and _answers_by_itself(dispatch):
            yield _sentence(full_name_of(dispatch), "CORSMiddleware", _UNREADABLE)


def _sentence(outer: str, inner: str, consequence: str) -> str:
    return (
        f"{outer} is around {inner}, so {consequence}; add {inner} after {outer} with add_middleware, "
        f"or write it before in middleware=[...]"
    )


def _dispatch_of(layer: Middleware) -> Any:
    """The function `dispatch(request, call_next)` of a layer that has one."""
    given = layer.kwargs.get("dispatch")
    if given is not None:
        return unwrapped(given)
    is_kind = inspect.isclass(layer.cls) and issubclass(layer.cls, BaseHTTPMiddleware)
    return layer.cls.dispatch if is_kind else None


def _answers_by_itself(dispatch: Any) -> bool:
    """Whether it speaks of a response class, or of an exception that is answered as one. By the names in its code."""
    code = getattr(inspect.unwrap(dispatch), "__code__", None)
    names = (*code.co_names, *code.co_freevars) if code is not None else ()
    return any(name.endswith("Response") or name == "HTTPException" for name in names)


def _repeated(middleware: Sequence[Middleware]) -> Iterator[str]:
    for name, count in Counter(layer.name for layer in middleware).items():
        if count > 1 and name in _ONCE:
            yield f"{name} is there {count} times, one around the other: {_ONCE[name]}; one is enough"


def _open_to_all(middleware: Sequence[Middleware]) -> Iterator[str]:
    for layer in middleware:
        given = layer.kwargs
        if layer.name == "CORSMiddleware" and given.get("allow_credentials") and "*" in given.get("allow_origins", ()):
            yield (
                "CORSMiddleware has allow_origins=['*'] together with allow_credentials=True, so every site may act as "
                "its visitors; name the origins"
            )
