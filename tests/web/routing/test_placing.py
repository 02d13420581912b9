"""Where parameters are placed must be where the expression places them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from webfoot.web.routing.convertors import CONVERTOR_TYPES, Convertor, register_url_convertor
from webfoot.web.routing.path import compile_path, template_pieces
from webfoot.web.routing.placing import Placing, placing_of

DUCK = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def placing(template: str) -> Placing:
    """Also for a template that does not need one."""
    return Placing([(literal, name) for literal, name, _ in template_pieces(template)], compile_path(template)[2])


def needs(template: str) -> bool:
    pieces = [(literal, name) for literal, name, _ in template_pieces(template)]
    return placing_of(pieces, compile_path(template)[2]) is not None


def found(matcher: Any, text: str) -> dict[str, tuple[int, str]] | None:
    match = matcher.match(text)
    return None if match is None else {name: (match.start(name), value) for name, value in match.groupdict().items()}


literals = st.sampled_from(["", "", ".", "-", "/", "1", "-/", ".a", "aa", "6"])
kinds = st.sampled_from(["", ":int", ":float", ":path", ":uuid"])
bits = st.sampled_from(["a", "1", ".", "-", "/", "11", "1.1", "\n", "aa", ".a", DUCK, DUCK.replace("-", ""), DUCK[:8]])


@st.composite
def templates(draw: st.DrawFn) -> str:
    holes = [f"{{p{number}{draw(kinds)}}}{draw(literals)}" for number in range(draw(st.integers(1, 4)))]
    if draw(st.booleans()):  # a convertor of your own, which may be where its segment ends
        holes.insert(draw(st.integers(0, len(holes) - 1)), "{own:colour}/")
    if draw(st.booleans()):
        holes.append("{last:colour}")
    return "/" + draw(literals) + "".join(holes)


class Colour(Convertor[str]):
    regex = "a|aa|1-1|red"  # the first alternative that fits is not the longest
    within_segment = True

    def convert(self, value: str) -> str:
        return value


@pytest.fixture(autouse=True, scope="module")
def convertors() -> Iterator[None]:
    register_url_convertor("colour", Colour())
    yield
    del CONVERTOR_TYPES["colour"]


@settings(max_examples=1500, deadline=None)
@given(templates(), st.lists(bits, max_size=10).map(lambda parts: "/" + "".join(parts)))
@example("/{p0}.{p1}", "/x.y.")
@example("/{p0:path}/{p1}.{p2:path}", "//a/.b./c.")
@example("/{p0:float}{p1:int}", "/1.23")
@example("/{p0}{p1:uuid}{p2:int}", f"/1{DUCK}1{DUCK}")
def test_it_finds_what_the_expression_finds(template: str, text: str) -> None:
    assert found(placing(template), text) == found(compile_path(template)[0], text)


def values(template: str) -> st.SearchStrategy[str]:
    """Texts that fit a template, mostly."""
    parts = []
    for literal, name, kind in template_pieces(template):
        parts.append(st.just(literal))
        if name is not None:
            parts.append(st.from_regex(CONVERTOR_TYPES[kind].regex, fullmatch=True, alphabet="a1.-/6"))
    return st.tuples(*parts).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_also_in_texts_that_fit(data: st.DataObject) -> None:
    template = data.draw(templates().filter(lambda template: "uuid" not in template and "colour" not in template))
    text = data.draw(values(template))
    here = found(placing(template), text)
    assert here is not None
    assert here == found(compile_path(template)[0], text)


@pytest.mark.parametrize(
    ("template", "is_needed"),
    [
        ("/ducks", False),
        ("/{a}/{b}/{c}", False),
        ("/v{a:int}.json/{b}", False),
        ("/{a}/{rest:path}", False),
        ("/{rest:path}.txt", False),
        ("/{a}.{b}", True),
        ("/x/{a}{b:int}/y", True),
        ("/{rest:path}/{b}", True),
        ("/{a:path}/x/{b:path}", True),
    ],
)
def test_only_where_there_is_more_than_one_way(template: str, is_needed: bool) -> None:
    assert needs(template) is is_needed


def test_convertors_of_your_own_are_placed_where_their_segment_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Word(Convertor[str]):
        regex = "[^/]+"

    class Pair(Convertor[str]):
        regex = "[a-z]+/[a-z]+"

    monkeypatch.setitem(CONVERTOR_TYPES, "word", Word())
    monkeypatch.setitem(CONVERTOR_TYPES, "pair", Pair())
    assert needs("/{a}-{b:colour}") and needs("/{c:colour}/{a}-{b}") and needs("/{a}-{b:colour}/x")
    assert needs("/{a}-{b:word}.txt")  # with an expression that is known
    assert not needs("/{a}-{b:colour}.txt")
    assert not needs("/{a}-{b}/{c:pair}")
