"""Tests here are coroutines: they run beside the browser, in its thread."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page
from tests.browser.chromium import Chromium, program
from tests.browser.sight import Sight
from tests.server.process.serving import Serving, webfoot

VIEWPORT = {"width": 1400, "height": 900}
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
    """Opens the page in a browser profile of its own, with the given options."""

    @asynccontextmanager
    async def opened(url: str = pond, **options: Any) -> AsyncIterator[Sight]:
        context = await chromium.browser.new_context(**{"viewport": VIEWPORT, **options})
        try:
            seen = Sight(await context.new_page(), url)
            with seen.watched():
                await seen.open_page()
                yield seen
        finally:
            await context.close()

    return opened


@pytest.fixture(scope="session")
def tab(chromium: Chromium) -> Page:
    """A tab for many tests, one after the other: a new one costs three times what a test does."""
    return chromium.run(chromium.browser.new_page(viewport=VIEWPORT))


@pytest.fixture
def sight(chromium: Chromium, tab: Page, pond: str) -> Iterator[Sight]:
    """The page, open and empty."""
    visit = visited(tab, pond)
    seen = chromium.run(visit.__aenter__())
    yield seen
    chromium.run(visit.__aexit__(None, None, None))


@asynccontextmanager
async def visited(tab: Page, url: str) -> AsyncIterator[Sight]:
    """The page in this tab; the next visitor finds nothing of this one."""
    seen = Sight(tab, url)
    with seen.watched():
        await seen.open_page()
        yield seen
    await tab.evaluate("localStorage.clear()")
    await tab.context.clear_permissions()
    await tab.goto("about:blank")
