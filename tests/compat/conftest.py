from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.running import site_without_peers

collect_ignore = ["suite"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_without_peers(tmp_path_factory.mktemp("site"))
