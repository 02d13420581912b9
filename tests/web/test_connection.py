import pytest

from webfoot.web.connection import HTTPConnection
from webfoot.web.datastructures import URLPath
from webfoot.web.requests import Request


def scope_of(**other):
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/ducks",
        "query_string": b"",
        "headers": [],
        "server": ("duck.org", 80),
        **other,
    }


def test_state_is_shared_by_all_layers():
    scope = scope_of(state={"db": 1})
    Request(scope).state.user = "ann"
    assert HTTPConnection(scope).state.user == "ann"
    assert Request(scope).state.db == 1
    bare = scope_of()
    Request(bare).state.x = 1
    assert bare["state"] == {"x": 1}


@pytest.mark.parametrize(
    ("name", "middleware"), [("session", "Session"), ("auth", "Authentication"), ("user", "Authentication")]
)
def test_what_a_middleware_puts_there_is_missed_by_name(name, middleware):
    with pytest.raises(AssertionError, match=f"{middleware}Middleware must be installed to access request.{name}"):
        getattr(Request(scope_of()), name)
    assert getattr(Request(scope_of(**{name: {"a": 1}})), name) == {"a": 1}


def test_the_kind_of_scope_is_checked():
    with pytest.raises(AssertionError, match="made from an http scope, not 'websocket'"):
        Request(scope_of(type="websocket"))
    with pytest.raises(AssertionError, match="not 'lifespan'"):
        HTTPConnection({"type": "lifespan"})


def test_small_things():
    request = Request(scope_of(client=("10.0.0.1", 4000), app="app", path_params={"id": 3}))
    assert request.client is not None
    assert (request.client.host, request.client.port) == ("10.0.0.1", 4000)
    assert (request.app, request.path_params, request.method) == ("app", {"id": 3}, "GET")
    assert Request(scope_of()).client is None


def test_url_for_asks_the_router_before_the_app():
    class Router:
        def __init__(self, prefix):
            self.prefix = prefix

        def url_path_for(self, name, /, **params):
            return URLPath(f"/{self.prefix}/{name}/{params['name']}")

    scope = scope_of(root_path="/api", app=Router("app"))
    assert Request(scope).url_for("duck", name="mallard") == "http://duck.org/api/app/duck/mallard"
    assert Request({**scope, "router": Router("r")}).url_for("duck", name="x") == "http://duck.org/api/r/duck/x"
    with pytest.raises(RuntimeError, match="needs a router or an application"):
        Request(scope_of()).url_for("duck")
