"""An MCP server (streamable HTTP) as a sub-application: its session manager lives in the lifespan of its mount."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mcp import Client
from mcp.server import MCPServer
from tests.thirdparty.serving import serving

from webfoot.web import Middleware, Mount, PlainTextResponse, Route, WebApp
from webfoot.web.middleware.compression import CompressionMiddleware


async def home(request: Any) -> PlainTextResponse:
    return PlainTextResponse("home")


def pond(json_response: bool, **options: Any) -> WebApp:
    server = MCPServer("pond")

    @server.tool()
    def count(kinds: list[str]) -> int:
        """How many kinds of ducks."""
        return len(kinds)

    @server.resource("duck://{name}")
    def duck(name: str) -> str:
        return f"{name} " * 1000

    tools = server.streamable_http_app(streamable_http_path="/", json_response=json_response)
    return WebApp(routes=[Route("/", home), Mount("/mcp", app=tools)], **options)


@pytest.mark.parametrize("json_response", [False, True])
@pytest.mark.parametrize("compressed", [False, True])
def test_tools_and_resources(json_response: bool, compressed: bool) -> None:
    async def main() -> None:
        middleware = [Middleware(CompressionMiddleware, minimum_size=1)] if compressed else []
        async with serving(pond(json_response, middleware=middleware)) as address:
            async with Client(f"{address}/mcp/") as client:
                tools = await client.list_tools()
                assert [tool.name for tool in tools.tools] == ["count"]
                result = await client.call_tool("count", {"kinds": ["eider", "smew"]})
                assert result.content[0].text == "2"
                read = await client.read_resource("duck://eider")
                assert read.contents[0].text == "eider " * 1000

    asyncio.run(main())
