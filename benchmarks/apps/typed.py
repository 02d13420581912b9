"""One API application, built with whichever of webfoot and FastAPI is given: the source is the same for both."""

from types import ModuleType
from typing import Annotated, Any

from benchmarks.apps.models import ItemIn, ItemOut, Order


def build(face: ModuleType, application: type) -> Any:
    app = application()

    async def get_prices() -> dict[str, float]:
        return {"factor": 1.0}

    async def get_owner(
        x_token: Annotated[str, face.Header(min_length=3)],
        prices: Annotated[dict[str, float], face.Depends(get_prices)],
    ) -> str:
        return "jemima"

    @app.get("/duck")
    async def duck() -> dict[str, Any]:
        return {"name": "Jemima", "pond": 7}

    @app.get("/sync/duck")
    def sync_duck() -> dict[str, Any]:
        return {"name": "Jemima", "pond": 7}

    @app.post("/shops/{shop}/items/{item_id}", response_model=ItemOut)
    async def sell(
        shop: str,
        item_id: Annotated[int, face.Path(ge=1)],
        quantity: Annotated[int, face.Query(ge=1, le=100)],
        item: ItemIn,
        prices: Annotated[dict[str, float], face.Depends(get_prices)],
        owner: Annotated[str, face.Depends(get_owner)],
    ) -> Any:
        total = item.price * quantity * prices["factor"]
        return {**item.model_dump(), "id": item_id, "shop": shop, "total": total, "owner": owner}

    @app.post("/sync/shops/{shop}/items/{item_id}", response_model=ItemOut)
    def sell_sync(
        shop: str,
        item_id: Annotated[int, face.Path(ge=1)],
        quantity: Annotated[int, face.Query(ge=1, le=100)],
        item: ItemIn,
        prices: Annotated[dict[str, float], face.Depends(get_prices)],
        owner: Annotated[str, face.Depends(get_owner)],
    ) -> Any:
        total = item.price * quantity * prices["factor"]
        return {**item.model_dump(), "id": item_id, "shop": shop, "total": total, "owner": owner}

    @app.post("/orders")
    async def order(order: Order) -> Order:
        return order

    return app
