"""What can be set from outside, and the one sentence that says what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

# What people write -> the asyncio driver that we use for it.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


DATA = Path("ducks-data")


class SettingsError(Exception):
    """A setting cannot be used. The message is one sentence for the person who started the program."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds the photos and, unless `database_url` says otherwise, the SQLite file. Sizes are in bytes."""

    data: Path = DATA
    database_url: str = ""
    photo_limit: int = 5 * 1024 * 1024
    seed: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """DUCKS_DATA is the directory for the data, DATABASE_URL an SQLite or PostgreSQL database."""
        return cls(
            data=Path(environment.get("DUCKS_DATA") or DATA),
            database_url=environment.get("DATABASE_URL", ""),
        )

    def database(self) -> URL:
        """The database to connect to. Raises SettingsError if DATABASE_URL cannot be read or names another kind."""
        if not self.database_url:
            return URL.create("sqlite+aiosqlite", database=str(self.data / "ducks.db"))
        try:
            url = make_url(self.database_url)
        except (ArgumentError, ValueError) as error:
            raise SettingsError(
                "DATABASE_URL is not a database URL; "
                "it should look like postgresql://user:password@host/name or sqlite:///path/to/file.db."
            ) from error
        driver = _DRIVERS.get(url.drivername)
        if driver is None:
            raise SettingsError(
                f"DATABASE_URL names {url.drivername!r}; this example stores its sightings in sqlite or postgresql."
            )
        return url.set(drivername=driver)

    def photo_directory(self) -> Path:
        """The directory for photos, made if need be. Raises SettingsError if it cannot be written to."""
        photos = self.data / "photos"
        try:
            photos.mkdir(parents=True, exist_ok=True)
            probe = photos / ".probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            reason = error.strerror or str(error)
            raise SettingsError(
                f"The data directory {str(self.data)!r} cannot be written to ({reason}); set DUCKS_DATA to another one."
            ) from error
        return photos
