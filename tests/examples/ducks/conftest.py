from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.ducks import create_app
from examples.ducks.settings import Settings
from webfoot.testing import TestClient


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", photo_limit=1000)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client
