"""A route of any kind under a prefix."""

from __future__ import annotations

import pytest
from tests.web.driving import answer_of, http_scope

from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Below, Host, Match, Mount, NoMatchFound, Route, Router


async def ducks(request):
    return PlainTextResponse(f"{request.scope['root_path']} {request.path_params} {request.scope['route'].path}")


def router(prefix: str = "/in/{org:int}") -> Router:
    host = Host("{kind}.example", Router([Route("/ducks/{x}", ducks, name="ducks", methods=["GET"])]), name="h")
    plain = Route("/x", ducks, methods=["POST"])
    return Router([Below(prefix, host), Below("/plain", plain), Route("/{r:path}", ducks)])


def test_what_it_matches_it_answers_as_if_it_were_mounted() -> None:
    answer = answer_of(router(), "GET", "/in/3/ducks/a", headers={}, raw_headers=[(b"host", b"pond.example")])
    assert answer.text == "/in/3 {'org': 3, 'kind': 'pond', 'x': 'a'} /ducks/{x}"


@pytest.mark.parametrize(
    ("path", "host"), [("/in/3/ducks/a", b"else"), ("/in/x/ducks/a", b"pond.example"), ("/ducks/a", b"pond.example")]
)
def test_what_it_does_not_match_goes_on(path: str, host: bytes) -> None:
    answer = answer_of(router(), "GET", path, raw_headers=[(b"host", host)])
    assert answer.text.endswith("/{r:path}")


def test_what_its_route_refuses_it_refuses() -> None:
    only = Router([Below("/plain", Route("/x", ducks, methods=["POST"]))])
    answer = answer_of(only, "GET", "/plain/x")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer_of(only, "POST", "/plain/x").status == 200
    assert Below("/p", Route("/x", ducks)).matches(http_scope(path="/p/y")) == (Match.NONE, {})


def test_names_lead_below_the_prefix() -> None:
    url = router().url_path_for("h:ducks", org=3, kind="pond", x="a")
    assert (str(url), url.host) == ("/in/3/ducks/a", "pond.example")
    for parameters in ({"kind": "pond", "x": "a"}, {"org": 3, "kind": "pond"}):
        with pytest.raises(NoMatchFound):
            router().url_path_for("h:ducks", **parameters)


def test_it_is_filed_by_its_prefix_and_shows_what_it_holds() -> None:
    (below, *_) = router("/in").routes
    assert below.segments() == (("", "in"), False)
    assert below.texts() is None
    assert (below.path, below.host) == ("/in", "{kind}.example")
    assert below.routes == below.route.routes
    assert below.mounted() is below.route.app
    assert repr(below).startswith("Below(prefix='/in', route=Host(host='{kind}.example'")
    moved = below.moved("/more")
    assert moved.matches(http_scope(path="/more/in/ducks/a", raw_headers=[(b"host", b"a.example")]))[0] is Match.FULL


def test_a_subclass_with_rules_of_its_own_is_tried_for_every_path() -> None:
    class Own(Below):
        def matches(self, scope):
            return Match.FULL, {"path_params": {}, "route": self.route}

    assert Own("/in", Route("/x", ducks)).segments() is None
    assert answer_of(Router([Own("/in", Mount("/m", routes=[]))]), "GET", "/anywhere").status == 404
