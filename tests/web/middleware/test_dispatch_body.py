"""The body of a request on both sides of `call_next`, and trailers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.web.driving import answer_of, http_scope
from tests.web.middleware.dispatching import behind, hello

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route


def test_a_body_read_by_the_middleware_is_there_for_the_endpoint() -> None:
    async def read(request: Request, call_next: Any) -> Any:
        response_to = await request.body()
        response = await call_next(request)
        response.headers["x-read"] = response_to.decode()
        return response

    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    answered = answer_of(behind(read, echo, layers=2), "POST", body=b"quack")
    assert (answered.text, answered.headers["x-read"]) == ("quack", "quack")


def test_a_stream_that_the_middleware_used_up_is_empty_for_the_endpoint() -> None:
    async def use_up(request: Request, call_next: Any) -> Any:
        _ = [chunk async for chunk in request.stream()]
        return await call_next(request)

    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(repr(await request.body()))

    assert answer_of(behind(use_up, echo), "POST", body=b"quack").text == "b''"


class TestTheBody:
    """Who has read what, before `call_next` and behind it."""

    @staticmethod
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    @staticmethod
    async def ask(app: Any, *parts: bytes) -> bytes:
        waiting = [
            {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
            for number, part in enumerate(parts)
        ]
        sent: list[bytes] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        async with asyncio.timeout(5):
            await app(http_scope("POST", headers={"content-type": "application/x-www-form-urlencoded"}), receive, send)
        return b"".join(sent)

    @pytest.mark.parametrize("layers", [1, 3])
    def test_of_a_stream_that_the_middleware_began_the_rest_is_there(self, layers: int) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            if "peeked" not in request.scope:
                request.scope["peeked"] = await anext(request.stream())
            return await call_next(request)

        app = behind(look, self.echo, layers)
        assert asyncio.run(self.ask(app, b"one ", b"two ", b"three")) == b"two three"

    @pytest.mark.parametrize("layers", [1, 3])
    def test_a_form_that_the_middleware_read_is_the_endpoints_form(self, layers: int) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            assert (await request.form())["a"] == "1"
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            async with request.form() as form:
                return PlainTextResponse(repr(form.multi_items()))

        answer = asyncio.run(self.ask(behind(look, endpoint, layers), b"a=1&", b"b=2"))
        assert answer == b"[('a', '1'), ('b', '2')]"

    def test_its_files_are_at_their_beginning(self) -> None:
        body = b'--B\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nduck\r\n--B--\r\n'

        async def look(request: Request, call_next: Any) -> Any:
            form = await request.form()
            assert await form["a"].read() == b"duck"  # type: ignore[union-attr]
            if request.url.path == "/closed":
                await form.close()
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            async with request.form() as form:
                return PlainTextResponse(await form["a"].read())  # type: ignore[union-attr]

        async def closed(request: Request) -> PlainTextResponse:
            return PlainTextResponse(str((await request.form())["a"].file.closed))  # type: ignore[union-attr]

        app = WebApp(
            routes=[Route("/", endpoint, methods=["POST"]), Route("/closed", closed, methods=["POST"])],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=look)],
        )
        headers = {"content-type": "multipart/form-data; boundary=B"}
        assert answer_of(app, "POST", body=body, headers=headers).text == "duck"
        assert answer_of(app, "POST", "/closed", body=body, headers=headers).text == "True"

    def test_behind_the_application_it_is_said_to_be_gone_and_not_waited_for(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            response = await call_next(request)
            with pytest.raises(RuntimeError, match="Stream consumed"):
                await request.body()
            assert not await request.is_disconnected()
            return response

        assert asyncio.run(self.ask(behind(look, self.echo), b"quack")) == b"quack"

    def test_behind_an_application_that_did_not_read_it_is_there(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            response = await call_next(request)
            assert await request.body() == b"quack"
            return response

        assert asyncio.run(self.ask(behind(look, hello), b"qu", b"ack")) == b"hello"

    def test_a_second_call_has_the_body_if_the_middleware_has_it(self) -> None:
        async def careless(request: Request, call_next: Any) -> Any:
            await call_next(request)
            return await call_next(request)

        async def careful(request: Request, call_next: Any) -> Any:
            await request.body()
            return await careless(request, call_next)

        assert asyncio.run(self.ask(behind(careful, self.echo), b"quack")) == b"quack"
        with pytest.raises(RuntimeError, match=r"await request.body\(\)` before the first"):
            asyncio.run(self.ask(behind(careless, self.echo), b"quack"))
        assert asyncio.run(self.ask(behind(careless, hello), b"quack")) == b"hello"

    def test_trailers_of_the_request_are_there_for_all(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            await request.body()
            assert request.trailers["x-sum"] == "7"
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            before = dict(request.trailers)
            await request.body()
            return PlainTextResponse(f"{before} {dict(request.trailers)}")

        async def main() -> list[Any]:
            sent: list[Any] = []

            async def receive() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False, "trailers": [(b"x-sum", b"7")]}

            async def send(message: Any) -> None:
                sent.append(message.get("body"))

            await behind(look, endpoint, layers=2)(http_scope("POST"), receive, send)
            return sent

        assert asyncio.run(main())[1] == b"{} {'x-sum': '7'}"


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("takes", [False, True])
def test_trailers_of_the_response_go_with_its_body(takes: bool, layers: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"duck"})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"7")]})

    async def dispatch(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        if takes:
            return PlainTextResponse(b"".join([chunk async for chunk in response.body_iterator]))
        return response

    wrapped: Any = app
    for _ in range(layers):
        wrapped = BaseHTTPMiddleware(wrapped, dispatch=dispatch)
    answered = answer_of(wrapped)
    assert answered.body == b"duck"
    assert [message["type"][14:] for message in answered.messages] == ["start", "body", "trailers"][: 2 if takes else 3]
    assert bool(answered.messages[0].get("trailers")) is not takes
