"""What no test may leave behind."""

from __future__ import annotations

import gc
import logging
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from webfoot.trail import secret_names

settings.register_profile("webfoot", deadline=None)  # how long an example takes tells how busy the machine is
settings.load_profile("webfoot")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All the tests and what they import live to the end: each look at them for garbage takes half a second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


OURS = tuple(logging.getLogger(name) for name in ("webfoot", "webfoot.access"))


@pytest.fixture(autouse=True)
def our_loggers_as_they_were() -> Iterator[None]:
    """A server in this process sets its loggers up for itself, and the next test reads them."""
    before = [(each.level, each.disabled, each.propagate, each.handlers[:], each.filters[:]) for each in OURS]
    yield
    for logger, (level, disabled, propagate, handlers, filters) in zip(OURS, before, strict=True):
        if logger.level != level:
            logger.setLevel(level)
        logger.disabled, logger.propagate = disabled, propagate
        logger.handlers[:], logger.filters[:] = handlers, filters


@pytest.fixture(autouse=True)
def secrets_as_they_were() -> Iterator[None]:
    """The names that an application declares as secrets hold for the process, and for the next test, too."""
    before = set(secret_names._declared)
    secret_names.is_secret_name.cache_clear()  # a test may put other names there
    secret_names.none_is_secret.cache_clear()
    yield
    secret_names._declared.clear()
    secret_names._declared.update(before)
