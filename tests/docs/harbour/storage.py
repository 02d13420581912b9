"""What the endpoints stand on: settings, a pool, a session, a repository, a guard."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, HTTPException

log = logging.getLogger("harbour")


class Settings:
    berths = 40
    hang_at_close = False


def get_settings() -> Settings:
    return Settings()


class Pool:
    async def acquire(self) -> "Session":
        return Session()


class Session:
    boats = {1: {"name": "Otter", "length": 9.5}, 2: {"name": "Teal", "length": 7.2}}

    async def one(self, number: int) -> dict:
        if number == 500:
            raise ConnectionResetError("the database went away")
        found = self.boats.get(number)
        if found is None:
            raise HTTPException(404, f"no boat {number}")
        return found

    async def close(self) -> None:
        pass


async def get_pool(settings: Annotated[Settings, Depends(get_settings)]) -> Pool:
    return Pool()


async def get_session(pool: Annotated[Pool, Depends(get_pool)]) -> AsyncIterator[Session]:
    session = await pool.acquire()
    try:
        yield session
    finally:
        await session.close()


async def get_boat(boat_id: int, session: Annotated[Session, Depends(get_session)]) -> dict:
    return await session.one(boat_id)


async def stuck_session() -> AsyncIterator[int]:
    yield 1
    await asyncio.sleep(3600)


def known_captain(x_captain: Annotated[str, Header()] = "") -> str:
    if x_captain != "emma":
        raise HTTPException(403, "not the captain")
    return x_captain
