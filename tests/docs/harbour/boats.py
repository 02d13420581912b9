"""Boats: below /v1/boats."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Query
from pydantic import BaseModel, Field

from harbour.storage import Session, get_boat, get_session, known_captain

router = APIRouter(prefix="/boats", tags=["boats"])


class Owner(BaseModel):
    full_name: str
    born: date | None = None


class BoatIn(BaseModel):
    name: str
    length_m: float = Field(gt=0, lt=200)
    owner: Owner


class BoatOut(BaseModel):
    name: str
    length_m: float


@router.get("/")
def boats(limit: Annotated[int, Query(le=100)] = 10) -> list[int]:
    return [1, 2][:limit]


@router.get("/{boat_id}")
async def boat(found: Annotated[dict, Depends(get_boat)]) -> dict:
    return found


@router.get("/{boat_id}/card", response_model=BoatOut)
async def card(found: Annotated[dict, Depends(get_boat)]):
    return found


@router.post("/", status_code=201)
async def add(boat: BoatIn, session: Annotated[Session, Depends(get_session)]) -> BoatIn:
    return boat


@router.delete("/{boat_id}", dependencies=[Depends(known_captain)])
async def remove(boat_id: int) -> None:
    return None


def tell_insurance(boat_id: int) -> None:
    raise TimeoutError("the insurance does not answer")


@router.post("/{boat_id}/sold")
async def sold(boat_id: int, tasks: BackgroundTasks) -> str:
    tasks.add_task(tell_insurance, boat_id)
    return "sold"


@router.get("/{boat_id}/age")
async def age(boat_id: int) -> float:
    return 100 / boat_id
