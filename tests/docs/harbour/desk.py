"""The front desk: who comes in, below /v1/desk."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Form
from fastapi.security import OAuth2PasswordBearer

router = APIRouter(prefix="/desk")
scheme = OAuth2PasswordBearer(tokenUrl="login")


@router.get("/me")
async def me(token: Annotated[str, Depends(scheme)]) -> str:
    return "emma"


@router.get("/locker")
async def locker(number: Annotated[int, Cookie()]) -> int:
    return number


@router.post("/login")
async def login(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> str:
    return username


@router.post("/parcel")
async def parcel(sender: Annotated[str, Form()]) -> str:
    return sender
