"""What a person does with the page, and sees there."""

from __future__ import annotations

import asyncio
import http.client
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Locator, Page, expect

PAGE = "/__webfoot__/"
expect.set_options(timeout=15_000)  # ms; the machine may be busy


@dataclass
class Sight:
    """An open page. `strangers` are requests that left the server's origin, `complaints` what the console said."""

    page: Page
    context: BrowserContext
    url: str
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def opened(cls, context: BrowserContext, url: str, fragment: str = "") -> Sight:
        """The page, with an empty list."""
        await asyncio.to_thread(ask, url, "POST", f"{PAGE}api/clear", {"x-webfoot-page": "1"})
        seen = cls(await context.new_page(), context, url)
        seen.watch()
        await seen.page.goto(f"{url}{PAGE}{fragment}")
        await seen.is_live()
        return seen

    async def is_live(self) -> None:
        await self.page.locator("#state[data-state=live]").wait_for()

    def watch(self) -> None:
        def note(address: str) -> None:
            if not address.startswith((f"{self.url}/", "data:", "blob:")):
                self.strangers.append(address)

        self.context.on("request", lambda request: note(request.url))
        self.page.on("websocket", lambda socket: note(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )

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
