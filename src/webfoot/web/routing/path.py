"""Path templates: `/ducks/{id:int}/photos/{name}` as an expression, a format, and the segments the index sorts by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from webfoot.asgi.types import Scope
from webfoot.web.routing.convertors import CONVERTOR_TYPES, Convertor, StringConvertor
from webfoot.web.routing.placing import Placed, placing_of

# Control characters, and the backslash.
_ESCAPED: Final = {code: f"%{code:02X}" for code in (*range(0x20), 0x5C, 0x7F)}

PARAM: Final = re.compile("{([a-zA-Z_][a-zA-Z0-9_]*)(?::([a-zA-Z_][a-zA-Z0-9_]*))?}")

WILD: Final = None
"""Stands in `segments` for a segment that holds parameters."""

Segments = tuple[str | None, ...]

Texts = tuple[tuple[str, int, Callable[[str], Any] | None], ...]
"""(parameter, number of the segment that is its value, what makes the value of that text or raises ValueError; None
where the text is the value), for templates that need no expression to be read."""


def compile_path(path: str) -> tuple[re.Pattern[str], str, dict[str, Convertor[Any]]]:
    """The expression that a whole path must match, the format that writes one, and the convertor of each parameter.

    Raises ValueError for a parameter that is named twice, AssertionError for an unknown convertor.
    """
    expression: list[str] = []
    written: list[str] = []
    convertors: dict[str, Convertor[Any]] = {}
    twice: list[str] = []
    for literal, name, kind in template_pieces(path):
        expression.append(re.escape(literal))
        written.append(literal)
        if name is None:
            continue
        assert kind in CONVERTOR_TYPES, f"Unknown path convertor '{kind}'"
        if name in convertors:
            twice.append(name)
            continue
        convertors[name] = CONVERTOR_TYPES[kind]
        expression.append(f"(?P<{name}>{convertors[name].regex})")
        written.append("{" + name + "}")
    if twice:
        names = ", ".join(sorted(twice))
        raise ValueError(f"Duplicated param name{'s' if len(twice) > 1 else ''} {names} at path {path}")
    return re.compile("^" + "".join(expression) + r"\Z"), "".join(written), convertors


def template_pieces(path: str) -> Iterator[tuple[str, str | None, str]]:
    """The template in order: literal text and the parameter after it, the last piece without one."""
    end = 0
    for found in PARAM.finditer(path):
        yield path[end : found.start()], found[1], found[2] or "str"
        end = found.end()
    yield path[end:], None, ""


Found = re.Match[str] | Placed
"""How a path matched: `groupdict()` and `start(name)`."""


def path_matcher(
    path: str, regex: re.Pattern[str], convertors: Mapping[str, Convertor[Any]]
) -> Callable[[str], Found | None]:
    """What a template's `regex` matches, by another way where the expression could try too many (see `placing`)."""
    placing = placing_of([(literal, name) for literal, name, _ in template_pieces(path)], convertors)
    return regex.match if placing is None else placing.match


def literal_segments(path: str, convertors: Mapping[str, Convertor[Any]]) -> tuple[Segments, bool]:
    """The template cut at its slashes for the index, and whether that is all of it.

    `("", "ducks", WILD)` and True for `/ducks/{id:int}`. Where a parameter may span slashes or be empty the cut ends
    before its segment and the answer is False: any path that goes on from there may match.
    """
    segments: list[str | None] = []
    for segment in path.split("/"):
        names = [found[1] for found in PARAM.finditer(segment)]
        if not names:
            segments.append(segment)
        elif all(convertors[name].within_segment for name in names):
            segments.append(WILD)
        else:
            return tuple(segments), False
    return tuple(segments), True


def text_segments(path: str, convertors: Mapping[str, Convertor[Any]]) -> Texts | None:
    """Which segment is the value of which parameter: `(("id", 2, None),)` for `/ducks/{id}/photos`.

    None when some parameter is more, or less, than one segment.
    """
    texts: list[tuple[str, int, Callable[[str], Any] | None]] = []
    for number, segment in enumerate(path.split("/")):
        if PARAM.search(segment) is None:
            continue
        whole = PARAM.fullmatch(segment)
        if whole is None or not convertors[whole[1]].within_segment:
            return None
        convertor = convertors[whole[1]]
        texts.append((whole[1], number, None if type(convertor) is StringConvertor else _reader(convertor)))
    return tuple(texts)


def _reader(convertor: Convertor[Any]) -> Callable[[str], Any]:
    fits, convert = re.compile(convertor.regex).fullmatch, convertor.convert

    def read(text: str) -> Any:
        if fits(text) is None:
            raise ValueError(text)
        return convert(text)

    return read


def get_route_path(scope: Scope) -> str:
    """The part of `scope["path"]` that is left to be routed below `scope["root_path"]`."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    if not root_path or not path.startswith(root_path):
        return path
    rest = path[len(root_path) :]
    return rest if not rest or rest[0] == "/" else path


def read_texts(texts: Texts, path: str) -> dict[str, Any] | None:
    """The values of the parameters in a path whose segments are known to fit; None when one is no value of its type."""
    segments = path.split("/")
    values: dict[str, Any] = {}
    for name, number, read in texts:
        if read is None:
            values[name] = segments[number]
            continue
        try:
            values[name] = read(segments[number])
        except ValueError:
            return None
    return values


def replace_params(
    path_format: str, convertors: Mapping[str, Convertor[Any]], values: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """`path_format` with its parameters written in, and the values that it had no place for."""
    left = dict(values)
    for name in values:
        hole = "{" + name + "}"
        if hole in path_format:
            path_format = path_format.replace(hole, convertors[name].to_string(left.pop(name)))
    return path_format, left


def rooted(path: str) -> str:
    """A path that was written with values in it, so that no browser takes its beginning for a host (CWE-601).

    Two slashes begin one (RFC 3986 section 4.2); backslashes are read as slashes, tabs and line ends not at all
    (WHATWG URL).
    """
    path = path.translate(_ESCAPED)
    return "/%2F" + path[2:] if path.startswith("//") else path


def convert_params(convertors: Mapping[str, Convertor[Any]], found: Found) -> dict[str, Any] | None:
    """The typed values of a match, or None when one of them is no value of its type after all."""
    values: dict[str, Any] = found.groupdict()
    try:
        for name, convertor in convertors.items():
            values[name] = convertor.convert(values[name])
    except ValueError:
        return None
    return values
