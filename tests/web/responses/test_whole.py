import asyncio
import gc
import sys

import pytest

from webfoot.web.background import BackgroundTask
from webfoot.web.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


def messages_of(app, scope=SCOPE):
    messages = []

    async def send(message):
        messages.append(message)

    asyncio.run(app(scope, None, send))
    return messages


def test_two_messages_and_nothing_more():
    response = PlainTextResponse("quack")
    assert messages_of(response) == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"5"), (b"content-type", b"text/plain; charset=utf-8")],
        },
        {"type": "http.response.body", "body": b"quack"},
    ]
    assert messages_of(response) == messages_of(response)


def test_the_kinds_of_content():
    assert HTMLResponse("<p>é</p>").body == "<p>é</p>".encode()
    assert JSONResponse({"a": "é"}).body == '{"a":"é"}'.encode()
    assert Response(memoryview(b"xy")).body == b"xy"
    with pytest.raises(TypeError, match="Response takes str, bytes or memoryview as content, not dict"):
        Response({"a": 1})


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "utf_8"])
def test_half_of_a_surrogate_pair_is_no_failure_in_utf_8(charset):
    """A client can send one in JSON, and a directory has one in a name that is no UTF-8."""
    kind = type("Kind", (PlainTextResponse,), {"charset": charset})
    assert kind("a\ud83eé\udcff").body == "a?é?".encode()


def test_half_of_a_surrogate_pair_is_no_failure_in_a_location():
    assert RedirectResponse("/ducks/\ud83e").headers["location"] == "/ducks/?"


def test_text_that_another_charset_does_not_have_is_not_lost_in_silence():
    with pytest.raises(UnicodeEncodeError):
        type("Kind", (PlainTextResponse,), {"charset": "latin-1"})("\u20ac")


def test_length_and_type_given_are_kept_and_forbidden_ones_not_added():
    given = Response("x", headers={"Content-Length": "9", "content-type": "a/b"}, media_type="c/d")
    assert given.raw_headers == [(b"content-length", b"9"), (b"content-type", b"a/b")]
    for status in (101, 204, 304):
        assert "content-length" not in Response(status_code=status).headers
    assert Response(status_code=205).headers["content-length"] == "0"


def test_headers_is_a_view_made_when_asked():
    response = Response("x")
    assert "_headers" not in vars(response)
    response.headers["x-duck"] = "mallard"
    assert response.raw_headers[-1] == (b"x-duck", b"mallard")
    assert response.headers is response.headers
    response.raw_headers = [(b"a", b"b")]
    assert response.headers.items() == [("a", "b")]


def test_no_line_can_be_smuggled_in():
    for make in (
        lambda: Response(headers={"x": "a\r\nb: c"}),
        lambda: Response(headers={"x\r\ny": "a"}),
        lambda: Response(media_type="text/plain\r\nx: y"),
    ):
        with pytest.raises(ValueError, match=r"CR, LF or NUL|not a header name"):
            make()
    assert RedirectResponse("/a\r\nx: y").headers["location"] == "/a%0D%0Ax:%20y"


def test_the_background_runs_after_the_body():
    seen = []

    async def send(message):
        seen.append(message["type"])

    asyncio.run(Response(background=BackgroundTask(seen.append, "background"))(SCOPE, None, send))
    assert seen == ["http.response.start", "http.response.body", "background"]


def test_refuses_a_websocket_with_the_denial_messages():
    types = [message["type"] for message in messages_of(Response(status_code=403), {**SCOPE, "type": "websocket"})]
    assert types == ["websocket.http.response.start", "websocket.http.response.body"]


def test_a_subclass_renders_and_may_carry_what_it_likes():
    class Shouting(Response):
        media_type = "text/x-shout"
        charset = "latin-1"

        def render(self, content):
            return super().render(content.upper())

    response = Shouting("é")
    response.anything = 1  # type: ignore[attr-defined]
    assert response.body == "É".encode("latin-1")
    assert response.headers["content-type"] == "text/x-shout; charset=latin-1"


def test_cookies_are_added_and_deleted():
    response = Response()
    response.set_cookie("a", "1", max_age=60, secure=True, partitioned=True)
    response.set_cookie("b", "2", samesite=None, path=None)
    response.delete_cookie("c", domain="duck.org")
    first, second, third = response.headers.getlist("set-cookie")
    assert first == "a=1; Max-Age=60; Partitioned; Path=/; SameSite=lax; Secure"
    assert second == "b=2"
    assert third.startswith('c=""; Domain=duck.org; expires=')
    assert third.endswith("GMT; Max-Age=0; Path=/; SameSite=lax")


def test_a_small_json_response_stays_lean():
    """What it costs is held by counting calls, since clocks differ: each is about 0.1 us."""
    calls = []
    response_of = JSONResponse
    response_of({"a": 1})  # fills the cache of content types

    def count(frame, event, argument):
        if event == "call":
            calls.append(frame.f_code.co_name)

    gc.disable()  # a finalizer of another test's garbage would be counted
    sys.setprofile(count)
    response_of({"a": 1})
    sys.setprofile(None)
    gc.enable()
    assert calls == ["__init__", "__init__", "render", "write", "init_headers", "has_length"]
