"""Without the extras of an OpenAPI document and of 422 answers, which blacksheep does not make here."""

from blacksheep import Application, FromHeader, FromJSON, FromQuery, FromRoute, Response, json
from blacksheep.contents import Content

from benchmarks.apps.models import ItemIn, ItemOut

app = Application()


class Prices:
    factor = 1.0


class Owner:
    def __init__(self, prices: Prices) -> None:
        self.name = "jemima"


class XToken(FromHeader[str]):
    name = "X-Token"


app.services.add_scoped(Prices)
app.services.add_scoped(Owner)


@app.router.get("/duck")
async def duck() -> Response:
    return json({"name": "Jemima", "pond": 7})


@app.router.post("/shops/{shop}/items/{item_id}")
async def sell(
    shop: FromRoute[str],
    item_id: FromRoute[int],
    quantity: FromQuery[int],
    token: XToken,
    data: FromJSON[ItemIn],
    prices: Prices,
    owner: Owner,
) -> Response:
    item = data.value
    total = item.price * quantity.value * prices.factor
    sold = ItemOut.model_validate(
        {**item.model_dump(), "id": item_id.value, "shop": shop.value, "total": total, "owner": owner.name}
    )
    return Response(200, content=Content(b"application/json", sold.model_dump_json().encode()))
