"""What a person does with the page, and sees there."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

PAGE = "/__webfoot__/"
expect.set_options(timeout=15_000)  # ms; the machine may be busy


@dataclass
class Sight:
    """An open page. `strangers` are requests that left the server's origin, `complaints` what the console said; what
    holds one of the words in `forgives` is none.
    """

    page: Page
    url: str
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    forgives: list[str] = field(default_factory=list)

    async def open_page(self) -> None:
        """Open the page, with an empty list."""
        await asyncio.to_thread(ask, self.url, "POST", f"{PAGE}api/clear", {"x-webfoot-page": "1"})
        await self.page.goto(f"{self.url}{PAGE}")
        await self.is_live()

    async def is_live(self) -> None:
        await self.page.locator("#state[data-state=live]").wait_for()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what goes wrong without anybody seeing it."""
        hears = {
            "request": lambda request: self._note(request.url),
            "websocket": lambda socket: self._note(socket.url),
            "pageerror": lambda error: self._complain(f"error: {error}"),
            "console": lambda said: self._complain(said.text) if said.type in ("error", "warning") else None,
        }
        for event, hear in hears.items():
            self.page.on(event, hear)  # type: ignore[call-overload]
        try:
            yield
        finally:
            for event, hear in hears.items():
                self.page.remove_listener(event, hear)
        assert self.strangers == [], "the page asked somebody outside"
        assert self.complaints == []

    def _note(self, address: str) -> None:
        if not address.startswith((f"{self.url}/", "data:", "blob:")):
            self.strangers.append(address)

    def _complain(self, text: str) -> None:
        if not any(word in text for word in self.forgives):
            self.complaints.append(text)

    async def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> int:
        """Send a request to the application, as a client of it would; the status of its answer."""
        return await asyncio.to_thread(ask, self.url, method, target, headers or {}, body)

    def row(self, text: str) -> Locator:
        return self.page.locator(".row").filter(has_text=text).first

    def rows(self) -> Locator:
        return self.page.locator(".row")

    @property
    def journey(self) -> Locator:
        return self.page.locator("#journey")

    def part(self, title: str) -> Locator:
        return self.journey.locator(f"section.part[aria-label='{title}']")

    async def open(self, text: str) -> Locator:
        """Click on the row with this text; its journey, once it is there."""
        await self.row(text).click()
        await expect(self.journey.locator(".verdict")).to_be_visible()
        return self.journey


def ask(url: str, method: str, target: str, headers: dict[str, str], body: str | None = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
