"""CORS and the cookies of sessions, with options and headers that nobody thought of: on both the same."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.differential.web.flows import both
from tests.differential.web.session_apps import session_app, signed, told


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


OPTIONS = st.fixed_dictionaries(
    {
        "allow_origins": some("https://a.x", "http://a.x:80", "null", "*", "https://b.x"),
        "allow_methods": some("*", "GET", "get", "PUT"),
        "allow_headers": some("*", "X-A", "x-b", "Accept"),
        "allow_credentials": st.booleans(),
        "allow_private_network": st.booleans(),
        "expose_headers": some("X-A", "*"),
        "max_age": st.sampled_from([0, 5]),
    },
    optional={"allow_origin_regex": st.sampled_from([r"https://.*\.x", "null", "", r"a|https://b\.x"])},
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "origin": st.sampled_from(
            ["https://a.x", "https://b.x", "null", "", "*", "HTTPS://A.X", "https://a.x, https://b.x"]
        ),
        "access-control-request-method": st.sampled_from(["GET", "PUT", "get", "", "*", " GET"]),
        "access-control-request-headers": st.sampled_from(
            ["x-a", "X-A , x-b,accept", "", " ", "*", ",", "x-c", "x-a,,x-b"]
        ),
        "access-control-request-private-network": st.sampled_from(["true", "false", ""]),
    },
)
OWN = st.sampled_from(
    [{}, {"Vary": "Accept"}, {"Vary": "Origin"}, {"vary": "*"}, {"Access-Control-Allow-Origin": "own"}]
)


@settings(max_examples=300, deadline=None)
@given(
    options=OPTIONS,
    fields=FIELDS,
    own=OWN,
    method=st.sampled_from(["GET", "OPTIONS"]),
    second=st.sampled_from([[], [(b"origin", b"https://b.x")]]),
)
def test_cors(
    options: dict[str, Any], fields: dict[str, str], own: dict[str, str], method: str, second: list[tuple[bytes, bytes]]
) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.CORSMiddleware(kit.PlainTextResponse("ok", headers=own), **options)

    raw = [*((name.encode(), value.encode()) for name, value in fields.items()), *second]
    theirs, ours = both(make, method, "/p", raw_headers=raw)
    assert ours == theirs


GOOD = signed(b'{"a": 1}')
COOKIES = [GOOD, GOOD[:-1], "x", "", f'"{GOOD}"', "A" * 5000, "..", "\u00e9"]
FORMS = [
    *("session={}", "session = {}", "session={}; session=y", "session=y; session={}", "a=b;session={}", "session"),
    *("=session={}", ";;session={};", 'session="{}', "Session={}", "session={}\tx", "session={}, a=b"),
]


def test_cookie_fields() -> None:
    for form, cookie, cut in itertools.product(FORMS, COOKIES, [False, True]):
        text = form.format(cookie)
        raw = [(b"cookie", part.encode("latin-1")) for part in (text.split(";") if cut else [text])]
        theirs, ours = both(lambda kit: session_app(kit, dict), "GET", "/", raw_headers=raw)
        assert told(ours) == told(theirs), raw
