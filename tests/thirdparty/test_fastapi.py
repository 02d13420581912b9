"""FastAPI in our applications, and our API framework in FastAPI: validation, dependencies, documents with a prefix."""

from __future__ import annotations

from typing import Any

import fastapi
import pytest
from tests.thirdparty.serving import get, request

from webfoot import Depends, Webfoot
from webfoot.web import Mount, WebApp


def filled(api: Any, depends: Any) -> Any:
    async def unit() -> Any:
        yield "g"

    @api.post("/ducks/{pond}")
    def add(pond: int, duck: dict[str, int], unit: str = depends(unit)) -> dict[str, str]:
        return {name: f"{weight} {unit} in {pond}" for name, weight in duck.items()}

    return api


@pytest.mark.parametrize("how", ["theirs in ours", "ours in theirs", "in our API"])
def test_behind_a_mount(how: str) -> None:
    if how == "ours in theirs":
        outer: Any = fastapi.FastAPI()
        outer.mount("/in", filled(Webfoot(), Depends))
    elif how == "theirs in ours":
        outer = WebApp(routes=[Mount("/in", app=filled(fastapi.FastAPI(), fastapi.Depends))])
    else:
        outer = Webfoot()
        outer.mount("/in", filled(fastapi.FastAPI(), fastapi.Depends))
    answer = request(outer, "POST", "/in/ducks/7", json={"eider": 2000})
    assert (answer.status_code, answer.json()) == (200, {"eider": "2000 g in 7"})
    refused = request(outer, "POST", "/in/ducks/seven", json={})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["path", "pond"])
    document = get(outer, "/in/openapi.json").json()
    assert document["servers"] == [{"url": "/in"}]
    assert "/ducks/{pond}" in document["paths"]
