"""Debian's Chromium, driven by playwright from a thread of its own.

Its event loop may not be the one of this thread: other tests of the same process run loops there.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser, async_playwright

T = TypeVar("T")
PATIENCE = 40.0
"""Seconds after which a test that hangs fails; nothing here comes near it."""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none"),
)


def program() -> str:
    """Where Chromium is. Skips the test where it is not."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("Chromium is not installed: see scripts/install_browser.sh")


class Chromium:
    """A browser without a window; `run` has its coroutines done."""

    browser: Browser

    def __init__(self, path: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = AsyncExitStack()
        self.run(self._start(path))

    async def _start(self, path: str) -> None:
        playwright = await self._open.enter_async_context(async_playwright())
        self.browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        self._open.push_async_callback(self.browser.close)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def close(self) -> None:
        self.run(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
