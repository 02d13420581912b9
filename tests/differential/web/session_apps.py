"""An application with a session on Starlette and on webfoot, and its cookies made comparable."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from types import SimpleNamespace
from typing import Any

from itsdangerous import TimestampSigner

KEY = "a key of both"
Answer = dict[str, Any]


def same(pair: tuple[Answer, Answer]) -> Answer:
    theirs, ours = pair
    assert ours == theirs
    return theirs


def signed(content: bytes, key: str = KEY) -> str:
    return TimestampSigner(key).sign(b64encode(content)).decode()


def session_app(kit: SimpleNamespace, use: Any, **options: Any) -> Any:
    async def endpoint(req: Any) -> Any:
        return kit.PlainTextResponse(json.dumps(use(req.session) if use is not None else "untouched"))

    app = kit.App(routes=[kit.Route("/", endpoint)])
    return kit.SessionMiddleware(app, **{"secret_key": KEY, **options})


def told(answer: Answer) -> Answer:
    """The answer with each cookie taken apart: what it holds, and its attributes in any order and case."""
    starts = [(status, sorted(_field(*pair) for pair in fields)) for status, fields in answer["starts"]]
    return {**answer, "starts": starts}


def _field(name: bytes, value: bytes) -> tuple[str, Any]:
    if name != b"set-cookie":
        return name.decode(), value.decode()
    pair, *attributes = value.decode().split("; ")
    cookie, _, content = pair.partition("=")
    lower = {attribute.lower() for attribute in attributes}
    if any(attribute.startswith("expires=thu, 01 jan 1970") for attribute in lower):
        return "deleted", (cookie, sorted(lower - {"max-age=0"}))
    values = json.loads(b64decode(TimestampSigner(KEY).unsign(content)))
    return "set", (cookie, json.dumps(values), sorted(lower))
