"""Tests here are coroutines: they run beside the browser, in its thread."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.browser.chromium import Chromium, program
from tests.browser.sight import Sight
from tests.server.process.serving import Serving, webfoot

Opener = Callable[..., AbstractAsyncContextManager[Sight]]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    chromium: Chromium = pyfuncitem.funcargs["chromium"]  # asked for by whatever such a test asks for
    wanted = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    chromium.run(pyfuncitem.obj(**wanted))
    return True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    browser = Chromium(program())
    yield browser
    browser.close()


def dev(directory: Path) -> Serving:
    """`webfoot dev` on a copy of the pond, which may be changed and so reloaded."""
    shutil.copy(Path(__file__).with_name("pond.py"), directory)
    return webfoot("dev", "pond:app", "--port", "0", cwd=directory)


@pytest.fixture(scope="session")
def pond(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application, served by `webfoot dev`. Only asked for where there is a browser."""
    with dev(tmp_path_factory.mktemp("pond")) as serving:
        yield serving.url()


@pytest.fixture
def opener(chromium: Chromium, pond: str) -> Opener:
    """Opens the page, in a context with the given options, and holds it to what is true of every page."""

    @asynccontextmanager
    async def opened(url: str = pond, fragment: str = "", **options: Any) -> AsyncIterator[Sight]:
        context = await chromium.browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        try:
            seen = await Sight.opened(context, url, fragment)
            yield seen
            assert seen.strangers == [], "the page asked somebody outside"
            assert seen.complaints == []
        finally:
            await context.close()

    return opened


@pytest.fixture
def sight(chromium: Chromium, opener: Opener) -> Iterator[Sight]:
    """The page, open and empty."""
    manager = opener()
    seen = chromium.run(manager.__aenter__())
    try:
        yield seen
    finally:
        chromium.run(manager.__aexit__(None, None, None))
