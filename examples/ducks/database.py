"""The engine, its sessions, and the ducks that are there from the start."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from sqlalchemy import func, insert, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from examples.ducks.models import Species
from examples.ducks.settings import SettingsError
from examples.ducks.tables import Sighting, Table
from webfoot import Depends, Request

# Several workers start at once; only one of them at a time may look whether the table is there.
_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(20061)"}


class Database:
    """One engine for the life of the application."""

    def __init__(self, url: URL) -> None:
        self.kind = url.get_backend_name()
        self._file = url.database if self.kind == "sqlite" else None
        self._shown = url.render_as_string(hide_password=True)
        # Both drivers know `timeout`: to connect (PostgreSQL), to wait for another writer (SQLite).
        self._engine = create_async_engine(url, connect_args={"timeout": 10}, pool_pre_ping=True)
        # Objects stay readable after the commit: they are turned into the answer then.
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def open(self, *, seed: bool) -> None:
        """Connect, make the table if it is missing and, if `seed`, fill an empty one.

        Raises SettingsError if the database cannot be reached.
        """
        try:
            if self._file is not None:
                # Asked here first: a file that cannot be opened leaves aiosqlite with a thread that fails later.
                sqlite3.connect(self._file).close()
            async with self._engine.begin() as connection:
                await connection.exec_driver_sql(_ALONE[self.kind])
                await connection.run_sync(Table.metadata.create_all)
                if seed and not await connection.scalar(select(func.count()).select_from(Sighting)):
                    await connection.execute(insert(Sighting), _first_sightings())
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            await self.close()
            reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
            raise SettingsError(f"The database {self._shown} cannot be used: {reason.splitlines()[0]}.") from error

    async def close(self) -> None:
        await self._engine.dispose()


def _first_sightings() -> list[dict[str, object]]:
    now = datetime.now(UTC).replace(microsecond=0)
    seen = [
        (Species.MALLARD, "Mill Pond", 7, 1, "Two drakes quarrelled over a crust."),
        (Species.TEAL, "Reed Bank", 3, 5, None),
        (Species.TUFTED_DUCK, "Mill Pond", 12, 26, "All of them diving."),
        (Species.MANDARIN_DUCK, "Castle Moat", 1, 49, "Escaped from the park, I think."),
        (Species.SHOVELER, "Sewage Farm", 22, 75, None),
        (Species.EIDER, "North Harbour", 40, 200, "Far out, in the swell."),
    ]
    return [
        {
            "species": species,
            "place": place,
            "count": count,
            "seen_at": now - timedelta(hours=hours),
            "note": note,
        }
        for species, place, count, hours, note in seen
    ]


async def get_database(request: Request) -> Database:
    # `async`, though nothing is awaited: a plain `def` would take a thread to read an attribute.
    database: Database = request.state.database
    return database


DatabaseDependency = Annotated[Database, Depends(get_database)]


async def get_session(database: DatabaseDependency) -> AsyncIterator[AsyncSession]:
    """A session for one request. What was not committed when the request ends is rolled back."""
    async with database.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
