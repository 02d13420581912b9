"""The typed POST as one would write it without a framework: raw ASGI and pydantic, nothing left out of the checks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from benchmarks.apps.models import ItemId, ItemIn, ItemOut, Quantity

item_ids: TypeAdapter[int] = TypeAdapter(ItemId)
quantities: TypeAdapter[int] = TypeAdapter(Quantity)
sold_items: TypeAdapter[ItemOut] = TypeAdapter(ItemOut)
JSON = (b"content-type", b"application/json")


async def get_prices() -> dict[str, float]:
    return {"factor": 1.0}


async def get_owner(token: str, prices: dict[str, float]) -> str:
    return "jemima"


async def app(scope: Any, receive: Any, send: Any) -> None:
    match scope["path"].split("/"):
        case ["", "shops", shop, "items", item] if scope["method"] == "POST":
            status, body = await sell(scope, receive, shop, item)
        case _:
            status, body = 404, b'{"detail":"Not Found"}'
    headers = [JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def sell(scope: Any, receive: Any, shop: str, raw_id: str) -> tuple[int, bytes]:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    token = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-token"), "")
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    try:
        item_id = item_ids.validate_python(raw_id)
        quantity = quantities.validate_python(query.get("quantity"))
        item = ItemIn.model_validate_json(body)
    except ValidationError as error:
        return 422, to_json({"detail": error.errors(include_url=False)})
    if len(token) < 3:
        return 422, b'{"detail":"X-Token is missing or too short"}'
    prices = await get_prices()
    owner = await get_owner(token, prices)
    total = item.price * quantity * prices["factor"]
    sold = {**item.model_dump(), "id": item_id, "shop": shop, "total": total, "owner": owner}
    return 200, sold_items.dump_json(sold_items.validate_python(sold))
