"""The MCP SDK: a server of tools, mounted in FastAPI, served by `uvicorn.Server`, asked by its own client."""

import asyncio
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from mcp import Client
from mcp.server import MCPServer

server = MCPServer("pond")


@server.tool()
def count(kinds: list[str]) -> int:
    """How many kinds of ducks."""
    return len(kinds)


tools = server.streamable_http_app(streamable_http_path="/")


@asynccontextmanager
async def lifespan(app):
    async with tools.router.lifespan_context(tools):
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/mcp", tools)


async def main():
    serving = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    task = asyncio.create_task(serving.serve())
    while not serving.started and not task.done():
        await asyncio.sleep(0.01)
    port = serving.servers[0].sockets[0].getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}/mcp/") as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["count"]
        result = await client.call_tool("count", {"kinds": ["eider", "smew"]})
        assert result.content[0].text == "2", result
    serving.should_exit = True
    await task


asyncio.run(main())
