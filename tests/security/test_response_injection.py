"""Values of a request that would write something of their own into the response.

CWE-113 header injection ("response splitting") · CWE-93 CRLF in a stream of events · CWE-79 markup in a page ·
CWE-1336 a template made of a request's text · CWE-601 where it concerns redirects is in test_open_redirect.py
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.driving import answer_of, http_scope

from webfoot.testing.wire import exchange_bytes
from webfoot.web import (
    EventSourceResponse,
    FileResponse,
    Jinja2Templates,
    PlainTextResponse,
    RedirectResponse,
    Request,
    Response,
    ServerSentEvent,
)

EVIL = ["a\r\nset-cookie: b=c", "a\nx: y", "a\rx: y", "a\r\n\r\n<script>", "a\0b"]


def with_header(value: str) -> Response:
    return PlainTextResponse("", headers={"x-name": value})


def changed_header(value: str) -> Response:
    response = PlainTextResponse("")
    response.headers["x-name"] = value
    return response


def appended_header(value: str) -> Response:
    response = PlainTextResponse("")
    response.headers.append("x-name", value)
    return response


def header_name(value: str) -> Response:
    return PlainTextResponse("", headers={value: "x"})


def media_type(value: str) -> Response:
    return Response("", media_type=f"text/{value}")


def redirected(value: str) -> Response:
    return RedirectResponse(f"/search?q={value}")


def cookie(value: str) -> Response:
    response = PlainTextResponse("")
    response.set_cookie("name", value)
    return response


def cookie_path(value: str) -> Response:
    response = PlainTextResponse("")
    response.set_cookie("name", "x", path=f"/{value}")
    return response


def cookie_domain(value: str) -> Response:
    response = PlainTextResponse("")
    response.set_cookie("name", "x", domain=value)
    return response


def cookie_name(value: str) -> Response:
    response = PlainTextResponse("")
    response.set_cookie(value, "x")
    return response


def saved_as(value: str) -> Response:
    return FileResponse(__file__, filename=value)


def saved_how(value: str) -> Response:
    return FileResponse(__file__, filename="a", content_disposition_type=value)


PLACES = [
    with_header, changed_header, appended_header, header_name, media_type, redirected,
    cookie, cookie_path, cookie_domain, cookie_name, saved_as, saved_how,
]  # fmt: skip


@pytest.mark.parametrize("value", EVIL)
@pytest.mark.parametrize("place", PLACES)
def test_cwe_113_no_value_writes_a_field_of_its_own(place: Any, value: str) -> None:
    try:
        response = place(value)
    except ValueError:
        return  # refused when it is written, where the application can still do something about it
    for name, written in response.raw_headers:
        assert not {b"\r", b"\n", b"\0"} & {bytes([byte]) for byte in name + written}
    answer = exchange_bytes(response, b"GET / HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n\r\n")
    fields = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    added = {field.partition(b":")[0] for field in fields} - {name for name, _ in response.raw_headers}
    assert added <= {b"connection", b"date", b"server", b"content-length", b"last-modified", b"etag"}


@pytest.mark.parametrize("value", EVIL)
def test_cwe_113_no_early_hint_writes_a_field_of_its_own(value: str) -> None:
    request = Request(http_scope(extensions={"http.response.early_hint": {}}))
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        asyncio.run(request.send_early_hints(f"</{value}>; rel=preload"))


@pytest.mark.parametrize("value", ["x; HttpOnly", "x; Domain=evil.example", 'x"; Path=/', "x, other=1"])
def test_a_cookies_value_writes_no_attribute(value: str) -> None:
    line = cookie(value).headers["set-cookie"]
    assert line.endswith('"; Path=/; SameSite=lax')
    assert line.count(";") == 2


@given(st.text())
def test_cwe_93_no_data_is_a_second_event(data: str) -> None:
    written = ServerSentEvent(data.encode(errors="replace").decode()).encode().decode()
    assert written.endswith("\n\n")
    lines = written[:-2].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(line.startswith("data: ") for line in lines)


@pytest.mark.parametrize("value", EVIL)
@pytest.mark.parametrize("field", ["event", "id"])
def test_cwe_93_a_name_of_an_event_is_one_line(field: str, value: str) -> None:
    async def content() -> Any:
        yield {"data": "x", field: value}

    async def main() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        with pytest.raises(ValueError, match="one line"):
            await EventSourceResponse(content())(http_scope(), asyncio.Event().wait, send)
        return sent

    assert b"".join(message.get("body", b"") for message in asyncio.run(main())) == b""


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xml", "a.svg", "a.xhtml", "a.html.j2", "a.html.jinja"])
def test_cwe_79_pages_are_escaped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('<a title="{{ x }}">{{ x }}</a>')
    templates = Jinja2Templates(tmp_path)
    response = templates.TemplateResponse(Request(http_scope()), name, {"x": "\"><script>alert('1')</script>"})
    assert b"<script>" not in response.body
    assert response.body.count(b'"') == 2


def test_cwe_1336_a_value_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ x }}")
    response = Jinja2Templates(tmp_path).TemplateResponse(Request(http_scope()), "a.html", {"x": "{{ 7 * 7 }}"})
    assert answer_of(response).text == "{{ 7 * 7 }}"
