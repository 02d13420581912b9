from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.running import site_without_peers

collect_ignore = ["suite"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_without_peers(tmp_path_factory.mktemp("site"))


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """A server that runs in this process sets the loggers up for itself, and other tests read them."""
    loggers = [logging.getLogger(name) for name in ("webfoot", "webfoot.access")]
    before = [(logger.level, logger.disabled, logger.propagate, logger.handlers[:]) for logger in loggers]
    yield
    for logger, (level, disabled, propagate, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.disabled = disabled
        logger.propagate = propagate
        logger.handlers[:] = handlers
