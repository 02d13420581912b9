"""Whatever a client sends, routing answers, and what is made by name leads back to its route."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.web.driving import answer_of

from webfoot.web.application import WebApp
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse
from webfoot.web.routing import Host, Mount, Route, Router


async def tell(request: Request) -> JSONResponse:
    return JSONResponse({key: str(value) for key, value in request.path_params.items()})


inner = [
    Route("/t/{x}", tell, name="text"),
    Route("/i/{x:int}/end/", tell, name="int"),
    Route("/f/{x:float}", tell, name="float"),
    Route("/u/{x:uuid}.txt", tell, name="uuid"),
    Route("/two/{x}-{y:int}", tell, name="two", methods=["PUT"]),
    Route("/rest/{x:path}", tell, name="path"),
]
app = WebApp(
    routes=[
        Host("{pond}.example", app=Router(inner), name="pond"),
        Mount("/m/{z}", routes=inner, name="m"),
        Mount("/app", app=WebApp(routes=inner), name="app"),
        *inner,
    ]
)

pieces = st.sampled_from(
    ["/t/", "/i/", "/rest/", "/m/", "/app", "/two/", "/end", "/", "//", "..", "1", "-", "%", "\\", "?"]
)
paths = st.lists(pieces | st.text(max_size=6), max_size=8).map("".join) | st.text()
fields = st.binary(max_size=30) | st.sampled_from(
    [b"big.example", b"BIG.example:80", b"[::1]", b":", b"]:", b"a..example"]
)


methods = st.sampled_from(["GET", "PUT", "", "\u00fc"]) | st.text(max_size=4)


@settings(max_examples=500, deadline=None)
@given(paths, methods, st.lists(fields, max_size=2), st.binary())
@example("/i/1/end\ud800", "GET", [], b"")  # half of a surrogate pair, from a server that lets it pass
@example("/t/\ud800/", "GET", [], b"\xff")
def test_every_request_has_an_answer(path: str, method: str, host: list[bytes], query: bytes) -> None:
    for root in ("", "/root"):
        more: dict[str, Any] = {"raw_headers": [(b"host", value) for value in host], "query_string": query}
        answered = answer_of(app, method, root + path, root_path=root, **more)
        assert answered.error is None
        assert answered.status in (200, 307, 404, 405)
        location = answered.headers.get("location", "/")
        assert location.isascii() and location.isprintable() and " " not in location
        assert location.startswith("/") and not location.startswith(("//", "/\\"))


# What a path can hold without being something else: "?" and "#" end it, "%" is taken for the beginning of an escape.
texts = st.text(st.characters(exclude_characters="/?#%", exclude_categories=["Cs"]), min_size=1, max_size=8)
VALUES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "text": st.fixed_dictionaries({"x": texts}),
    "int": st.fixed_dictionaries({"x": st.integers(min_value=0)}),
    "float": st.fixed_dictionaries({"x": st.floats(0, 1e6).map(lambda number: round(number, 6))}),
    "uuid": st.fixed_dictionaries({"x": st.uuids()}),
    "path": st.fixed_dictionaries({"x": st.lists(texts).map("/".join)}),
}


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(sorted(VALUES)), st.sampled_from(["", "m:", "app:", "pond:"]))
def test_what_is_made_by_name_leads_back(data: st.DataObject, name: str, prefix: str) -> None:
    values = data.draw(VALUES[name])
    outer: dict[str, Any] = {"m:": {"z": "zone"}, "pond:": {"pond": "big"}}.get(prefix, {})
    url = app.url_path_for(prefix + name, **values, **outer)
    host = url.host or "elsewhere"
    answered = answer_of(app, "GET", unquote(url), raw_headers=[(b"host", host.encode())])
    assert answered.status == 200
    expected = {**outer, **values}
    told: dict[str, str] = json.loads(answered.text)
    assert told.keys() == expected.keys()
    for key, value in expected.items():
        kind: Any = {"float": float, "int": int, "uuid": UUID}.get(name, str) if key == "x" else str
        assert kind(told[key]) == value
