"""Floor 3, the toolkit (the role of Starlette); runs on any ASGI server."""
