"""The models of the typed POST, for all who use pydantic (which is all of them)."""

from typing import Annotated

from pydantic import BaseModel, Field


class Size(BaseModel):
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class ItemIn(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    price: float = Field(gt=0)
    tags: list[str] = []
    size: Size


class ItemOut(ItemIn):
    id: int
    shop: str
    total: float
    owner: str


class Order(BaseModel):
    """Some kilobytes of JSON."""

    items: list[ItemIn]


ItemId = Annotated[int, Field(ge=1)]
Quantity = Annotated[int, Field(ge=1, le=100)]
