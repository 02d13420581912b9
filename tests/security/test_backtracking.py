"""Regular expressions that a client could keep busy (CWE-1333, "ReDoS").

Proved without a clock. Where Python code cuts the text, its steps are counted; where an expression does, its parsed
form is shown to leave at most one way to read any text, so that the engine's work grows with the text's length.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.web.driving import answer_of, http_scope
from tests.web.stepping import steps_of

import webfoot.web
from webfoot import ApiRoute
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import (
    Convertor,
    Host,
    Match,
    Mount,
    Route,
    Router,
    WebSocketRoute,
    near,
    register_url_convertor,
)
from webfoot.web.routing.convertors import CONVERTOR_TYPES
from webfoot.web.routing.path import compile_path

# template, what a client repeats, and how the path ends so that it does not fit
TEMPLATES = [
    ("/{a}-{b}.json", "-", "x"),
    ("/{a}-{b}-{c}-{d}.json", "-", "x"),
    ("/{a}-{b}-{c}-{d}.json", "a-", ""),
    ("/{a}{b}{c}{d}.json", "a", ""),
    ("/{a}.{b}.{c}/x", ".", "/y"),
    ("/{a:path}/x/{b:path}/x/{c:path}/y", "/x", "/z"),
    ("/{a:path}{b:path}{c:path}.json", "/", ""),
    ("/{a:path}/{b}-{c}.json", "/-", ""),
    ("/{a:int}{b:int}{c:int}x", "1", "y"),
    ("/{a}-{b:int}-{c}.json", "-1", "-"),
    ("/{a}-{b:float}-{c}.json", "-1.1", "-"),
    ("/{a}-{b:int}-{c:float}.{d}", "-1", "."),
    ("/{a}-{b}-{c:int}.json", "-1", "x.json"),
    ("/{a}-{b:int}-{c}-{d:int}", "-1", "-"),
    ("/{a:path}/{b:int}/{c:path}/{d:int}x/e", "/1", "/e"),
    ("/{a:path}/{b}/x/{c}.json", "/x", "/y/.json"),
    ("/{a}-{b}-{own:colour}/x", "-", "/x"),
    ("/{own:colour}/{a}-{b}-{c}.json", "red/-", ""),
]


class Colour(Convertor[str]):
    """One of an application's own, which the template may place where its segment ends."""

    regex = "red|green"
    within_segment = True

    def convert(self, value: str) -> str:
        return value


@pytest.fixture(autouse=True, scope="module")
def convertors() -> Iterator[None]:
    register_url_convertor("colour", Colour())
    yield
    del CONVERTOR_TYPES["colour"]


@pytest.mark.parametrize(("template", "repeated", "end"), TEMPLATES)
@pytest.mark.parametrize("kind", ["route", "mount", "host", "websocket", "api"])
def test_a_template_with_many_ways_costs_no_more_than_the_path_is_long(
    template: str, repeated: str, end: str, kind: str
) -> None:
    app = PlainTextResponse("x")
    make: dict[str, Callable[[], Any]] = {
        "route": lambda: Route(template, app),
        "mount": lambda: Mount(template, app=app),
        "host": lambda: Host(template.removeprefix("/"), app),
        "websocket": lambda: WebSocketRoute(template, app),
        "api": lambda: ApiRoute(template, lambda: None),
    }
    route = make[kind]()

    def steps(times: int) -> int:
        path = "/" + repeated * times + end
        fields = [(b"host", path.removeprefix("/").encode())]
        scope = http_scope(path=path, raw_headers=fields, type="websocket" if kind == "websocket" else "http")
        return steps_of(lambda: route.matches(scope)[0] is Match.NONE or pytest.fail("it fits"))

    small, large = steps(100), steps(400)
    # Four times as much, and a little more; by trying every way it would be 16 times and upwards.
    assert large <= 5 * small, f"{small} steps for a path of 100, {large} for one of 400"


def test_the_whole_router_with_the_longest_path_that_a_server_takes() -> None:
    router = Router([Route(template, PlainTextResponse("x")) for template, _, _ in TEMPLATES])
    # By trying every way these would be some 10**12 steps.
    assert answer_of(router, "GET", "/" + "-" * 8000).status == 404
    assert answer_of(router, "GET", "/" + "1" * 8000).status == 404


def test_near_misses_are_found_without_trying_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Expression:
        def match(self, text: str) -> None:
            tried.append(text)

    monkeypatch.setattr(near, "compile_path", lambda want: (Expression(), *compile_path(want)[1:]))
    near.nearest([Route("/{a}-{b}-{c}-{d}.json", PlainTextResponse("x"))], http_scope(path="/" + "-" * 400))
    assert tried == []


def test_near_misses_are_not_looked_for_in_paths_that_nobody_would_misspell() -> None:
    routes = [Route("/" + "ducks/" * 20, PlainTextResponse("x"))]
    small, large = (steps_of(lambda: near.nearest(routes, http_scope(path="/" + "duck/" * n))) for n in (1000, 4000))
    assert large == small


# Expressions: the parsed form has to be such that the engine never has two ways to take the same text.

_REPEATS = (parser.MAX_REPEAT, parser.MIN_REPEAT)
_SAMPLE = [chr(code) for code in range(256)]


def characters(item: tuple[Any, Any]) -> frozenset[str]:
    """Which of latin-1's characters one item of a parsed expression may begin with or consist of."""
    operator, argument = item
    if operator is parser.SUBPATTERN:
        return frozenset().union(*(characters(each) for each in argument[-1]))
    if operator in (*_REPEATS, parser.POSSESSIVE_REPEAT):
        return frozenset().union(*(characters(each) for each in argument[2]))
    if operator is parser.ATOMIC_GROUP:
        return frozenset().union(*(characters(each) for each in argument))
    if operator is parser.BRANCH:
        return frozenset().union(*(characters(each) for branch in argument[1] for each in branch))
    if operator in (parser.AT, parser.ASSERT, parser.ASSERT_NOT):
        return frozenset()
    if operator is parser.LITERAL:
        return frozenset({chr(argument)})
    if operator is parser.NOT_LITERAL:
        return frozenset(_SAMPLE) - {chr(argument)}
    if operator is parser.ANY:
        return frozenset(_SAMPLE)
    if operator is parser.IN:
        return frozenset(each for each in _SAMPLE if _is_in(argument, each))
    raise AssertionError(f"an operator that nobody thought of: {operator}")


def _is_in(choices: list[tuple[Any, Any]], character: str) -> bool:
    negated = choices[0][0] is parser.NEGATE
    categories = {
        parser.CATEGORY_DIGIT: str.isdigit,
        parser.CATEGORY_SPACE: str.isspace,
        parser.CATEGORY_WORD: lambda text: text.isalnum() or text == "_",
        parser.CATEGORY_NOT_SPACE: lambda text: not text.isspace(),
    }
    inside = any(
        (operator is parser.LITERAL and argument == ord(character))
        or (operator is parser.RANGE and argument[0] <= ord(character) <= argument[1])
        or (operator is parser.CATEGORY and categories[argument](character))
        for operator, argument in choices
    )
    return inside is not negated


def unbounded(items: Any) -> Iterator[tuple[Any, Any]]:
    """Every repeat without an end, however deep."""
    for operator, argument in items:
        if operator in _REPEATS and argument[1] is parser.MAXREPEAT:
            yield operator, argument
        inner: list[Any] = []
        if operator in (*_REPEATS, parser.POSSESSIVE_REPEAT):
            inner = [argument[2]]
        elif operator is parser.SUBPATTERN:
            inner = [argument[-1]]
        elif operator is parser.BRANCH:
            inner = argument[1]
        elif operator in (parser.ASSERT, parser.ASSERT_NOT):
            inner = [argument[1]]
        elif operator is parser.ATOMIC_GROUP:
            inner = [argument]
        for each in inner:
            yield from unbounded(each)


def nested(expression: str) -> bool:
    """A repeat without an end in another, so that the same characters can be shared out among the outer one's turns."""
    for _, (_, _, body) in unbounded(parser.parse(expression)):
        inner = list(unbounded(body))
        fixed = [item for item in body if item[0] not in _REPEATS]
        separated = any(
            not characters(item) & frozenset().union(*(characters(repeat) for repeat in inner)) for item in fixed
        )
        if inner and not (fixed and separated):
            return True
    return False


def shares(items: Any, before: frozenset[str] = frozenset()) -> tuple[bool, frozenset[str]]:
    """Whether two repeats without an end can stand side by side and take the same characters, as in ` *x? *`.

    before: what the repeats take that a text may still be inside of here. Gives the same for behind `items`.
    """
    found = False
    for operator, argument in items:
        if operator in (*_REPEATS, parser.POSSESSIVE_REPEAT):
            least, most, body = argument
            if most is parser.MAXREPEAT:
                own = characters((operator, argument))
                found |= bool(own & before)
                before = own | (before if least == 0 else frozenset())
                continue
            inside, after = shares(body, before)
            found, before = found or inside, after | (before if least == 0 else frozenset())
        elif operator is parser.SUBPATTERN:
            inside, before = shares(argument[-1], before)
            found |= inside
        elif operator is parser.BRANCH:
            ways = [shares(branch, before) for branch in argument[1]]
            found |= any(inside for inside, _ in ways)
            before = frozenset().union(*(after for _, after in ways))
        elif operator not in (parser.AT, parser.ASSERT, parser.ASSERT_NOT):
            before = before if characters((operator, argument)) & before else frozenset()
    return found, before


def own_expressions() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(webfoot.web.__path__, "webfoot.web."):
        for name, value in vars(importlib.import_module(module.name)).items():
            pattern = getattr(value, "__self__", value)
            if isinstance(pattern, re.Pattern):
                yield f"{module.name}.{name}", pattern


OWN = dict(own_expressions())


def test_the_expressions_were_found() -> None:
    assert len(OWN) > 5
    assert nested(r"(?:a+)+b") and nested(r"(?:a|b+)*c") and not nested(r"a+(?:,a+)*")
    shared = [r"[ \t]*(?:\d*-\d*)?[ \t]*", r"a*b?a*c", r"\w+\d+x", r".*a.*", r"(?:a|b*)b*c"]
    apart = [r"\d*-\d*", r"a*ba*", r"\s*(?:\..*)?", r'"[^"]*"', r"a*|a*"]
    assert [shares(parser.parse(expression))[0] for expression in shared + apart] == [True] * 5 + [False] * 5


@pytest.mark.parametrize("name", OWN)
def test_no_expression_of_ours_has_a_repeat_that_can_be_cut_in_many_ways(name: str) -> None:
    pattern = OWN[name].pattern
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    assert not nested(text) and not shares(parser.parse(text))[0], pattern


SAFE = [
    "/{a}/{b}/{c}",
    "/v{a:int}.json/{b}",
    "/{a}/{rest:path}",
    "/{rest:path}.txt",
    "/{x:float}/{y:float}",
    "/{u:uuid}",
]


@pytest.mark.parametrize("template", SAFE)
def test_an_expression_that_is_used_as_it_is_holds_one_free_repeat_between_slashes(template: str) -> None:
    expression = compile_path(template)[0].pattern
    free = 0
    for item in parser.parse(expression):
        if item[0] is parser.LITERAL and chr(item[1]) == "/":
            free = 0
        # A float's two runs of digits are kept apart by its dot.
        free += bool(list(unbounded([item])))
        assert free <= 1, expression
    assert not nested(expression)
