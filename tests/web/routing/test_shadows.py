"""Which routes no request reaches."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webfoot.web.routing import BaseRoute, Host, Match, Mount, Route, RouteGroup, Router, WebSocketRoute, compile_path
from webfoot.web.routing.convertors import CONVERTOR_TYPES, Convertor, register_url_convertor
from webfoot.web.routing.shadows import covers, shadows


def answer(request): ...


async def serve(websocket): ...


def route(path, *methods):
    return Route(path, answer, methods=methods or None)


def found(*routes):
    return [(shadow.route.path, shadow.by.path, shadow.methods) for shadow in shadows(routes)]


def test_a_parameter_takes_what_a_later_text_says():
    assert found(route("/ducks/{id}"), route("/ducks/me")) == [("/ducks/me", "/ducks/{id}", ("GET",))]
    assert found(route("/ducks/me"), route("/ducks/{id}")) == []


@pytest.mark.parametrize(
    "wide, narrow, expected",
    [
        ("/{id}", "/me", True),
        ("/{id:int}", "/me", False),
        ("/{id:int}", "/7", True),
        ("/{id:int}", "/{n}", False),
        ("/{id}", "/{n:int}", True),
        ("/{size:float}", "/{n:int}", True),
        ("/{size:float}", "/1.5", True),
        ("/{size:float}", "/1.x", False),
        ("/{n:int}", "/{a:int}{b:int}", True),
        ("/{n:int}", "/1{b:int}2", True),
        ("/{id:uuid}", "/12345678-1234-1234-1234-123456789012", True),
        ("/{id:uuid}", "/{other:uuid}", True),
        ("/{id:uuid}", "/{n:int}", False),
        ("/{a}-{b}", "/x-y-z", True),
        ("/{a}.{b}", "/{name}", False),
        ("/{a}", "/{b}/c", False),
        ("/{a}", "/{b:path}", False),
        ("/{a:path}", "/", True),
        ("/{a:path}", "/{b}/{c:int}/d", True),
        ("/{a:path}/edit", "/x/y/edit", True),
        ("/{a:path}/edit", "/edit", False),
        ("/x", "/y", False),
    ],
)
def test_one_template_over_another(wide, narrow, expected):
    assert bool(found(route(wide), route(narrow))) is expected


def test_methods_are_told_apart():
    table = [route("/a", "GET", "POST"), route("/a", "POST", "PUT"), route("/a", "PUT")]
    assert found(*table) == [("/a", "/a", ("POST",)), ("/a", "/a", ("PUT",))]
    assert all(shadow.is_equal for shadow in shadows(table))
    assert found(route("/{id}", "GET"), route("/me", "DELETE")) == []


def test_an_application_takes_every_method():
    class Thing:
        async def __call__(self, scope, receive, send): ...

    assert found(Route("/{id}", Thing()), route("/me", "DELETE")) == [("/me", "/{id}", ("DELETE",))]
    assert found(route("/{id}", "GET"), Route("/me", Thing())) == []


def test_a_mount_takes_all_below_it():
    table = [Mount("/", routes=[]), route("/a"), WebSocketRoute("/w", serve), Mount("/b", routes=[])]
    assert [shadow.route for shadow in shadows(table)] == table[1:]
    assert found(Mount("/a", routes=[]), route("/a")) == []  # the mount wants a slash behind its name
    assert found(Mount("/a", routes=[]), route("/ab")) == []


def test_requests_and_websockets_are_told_apart():
    assert found(WebSocketRoute("/{id}", serve), route("/me")) == []
    assert found(WebSocketRoute("/{id}", serve), WebSocketRoute("/me", serve)) == [("/me", "/{id}", ())]


def test_hosts_and_routes_with_a_mind_of_their_own_are_let_be():
    class Picky(Route):
        def matches(self, scope):
            return Match.NONE, {}

    assert found(Host("ducks.example", app=Router()), Picky("/{id}", answer), route("/me")) == []
    assert found(route("/{id}"), Picky("/me", answer)) == []


def test_groups_are_looked_into():
    class Group(RouteGroup):
        def expand(self):
            return [route("/{id}"), route("/me")]

        def tables(self):
            return []

    assert found(Group(), route("/you")) == [("/me", "/{id}", ("GET",)), ("/you", "/{id}", ("GET",))]


def test_convertors_of_the_users_making():
    class Letters(Convertor[str]):
        regex = "[a-z]+"

        def convert(self, value):
            return value

        def to_string(self, value):
            return value

    register_url_convertor("letters", Letters())
    try:
        assert found(route("/{a:letters}"), route("/{b:letters}"), route("/abc"), route("/ABC")) == [
            ("/{b:letters}", "/{a:letters}", ("GET",)),
            ("/abc", "/{a:letters}", ("GET",)),
        ]
        assert found(route("/{a}"), route("/{b:letters}")) == []  # it did not say that it has no slash
    finally:
        del CONVERTOR_TYPES["letters"]


SAMPLES = {
    "str": ["a", "7", "a.b", "1.5", "~"],
    "int": ["0", "17"],
    "float": ["1.5", "3"],
    "path": ["", "a", "a/b", "/", "7"],
    "uuid": ["12345678-1234-1234-1234-123456789012", "12345678123412341234123456789012"],
}
PARAMETER = re.compile(r"{\w+:(\w+)}")
templates = st.lists(
    st.one_of(st.sampled_from(["a", "7", "/", ".", "1.5"]), st.sampled_from(sorted(SAMPLES))), min_size=1, max_size=5
).map(lambda parts: "/" + "".join(f"{{p{n}:{part}}}" if part in SAMPLES else part for n, part in enumerate(parts)))


def samples(template):
    """Paths of a template: every way to write its parameters with the samples."""
    hole = PARAMETER.search(template)
    if hole is None:
        return [template]
    return [path for text in SAMPLES[hole[1]] for path in samples(template.replace(hole[0], text, 1))]


@settings(max_examples=400, deadline=None)
@given(templates, templates)
def test_what_is_covered_is_matched(wide, narrow):
    """Never a false alarm; and where one segment stands for one value, none is missed either."""
    matches = compile_path(wide)[0].match
    all_match = all(matches(path) for path in samples(narrow))
    covered = covers(Route(wide, answer).pieces(), Route(narrow, answer).pieces())
    assert all_match or not covered
    if not PARAMETER.search(narrow):
        assert covered == all_match


@settings(max_examples=200, deadline=None)
@given(st.lists(templates, min_size=2, max_size=6))
def test_a_shadowed_route_is_never_chosen(table):
    routes = [route(template) for template in table]
    router = Router(routes=routes)
    for shadow in shadows(routes):
        for path in samples(shadow.route.path):
            scope = {"type": "http", "method": "GET", "path": path, "headers": []}
            chosen = next(each for each in router.routes if each.matches(scope)[0] is Match.FULL)
            assert chosen is not shadow.route


def test_a_plain_entry_is_let_be():
    class Odd(BaseRoute):
        def matches(self, scope):
            return Match.NONE, {}

    assert found(Odd(), route("/a")) == []
