"""What each layer changed, told by name; and nothing is changed by looking."""

import asyncio
import gc
import json
import weakref
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, SecretStr
from tests.conformance.harness import with_server
from tests.journey.page.paging import with_page
from tests.journey.recorder import Recorder

from webfoot import Depends, Webfoot
from webfoot.trail import secret_names
from webfoot.web import Mount, Route, WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.gzip import GZipMiddleware
from webfoot.web.responses import FileResponse, PlainTextResponse


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that other modules have made may have declared any name as a secret's, for the whole process."""
    monkeypatch.setattr(secret_names, "_declared", set())


PARSERS = ("httptools", "h11")


async def duck(request):
    return PlainTextResponse("quack " * 200, headers={"x-duck": "Emma", "set-cookie": "id=hunter2"})


def layer(change_scope=None, change_start=None, answer=None):
    """A middleware that does one thing."""

    class Layer:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope, receive, send):
            async def outward(message):
                if change_start is not None and message["type"] == "http.response.start":
                    message = change_start({**message, "headers": list(message["headers"])})
                await send(message)

            if answer is not None:
                await PlainTextResponse("no", answer)(scope, receive, send)
                return
            if change_scope is not None:
                scope = change_scope(scope) or scope
            await self.app(scope, receive, outward)

    return Layer


def with_header(name, value):
    def change(scope):
        return {**scope, "headers": [*scope["headers"], (name, value)]}

    return change


def changes(*layers, path="/duck", headers=(), app=None, parser="httptools", routes=None):
    app = app or WebApp(routes=routes or [Route("/duck", duck)], middleware=[Middleware(each) for each in layers])

    async def talk(ponds):
        await ponds.ask(path, *headers)
        whole = await ponds.last()
        assert "hunter2" not in json.dumps(whole)
        keys = ("layer", "way", "what", "name", "before", "after")
        return [tuple(change[key] for key in keys) for change in whole["changes"]]

    return with_page(app, talk, http=parser)


@pytest.mark.parametrize("parser", PARSERS)
def test_nothing_changed_nothing_told(parser):
    assert changes(layer(), layer(), parser=parser) == []


def test_header_fields_of_the_request():
    def changed(scope):
        kept = [field for field in scope["headers"] if field[0] != b"x-old"]
        return {**scope, "headers": [*kept, (b"x-new", b"1"), (b"x-new", b"2"), (b"authorization", b"Bearer hunter2")]}

    assert changes(layer(changed), layer(), headers=["x-old: 0"]) == [
        ("Layer", "in", "header", "x-old", "0", None),
        ("Layer", "in", "header", "x-new", None, "1, 2"),
        ("Layer", "in", "header", "authorization", None, "[redacted]"),
    ]


def test_also_where_the_list_itself_is_changed():
    def changed(scope):
        scope["headers"].append((b"x-new", b"1"))

    assert changes(layer(changed), layer()) == [("Layer", "in", "header", "x-new", None, "1")]


def test_what_was_put_into_the_scope():
    class User:
        name = "hunter2"

    def changed(scope):
        scope["state"]["pond"] = 7
        session = {"user": "hunter2"}
        return {**scope, "path": "/duck", "user": User(), "session": session, "method": "GET", "scheme": "https"}

    assert set(changes(layer(changed), layer())) == {
        ("Layer", "in", "scope", "user", None, f"<{User.__qualname__}>"),
        ("Layer", "in", "scope", "session", None, "[redacted]"),
        ("Layer", "in", "scope", "scheme", "http", "https"),
        ("Layer", "in", "scope", "state.pond", None, "7"),
    }


def test_a_token_in_a_path_or_query_that_was_changed():
    def changed(scope):
        return {**scope, "query_string": b"a=1&token=hunter2", "raw_path": b"/duck"}

    assert changes(layer(changed), layer()) == [("Layer", "in", "scope", "query_string", "", "a=1&token=[redacted]")]


def test_status_and_fields_of_the_answer():
    def changed(message):
        fields = [(name, value) for name, value in message["headers"] if name != b"x-duck"]
        return {**message, "status": 201, "headers": [*fields, (b"x-new", b"1"), (b"set-cookie", b"b=hunter2")]}

    assert changes(layer(None, changed)) == [
        ("Layer", "out", "status", "status", "200", "201"),
        ("Layer", "out", "header", "x-duck", "Emma", None),
        ("Layer", "out", "header", "set-cookie", "id=[redacted]", "id=[redacted], b=[redacted]"),
        ("Layer", "out", "header", "x-new", None, "1"),
    ]


@pytest.mark.parametrize("parser", PARSERS)
def test_a_body_that_was_compressed(parser):
    told = changes(GZipMiddleware, headers=["accept-encoding: gzip"], parser=parser)
    assert ("GZipMiddleware", "out", "header", "content-encoding", None, "gzip") in told
    [(_, _, _, _, before, after)] = [change for change in told if change[2] == "body"]
    assert before == "1200 bytes"
    assert int(after.split()[0]) < 200


def test_who_answered_without_asking_further_in():
    assert changes(layer(), layer(answer=403), layer()) == [("Layer", "out", "answer", "answer", None, "403")]


def test_an_answer_of_the_router_is_nobodys_of_the_layers():
    assert changes(layer(), path="/nothing") == []


def test_nor_is_one_of_a_route_that_has_layers_of_its_own():
    routes = [Route("/duck", duck, middleware=[Middleware(layer()), Middleware(layer(with_header(b"x", b"1")))])]
    assert changes(routes=routes) == []


def test_a_layer_of_a_route_that_answers():
    routes = [Route("/duck", duck, middleware=[Middleware(layer(answer=418)), Middleware(layer())])]
    assert changes(routes=routes) == [("Layer", "out", "answer", "answer", None, "418")]


def test_what_a_mount_changes_is_the_routers_doing():
    inner = WebApp(routes=[Route("/duck", duck)], middleware=[Middleware(layer())])
    app = WebApp(routes=[Mount("/pond", inner)])
    told = changes(app=app, path="/pond/duck")
    assert ("router", "in", "scope", "root_path", "", "/pond") in told
    assert {change[0] for change in told} == {"router"}


def test_twins_are_told_apart():
    async def talk(ponds):
        await ponds.ask("/duck")
        return [(change["index"], change["name"]) for change in (await ponds.last())["changes"]]

    add = [layer(with_header(b"x-one", b"1")), layer(with_header(b"x-two", b"2")), layer()]
    app = WebApp(routes=[Route("/duck", duck)], middleware=[Middleware(each) for each in add])
    assert with_page(app, talk) == [(1, "x-one"), (2, "x-two")]


def test_changes_have_a_bound():
    def changed(scope):
        return {**scope, **{f"key-{number}": number for number in range(1000)}}

    assert len(changes(layer(changed), layer())) == 200


def test_files_pass_as_they_would(tmp_path):
    path = tmp_path / "duck.txt"
    path.write_bytes(b"quack" * 100_000)

    async def file(request):
        return FileResponse(path)

    async def talk(ponds):
        reply = await ponds.ask("/file")
        assert reply.body == path.read_bytes()
        return await ponds.last()

    whole = with_page(WebApp(routes=[Route("/file", file)], middleware=[Middleware(layer())]), talk)
    assert whole["response"]["body"]["size"] == 500_000
    assert whole["summary"]["size"] == 500_000


def test_nothing_of_the_application_is_held_on_to():
    class User:
        pass

    seen = []

    def changed(scope):
        user = User()
        seen.append(weakref.ref(user))
        return {**scope, "user": user}

    app = WebApp(routes=[Route("/duck", duck)], middleware=[Middleware(layer(changed)), Middleware(layer())])

    async def talk(ponds):
        await ponds.ask("/duck")
        await ponds.last()
        gc.collect()
        assert len(ponds.hub.kept) == 1
        assert seen[0]() is None

    with_page(app, talk)


# The parts of an API's route.


class Duck(BaseModel):
    name: str
    weight: float
    password: SecretStr = SecretStr("")
    notes: str = ""


def settings() -> dict[str, int]:
    return {"depth": 3}


async def pond(wanted: Annotated[dict[str, int], Depends(settings)]):
    yield "pond"


async def keeper(pond: Annotated[str, Depends(pond)], wanted: Annotated[dict[str, int], Depends(settings)]) -> str:
    return "Jo"


def api() -> Webfoot:
    app = Webfoot()

    @app.post("/ponds/{pond_id}")
    async def add(pond_id: int, duck: Duck, keeper: Annotated[str, Depends(keeper)], token: str = "", limit: int = 3):
        return {"name": duck.name}

    return app


def api_journey(
    app=None, path="/ponds/7?token=hunter2", body=b'{"name": "Emma", "weight": 1.5, "password": "hunter2"}'
):
    async def talk(ponds):
        await ponds.ask(path, "content-type: application/json", method="POST", body=body)
        whole = await ponds.last()
        assert "hunter2" not in json.dumps(whole)
        return whole

    return with_page(app or api(), talk)


def test_the_graph_of_dependencies():
    whole = api_journey()
    first, second, third = whole["dependencies"]

    assert [each["name"] for each in whole["dependencies"]] == ["settings", "pond", "keeper"]
    assert [each["needs"] for each in whole["dependencies"]] == [[], [0], [1, 0]]
    assert [each["where"] for each in whole["dependencies"]] == ["thread", "event loop", "event loop"]
    assert (first["wanted"], second["wanted"]) == (2, 1)
    assert (first["scope"], second["scope"]) == (None, "request")
    assert first["clean_up"] is None
    assert second["clean_up"]["outcome"] == "left"
    assert second["clean_up"]["at_us"] > third["at_us"]
    assert second["file"] == __file__
    assert all(each["took_us"] >= 0 for each in whole["dependencies"])
    assert whole["endpoint"]["needs"] == [2]
    assert whole["endpoint"]["outcome"] == "returned"
    assert whole["route"]["route"] == "/ponds/{pond_id}"


def test_an_override_is_told_beside_what_was_asked_for():
    async def stand_in() -> str:
        return "nobody"

    app = api()
    app.dependency_overrides[keeper] = stand_in
    [only] = api_journey(app)["dependencies"]
    assert only["name"] == "keeper"
    assert only["override"].endswith("stand_in")


def test_values_as_they_came_and_as_they_are():
    [told] = api_journey()["validation"]
    values = {value["name"]: value for value in told["values"]}

    assert told["outcome"] == "fit"
    assert (values["pond_id"]["raw"], values["pond_id"]["value"], values["pond_id"]["type"]) == ("7", "7", "int")
    assert (values["token"]["raw"], values["token"]["value"]) == ("[redacted]", "[redacted]")
    assert (values["limit"]["is_sent"], values["limit"]["raw"], values["limit"]["value"]) == (False, None, "3")
    assert values["duck"]["value"] == "Duck(name='Emma', weight=1.5, password=[redacted], notes='')"
    assert values["duck"]["raw"] == {"name": "Emma", "weight": 1.5, "password": "[redacted]"}


def test_each_error_beside_its_value():
    body = b'{"name": 5, "password": ["hunter2"]}'
    [told] = api_journey(path="/ponds/x?limit=many&token=hunter2", body=body)["validation"]
    errors = {value["name"]: [error["loc"] for error in value["errors"]] for value in told["values"]}

    assert told["outcome"] == "refused"
    assert errors["pond_id"] == [["path", "pond_id"]]
    assert errors["limit"] == [["query", "limit"]]
    assert errors["token"] == []
    assert sorted(loc[-1] for loc in errors["duck"]) == ["name", "password", "weight"]


def test_a_light_trail_is_not_told_of_values():
    async def talk(dialogue):
        body = b'{"name": "Emma", "weight": 1}'
        head = b"POST /ponds/7 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        await dialogue.say(head % len(body) + body)
        await dialogue.hear(lambda heard: heard.endswith(b"}"))

    recorder = Recorder()
    asyncio.run(with_server(api(), talk, recorder))
    [record] = recorder.records
    assert record.fact("values_validated", "outcome") == "fit"
    assert record.fact("values_validated", "values") is None
