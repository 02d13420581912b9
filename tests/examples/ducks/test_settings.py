from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from examples.ducks.database import Database
from examples.ducks.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://duck:quack@db/pond", "postgresql+asyncpg://duck:quack@db/pond"),
        ("postgresql://db/pond?ssl=require", "postgresql+asyncpg://db/pond?ssl=require"),
        ("postgresql+asyncpg://db/pond", "postgresql+asyncpg://db/pond"),
        ("sqlite:////var/lib/ducks.db", "sqlite+aiosqlite:////var/lib/ducks.db"),
    ],
)
def test_database_urls_get_their_driver(given, used):
    settings = Settings.from_environment({"DATABASE_URL": given})
    assert settings.database().render_as_string(hide_password=False) == used


def test_without_a_url_there_is_a_file_in_the_data_directory():
    settings = Settings.from_environment({"DUCKS_DATA": "/pond"})
    assert settings.database().render_as_string() == "sqlite+aiosqlite:////pond/ducks.db"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ducks", "DATABASE_URL is not a database URL"),
        ("postgresql://db:many/pond", "DATABASE_URL is not a database URL"),
        ("mysql://db/pond", "DATABASE_URL names 'mysql'"),
        ("postgresql+psycopg2://db/pond", "DATABASE_URL names 'postgresql+psycopg2'"),
    ],
)
def test_a_url_that_cannot_be_used(url, sentence):
    with pytest.raises(SettingsError, match=f"^{sentence}".replace("+", r"\+")):
        Settings(database_url=url).database()


def test_a_directory_that_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"cannot be written to \(Not a directory\); set DUCKS_DATA"):
        Settings(data=tmp_path / "file").photo_directory()


def open_and_close(url: str) -> None:
    async def main():
        database = Database(Settings(database_url=url).database())
        await database.open(seed=False)
        await database.close()

    asyncio.run(main())


def test_a_database_that_cannot_be_opened(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"^The database sqlite.* cannot be used: unable to open database file\.$"):
        open_and_close(f"sqlite:///{tmp_path}/missing/ducks.db")


def test_a_server_that_is_not_there_and_a_password_that_is_not_told(free_tcp_port: int):
    with pytest.raises(SettingsError, match=r"^The database postgresql.* cannot be used: ") as caught:
        open_and_close(f"postgresql://duck:quack@127.0.0.1:{free_tcp_port}/pond")
    assert "quack" not in str(caught.value)


@pytest.fixture
def free_tcp_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
