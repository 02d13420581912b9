import asyncio
import json

import pytest
from tests.conformance.harness import exchange_bytes
from tests.web.driving import answer_of

from webfoot.web.application import WebApp
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route


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


def receiving(*messages):
    """Gives these messages (bytes stand for a part of a body with more to come) and then waits for ever."""
    waiting = [
        {"type": "http.request", "body": message, "more_body": True} if isinstance(message, bytes) else message
        for message in messages
    ]

    async def receive():
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait()

    receive.waiting = waiting  # type: ignore[attr-defined]
    return receive


END = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


def test_it_is_the_scope_as_a_mapping_and_itself_as_an_object():
    scope = scope_of()
    request = Request(scope)
    assert request["path"] == "/ducks"
    assert dict(request) == scope
    assert len(request) == len(scope)
    assert request != Request(scope)
    assert {request: 1}[request] == 1
    request.anything = 1  # type: ignore[attr-defined]


def test_nothing_is_parsed_until_it_is_asked_for_and_then_once():
    request = Request(scope_of(query_string=b"a=1", headers=[(b"cookie", b"a=b"), (b"host", b"pond.org")]))
    assert set(vars(request)) == {"scope", "_receive", "_send"}
    for name in ("url", "base_url", "headers", "query_params", "cookies", "state"):
        assert getattr(request, name) is getattr(request, name)
    assert request.url == "http://pond.org/ducks?a=1"
    assert request.base_url == "http://pond.org/"
    assert request.cookies == {"a": "b"}


def test_a_body_is_read_once_and_kept():
    async def use():
        receive = receiving(b'{"a"', b": 1}", END)
        request = Request(scope_of(), receive)
        assert await request.json() == {"a": 1}
        assert await request.json() is await request.json()
        assert await request.body() == b'{"a": 1}'
        assert [chunk async for chunk in request.stream()] == [b'{"a": 1}', b""]

    asyncio.run(use())


def test_json_may_be_null_and_is_then_kept_too():
    async def use():
        request = Request(scope_of(), receiving({"type": "http.request", "body": b"null"}))
        assert await request.json() is None
        assert await request.json() is None
        with pytest.raises(json.JSONDecodeError):
            await Request(scope_of(), receiving({"type": "http.request"})).json()

    asyncio.run(use())


def test_a_stream_that_was_taken_is_gone():
    async def use():
        request = Request(scope_of(), receiving(b"a", b"", b"b", END))
        assert [chunk async for chunk in request.stream()] == [b"a", b"b", b""]
        with pytest.raises(RuntimeError, match="Stream consumed"):
            await request.body()
        with pytest.raises(RuntimeError, match="Stream consumed"):
            await anext(request.stream())

    asyncio.run(use())


def test_a_client_that_leaves_while_the_body_is_read():
    async def use():
        for read in (Request.body, Request.json, lambda request: anext(request.stream())):
            request = Request(scope_of(), receiving(GONE))
            with pytest.raises(ClientDisconnect):
                await read(request)
            assert await request.is_disconnected()

    asyncio.run(use())


def test_a_subclass_that_changes_the_stream_changes_the_body():
    class Loud(Request):
        async def stream(self):
            async for chunk in super().stream():
                yield chunk.upper()

    assert asyncio.run(Loud(scope_of(), receiving(b"quack", END)).body()) == b"QUACK"


def test_without_receive_or_send_the_error_says_so():
    with pytest.raises(RuntimeError, match="made without `receive`"):
        asyncio.run(Request(scope_of()).body())
    hinting = Request(scope_of(extensions={"http.response.early_hint": {}}))
    with pytest.raises(RuntimeError, match="made without `send`"):
        asyncio.run(hinting.send_early_hints("</a>"))


class TestIsDisconnected:
    def test_it_does_not_wait_and_takes_nothing_away(self):
        async def use():
            request = Request(scope_of(), receiving(b"a", b"b", END))
            assert not await request.is_disconnected()
            assert not await request.is_disconnected()
            assert await request.body() == b"ab"
            assert not await request.is_disconnected()

        asyncio.run(use())

    def test_it_sees_a_disconnect_behind_an_unread_body(self):
        async def use():
            request = Request(scope_of(), receiving(END, GONE))
            assert await request.is_disconnected()
            assert await request.body() == b""

        asyncio.run(use())

    def test_it_does_not_buffer_a_long_body(self):
        async def use():
            receive = receiving(*[b"x" * 40_000] * 10, END)
            request = Request(scope_of(), receive)
            for _ in range(5):
                assert not await request.is_disconnected()
            assert len(receive.waiting) >= 8
            assert [len(chunk) async for chunk in request.stream()] == [40_000] * 10 + [0]

        asyncio.run(use())

    def test_receive_gives_what_it_held(self):
        async def use():
            request = Request(scope_of(), receiving(b"a", END))
            assert not await request.is_disconnected()
            assert [await request.receive(), await request.receive()] == [
                {"type": "http.request", "body": b"a", "more_body": True},
                END,
            ]
            assert request.receive is request._receive

        asyncio.run(use())

    def test_no_task_is_made(self):
        async def use():
            request = Request(scope_of(), receiving())
            assert not await request.is_disconnected()
            return len(asyncio.all_tasks())

        assert asyncio.run(use()) == 1

    def test_a_timeout_of_the_servers_own_is_not_hidden(self):
        async def receive():
            raise TimeoutError("the server's")

        with pytest.raises(TimeoutError, match="the server's"):
            asyncio.run(Request(scope_of(), receive).is_disconnected())

    def test_a_cancelled_task_stays_cancelled(self):
        async def use():
            async def poll():
                while not await Request(scope_of(), receiving()).is_disconnected():
                    pass

            task = asyncio.create_task(poll())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 10)

        asyncio.run(use())


FORM = scope_of(method="POST", headers=[(b"content-type", b"application/x-www-form-urlencoded")])


def test_a_form_is_kept_and_closed():
    async def use():
        request = Request(FORM, receiving(b"a=1&a=2", END))
        async with request.form() as form:
            assert form.getlist("a") == ["1", "2"]
        assert await request.form() is form
        await request.close()
        await Request(FORM).close()

    asyncio.run(use())


def test_a_form_of_a_body_that_was_read():
    async def use():
        request = Request(FORM, receiving(b"a=1", END))
        assert await request.body() == b"a=1"
        assert (await request.form())["a"] == "1"

    asyncio.run(use())


def test_a_form_over_its_limit_is_a_400():
    with pytest.raises(HTTPException, match=r"400: Too many fields. Maximum number of fields is 1"):
        asyncio.run(Request(FORM, receiving(b"a=1&b=2", END)).form(max_fields=1).__aenter__())


def test_hints_and_pushes_are_for_servers_that_can():
    async def use(*extensions):
        sent = []

        async def send(message):
            sent.append(message)

        fields = [(b"accept", b"text/css"), (b"cookie", b"secret"), (b"user-agent", b"duck")]
        request = Request(scope_of(headers=fields, extensions={name: {} for name in extensions}), receiving(), send)
        await request.send_early_hints("</style.css>; rel=preload", "</b>")
        await request.send_push_promise("/style.css")
        return sent

    assert asyncio.run(use()) == []
    hints, push = asyncio.run(use("http.response.early_hint", "http.response.push"))
    assert hints == {"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload", b"</b>"]}
    assert push["path"] == "/style.css"
    assert push["headers"] == [(b"accept", b"text/css"), (b"user-agent", b"duck")]


class TestTrailers:
    def test_they_are_there_once_the_body_was_read(self):
        last = {
            "type": "http.request",
            "body": b"",
            "more_body": False,
            "trailers": [(b"x-sum", b"7"), (b"x-sum", b"8")],
        }

        async def use():
            request = Request(scope_of(), receiving(b"a", last))
            assert len(request.trailers) == 0
            assert await request.body() == b"a"
            assert request.trailers.getlist("X-Sum") == ["7", "8"]
            assert "x-sum" not in request.headers

        asyncio.run(use())

    @pytest.mark.parametrize("http", ["httptools", "h11"])
    def test_under_our_server(self, http):
        async def app(scope, receive, send):
            request = Request(scope, receive)
            assert b"".join([chunk async for chunk in request.stream()]) == b"duck"
            await PlainTextResponse(repr(dict(request.trailers)))(scope, receive, send)

        head = b"POST / HTTP/1.1\r\nHost: pond\r\nTransfer-Encoding: chunked\r\n\r\n"
        for tail, told in ((b"0\r\nX-Sum: 7\r\n\r\n", b"{'x-sum': '7'}"), (b"0\r\n\r\n", b"{}")):
            answers = exchange_bytes(app, [head, b"4\r\nduck\r\n", tail], http=http)
            assert answers.bodies == [told]


def test_json_that_is_none_is_a_400_in_an_application():
    async def endpoint(request):
        return PlainTextResponse(str(await request.json()))

    app = WebApp(routes=[Route("/", endpoint, methods=["POST"])])
    assert answer_of(app, "POST", body=b"[1]").text == "[1]"
    answered = answer_of(app, "POST", body=b"[1")
    assert answered.status == 400
    assert answered.text == "The body is not valid JSON: Expecting ',' delimiter: line 1 column 3 (char 2)"
