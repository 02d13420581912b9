"""The other database. Runs where DUCKS_TEST_DATABASE_URL names an empty one (postgresql://user@host/name)."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from examples.ducks import create_app
from examples.ducks.database import Database
from examples.ducks.settings import Settings
from examples.ducks.tables import Table
from webfoot.testing import TestClient

URL = os.environ.get("DUCKS_TEST_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="DUCKS_TEST_DATABASE_URL is not set")


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data=tmp_path, database_url=URL)

    async def drop() -> None:
        engine = create_async_engine(settings.database())
        async with engine.begin() as connection:
            await connection.run_sync(Table.metadata.drop_all)
        await engine.dispose()

    asyncio.run(drop())
    return settings


def test_the_same_application(settings):
    with TestClient(create_app(settings)) as client:
        assert client.get("/health").json()["database"] == "postgresql"
        new = {"species": "teal", "place": "100% Ditch", "seen_at": "2024-05-01T06:30:00+02:00"}
        stored = client.post("/sightings", json=new).json()
        assert (stored["id"], stored["seen_at"]) == (7, "2024-05-01T04:30:00Z")
        assert client.get("/sightings?place=%25 ditch&until=2024-05-01T04:31:00Z").json()["items"] == [stored]
        assert client.patch("/sightings/7", json={"count": 2}).json()["count"] == 2
        assert client.delete("/sightings/7").status_code == 204
        assert client.get("/sightings?limit=100").json()["total"] == 6


def test_workers_that_start_at_once_make_one_table(settings):
    def start(_: int) -> None:
        async def main() -> None:
            database = Database(settings.database())
            await database.open(seed=True)
            await database.close()

        asyncio.run(main())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with TestClient(create_app(settings)) as client:
        assert client.get("/health").json()["sightings"] == 6
